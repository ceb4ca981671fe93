// An OpenAI chat request read into a conversation of no dialect (the reading half of rows G1-G6).
// What is wrong in itself, or has no place in a conversation, is refused here; what a provider
// cannot do, its writer refuses. Errors name fields as OpenAI does: messages[3].content[0].
#pragma once

#include <string>
#include <vector>

#include "dialects/anthropic_json.hpp"
#include "dialects/translation_notes.hpp"
#include "llm/conversation.hpp"

namespace pontage::dialects::openai {

using anthropic::Element;
using anthropic::Object;

/// The whole request. False, with the refusal in `notes`. `out` borrows texts from the document.
bool read_conversation(TranslationNotes& notes, const Object& request, llm::Conversation& out);

/// `messages`: leading words of the system go to `system`, later ones keep their place; the results
/// of an assistant's calls are the turn right after it, wherever they stood.
bool read_turns(TranslationNotes& notes, const Object& request, llm::Conversation& out);

enum class Parts : bool { kAny, kTextOnly };
/// A `content` (a text or a list of parts) at the path `where`.
bool read_content(TranslationNotes& notes, const Element& content, Parts allowed,
                  const std::string& where, std::vector<llm::Part>& out);
/// The prompt-cache mark that clients put on parts and tools for Anthropic's models.
std::string read_cache_mark(const Object& object);

/// What an assistant's message says of its thinking, before its text.
void read_thinking(const Object& message, const std::string& where, llm::Conversation& conversation,
                   std::vector<llm::Part>& out);

/// `tools`, `tool_choice`, `parallel_tool_calls`.
bool read_tools(TranslationNotes& notes, const Object& request, llm::Conversation& out);

/// Everything else.
bool read_parameters(TranslationNotes& notes, const Object& request, llm::Conversation& out);

}  // namespace pontage::dialects::openai
