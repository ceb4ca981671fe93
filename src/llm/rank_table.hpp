// One encoding's vocabulary, read in place from the embedded table: which token a word is, what two
// tokens merge to, the longest token that a text begins with. A token is named by its rank; lower
// ranks merge first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "llm/tokenizer.hpp"

namespace pontage::llm {

using Token = std::uint32_t;
inline constexpr Token kNoToken = 0xFFFFFFFF;
inline constexpr Token kFirstMergedToken = 256;  ///< those below are the single bytes

class RankTable {
 public:
  static const RankTable& of(Encoding encoding);

  /// The token that is exactly this text, or kNoToken.
  [[nodiscard]] Token word(std::string_view text) const;
  /// The token whose last merge joins these two, or kNoToken.
  [[nodiscard]] Token merged(Token left, Token right) const;
  /// The longest token that the text begins with; the text is not empty.
  [[nodiscard]] Token longest_prefix(std::string_view text) const;
  /// The next shorter token that this one begins with, or kNoToken for a single byte.
  [[nodiscard]] Token shorter_prefix(Token token) const { return rows_[token].shorter; }
  /// The two tokens this one is merged from; a single byte is its own left and right.
  [[nodiscard]] Token left(Token token) const { return rows_[token].left; }
  [[nodiscard]] Token right(Token token) const { return rows_[token].right; }
  [[nodiscard]] std::size_t length(Token token) const { return rows_[token].place & 0xFF; }
  [[nodiscard]] std::string_view bytes(Token token) const {
    return {bytes_ + (rows_[token].place >> 8), length(token)};
  }
  [[nodiscard]] std::size_t size() const { return rows_.size(); }
  [[nodiscard]] std::size_t longest_token() const { return longest_token_; }

 private:
  struct Row {
    std::uint32_t place;  // offset in bytes_ << 8 | length
    Token shorter;
    Token left;
    Token right;
  };
  struct Entry {
    Token token;
    std::uint32_t key;  // bytes 2 to 5, big-endian, zeros where the token is shorter
  };

  explicit RankTable(const std::uint32_t* data);
  [[nodiscard]] bool before(std::string_view text, std::uint32_t key, const Entry& entry) const;

  std::size_t longest_token_;
  std::span<const std::uint32_t> by_byte_;
  std::span<const std::uint32_t> words_;
  std::span<const std::uint32_t> pairs_;
  std::span<const Row> rows_;
  std::span<const Entry> sorted_;         // all but the single bytes
  std::span<const std::uint32_t> first_;  // in sorted_, by a token's first two bytes
  const char* bytes_;
};

}  // namespace pontage::llm
