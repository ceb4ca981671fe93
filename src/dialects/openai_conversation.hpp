// A conversation of no dialect written as an OpenAI chat request. Errors name the fields of the
// client's own request.
#pragma once

#include <string>

#include "dialects/translation_notes.hpp"
#include "llm/conversation.hpp"

namespace pontage::dialects::openai {

/// `"messages":[…]`. False, with the refusal in `notes`, where the conversation holds what a chat
/// request has no place for.
bool append_messages(TranslationNotes& notes, const llm::Conversation& conversation,
                     std::string& out);
/// `,"tools":…,"tool_choice":…`
bool append_tools(TranslationNotes& notes, const llm::Conversation& conversation, std::string& out);
/// Limits, sampling, stops, reasoning, the answer's form, the user.
bool append_parameters(TranslationNotes& notes, const llm::Conversation& conversation,
                       std::string& out);

/// A part of a user's turn as content parts, joined by commas.
bool append_user_part(TranslationNotes& notes, const llm::Part& part, std::string& out);
/// `{"type":"text","text":…}` with a comma before it where one belongs.
void append_text_part(std::string& out, std::string_view text);

}  // namespace pontage::dialects::openai
