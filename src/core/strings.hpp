// Small text helpers that the standard library of Debian 12 lacks. Pure; ASCII where case matters,
// as HTTP does.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.hpp"

namespace pontage {

std::string_view trim(std::string_view text);  ///< spaces and tabs
bool iequals_same_size(std::string_view a, std::string_view b);
inline bool iequals(std::string_view a, std::string_view b) {
  return a.size() == b.size() && iequals_same_size(a, b);
}
std::string to_lower(std::string_view text);
std::vector<std::string_view> split(std::string_view text, char separator);  ///< keeps empty parts
std::optional<std::int64_t> parse_int(std::string_view text);  ///< the whole text, decimal
std::optional<double> parse_double(std::string_view text);     ///< the whole text, decimal

/// `250ms`, `5s`, `1.5m`, `1h`, `2d`; a number without a unit is refused. Never negative.
std::optional<Millis> parse_duration(std::string_view text);
/// `512`, `64KiB`, `32MiB`, `1GiB`, `10kB`, `1MB` in bytes.
std::optional<std::uint64_t> parse_size(std::string_view text);
std::string format_duration(Millis value);     ///< `250ms`, `5s`, `10m`: the shortest exact form
std::string format_size(std::uint64_t bytes);  ///< `32MiB`, `512`: the shortest exact form

/// `*` stands for any run of characters; everything else for itself. Linear time.
bool glob_match(std::string_view pattern, std::string_view text);

bool is_valid_utf8(std::string_view text);
/// Of UTF-8; also of a piece that ends inside a character, whose first byte counts.
std::int64_t count_code_points(std::string_view text);

/// True when no byte is below 0x20 (control characters), eight at a time.
bool is_free_of_controls(std::string_view text);
/// True when every byte is from 0x20 to 0x7E.
bool is_printable_ascii(std::string_view text);
/// True when `text` may stand inside a JSON string as it is: ASCII without controls, quotes and
/// backslashes.
bool is_plain_json(std::string_view text);
/// Appends `text` as the inside of a JSON string (no quotes); invalid UTF-8 becomes U+FFFD.
void append_json_escaped(std::string& out, std::string_view text);
void append_json_string(std::string& out, std::string_view text);  ///< the same with quotes

/// Hash and equality for heterogeneous lookup by string_view.
struct StringHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const {
    return std::hash<std::string_view>{}(text);
  }
};

}  // namespace pontage
