// The parts of reading a Responses request into a conversation of no dialect.
#pragma once

#include <string>

#include "dialects/anthropic_json.hpp"
#include "dialects/translation_notes.hpp"
#include "llm/conversation.hpp"

namespace pontage::dialects::responses {

using anthropic::Element;
using anthropic::Object;

/// `input`, a text or a list of items, as turns. `additional_tools` among them are added to `out`.
bool read_input(TranslationNotes& notes, const Element& input, llm::Conversation& out);
/// A `content` (a text or a list of parts) at the path `where`.
bool read_parts(TranslationNotes& notes, const Element& content, const std::string& where,
                std::vector<llm::Part>& out);

/// `tools`, with those in namespaces.
bool read_tools(TranslationNotes& notes, const Element& list, const std::string& where,
                llm::Conversation& out);
/// `tool_choice` and `parallel_tool_calls`; after the tools.
bool read_choice(TranslationNotes& notes, const Object& request, llm::Conversation& out);

}  // namespace pontage::dialects::responses
