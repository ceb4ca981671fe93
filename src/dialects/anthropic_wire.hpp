// What both directions of the Anthropic translation agree on: stop reasons, error types, and usage,
// whose classes Anthropic counts apart (input_tokens without the cached ones) and OpenAI together.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "dialects/anthropic_json.hpp"
#include "llm/usage.hpp"
#include "pontage/dialects/codec.hpp"

namespace pontage::dialects::anthropic {

/// Stands in `reasoning_details`: only details of this format are sent back to Anthropic (foreign
/// signatures fail there).
inline constexpr std::string_view kReasoningFormat = "anthropic-claude-v1";

/// Row G7; a reason that is not known is kOther.
llm::Finish finish_of(std::string_view stop_reason);
/// `stop`, `length`, `tool_calls`, `content_filter`. A plain stop after tool calls is `tool_calls`:
/// clients run tools only when the finish reason says so.
std::string_view openai_finish(llm::Finish finish, bool has_tool_calls);

/// The object inside `error`: its type decides the status that the error stands for.
ReplyError error_of(const Object& error);

/// Anthropic's counters, which are cumulative: the largest value seen of each is the last one.
class UsageTally {
 public:
  void add(const Object& usage);
  /// In disjoint classes, never negative. `with_output`: false while only the start event was seen,
  /// whose `output_tokens` is not the final count.
  [[nodiscard]] llm::Usage settle(bool with_output) const;

 private:
  std::int64_t input_ = 0;
  std::int64_t cache_read_ = 0;
  std::int64_t cache_write_ = 0;
  std::int64_t cache_write_1h_ = 0;
  std::int64_t output_ = 0;
  std::int64_t thinking_ = 0;
  bool anomalous_ = false;
};

/// OpenAI's `usage` object (row G8): prompt_tokens = uncached + cache read + cache written.
void append_openai_usage(std::string& out, const llm::Usage& usage);

}  // namespace pontage::dialects::anthropic
