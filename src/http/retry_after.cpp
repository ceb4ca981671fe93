#include "http/retry_after.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "core/strings.hpp"

namespace pontage::http {
namespace {

constexpr double kYearMs = 366.0 * 86'400'000.0;

// Digits with at most one point: from_chars alone would also take "inf", "nan", signs and
// exponents.
std::optional<double> parse_decimal(std::string_view text) {
  if (text.empty() || text.size() > 32) return std::nullopt;
  if (text.find_first_not_of("0123456789.") != std::string_view::npos) return std::nullopt;
  return parse_double(text);
}

Millis capped(double ms) {
  return Millis(std::llround(std::ceil(std::min(ms, kYearMs))));
}

std::optional<Millis> parse_number(std::string_view text, double unit_ms) {
  const auto number = parse_decimal(trim(text));
  if (!number) return std::nullopt;
  return capped(*number * unit_ms);
}

// Two or four digits at a fixed place.
std::optional<int> digits(std::string_view text, std::size_t at, std::size_t count) {
  const std::string_view part = text.substr(at, count);
  if (part.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
  const auto value = parse_int(part);
  if (!value) return std::nullopt;
  return static_cast<int>(*value);
}

std::optional<double> unit_ms(std::string_view unit) {
  if (unit == "ms") return 1;
  if (unit == "s" || unit.empty()) return 1e3;
  if (unit == "m") return 6e4;
  if (unit == "h") return 3.6e6;
  if (unit == "d") return 8.64e7;
  if (unit == "us" || unit == "\xC2\xB5s") return 1e-3;
  if (unit == "ns") return 1e-6;
  return std::nullopt;
}

}  // namespace

std::optional<WallTime> parse_http_date(std::string_view text) {
  constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  // 0123456789012345678901234567
  // Sun, 06 Nov 1994 08:49:37 GMT
  if (text.size() != 29 || text.substr(3, 2) != ", " || text[7] != ' ' || text[11] != ' ' ||
      text[16] != ' ' || text[19] != ':' || text[22] != ':' || text.substr(25) != " GMT") {
    return std::nullopt;
  }
  const auto month = std::find(kMonths.begin(), kMonths.end(), text.substr(8, 3));
  const auto day = digits(text, 5, 2);
  const auto year = digits(text, 12, 4);
  const auto hour = digits(text, 17, 2);
  const auto minute = digits(text, 20, 2);
  const auto second = digits(text, 23, 2);
  if (month == kMonths.end() || !day || !year || !hour || !minute || !second) return std::nullopt;
  if (*hour > 23 || *minute > 59 || *second > 60) return std::nullopt;  // 60: a leap second
  const std::chrono::year_month_day date(
      std::chrono::year(*year),
      std::chrono::month(static_cast<unsigned>(month - kMonths.begin()) + 1),
      std::chrono::day(static_cast<unsigned>(*day)));
  if (!date.ok()) return std::nullopt;
  // The clock counts nanoseconds in 64 bits; years that it cannot hold are as far away as any.
  const std::chrono::year held(std::clamp(*year, 1900, 2200));
  return std::chrono::sys_days(held / date.month() / date.day()) + std::chrono::hours(*hour) +
         std::chrono::minutes(*minute) + std::chrono::seconds(*second);
}

std::optional<Millis> parse_retry_after(std::span<const HeaderView> headers, WallTime now) {
  for (const std::string_view name : {"retry-after-ms", "x-ms-retry-after-ms"}) {
    if (const auto value = parse_number(find(headers, name), 1)) return value;
  }
  const std::string_view value = trim(find(headers, "retry-after"));
  if (const auto seconds = parse_number(value, 1e3)) return seconds;
  const auto date = parse_http_date(value);
  if (!date) return std::nullopt;
  const auto seconds =
      std::chrono::duration_cast<std::chrono::seconds>(date->time_since_epoch()).count();
  const double now_ms =
      static_cast<double>(std::chrono::duration_cast<Millis>(now.time_since_epoch()).count());
  return capped(std::max(0.0, static_cast<double>(seconds) * 1e3 - now_ms));
}

std::optional<Millis> parse_reset_duration(std::string_view text) {
  text = trim(text);
  if (text.empty()) return std::nullopt;
  double total = 0;
  while (!text.empty()) {
    const std::size_t number_end = std::min(text.find_first_not_of("0123456789."), text.size());
    const auto number = parse_decimal(text.substr(0, number_end));
    text.remove_prefix(number_end);
    const std::size_t unit_end = std::min(text.find_first_of("0123456789."), text.size());
    const auto unit = unit_ms(text.substr(0, unit_end));
    text.remove_prefix(unit_end);
    if (!number || !unit) return std::nullopt;
    total += *number * *unit;
  }
  return capped(total);
}

std::optional<Millis> parse_ratelimit_reset(std::span<const HeaderView> headers) {
  constexpr std::string_view kRemaining = "x-ratelimit-remaining-";
  std::optional<Millis> longest;
  for (const auto& header : headers) {
    if (header.name.size() <= kRemaining.size() ||
        !iequals(header.name.substr(0, kRemaining.size()), kRemaining) ||
        trim(header.value) != "0") {
      continue;
    }
    std::string reset = "x-ratelimit-reset-";
    reset.append(header.name.substr(kRemaining.size()));
    const auto wait = parse_reset_duration(find(headers, reset));
    if (wait && (!longest || *wait > *longest)) longest = wait;
  }
  return longest;
}

}  // namespace pontage::http
