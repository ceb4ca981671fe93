// UTF-8 (RFC 3629) and line ends are checked here once, so that the readers need not.
#include "config/source_text.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "config/limits.hpp"

namespace pontage::config {
namespace {

/// RFC 3629 table: the length of the valid sequence at `at`, or 0.
std::size_t utf8_length(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) -> unsigned {
    return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0U;
  };
  const auto tail = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
  const unsigned first = byte(0);
  const unsigned second = byte(1);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return tail(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    const bool overlong = first == 0xE0 && second < 0xA0;
    const bool surrogate = first == 0xED && second > 0x9F;
    return tail(1) && tail(2) && !overlong && !surrogate ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const bool out_of_range = (first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F);
    return tail(1) && tail(2) && tail(3) && !out_of_range ? 4 : 0;
  }
  return 0;
}

void normalize_line_ends(std::string& text) {
  if (text.find('\r') == std::string::npos) return;
  std::size_t to = 0;
  for (std::size_t from = 0; from < text.size(); ++from) {
    if (text[from] == '\r') {
      if (from + 1 < text.size() && text[from + 1] == '\n') continue;
      text[to++] = '\n';
    } else {
      text[to++] = text[from];
    }
  }
  text.resize(to);
}

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && byte != '\t' && byte != '\n') || byte == 0x7F;
}

std::string hex_byte(char c) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  const auto byte = static_cast<unsigned char>(c);
  return {'0', 'x', kDigits[byte >> 4U], kDigits[byte & 15U]};
}

}  // namespace

Mark mark_at(const FileName& file, std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, offset);
  const auto lines = std::count(before.begin(), before.end(), '\n');
  const std::size_t line_start = before.rfind('\n') + 1;  // npos + 1 is 0, the first line
  return {file, static_cast<int>(lines) + 1, static_cast<int>(before.size() - line_start) + 1};
}

bool clean_text(const FileName& file, std::string& text, Diagnostics& diagnostics) {
  if (text.size() > kFileBytes) {
    diagnostics.error({file, 0, 0}, "the file is larger than 4 MiB; a configuration is not");
    return false;
  }
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) {
    diagnostics.error({file, 1, 1}, "the file is UTF-16; save it as UTF-8");
    return false;
  }
  if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);
  normalize_line_ends(text);
  std::size_t at = 0;
  while (at < text.size()) {
    if (is_control(text[at])) {
      diagnostics.error(mark_at(file, text, at),
                        "control character " + hex_byte(text[at]) + " in the text");
      return false;
    }
    const std::size_t length = utf8_length(text, at);
    if (length == 0) {
      diagnostics.error(mark_at(file, text, at), "byte " + hex_byte(text[at]) +
                                                     " is not valid UTF-8; save the file as UTF-8");
      return false;
    }
    at += length;
  }
  return true;
}

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return is_control(c) && c != '\r'; });
}

bool is_utf8(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t length = utf8_length(text, at);
    if (length == 0) return false;
    at += length;
  }
  return true;
}

std::optional<std::string> read_bytes(const std::string& path, std::size_t limit,
                                      std::string& problem) {
  errno = 0;
  std::ifstream stream(path, std::ios::binary);
  std::string bytes;
  std::string block(std::min<std::size_t>(limit + 1, 64 * 1024), '\0');
  // A read also fails on what opens but is no file, such as a folder.
  while (stream && bytes.size() <= limit) {
    stream.read(block.data(), static_cast<std::streamsize>(block.size()));
    bytes.append(block, 0, static_cast<std::size_t>(stream.gcount()));
  }
  if (!stream.is_open() || stream.bad()) {
    problem = errno != 0 ? std::strerror(errno) : "reading failed";
    return std::nullopt;
  }
  if (bytes.size() > limit + 1) bytes.resize(limit + 1);
  return bytes;
}

}  // namespace pontage::config
