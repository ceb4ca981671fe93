// Byte-pair encoding of one pre-token, counting only, in linear time and a quarter byte of memory a
// byte.
//
// The textbook merge (join the adjacent pair of lowest rank, leftmost first, until none is left)
// needs a queue and many words of memory a byte. This is the equivalent by van Antwerpen and
// Neubeck (github/rust-gems, crate `bpe`): a sequence of tokens is the encoding of its text if and
// only if each two neighbours are the encoding of theirs, and such a sequence is unique for every
// prefix of the text. So take the longest token at each position, shorten it until it is compatible
// with its predecessor, and step back where no length is; an end position once given up stays so.
// It rests on two properties of the ranks that generate.py proves before it writes a table.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "llm/rank_table.hpp"

namespace pontage::llm {

class BpeCounter {
 public:
  explicit BpeCounter(Encoding encoding) : table_(RankTable::of(encoding)) {}

  /// How many tokens the piece has; 0 for an empty one.
  std::int64_t count(std::string_view piece);
  [[nodiscard]] const RankTable& table() const { return table_; }
  [[nodiscard]] std::uint64_t steps() const { return steps_; }

 private:
  using Bits = std::span<std::uint64_t>;

  std::int64_t count_split(std::string_view piece, Bits ends, Bits dead);
  bool compatible(Token left, Token right);
  bool find_compatible(Token left, Token right);

  const RankTable& table_;
  std::uint64_t steps_ = 0;
  // Recent answers of compatible(), for long pieces: runs of one character ask the same again and
  // again, and those answers are the dear ones.
  std::vector<std::uint64_t> answers_;
  std::vector<std::uint64_t> scratch_;  // for pieces too long for the stack
};

}  // namespace pontage::llm
