// An Anthropic Messages request read into a conversation of no dialect.
#pragma once

#include "dialects/anthropic_json.hpp"
#include "dialects/translation_notes.hpp"
#include "llm/conversation.hpp"

namespace pontage::dialects::messages {

using anthropic::Element;
using anthropic::Object;

/// The whole request. False, with the refusal in `notes`, where it is malformed, or asks for what
/// only Anthropic has. `out` borrows texts from the document.
bool read_conversation(TranslationNotes& notes, const Object& request, llm::Conversation& out);

/// A `content` (a text or a list of blocks) at the path `where`.
bool read_parts(TranslationNotes& notes, const Element& content, const std::string& where,
                std::vector<llm::Part>& out);

}  // namespace pontage::dialects::messages
