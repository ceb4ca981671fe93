#include "dialects/json_place.hpp"

#include <algorithm>

#include "core/defaults.hpp"

namespace pontage::dialects {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// A cursor that stops at the first byte that does not fit; every method is false then.
class Scan {
 public:
  explicit Scan(std::string_view text) : text_(text) {}
  [[nodiscard]] std::size_t at() const { return at_; }

  bool document() {
    std::string open;  // the brackets that wait to be closed
    blanks();
    while (true) {
      if (!value_or_open(open)) return false;
      if (just_opened_) continue;
      if (!after_value(open)) return false;
      if (open.empty()) return at_ == text_.size();
    }
  }

 private:
  [[nodiscard]] char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool take(char c) {
    if (peek() != c || at_ >= text_.size()) return false;
    ++at_;
    return true;
  }
  void blanks() {
    while (at_ < text_.size() &&
           std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos)
      ++at_;
  }
  bool word(std::string_view wanted) {
    for (const char c : wanted) {
      if (!take(c)) return false;
    }
    return true;
  }
  bool key() {
    if (!string()) return false;
    blanks();
    if (!take(':')) return false;
    blanks();
    return true;
  }

  // A scalar, or an opening bracket with what must follow it up to the first value.
  bool value_or_open(std::string& open) {
    just_opened_ = false;
    const char c = peek();
    if (c == '{' || c == '[') {
      if (open.size() >= static_cast<std::size_t>(defaults::kJsonDepth)) return false;
      open.push_back(c == '{' ? '}' : ']');
      ++at_;
      blanks();
      if (peek() == open.back()) return true;
      just_opened_ = true;
      return c == '[' || key();
    }
    if (c == '"') return string();
    if (c == '-' || is_digit(c)) return number();
    if (c == 't') return word("true");
    if (c == 'f') return word("false");
    return word("null");
  }

  // Closes what ends here and steps over one comma.
  bool after_value(std::string& open) {
    while (true) {
      blanks();
      if (open.empty()) return true;
      if (take(open.back())) {
        open.pop_back();
        continue;
      }
      if (!take(',')) return false;
      blanks();
      return open.back() == ']' || key();
    }
  }

  bool digits() {
    if (!is_digit(peek())) return false;
    while (is_digit(peek())) ++at_;
    return true;
  }
  bool number() {
    take('-');
    if (!take('0') && !digits()) return false;
    if (take('.') && !digits()) return false;
    if (peek() != 'e' && peek() != 'E') return true;
    ++at_;
    if (peek() == '+' || peek() == '-') ++at_;
    return digits();
  }

  bool string() {
    if (!take('"')) return false;
    while (at_ < text_.size()) {
      const auto c = static_cast<unsigned char>(text_[at_]);
      if (c == '"') {
        ++at_;
        return true;
      }
      if (c < 0x20) return false;
      if (c == '\\' ? !escape() : !character(c)) return false;
    }
    return false;
  }
  bool escape() {
    ++at_;
    if (take('u')) {
      for (int i = 0; i < 4; ++i) {
        if (!is_hex(peek())) return false;
        ++at_;
      }
      return true;
    }
    if (at_ >= text_.size() ||
        std::string_view("\"\\/bfnrt").find(text_[at_]) == std::string_view::npos)
      return false;
    ++at_;
    return true;
  }
  // RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
  bool character(unsigned char lead) {
    std::size_t more = 0;
    unsigned char low = 0x80;
    unsigned char high = 0xBF;
    if (lead >= 0xC2 && lead <= 0xDF) more = 1;
    if (lead >= 0xE0 && lead <= 0xEF) more = 2;
    if (lead >= 0xF0 && lead <= 0xF4) more = 3;
    if (lead >= 0x80 && more == 0) return false;
    if (lead == 0xE0) low = 0xA0;
    if (lead == 0xED) high = 0x9F;
    if (lead == 0xF0) low = 0x90;
    if (lead == 0xF4) high = 0x8F;
    if (at_ + more >= text_.size()) return false;
    for (std::size_t i = 1; i <= more; ++i) {
      const auto c = static_cast<unsigned char>(text_[at_ + i]);
      if (c < low || c > high) return false;
      low = 0x80;
      high = 0xBF;
    }
    at_ += more + 1;
    return true;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  bool just_opened_ = false;
};

}  // namespace

std::optional<std::size_t> find_json_error(std::string_view text) {
  Scan scan(text);
  if (scan.document()) return std::nullopt;
  return scan.at();
}

std::string describe_place(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, offset);
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const std::size_t newline = before.rfind('\n');
  const std::size_t column =
      newline == std::string_view::npos ? before.size() + 1 : before.size() - newline;
  return "line " + std::to_string(line) + ", column " + std::to_string(column);
}

}  // namespace pontage::dialects
