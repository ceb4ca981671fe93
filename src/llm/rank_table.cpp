#include "llm/rank_table.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "llm/table_data.hpp"

namespace pontage::llm {
namespace {

constexpr std::uint32_t kMagic = 0x52544B50;
constexpr std::uint32_t kVersion = 2;
constexpr std::size_t kHeaderWords = 16;
constexpr unsigned kRankBits = 18;
constexpr std::uint32_t kRankMask = (1U << kRankBits) - 1;
constexpr std::uint32_t kFingerprintMask = (1U << (32 - kRankBits)) - 1;
constexpr std::uint32_t kEmptySlot = 0xFFFFFFFF;
constexpr std::uint64_t kMultiplier = 0x9E3779B97F4A7C15;

std::uint64_t load8(const char* at) {
  std::uint64_t value = 0;
  std::memcpy(&value, at, sizeof value);
  return value;
}

// 1 to 7 bytes, little-endian, without reading beyond them: overlapping parts are or-ed, equal
// where they overlap.
std::uint64_t load_short(const char* at, std::size_t size) {
  if (size >= 4) {
    std::uint32_t low = 0;
    std::uint32_t high = 0;
    std::memcpy(&low, at, sizeof low);
    std::memcpy(&high, at + size - sizeof high, sizeof high);
    return low | static_cast<std::uint64_t>(high) << (8 * (size - sizeof high));
  }
  const auto byte = [&](std::size_t i) {
    return static_cast<std::uint64_t>(static_cast<unsigned char>(at[i])) << (8 * i);
  };
  return byte(0) | byte(size / 2) | byte(size - 1);
}

// The same as hash_word in generate.py.
std::uint64_t hash_word(std::string_view word) {
  std::uint64_t x = word.size() * kMultiplier;
  std::size_t i = 0;
  for (; i + 8 <= word.size(); i += 8) {
    x = (x ^ load8(word.data() + i)) * kMultiplier;
    x ^= x >> 32;
  }
  const std::size_t rest = word.size() - i;
  if (rest > 0) {
    const std::uint64_t tail = word.size() < 8
                                   ? load_short(word.data(), word.size())
                                   : load8(word.data() + word.size() - 8) >> (8 * (8 - rest));
    x = (x ^ tail) * kMultiplier;
    x ^= x >> 32;
  }
  return x;
}

// The same as hash_pair in generate.py.
std::uint64_t hash_pair(Token left, Token right) {
  std::uint64_t x = (static_cast<std::uint64_t>(left) << 32 | right) * kMultiplier;
  x = (x ^ x >> 32) * kMultiplier;
  return x ^ x >> 32;
}

template <class Equal>
Token find(std::span<const std::uint32_t> slots, std::uint64_t hash, Equal equal) {
  const auto fingerprint = static_cast<std::uint32_t>(hash) & kFingerprintMask;
  for (std::size_t at = (hash >> 32) * slots.size() >> 32;;) {
    const std::uint32_t slot = slots[at];
    if (slot == kEmptySlot) return kNoToken;
    if (slot >> kRankBits == fingerprint && equal(slot & kRankMask)) return slot & kRankMask;
    at = at + 1 < slots.size() ? at + 1 : 0;
  }
}

// Bytes 2 to 5 as RankTable::Entry::key has them.
std::uint32_t sort_key(std::string_view text) {
  std::uint32_t key = 0;
  for (std::size_t i = 2; i < 6; ++i) {
    key = key << 8 | (i < text.size() ? static_cast<unsigned char>(text[i]) : 0U);
  }
  return key;
}

}  // namespace

const RankTable& RankTable::of(Encoding encoding) {
  static const RankTable o200k(kPontageTableO200k);
  static const RankTable cl100k(kPontageTableCl100k);
  return encoding == Encoding::kO200k ? o200k : cl100k;
}

RankTable::RankTable(const std::uint32_t* data) : longest_token_(data[3]) {
  const std::size_t tokens = data[2];
  if (data[0] != kMagic || data[1] != kVersion) std::abort();  // the build embedded another file
  const std::size_t word_slots = data[4];
  const std::size_t pair_slots = data[5];
  const std::size_t sorted = data[6];
  const std::uint32_t* at = data + kHeaderWords;
  const auto section = [&at](std::size_t count) {
    const std::span<const std::uint32_t> values(at, count);
    at += count;
    return values;
  };
  by_byte_ = section(256);
  words_ = section(word_slots);
  pairs_ = section(pair_slots);
  static_assert(sizeof(Row) == 4 * sizeof(std::uint32_t));
  rows_ = {reinterpret_cast<const Row*>(section(4 * tokens).data()), tokens};
  static_assert(sizeof(Entry) == 2 * sizeof(std::uint32_t));
  sorted_ = {reinterpret_cast<const Entry*>(section(2 * sorted).data()), sorted};
  first_ = section(65537);
  bytes_ = reinterpret_cast<const char*>(at);
}

Token RankTable::word(std::string_view text) const {
  if (text.empty() || text.size() > longest_token_) return kNoToken;
  return find(words_, hash_word(text), [&](Token token) { return bytes(token) == text; });
}

Token RankTable::merged(Token left_token, Token right_token) const {
  return find(pairs_, hash_pair(left_token, right_token), [&](Token token) {
    return left(token) == left_token && right(token) == right_token;
  });
}

bool RankTable::before(std::string_view text, std::uint32_t key, const Entry& entry) const {
  if (key != entry.key) return key < entry.key;
  return text < bytes(entry.token);
}

// The greatest token not after the text shares with it every token that the text begins with, so
// the answer is on its chain of prefixes.
Token RankTable::longest_prefix(std::string_view text) const {
  const auto byte = [&](std::size_t i) -> std::size_t {
    return static_cast<unsigned char>(text[i]);
  };
  text = text.substr(0, longest_token_);
  if (text.size() < 2) return by_byte_[byte(0)];
  const std::size_t bucket = byte(0) << 8 | byte(1);
  const auto begin = sorted_.begin() + first_[bucket];
  const auto end = sorted_.begin() + first_[bucket + 1];
  const std::uint32_t key = sort_key(text);
  const auto above = std::upper_bound(
      begin, end, text,
      [&](std::string_view value, const Entry& entry) { return before(value, key, entry); });
  if (above == begin) return by_byte_[byte(0)];
  Token token = (above - 1)->token;
  const std::string_view nearest = bytes(token);
  const std::size_t shared = static_cast<std::size_t>(
      std::mismatch(text.begin(), text.end(), nearest.begin(), nearest.end()).first - text.begin());
  while (length(token) > shared) token = shorter_prefix(token);
  return token;
}

}  // namespace pontage::llm
