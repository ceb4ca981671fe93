// What all readers of Anthropic's replies agree on: stop reasons, errors, and usage, whose classes
// Anthropic counts apart (input_tokens without the cached ones).
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

/// Rows C3 and G7; a reason that is not known is kOther.
llm::Finish finish_of(std::string_view stop_reason);

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

}  // namespace pontage::dialects::anthropic

namespace pontage::dialects {

/// `{"type":"error","error":{"type","message"}}`, read as far as possible.
ReplyError read_anthropic_error(std::string_view body);

}  // namespace pontage::dialects
