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

// Time from now until then; what has passed is 0.
Millis until(WallTime then, WallTime now) {
  const auto ms = [](WallTime time) {
    return static_cast<double>(std::chrono::floor<Millis>(time.time_since_epoch()).count());
  };
  return capped(std::max(0.0, ms(then) - ms(now)));
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

struct Fields {
  std::optional<int> year, month, day, hour, minute, second;
};

// What the fields of a date mean. The clock counts nanoseconds in 64 bits; years that it cannot
// hold are as far away as any.
std::optional<WallTime> point_in_time(const Fields& at) {
  if (!at.year || !at.month || !at.day || !at.hour || !at.minute || !at.second) return std::nullopt;
  if (*at.hour > 23 || *at.minute > 59 || *at.second > 60)
    return std::nullopt;  // 60: a leap second
  const std::chrono::year_month_day date(std::chrono::year(*at.year),
                                         std::chrono::month(static_cast<unsigned>(*at.month)),
                                         std::chrono::day(static_cast<unsigned>(*at.day)));
  if (!date.ok()) return std::nullopt;
  const std::chrono::year held(std::clamp(*at.year, 1900, 2200));
  return std::chrono::sys_days(held / date.month() / date.day()) + std::chrono::hours(*at.hour) +
         std::chrono::minutes(*at.minute) + std::chrono::seconds(*at.second);
}

// Behind the seconds of RFC 3339: a fraction, and how far the clock on that wall is ahead of UTC.
std::optional<Millis> ahead_of_utc(std::string_view text) {
  if (text.starts_with('.')) {
    const std::size_t end = std::min(text.find_first_not_of("0123456789", 1), text.size());
    if (end == 1) return std::nullopt;
    text.remove_prefix(end);
  }
  if (text == "Z" || text == "z") return Millis(0);
  if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':') return std::nullopt;
  const auto hours = digits(text, 1, 2);
  const auto minutes = digits(text, 4, 2);
  if (!hours || !minutes || *hours > 23 || *minutes > 59) return std::nullopt;
  const Millis offset = std::chrono::hours(*hours) + std::chrono::minutes(*minutes);
  return text[0] == '-' ? -offset : offset;
}

// Seconds or milliseconds since 1970 are told from a duration by their size: no limit rests for
// thirty years.
std::optional<Millis> parse_reset(std::string_view text, WallTime now) {
  constexpr double kEpochSeconds = 1e9;
  constexpr double kEpochMillis = 1e12;
  text = trim(text);
  if (const auto time = parse_rfc3339(text)) return until(*time, now);
  const auto number = parse_decimal(text);
  if (!number || *number < kEpochSeconds) return parse_reset_duration(text);
  const double ms = *number < kEpochMillis ? *number * 1e3 : *number;
  const auto now_ms = std::chrono::floor<Millis>(now.time_since_epoch()).count();
  return capped(std::max(0.0, ms - static_cast<double>(now_ms)));
}

// The header that says when the limit of this one, which says that nothing is left, is free again;
// empty: it is not such a header.
std::string reset_beside(std::string_view name, std::string_view value) {
  constexpr std::string_view kOpenAi = "x-ratelimit-remaining";
  constexpr std::string_view kAnthropic = "anthropic-ratelimit-";
  constexpr std::string_view kRemaining = "-remaining";
  constexpr std::string_view kStatus = "-status";
  const std::string lower = to_lower(name);
  if (lower.starts_with(kOpenAi) && value == "0")
    return "x-ratelimit-reset" + lower.substr(kOpenAi.size());
  if (!lower.starts_with(kAnthropic)) return {};
  if (lower.ends_with(kRemaining) && value == "0")
    return lower.substr(0, lower.size() - kRemaining.size()) + "-reset";
  if (lower.ends_with(kStatus) && value == "rejected")
    return lower.substr(0, lower.size() - kStatus.size()) + "-reset";
  return {};
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
  if (month == kMonths.end()) return std::nullopt;
  return point_in_time({.year = digits(text, 12, 4),
                        .month = static_cast<int>(month - kMonths.begin()) + 1,
                        .day = digits(text, 5, 2),
                        .hour = digits(text, 17, 2),
                        .minute = digits(text, 20, 2),
                        .second = digits(text, 23, 2)});
}

std::optional<WallTime> parse_rfc3339(std::string_view text) {
  // 01234567890123456789
  // 2024-11-05T10:00:00Z
  if (text.size() < 20 || text[4] != '-' || text[7] != '-' || (text[10] | 0x20) != 't' ||
      text[13] != ':' || text[16] != ':') {
    return std::nullopt;
  }
  const auto ahead = ahead_of_utc(text.substr(19));
  const auto local = point_in_time({.year = digits(text, 0, 4),
                                    .month = digits(text, 5, 2),
                                    .day = digits(text, 8, 2),
                                    .hour = digits(text, 11, 2),
                                    .minute = digits(text, 14, 2),
                                    .second = digits(text, 17, 2)});
  if (!ahead || !local) return std::nullopt;
  return *local - *ahead;
}

std::optional<Millis> parse_retry_after(std::span<const HeaderView> headers, WallTime now) {
  for (const std::string_view name : {"retry-after-ms", "x-ms-retry-after-ms"}) {
    if (const auto value = parse_number(find(headers, name), 1)) return value;
  }
  const std::string_view value = trim(find(headers, "retry-after"));
  if (const auto seconds = parse_number(value, 1e3)) return seconds;
  const auto date = parse_http_date(value);
  if (!date) return std::nullopt;
  return until(*date, now);
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

std::optional<Millis> parse_ratelimit_reset(std::span<const HeaderView> headers, WallTime now) {
  std::optional<Millis> longest;
  for (const auto& header : headers) {
    const std::string reset = reset_beside(header.name, trim(header.value));
    if (reset.empty()) continue;
    const auto wait = parse_reset(find(headers, reset), now);
    if (wait && (!longest || *wait > *longest)) longest = wait;
  }
  return longest;
}

std::optional<Millis> parse_wait(int status, std::span<const HeaderView> headers, WallTime now) {
  constexpr int kTooManyRequests = 429;
  const auto said = parse_retry_after(headers, now);
  if (said || status != kTooManyRequests) return said;
  return parse_ratelimit_reset(headers, now);
}

}  // namespace pontage::http
