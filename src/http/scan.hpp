// Finding a byte of a set, 32 at a time. The fixed inner loop has no branch, so the compiler turns
// it into vector comparisons; at every optimisation level the result is the same.
#pragma once

#include <cstddef>

namespace pontage::http {

/// The first byte in [from, end) that `stop` holds for, else `end`. `stop` takes and gives unsigned
/// char (0 or 1).
template <class Stop>
inline const char* find_byte(const char* from, const char* end, Stop stop) {
  constexpr std::ptrdiff_t kBlock = 32;
  while (end - from >= kBlock) {
    unsigned char any = 0;
    for (std::ptrdiff_t i = 0; i < kBlock; ++i) {
      any = static_cast<unsigned char>(any | stop(static_cast<unsigned char>(from[i])));
    }
    if (any != 0) break;
    from += kBlock;
  }
  while (from != end && stop(static_cast<unsigned char>(*from)) == 0) ++from;
  return from;
}

/// CR or LF.
inline unsigned char is_line_end(unsigned char c) {
  return static_cast<unsigned char>((c == '\n') | (c == '\r'));
}

/// A control byte (RFC 5234 CTL), HTAB among them.
inline unsigned char is_control(unsigned char c) {
  return static_cast<unsigned char>((c < 0x20) | (c == 0x7F));
}

/// RFC 9110 §5.6.2 tchar.
constexpr bool is_token_char(unsigned char c) {
  if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) return true;
  switch (c) {
    case '!':
    case '#':
    case '$':
    case '%':
    case '&':
    case '\'':
    case '*':
    case '+':
    case '-':
    case '.':
    case '^':
    case '_':
    case '`':
    case '|':
    case '~':
      return true;
    default:
      return false;
  }
}

}  // namespace pontage::http
