// Numbers and texts as bytes: little-endian base 128, signed ones zigzag, texts after their length.
// The reader never reads past its end; what is wrong once stays wrong.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

namespace pontage::ledger {

class BinaryWriter {
 public:
  explicit BinaryWriter(std::string& out) : out_(out) {}
  void number(std::uint64_t value) {
    while (value >= 0x80) {
      out_.push_back(static_cast<char>(value | 0x80));
      value >>= 7;
    }
    out_.push_back(static_cast<char>(value));
  }
  void signed_number(std::int64_t value) {
    number((static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63));
  }
  void text(std::string_view value, std::size_t limit) {
    value = value.substr(0, limit);
    number(value.size());
    out_.append(value);
  }
  void bytes(std::string_view value) { out_.append(value); }

 private:
  std::string& out_;
};

class BinaryReader {
 public:
  explicit BinaryReader(std::string_view in) : in_(in) {}
  std::uint64_t number() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      if (in_.empty()) break;
      const auto byte = static_cast<unsigned char>(in_.front());
      in_.remove_prefix(1);
      if (shift == 63 && byte > 1) break;
      value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) {
        if (byte == 0 && shift > 0) break;  // one way to write a number
        return value;
      }
    }
    good_ = false;
    return 0;
  }
  std::int64_t signed_number() {
    const std::uint64_t value = number();
    return static_cast<std::int64_t>((value >> 1) ^ (~(value & 1) + 1));
  }
  std::string_view text(std::size_t limit) {
    const std::uint64_t size = number();
    if (size > limit) good_ = false;
    return bytes(good_ ? static_cast<std::size_t>(size) : 0);
  }
  std::string_view bytes(std::size_t size) {
    if (size > in_.size()) good_ = false;
    if (!good_) return {};
    const auto value = in_.substr(0, size);
    in_.remove_prefix(size);
    return value;
  }
  [[nodiscard]] bool good() const { return good_; }
  [[nodiscard]] bool at_end() const { return in_.empty(); }

 private:
  std::string_view in_;
  bool good_ = true;
};

}  // namespace pontage::ledger
