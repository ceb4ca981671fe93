// The answer to a request before any wire format: blocks of pieces, a reason to finish, and usage.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "simulate/ask.hpp"
#include "simulate/content.hpp"
#include "simulate/fault.hpp"

namespace pontage::simulate {

struct Block {
  enum class Kind : std::uint8_t { kThinking, kText, kRefusal, kTool };
  Kind kind = Kind::kText;
  Pieces pieces;  ///< of a tool: the JSON of its arguments
  std::string id;
  std::string name;
};

enum class Finish : std::uint8_t { kStop, kLength, kTools, kStopSequence, kRefusal };

struct Choice {
  std::vector<Block> blocks;
  Finish finish = Finish::kStop;
  std::string stop_sequence;
  std::string finish_as;  ///< when set, the reason as the wire has it
};

struct Answer {
  std::string id;     ///< 24 hexadecimal digits, the same for the same answer
  std::string model;  ///< as the reply names it
  std::int64_t created = 0;
  std::vector<Choice> choices;
  std::int64_t prompt_tokens = 0;
  std::int64_t completion_tokens = 0;
  std::int64_t reasoning_tokens = 0;
  std::int64_t cached_tokens = 0;
};

/// `fault` may be null. `nth` tells repetitions apart where they shall differ (paraphrase).
Answer make_answer(const Ask& ask, const Fault* fault, std::uint64_t seed, int default_tokens,
                   std::uint64_t nth);

/// Prompt tokens as usage counts them: a quarter of the bytes of all texts, rounded up, and 3 for
/// the frame.
std::int64_t count_prompt(const Ask& ask);

}  // namespace pontage::simulate
