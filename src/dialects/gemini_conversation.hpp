// A conversation of no dialect written as a Gemini request, and a Gemini request read into one.
// Errors name the fields of the client's own request.
#pragma once

#include <string>
#include <string_view>

#include "dialects/gemini_json.hpp"
#include "dialects/translation_notes.hpp"
#include "llm/conversation.hpp"

namespace pontage::dialects::gemini {

// Written, as parts of an object whose brace is open.

/// `"systemInstruction":…,"contents":[…]`
bool append_contents(TranslationNotes& notes, const llm::Conversation& conversation,
                     std::string& out);
/// A text, an image, a document or audio as parts, joined by commas.
bool append_part(TranslationNotes& notes, const llm::Part& part, std::string& out);
/// `{"text":…}` with a comma before it where one belongs.
void append_text_part(std::string& out, std::string_view text);
/// `,"tools":…,"toolConfig":…`
bool append_tools(TranslationNotes& notes, const llm::Conversation& conversation, std::string& out);
/// `,"generationConfig":{…}`
bool append_config(TranslationNotes& notes, const llm::Conversation& conversation,
                   std::string& out);
/// A JSON Schema as much as Gemini's `…JsonSchema` fields take of it.
void append_schema(std::string& out, const Element& schema);
/// The same for a text that should be one; false where it is no JSON object.
bool append_schema_text(std::string& out, std::string_view schema);
/// `,"parametersJsonSchema":…`, or nothing for a function that takes nothing.
bool append_function_schema(std::string& out, std::string_view schema);

// Read.

/// The whole request. False, with the refusal in `notes`, where it is malformed or asks for what
/// only Google has. `out` borrows texts from the document.
bool read_conversation(TranslationNotes& notes, const Element& request, llm::Conversation& out);
/// `contents` and `systemInstruction`.
bool read_contents(TranslationNotes& notes, const Element& request, llm::Conversation& out);
/// Google's `Schema` (types in capitals, `nullable`) as JSON Schema.
std::string json_schema_of(const Element& schema);

}  // namespace pontage::dialects::gemini
