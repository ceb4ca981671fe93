// Escapes of JSON5 strings to UTF-8; surrogates must come in pairs.
#include "config/json5_string.hpp"

#include <charconv>
#include <cstdint>
#include <optional>

namespace pontage::config {
namespace {

void append_utf8(std::string& out, std::uint32_t code) {
  const auto put = [&](std::uint32_t byte) {
    out += static_cast<char>(static_cast<unsigned char>(byte));
  };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0U | (code >> 6U));
    put(0x80U | (code & 0x3FU));
  } else if (code < 0x10000) {
    put(0xE0U | (code >> 12U));
    put(0x80U | ((code >> 6U) & 0x3FU));
    put(0x80U | (code & 0x3FU));
  } else {
    put(0xF0U | (code >> 18U));
    put(0x80U | ((code >> 12U) & 0x3FU));
    put(0x80U | ((code >> 6U) & 0x3FU));
    put(0x80U | (code & 0x3FU));
  }
}

std::optional<std::uint32_t> hex_digits(std::string_view text, std::size_t at, std::size_t count) {
  if (at + count > text.size()) return std::nullopt;
  std::uint32_t value = 0;
  const char* begin = text.data() + at;
  const auto [end, problem] = std::from_chars(begin, begin + count, value, 16);
  if (problem != std::errc() || end != begin + count) return std::nullopt;
  return value;
}

/// `at` stands behind `\x` or `\u`; surrogates must come in pairs.
std::optional<std::uint32_t> code_point(std::string_view text, std::size_t& at, std::size_t count) {
  const auto first = hex_digits(text, at, count);
  if (!first) return std::nullopt;
  at += count;
  if (*first < 0xD800 || *first > 0xDFFF) return first;
  if (*first > 0xDBFF || !text.substr(at).starts_with("\\u")) return std::nullopt;
  const auto second = hex_digits(text, at + 2, 4);
  if (!second || *second < 0xDC00 || *second > 0xDFFF) return std::nullopt;
  at += 6;
  return 0x10000 + ((*first - 0xD800) << 10U) + (*second - 0xDC00);
}

/// `at` stands behind the backslash.
bool escape(std::string_view text, std::size_t& at, std::string& out, std::string& problem) {
  constexpr std::string_view kNames = "\"'\\/bfnrtv";
  constexpr std::string_view kMeanings = "\"'\\/\b\f\n\r\t\v";
  const std::size_t start = at - 1;
  const char c = at < text.size() ? text[at++] : '\0';
  if (c == '\n') return true;  // a line that goes on
  if (c == 'x' || c == 'u') {
    const auto code = code_point(text, at, c == 'x' ? 2 : 4);
    if (code) {
      append_utf8(out, *code);
      return true;
    }
  } else if (const std::size_t found = kNames.find(c);
             c != '\0' && found != std::string_view::npos) {
    out += kMeanings[found];
    return true;
  }
  at = start;
  problem = "unknown escape in a text";
  return false;
}

}  // namespace

bool read_json5_string(std::string_view text, std::size_t& at, std::string& out,
                       std::string& problem) {
  const std::size_t start = at;
  const char end = text[at++];
  while (at < text.size()) {
    const char c = text[at];
    if (c == end) {
      ++at;
      return true;
    }
    if (c == '\n') break;
    ++at;
    if (c != '\\') {
      out += c;
    } else if (!escape(text, at, out, problem)) {
      return false;
    }
  }
  at = start;
  problem = "this text is never closed on its line";
  return false;
}

}  // namespace pontage::config
