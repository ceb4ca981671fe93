// Finding the first byte of a set, 16 at a time where the machine can (SSE2 is part of every
// x86-64), one at a time elsewhere, with the same result. Headers, events and JSON strings are all
// cut with this.
#pragma once

#include <bit>
#include <cstddef>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace pontage::http {

/// Any of the given characters.
template <char... kChars>
struct OneOf {
  static constexpr bool has(char c) { return ((c == kChars) || ...); }
#if defined(__SSE2__)
  static __m128i match(__m128i bytes) {
    __m128i found = _mm_setzero_si128();
    ((found = _mm_or_si128(found, _mm_cmpeq_epi8(bytes, _mm_set1_epi8(kChars)))), ...);
    return found;
  }
#endif
};

/// A control byte (RFC 5234 CTL), HTAB among them.
struct Control {
  static constexpr bool has(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }
#if defined(__SSE2__)
  static __m128i match(__m128i bytes) {
    const __m128i low = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1F)), bytes);
    return _mm_or_si128(low, _mm_cmpeq_epi8(bytes, _mm_set1_epi8(0x7F)));
  }
#endif
};

using LineEnd = OneOf<'\r', '\n'>;

/// The first byte of `Set` in [from, end), else `end`.
template <class Set>
inline const char* find_byte(const char* from, const char* end) {
#if defined(__SSE2__)
  constexpr std::ptrdiff_t kBlock = 16;
  const auto hits = [](const char* at) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    return static_cast<unsigned>(_mm_movemask_epi8(Set::match(bytes)));
  };
  const bool has_block = end - from >= kBlock;
  for (; end - from >= kBlock; from += kBlock) {
    if (const unsigned mask = hits(from); mask != 0) return from + std::countr_zero(mask);
  }
  if (has_block) {  // the last bytes once more in a whole block; those before `from` are known to
                    // be none
    if (const unsigned mask = hits(end - kBlock); mask != 0)
      return end - kBlock + std::countr_zero(mask);
    return end;
  }
#endif
  while (from != end && !Set::has(*from)) ++from;
  return from;
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
