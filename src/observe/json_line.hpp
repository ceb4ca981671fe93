// Writes one flat JSON object into a string that is used again and again: no tree, no allocation
// once the string has grown. Texts are capped, so that what a client sends cannot make a log line
// as long as its request.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/clock.hpp"

namespace pontage::observe {

/// `2026-07-01T12:00:00.123Z`.
void append_iso_time(std::string& out, WallTime time);

inline constexpr std::size_t kTextLimit = 256;

/// Objects and arrays are opened and closed by the caller; the commas are put here.
class JsonLine {
 public:
  explicit JsonLine(std::string& out) : out_(out) {}

  void open(char bracket) {
    comma();
    out_.push_back(bracket);
    first_ = true;
  }
  void close(char bracket) {
    out_.push_back(bracket);
    first_ = false;
  }
  /// The key as it stands, `"name":` included: a constant needs no escaping.
  void key(std::string_view quoted) {
    comma();
    out_.append(quoted);
    first_ = true;
  }
  void text(std::string_view value, std::size_t limit = kTextLimit);
  void integer(std::int64_t value);
  void boolean(bool value) { literal(value ? "true" : "false"); }
  void null() { literal("null"); }
  /// Microseconds as milliseconds with three decimals.
  void millis(std::int64_t micros);
  void time(WallTime value);

 private:
  void comma() {
    if (!first_) out_.push_back(',');
    first_ = false;
  }
  void literal(std::string_view value) {
    comma();
    out_.append(value);
  }

  std::string& out_;
  bool first_ = true;
};

}  // namespace pontage::observe
