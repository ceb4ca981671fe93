// Reads the reference counts that scripts/tokenizer/make_golden.py wrote.
#pragma once

#include <cstdint>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

namespace pontage::llm::golden {

inline std::string data_path(std::string_view name) {
  return std::string(PONTAGE_SOURCE_DIR "/tests/unit/llm/data/").append(name);
}

inline std::string read_file(std::string_view name) {
  std::ifstream file(data_path(name), std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline void append_utf8(std::string& out, std::uint32_t code) {
  const auto put = [&out](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (code < 0x80) return put(code);
  if (code < 0x800) {
    put(0xC0 | code >> 6);
  } else if (code < 0x10000) {
    put(0xE0 | code >> 12);
    put(0x80 | (code >> 6 & 0x3F));
  } else {
    put(0xF0 | code >> 18);
    put(0x80 | (code >> 12 & 0x3F));
    put(0x80 | (code >> 6 & 0x3F));
  }
  put(0x80 | (code & 0x3F));
}

/// `\HEX;` is a code point, everything else itself.
inline std::string unescape(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      out.push_back(text[i]);
      continue;
    }
    const std::size_t end = text.find(';', i);
    append_utf8(out, static_cast<std::uint32_t>(
                         std::stoul(std::string(text.substr(i + 1, end - i - 1)), nullptr, 16)));
    i = end;
  }
  return out;
}

/// The generator of make_golden.py's random_text; the alphabet's characters may be of any length.
class Random {
 public:
  std::uint64_t next() {
    state_ = state_ * 6364136223846793005U + 1442695040888963407U;
    return state_ >> 33;
  }
  std::size_t below(std::size_t limit) { return static_cast<std::size_t>(next() % limit); }

 private:
  std::uint64_t state_ = 1;
};

}  // namespace pontage::llm::golden
