// UTF-8 for the tokenizer: where a text stops being valid, the repaired text, and decoding of what
// is known valid.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace pontage::llm {

struct CodePoint {
  char32_t value;
  std::uint32_t length;  ///< in bytes
};

/// The code point at `text[at]`; the text must be valid UTF-8 and `at` the start of a character.
inline CodePoint decode(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) -> char32_t {
    return static_cast<unsigned char>(text[at + i]);
  };
  const char32_t first = byte(0);
  if (first < 0x80) return {first, 1};
  if (first < 0xE0) return {(first & 0x1F) << 6 | (byte(1) & 0x3F), 2};
  if (first < 0xF0) return {(first & 0x0F) << 12 | (byte(1) & 0x3F) << 6 | (byte(2) & 0x3F), 3};
  return {(first & 0x07) << 18 | (byte(1) & 0x3F) << 12 | (byte(2) & 0x3F) << 6 | (byte(3) & 0x3F),
          4};
}

/// The length of the longest valid prefix; equals text.size() if all is valid.
std::size_t valid_utf8_prefix(std::string_view text);

/// Each maximal subpart of an ill-formed sequence becomes one U+FFFD (Unicode 16.0 §3.9, "U+FFFD
/// Substitution of Maximal Subparts"; so do the WHATWG decoder and Python).
std::string replace_invalid_utf8(std::string_view text);

}  // namespace pontage::llm
