// The classes of characters that OpenAI's pre-tokenizer patterns tell apart, as tiktoken's own
// regular-expression engine sees them (Unicode 16.0, scripts/tokenizer/unicode_classes.txt).
#pragma once

#include <cstdint>

#include "llm/table_data.hpp"

namespace pontage::llm {

/// Values are those of generate.py.
enum class CharClass : std::uint8_t {
  kOther,    ///< none of the following
  kUpper,    ///< Lu, Lt
  kLower,    ///< Ll
  kLetter,   ///< Lm, Lo: counts as upper and as lower
  kMark,     ///< M
  kNumber,   ///< N
  kSpace,    ///< White_Space but for CR and LF
  kNewline,  ///< CR, LF
};

inline CharClass char_class(char32_t code) {
  constexpr unsigned kBlockBits = 7;
  constexpr std::uint32_t kBlocks = 0x110000 >> kBlockBits;
  const std::uint32_t block = kPontageTableUnicode[code >> kBlockBits];
  const auto* const classes =
      reinterpret_cast<const unsigned char*>(kPontageTableUnicode + kBlocks);
  return static_cast<CharClass>(classes[block << kBlockBits | (code & ((1U << kBlockBits) - 1))]);
}

}  // namespace pontage::llm
