// One request on its way from OpenAI's chat form to Anthropic's: what the files of the translation
// share. Each step reads the client's document and appends JSON text; the first refusal ends the
// translation.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include "dialects/anthropic_json.hpp"
#include "dialects/translation_notes.hpp"

namespace pontage::dialects::anthropic {

struct Translation : TranslationNotes {
  using TranslationNotes::TranslationNotes;

  // What one field needs to know of another.
  std::int64_t max_tokens = 0;
  bool forced_tool = false;  ///< tool_choice makes a call certain
  bool has_tools = false;
  bool thinking = false;            ///< thinking was switched on
  bool unsigned_tool_turn = false;  ///< the running tool turn has no signed thinking to begin with
  std::set<std::string, std::less<>> called;  ///< names of the tools that the history calls
};

/// `system` and `messages`, with their keys (rows G1-G3, G6).
bool append_conversation(Translation& t, const Object& request, std::string& out);

/// What content parts become: blocks of any kind, blocks where there may be none, text only, or
/// text marked as a system's word in the middle of the conversation.
enum class PartsFor : std::uint8_t { kUser, kTool, kText, kReminder };
/// The `content` of the message at `where` as blocks, joined by commas.
bool append_content(Translation& t, const Object& message, PartsFor role, const std::string& where,
                    std::string& out);
/// The same for the content itself; `where` is its path.
bool append_parts(Translation& t, const Element& content, PartsFor role, const std::string& where,
                  std::string& out);
void append_text_block(std::string& out, std::string_view text);
/// The prompt-cache mark that clients put on parts and tools for Anthropic models, as it came.
void append_cache_control(std::string& out, const Object& part);

/// `tools` and `tool_choice`, with their keys.
bool append_tools(Translation& t, const Object& request, std::string& out);
bool valid_tool_name(std::string_view name);

/// Everything else that has a place in Anthropic's request; refuses or drops what has none.
bool check_fields(Translation& t, const Object& request);
bool append_parameters(Translation& t, const Object& request, std::string& out);
/// `thinking` and `output_config`: reasoning_effort and response_format.
bool append_thinking(Translation& t, const Object& request, std::string& out);

}  // namespace pontage::dialects::anthropic
