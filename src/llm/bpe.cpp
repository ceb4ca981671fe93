#include "llm/bpe.hpp"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <limits>

namespace pontage::llm {
namespace {

constexpr std::size_t kWordBits = 64;
constexpr unsigned kAnswerBits = 13;
constexpr std::size_t kLongPiece = 48;   // in bytes; words are shorter
constexpr std::size_t kInlineWords = 8;  // pieces below 512 bytes need no heap

bool test(std::span<const std::uint64_t> bits, std::size_t i) {
  return (bits[i / kWordBits] >> (i % kWordBits) & 1U) != 0;
}
void set(std::span<std::uint64_t> bits, std::size_t i) {
  bits[i / kWordBits] |= std::uint64_t{1} << (i % kWordBits);
}
void clear(std::span<std::uint64_t> bits, std::size_t i) {
  bits[i / kWordBits] &= ~(std::uint64_t{1} << (i % kWordBits));
}

// The greatest set bit below i; bit 0 is always set.
std::size_t previous(std::span<const std::uint64_t> bits, std::size_t i) {
  std::size_t word = i / kWordBits;
  std::uint64_t value = bits[word] & ((std::uint64_t{1} << (i % kWordBits)) - 1);
  while (value == 0) value = bits[--word];
  return word * kWordBits + (kWordBits - 1 - static_cast<std::size_t>(std::countl_zero(value)));
}

}  // namespace

std::int64_t BpeCounter::count(std::string_view piece) {
  ++steps_;
  if (piece.size() < 2) return piece.empty() ? 0 : 1;
  if (table_.word(piece) != kNoToken) return 1;
  if (piece.size() > kLongPiece && answers_.empty()) answers_.resize(std::size_t{1} << kAnswerBits);
  const std::size_t words = piece.size() / kWordBits + 1;
  if (words <= kInlineWords) {
    std::array<std::uint64_t, 2 * kInlineWords> bits{};
    return count_split(piece, Bits(bits).first(words), Bits(bits).last(words));
  }
  scratch_.assign(2 * words, 0);
  return count_split(piece, Bits(scratch_).first(words), Bits(scratch_).last(words));
}

// `ends` are the ends of the tokens chosen so far, `dead` the ends from which the text cannot be
// finished.
std::int64_t BpeCounter::count_split(std::string_view piece, Bits ends, Bits dead) {
  std::int64_t count = 0;
  std::size_t at = 0;
  Token last = kNoToken;
  Token next = table_.longest_prefix(piece);
  set(ends, 0);
  for (;;) {
    ++steps_;
    const std::size_t end = at + table_.length(next);
    if (!test(dead, end) && (last == kNoToken || compatible(last, next))) {
      ++count;
      if (end == piece.size()) return count;
      set(ends, end);
      at = end;
      last = next;
      next = table_.longest_prefix(piece.substr(at));
      continue;
    }
    next = table_.shorter_prefix(next);
    while (next == kNoToken) {  // no token continues from here: give the last one up, too
      ++steps_;
      if (last == kNoToken) std::abort();  // every text has an encoding: the table is broken
      set(dead, at);
      clear(ends, at);
      --count;
      next = table_.shorter_prefix(last);
      at = previous(ends, at);
      const std::size_t start = at == 0 ? 0 : previous(ends, at);
      last = at == 0 ? kNoToken : table_.word(piece.substr(start, at - start));
    }
  }
}

bool BpeCounter::compatible(Token left, Token right) {
  if (answers_.empty()) return find_compatible(left, right);
  const std::uint64_t question = (static_cast<std::uint64_t>(left) << 32 | right) << 1;
  std::uint64_t& answer = answers_[question * 0x9E3779B97F4A7C15 >> (kWordBits - kAnswerBits)];
  // Empty entries look like the question about token 0 twice, which therefore is never remembered.
  if ((answer & ~std::uint64_t{1}) != question || question == 0) {
    answer = question | (find_compatible(left, right) ? 1U : 0U);
  }
  return (answer & 1U) != 0;
}

// Whether byte-pair encoding of both tokens' bytes leaves the border between them. Runs the merges
// backwards: undo the later of the two tokens' last merges, and see each time whether the tokens
// then at the border would have merged before it. Of equal ranks the left one merges first.
bool BpeCounter::find_compatible(Token left, Token right) {
  Token limit = std::numeric_limits<Token>::max();
  for (;;) {
    ++steps_;
    const Token across = table_.merged(left, right);
    if (across < limit) return false;  // kNoToken is no less than any limit
    if (left > right) {
      if (left < kFirstMergedToken) return true;
      limit = left;
      left = table_.right(left);
    } else {
      if (right < kFirstMergedToken) return true;
      limit = right + 1;
      right = table_.left(right);
    }
  }
}

}  // namespace pontage::llm
