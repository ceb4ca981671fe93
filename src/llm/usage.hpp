// Tokens in disjoint classes: no class contains another, so that money is a sum of products.
// Dialects normalise into this once (OpenAI's prompt_tokens include cached ones, Anthropic's
// input_tokens do not).
#pragma once

#include <cstdint>

namespace pontage::llm {

struct Usage {
  std::int64_t input = 0;  ///< uncached input tokens
  std::int64_t cache_read = 0;
  std::int64_t cache_write_5m = 0;
  std::int64_t cache_write_1h = 0;
  std::int64_t input_audio = 0;
  std::int64_t output = 0;  ///< visible output tokens
  std::int64_t reasoning = 0;
  std::int64_t output_audio = 0;
  bool present = false;    ///< the provider reported it
  bool estimated = false;  ///< counted by us
  bool anomalous = false;  ///< a class had to be clamped at 0

  [[nodiscard]] std::int64_t total_input() const {
    return input + cache_read + cache_write_5m + cache_write_1h + input_audio;
  }
  [[nodiscard]] std::int64_t total_output() const { return output + reasoning + output_audio; }
  /// Together with another answer's.
  void add(const Usage& more) {
    input += more.input;
    cache_read += more.cache_read;
    cache_write_5m += more.cache_write_5m;
    cache_write_1h += more.cache_write_1h;
    input_audio += more.input_audio;
    output += more.output;
    reasoning += more.reasoning;
    output_audio += more.output_audio;
    estimated = estimated || more.estimated;
    anomalous = anomalous || more.anomalous;
  }
};

/// The finish of an answer, in no dialect's spelling.
enum class Finish : std::uint8_t {
  kNone,
  kStop,
  kLength,
  kToolCalls,
  kContentFilter,
  kStopSequence,
  kContextExceeded,
  kOther
};

}  // namespace pontage::llm
