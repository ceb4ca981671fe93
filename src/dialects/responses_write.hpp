// The parts of writing a conversation of no dialect as a Responses request.
#pragma once

#include <string>

#include "dialects/translation_notes.hpp"
#include "llm/conversation.hpp"

namespace pontage::dialects::responses {

/// `,"input":[…]`. False, with the refusal in `notes`, where a turn holds what has no item.
bool append_input(TranslationNotes& notes, const llm::Conversation& conversation, std::string& out);

}  // namespace pontage::dialects::responses
