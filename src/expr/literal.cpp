// Escapes after cel-spec's "String and bytes values"; numbers through std::from_chars, which knows
// no locale.
#include "expr/literal.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

namespace pontage::expr {
namespace {

void append_utf8(std::string& out, std::uint32_t code) {
  const auto byte = [&out](std::uint32_t value) { out.push_back(static_cast<char>(value)); };
  if (code < 0x80) {
    byte(code);
  } else if (code < 0x800) {
    byte(0xC0 | (code >> 6));
    byte(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    byte(0xE0 | (code >> 12));
    byte(0x80 | ((code >> 6) & 0x3F));
    byte(0x80 | (code & 0x3F));
  } else {
    byte(0xF0 | (code >> 18));
    byte(0x80 | ((code >> 12) & 0x3F));
    byte(0x80 | ((code >> 6) & 0x3F));
    byte(0x80 | (code & 0x3F));
  }
}

/// One escape: `text` begins after the backslash. Returns how many bytes it took, or the message.
std::expected<std::size_t, std::string> read_escape(std::string_view text, bool is_bytes,
                                                    std::string& out) {
  if (text.empty()) return std::unexpected("nothing follows the backslash");
  constexpr std::string_view kFrom = "abfnrtv\\?\"'`";
  constexpr std::string_view kTo = "\a\b\f\n\r\t\v\\?\"'`";
  if (const std::size_t at = kFrom.find(text[0]); at != std::string_view::npos) {
    out.push_back(kTo[at]);
    return 1;
  }
  std::size_t start = 1;
  std::size_t digits = 0;
  int base = 16;
  switch (text[0]) {
    case 'x':
    case 'X':
      digits = 2;
      break;
    case 'u':
      digits = 4;
      break;
    case 'U':
      digits = 8;
      break;
    case '0':
    case '1':
    case '2':
    case '3':
      start = 0, digits = 3, base = 8;
      break;
    default:
      return std::unexpected("unknown escape; a backslash itself is written `\\\\`");
  }
  if (is_bytes && (text[0] == 'u' || text[0] == 'U')) {
    return std::unexpected("`\\u` is for strings; bytes take `\\x`");
  }
  std::uint32_t code = 0;
  const std::string_view number = text.substr(start, digits);
  const auto [end, failure] =
      std::from_chars(number.data(), number.data() + number.size(), code, base);
  if (number.size() != digits || failure != std::errc{} || end != number.data() + digits) {
    return std::unexpected("this escape takes " + std::to_string(digits) +
                           (base == 8 ? " octal digits" : " hexadecimal digits"));
  }
  if (is_bytes) {
    out.push_back(static_cast<char>(code));
    return start + digits;
  }
  if (code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) {
    return std::unexpected("this is not a Unicode character");
  }
  append_utf8(out, code);
  return start + digits;
}

std::string_view without_plus(std::string_view text) {
  const bool plus = text.size() > 1 && text[0] == '+' && text[1] != '-' && text[1] != '+';
  return plus ? text.substr(1) : text;
}

template <typename Number>
std::optional<Number> parse_whole(std::string_view text, int base = 10) {
  Number value{};
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (failure != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// from_chars does not say whether a double is too large or too small: the decimal exponent does.
bool is_too_small(std::string_view text) {
  const std::size_t mark = text.find_first_of("eE");
  const std::string_view digits = text.substr(0, mark);
  std::int64_t exponent = 0;
  if (mark != std::string_view::npos) {
    const std::string_view written = without_plus(text.substr(mark + 1));
    exponent = parse_whole<std::int64_t>(written).value_or(written.starts_with('-') ? -1'000'000
                                                                                    : 1'000'000);
  }
  const std::size_t first = digits.find_first_of("123456789");
  if (first == std::string_view::npos) return true;
  const std::size_t dot = std::min(digits.find('.'), digits.size());
  const auto position = static_cast<std::int64_t>(dot) - static_cast<std::int64_t>(first);
  return position + exponent < 0;
}

bool is_hex_literal(std::string_view text) {
  return text.starts_with("0x") || text.starts_with("0X");
}

}  // namespace

std::expected<std::string, BadEscape> unquote(std::string_view literal) {
  std::size_t at = literal.find_first_of("\"'");
  const std::string_view prefix = literal.substr(0, at);
  const bool is_bytes = prefix.find_first_of("bB") != std::string_view::npos;
  const bool raw = prefix.find_first_of("rR") != std::string_view::npos;
  const std::string three(3, literal[at]);
  const std::size_t quote =
      literal.substr(at).starts_with(three) && literal.size() >= at + 6 ? 3 : 1;
  at += quote;
  const std::size_t stop = literal.size() - quote;
  std::string out;
  out.reserve(stop - at);
  while (at < stop) {
    if (raw || literal[at] != '\\') {
      out.push_back(literal[at++]);
      continue;
    }
    const auto taken = read_escape(literal.substr(at + 1, stop - at - 1), is_bytes, out);
    if (!taken) return std::unexpected(BadEscape{at, taken.error()});
    at += 1 + *taken;
  }
  return out;
}

std::optional<std::int64_t> to_int(std::string_view text) {
  return parse_whole<std::int64_t>(without_plus(text));
}

std::optional<std::uint64_t> to_uint(std::string_view text) {
  return parse_whole<std::uint64_t>(text);
}

std::optional<double> to_double(std::string_view text) {
  text = without_plus(text);
  double value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end != text.data() + text.size()) return std::nullopt;
  if (failure == std::errc::result_out_of_range) {
    if (!is_too_small(text)) return std::nullopt;
    return text.starts_with('-') ? -0.0 : 0.0;
  }
  if (failure != std::errc{}) return std::nullopt;
  return value;
}

std::optional<bool> to_bool(std::string_view text) {
  constexpr std::array<std::string_view, 5> kYes = {"true", "True", "TRUE", "t", "1"};
  constexpr std::array<std::string_view, 5> kNo = {"false", "False", "FALSE", "f", "0"};
  if (std::ranges::find(kYes, text) != kYes.end()) return true;
  if (std::ranges::find(kNo, text) != kNo.end()) return false;
  return std::nullopt;
}

std::optional<std::uint64_t> uint_literal(std::string_view text) {
  if (text.ends_with('u') || text.ends_with('U')) text.remove_suffix(1);
  if (is_hex_literal(text)) return parse_whole<std::uint64_t>(text.substr(2), 16);
  return parse_whole<std::uint64_t>(text);
}

std::optional<std::int64_t> int_literal(std::string_view text, bool negative) {
  const std::optional<std::uint64_t> size = uint_literal(text);
  constexpr std::uint64_t kTop = std::numeric_limits<std::int64_t>::max();
  if (!size || *size > kTop + (negative ? 1 : 0)) return std::nullopt;
  return static_cast<std::int64_t>(negative ? ~*size + 1 : *size);
}

bool is_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const auto byte = [&](std::size_t ahead) -> std::uint32_t {
      return at + ahead < text.size() ? static_cast<unsigned char>(text[at + ahead]) : 0;
    };
    const std::uint32_t lead = byte(0);
    const std::size_t more = lead < 0x80   ? 0
                             : lead < 0xC2 ? 9
                             : lead < 0xE0 ? 1
                             : lead < 0xF0 ? 2
                             : lead < 0xF5 ? 3
                                           : 9;
    if (more == 9) return false;
    for (std::size_t i = 1; i <= more; ++i) {
      if ((byte(i) & 0xC0) != 0x80) return false;
    }
    // Overlong forms, surrogates, and what lies above U+10FFFF.
    if ((lead == 0xE0 && byte(1) < 0xA0) || (lead == 0xED && byte(1) > 0x9F)) return false;
    if ((lead == 0xF0 && byte(1) < 0x90) || (lead == 0xF4 && byte(1) > 0x8F)) return false;
    at += more + 1;
  }
  return true;
}

std::int64_t count_characters(std::string_view text) {
  return std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
}

}  // namespace pontage::expr
