#include "observe/json_line.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>

#include "core/strings.hpp"

namespace pontage::observe {
namespace {

constexpr std::string_view kCut = "\xE2\x80\xA6";  // …

void put_digits(char* at, int count, unsigned value) {
  for (int i = count - 1; i >= 0; --i, value /= 10) at[i] = static_cast<char>('0' + value % 10);
}

// Not in the middle of a UTF-8 sequence.
std::string_view cut(std::string_view text, std::size_t limit) {
  std::size_t end = limit;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end);
}

void append_number(std::string& out, std::int64_t value) {
  std::array<char, 20> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  out.append(digits.data(), end);
}

}  // namespace

void append_iso_time(std::string& out, WallTime time) {
  const auto whole = std::chrono::floor<std::chrono::milliseconds>(time);
  const auto day = std::chrono::floor<std::chrono::days>(whole);
  const std::chrono::year_month_day date(day);
  auto rest = static_cast<unsigned>((whole - day).count());
  std::array<char, 24> text = {'0', '0', '0', '0', '-', '0', '0', '-', '0', '0', 'T', '0',
                               '0', ':', '0', '0', ':', '0', '0', '.', '0', '0', '0', 'Z'};
  put_digits(&text[20], 3, rest % 1000);
  rest /= 1000;
  put_digits(&text[17], 2, rest % 60);
  put_digits(&text[14], 2, rest / 60 % 60);
  put_digits(&text[11], 2, rest / 3600);
  put_digits(&text[8], 2, static_cast<unsigned>(date.day()));
  put_digits(&text[5], 2, static_cast<unsigned>(date.month()));
  put_digits(&text[0], 4, static_cast<unsigned>(static_cast<int>(date.year())));
  out.append(text.data(), text.size());
}

void JsonLine::text(std::string_view value, std::size_t limit) {
  comma();
  out_.push_back('"');
  const bool too_long = value.size() > limit;
  if (too_long) value = cut(value, limit);
  if (is_plain_json(value)) {
    out_.append(value);
  } else {
    append_json_escaped(out_, value);
  }
  if (too_long) out_.append(kCut);
  out_.push_back('"');
}

void JsonLine::integer(std::int64_t value) {
  comma();
  append_number(out_, value);
}

void JsonLine::millis(std::int64_t micros) {
  comma();
  micros = std::max<std::int64_t>(micros, 0);
  append_number(out_, micros / 1000);
  std::array<char, 4> decimals = {'.', '0', '0', '0'};
  put_digits(&decimals[1], 3, static_cast<unsigned>(micros % 1000));
  out_.append(decimals.data(), decimals.size());
}

void JsonLine::time(WallTime value) {
  comma();
  out_.push_back('"');
  append_iso_time(out_, value);
  out_.push_back('"');
}

}  // namespace pontage::observe
