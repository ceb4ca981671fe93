#include "core/strings.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <cstring>

namespace pontage {
namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

struct Unit {
  std::string_view name;
  double factor;
};

std::optional<double> with_unit(std::string_view text, std::initializer_list<Unit> units) {
  std::size_t digits = 0;
  while (digits < text.size() &&
         ((text[digits] >= '0' && text[digits] <= '9') || text[digits] == '.')) {
    ++digits;
  }
  const auto number = parse_double(text.substr(0, digits));
  if (!number) return std::nullopt;
  const std::string_view suffix = trim(text.substr(digits));
  for (const auto& unit : units) {
    if (unit.name == suffix) return *number * unit.factor;
  }
  return std::nullopt;
}

// Length of the valid UTF-8 sequence at `at`, 0 when it is not one (RFC 3629: no surrogates, no
// overlong forms).
std::size_t utf8_length(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(at);
  std::size_t length = 0;
  unsigned char low = 0x80;
  unsigned char high = 0xBF;
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) {
    length = 2;
  } else if (lead >= 0xE0 && lead <= 0xEF) {
    length = 3;
    if (lead == 0xE0) low = 0xA0;
    if (lead == 0xED) high = 0x9F;
  } else if (lead >= 0xF0 && lead <= 0xF4) {
    length = 4;
    if (lead == 0xF0) low = 0x90;
    if (lead == 0xF4) high = 0x8F;
  } else {
    return 0;
  }
  if (at + length > text.size()) return 0;
  if (byte(at + 1) < low || byte(at + 1) > high) return 0;
  for (std::size_t i = 2; i < length; ++i) {
    if ((byte(at + i) & 0xC0) != 0x80) return 0;
  }
  return length;
}

}  // namespace

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

namespace {

// Eight bytes at a time (Hacker's Delight, "find first zero byte"): the high bit of a byte is set
// in the answer when the byte is what is looked for; false alarms only come above a true one.
constexpr std::uint64_t kOnes = 0x0101010101010101ULL;
constexpr std::uint64_t kHigh = 0x8080808080808080ULL;

constexpr std::uint64_t below(std::uint64_t word, std::uint64_t limit) {
  return (word - kOnes * limit) & ~word & kHigh;
}
constexpr std::uint64_t equal(std::uint64_t word, char byte) {
  return below(word ^ (kOnes * static_cast<unsigned char>(byte)), 1);
}

template <class Word>
std::uint64_t load(const char* at) {
  Word word = 0;
  std::memcpy(&word, at, sizeof word);
  return word;
}

// One to seven bytes in one word; the places left over hold bytes of the text once more, always the
// same ones for the same size.
std::uint64_t short_word(const char* at, std::size_t size) {
  if (size >= 4) return load<std::uint32_t>(at) | load<std::uint32_t>(at + size - 4) << 32;
  const auto byte = [&](std::size_t i) {
    return static_cast<std::uint64_t>(static_cast<unsigned char>(at[i]));
  };
  return kOnes * byte(0) ^ ((byte(0) ^ byte(size / 2)) << 8) ^ ((byte(0) ^ byte(size - 1)) << 16);
}

// Lower case in each of eight bytes; what is not an ASCII capital stays.
constexpr std::uint64_t lower8(std::uint64_t word) {
  const std::uint64_t low = word & ~kHigh;
  const std::uint64_t from_a = low + kOnes * (0x80 - 'A');
  const std::uint64_t past_z = low + kOnes * (0x7F - 'Z');
  return word + (((from_a ^ past_z) & ~word & kHigh) >> 2);
}

// The last bytes are looked at in a whole word too, which overlaps the one before.
template <class Hit>
bool none_of_bytes(std::string_view text, Hit hit) {
  const char* at = text.data();
  const std::size_t size = text.size();
  if (size < 8) return size == 0 || hit(short_word(at, size)) == 0;
  for (const char* const last = at + size - 8; at < last; at += 8) {
    if (hit(load<std::uint64_t>(at)) != 0) return false;
  }
  return hit(load<std::uint64_t>(text.data() + size - 8)) == 0;
}

}  // namespace

bool iequals_same_size(std::string_view a, std::string_view b) {
  const std::size_t size = a.size();
  if (size < 8) {
    return size == 0 || lower8(short_word(a.data(), size)) == lower8(short_word(b.data(), size));
  }
  for (std::size_t i = 0; i + 8 < size; i += 8) {
    if (lower8(load<std::uint64_t>(a.data() + i)) != lower8(load<std::uint64_t>(b.data() + i)))
      return false;
  }
  return lower8(load<std::uint64_t>(a.data() + size - 8)) ==
         lower8(load<std::uint64_t>(b.data() + size - 8));
}

bool is_free_of_controls(std::string_view text) {
  return none_of_bytes(text, [](std::uint64_t word) { return below(word, 0x20); });
}

bool is_printable_ascii(std::string_view text) {
  return none_of_bytes(text, [](std::uint64_t word) {
    return below(word, 0x20) | equal(word, '\x7F') | (word & kHigh);
  });
}

bool is_plain_json(std::string_view text) {
  return none_of_bytes(text, [](std::uint64_t word) {
    return below(word, 0x20) | equal(word, '"') | equal(word, '\\') | (word & kHigh);
  });
}

std::string to_lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = lower(c);
  return out;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t at = text.find(separator);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

std::optional<std::int64_t> parse_int(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<double> parse_double(std::string_view text) {
  double value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<Millis> parse_duration(std::string_view text) {
  const auto ms = with_unit(text, {{"ms", 1}, {"s", 1e3}, {"m", 6e4}, {"h", 3.6e6}, {"d", 8.64e7}});
  if (!ms || *ms > 1e15) return std::nullopt;
  return Millis(std::llround(*ms));
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
  const auto bytes = with_unit(text, {{"", 1},
                                      {"B", 1},
                                      {"kB", 1e3},
                                      {"KB", 1e3},
                                      {"MB", 1e6},
                                      {"GB", 1e9},
                                      {"KiB", 1024.0},
                                      {"MiB", 1048576.0},
                                      {"GiB", 1073741824.0}});
  if (!bytes || *bytes > 1e15) return std::nullopt;
  return static_cast<std::uint64_t>(*bytes);
}

std::string format_duration(Millis value) {
  const std::int64_t ms = value.count();
  if (ms == 0 || ms % 1000 != 0) return std::to_string(ms) + "ms";
  if (ms % 3'600'000 == 0) return std::to_string(ms / 3'600'000) + "h";
  if (ms % 60'000 == 0 && ms >= 1'200'000) return std::to_string(ms / 60'000) + "m";
  return std::to_string(ms / 1000) + "s";
}

std::string format_size(std::uint64_t bytes) {
  constexpr std::array<std::string_view, 4> kNames = {"", "KiB", "MiB", "GiB"};
  std::size_t unit = 0;
  while (bytes != 0 && bytes % 1024 == 0 && unit + 1 < kNames.size()) {
    bytes /= 1024;
    ++unit;
  }
  return std::to_string(bytes) + std::string(kNames[unit]);
}

bool glob_match(std::string_view pattern, std::string_view text) {
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;
  std::size_t mark = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      mark = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++mark;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

std::int64_t count_code_points(std::string_view text) {
  std::int64_t count = 0;
  for (const char byte : text) count += (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U ? 1 : 0;
  return count;
}

bool is_valid_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = utf8_length(text, i);
    if (length == 0) return false;
    i += length;
  }
  return true;
}

void append_json_escaped(std::string& out, std::string_view text) {
  if (is_plain_json(text)) {
    out.append(text);
    return;
  }
  constexpr std::string_view kHex = "0123456789abcdef";
  std::size_t plain = 0;
  for (std::size_t i = 0; i < text.size();) {
    const auto c = static_cast<unsigned char>(text[i]);
    const std::size_t length = utf8_length(text, i);
    if (length > 1 || (length == 1 && c >= 0x20 && c != '"' && c != '\\')) {
      i += length;
      continue;
    }
    out.append(text.substr(plain, i - plain));
    if (length == 0) {
      out.append("\xEF\xBF\xBD");
    } else if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(text[i]);
    } else if (c == '\n') {
      out.append("\\n");
    } else if (c == '\r') {
      out.append("\\r");
    } else if (c == '\t') {
      out.append("\\t");
    } else {
      out.append("\\u00");
      out.push_back(kHex[c >> 4]);
      out.push_back(kHex[c & 15]);
    }
    plain = ++i;
  }
  out.append(text.substr(plain));
}

void append_json_string(std::string& out, std::string_view text) {
  out.push_back('"');
  append_json_escaped(out, text);
  out.push_back('"');
}

}  // namespace pontage
