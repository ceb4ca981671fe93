// A conversation of no dialect written as a Converse request. Errors name the fields of the
// client's own request.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "dialects/translation_notes.hpp"
#include "llm/conversation.hpp"

namespace pontage::dialects::bedrock {

/// `"messages":[…]` and, before it, `"system":[…],`.
bool append_messages(TranslationNotes& notes, const llm::Conversation& conversation,
                     std::string& out);
/// `,"inferenceConfig":…,"toolConfig":…` and what else is no message.
bool append_parameters(TranslationNotes& notes, const llm::Conversation& conversation,
                       std::string& out);

/// Content blocks of a turn, joined by commas; the part's cache mark after it.
bool append_part(TranslationNotes& notes, const llm::Part& part, std::string& out);
/// `{"cachePoint":…}` where the client set a mark.
void append_cache_point(const std::string& mark, std::string& out);

}  // namespace pontage::dialects::bedrock
