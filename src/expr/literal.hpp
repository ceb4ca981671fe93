// What literals mean, and the conversions from text that the language has at run time. None of it
// allocates but `unquote`, which runs when a rule is compiled.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace pontage::expr {

struct BadEscape {
  std::size_t offset;  ///< inside the literal
  std::string message;
};

/// The content of a string or bytes literal as written, quotes and prefix included.
std::expected<std::string, BadEscape> unquote(std::string_view literal);

/// As `int('…')` reads: an optional sign and decimal digits, in range.
std::optional<std::int64_t> to_int(std::string_view text);
std::optional<std::uint64_t> to_uint(std::string_view text);
/// As `double('…')` reads; also `NaN`, `Infinity`, `-Infinity`. Too small is 0, too large is
/// nothing.
std::optional<double> to_double(std::string_view text);
/// As `bool('…')` reads: `true`, `True`, `TRUE`, `t`, `1` and their opposites.
std::optional<bool> to_bool(std::string_view text);

/// Literals may be hexadecimal; the sign is written before them.
std::optional<std::int64_t> int_literal(std::string_view text, bool negative);
std::optional<std::uint64_t> uint_literal(std::string_view text);

bool is_utf8(std::string_view text);
std::int64_t count_characters(std::string_view text);

}  // namespace pontage::expr
