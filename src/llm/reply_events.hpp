// An answer in no dialect, as it comes: a provider dialect's reader calls a sink, a client
// dialect's writer is one. The same for streams (each delta) and for whole answers (each part at
// once).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "llm/usage.hpp"

namespace pontage::llm {

/// How an answer ended.
struct Ending {
  Finish finish = Finish::kNone;
  std::string_view stop_sequence;  ///< of kStopSequence
  Usage usage;                     ///< `present` false: the provider counted nothing
  std::int64_t text_bytes = 0;     ///< of all that was said, for a guess then
};

class ReplySink {
 public:
  virtual ~ReplySink() = default;
  /// First, once. Empty texts where the provider names none.
  virtual void start(std::string_view id, std::string_view model) = 0;
  virtual void text(std::string_view piece) = 0;
  /// The model's refusal, in its words.
  virtual void refusal(std::string_view piece) = 0;
  virtual void thinking(std::string_view piece) = 0;
  /// Of the thinking so far, by the one who can check it: ends this piece of thinking, what comes
  /// after is another.
  virtual void signature(std::string_view value) = 0;
  /// Thinking that only its maker can read; whole.
  virtual void redacted_thinking(std::string_view data) = 0;
  /// `call` counts from 0 in the order of their beginnings; pieces of several may interleave.
  virtual void tool_start(std::size_t call, std::string_view id, std::string_view name) = 0;
  virtual void tool_arguments(std::size_t call, std::string_view piece) = 0;
  virtual void citation(std::string_view url, std::string_view title) = 0;
  /// Nothing new, but the provider is at work.
  virtual void ping() {}
  /// The reason of the end, from providers that tell it before they have counted: comes before
  /// end(), which says it again. `explanation`: of a refusal, in the provider's words.
  virtual void finished(Finish /*finish*/, std::string_view explanation) {
    if (!explanation.empty()) refusal(explanation);
  }
  /// Last, once; never for an answer that was cut.
  virtual void end(const Ending& ending) = 0;
};

}  // namespace pontage::llm
