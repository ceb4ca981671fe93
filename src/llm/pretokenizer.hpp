// Splits text into pre-tokens exactly as the regular expressions of o200k_base and cl100k_base do,
// by hand and in linear time. A backtracking engine needs unbounded steps or stack on hostile text;
// these two patterns do not need one.
#pragma once

#include <cstddef>
#include <string_view>

#include "llm/char_class.hpp"
#include "llm/tokenizer.hpp"

namespace pontage::llm {

class Pretokenizer {
 public:
  /// The text must be valid UTF-8 and stay where it is.
  Pretokenizer(Encoding encoding, std::string_view text) : text_(text), encoding_(encoding) {}

  [[nodiscard]] bool done() const { return at_ == text_.size(); }
  /// The next piece, never empty; the pieces in a row are the text. Call only when not done.
  std::string_view next();
  /// Characters looked at so far, those looked at again included.
  [[nodiscard]] std::uint64_t steps() const { return steps_; }

 private:
  struct Char {
    CharClass kind;
    std::uint32_t length;  // 0 at the end of the text, where kind is meaningless
  };

  Char char_at(std::size_t at);
  std::size_t end_o200k(std::size_t at);
  std::size_t end_cl100k(std::size_t at);
  std::size_t mixed_word(std::size_t at);
  std::size_t upper_word(std::size_t at);
  std::size_t plain_word(std::size_t at);
  std::size_t contraction(std::size_t at) const;
  std::size_t numbers(std::size_t at);
  std::size_t symbols(std::size_t at, bool slashes);
  std::size_t spaces(std::size_t at);

  std::string_view text_;
  std::size_t at_ = 0;
  std::uint64_t steps_ = 0;
  Encoding encoding_;
};

}  // namespace pontage::llm
