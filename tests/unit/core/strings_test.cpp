// Text helpers: what they take, what they refuse, and that broken UTF-8 never gets through.
#include "core/strings.hpp"

#include <gtest/gtest.h>

namespace pontage {
namespace {

// The fast paths look at eight bytes at once and at the last ones twice: every length and every
// place against the plain definition.
TEST(Strings, WordsAtATimeSayWhatBytesSay) {
  for (std::size_t size = 0; size <= 33; ++size) {
    for (std::size_t at = 0; at < size; ++at) {
      for (int c = 0; c < 256; ++c) {
        std::string text(size, 'm');
        text[at] = static_cast<char>(c);
        const bool control = c < 0x20;
        ASSERT_EQ(is_free_of_controls(text), !control) << size << " " << at << " " << c;
        ASSERT_EQ(is_printable_ascii(text), c >= 0x20 && c <= 0x7E)
            << size << " " << at << " " << c;
        ASSERT_EQ(is_plain_json(text), !control && c != '"' && c != '\\' && c < 0x80)
            << size << " " << at << " " << c;
      }
    }
  }
}

TEST(Strings, IequalsFoldsOnlyAsciiLetters) {
  const auto fold = [](int c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; };
  for (const std::size_t size : {1U, 2U, 3U, 4U, 5U, 7U, 8U, 9U, 16U, 19U}) {
    for (const std::size_t at : {std::size_t{0}, size / 2, size - 1}) {
      for (int a = 0; a < 256; ++a) {
        for (int b = 0; b < 256; ++b) {
          std::string left(size, 'Q');
          std::string right(size, 'q');
          left[at] = static_cast<char>(a);
          right[at] = static_cast<char>(b);
          ASSERT_EQ(iequals(left, right), fold(a) == fold(b))
              << size << " " << at << " " << a << " " << b;
        }
      }
    }
  }
}

TEST(Strings, TrimSplitAndCase) {
  EXPECT_EQ(trim(" \t a b\t "), "a b");
  EXPECT_EQ(trim(" \t "), "");
  EXPECT_EQ(trim("a\n"), "a\n");
  EXPECT_TRUE(iequals("Content-TYPE", "content-type"));
  EXPECT_FALSE(iequals("a", "ab"));
  EXPECT_FALSE(iequals("\xC3\x84", "\xC3\xA4")) << "only ASCII folds";
  EXPECT_EQ(to_lower("X-Pontage-\xC3\x84"), "x-pontage-\xC3\x84");
  EXPECT_EQ(split("a,,b,", ','), (std::vector<std::string_view>{"a", "", "b", ""}));
  EXPECT_EQ(split("", ','), (std::vector<std::string_view>{""}));
}

TEST(Strings, Numbers) {
  EXPECT_EQ(parse_int("-42"), -42);
  EXPECT_EQ(parse_int("9223372036854775807"), INT64_MAX);
  for (const char* text : {"", " 1", "1 ", "+1", "1.0", "0x10", "9223372036854775808", "1e3"}) {
    EXPECT_EQ(parse_int(text), std::nullopt) << text;
  }
  EXPECT_EQ(parse_double("2.5"), 2.5);
  for (const char* text : {"", "2.5x", " 2", "+2", "1e999"}) {
    EXPECT_EQ(parse_double(text), std::nullopt) << text;
  }
}

TEST(Strings, Durations) {
  struct Row {
    const char* text;
    std::int64_t ms;
  };
  for (const Row& row :
       {Row{"250ms", 250}, Row{"5s", 5000}, Row{"1.5m", 90'000}, Row{"1h", 3'600'000},
        Row{"2d", 172'800'000}, Row{"0s", 0}, Row{"0.5ms", 1}, Row{"5 s", 5000}}) {
    EXPECT_EQ(parse_duration(row.text), Millis(row.ms)) << row.text;
  }
  for (const char* text :
       {"", "5", "s", "-1s", "5S", "5sec", "1..5s", "1e3s", "5s5s", "nan", "inf", "99999999999d"}) {
    EXPECT_EQ(parse_duration(text), std::nullopt) << text;
  }
}

TEST(Strings, DurationsComeBackTheSame) {
  struct Row {
    std::int64_t ms;
    const char* text;
  };
  for (const Row& row : {Row{0, "0ms"}, Row{250, "250ms"}, Row{1500, "1500ms"}, Row{5000, "5s"},
                         Row{120'000, "120s"}, Row{600'000, "600s"}, Row{1'200'000, "20m"},
                         Row{3'600'000, "1h"}, Row{7'200'000, "2h"}}) {
    EXPECT_EQ(format_duration(Millis(row.ms)), row.text);
    EXPECT_EQ(parse_duration(row.text), Millis(row.ms));
  }
}

TEST(Strings, Sizes) {
  struct Row {
    const char* text;
    std::uint64_t bytes;
  };
  for (const Row& row : {Row{"512", 512}, Row{"64KiB", 65'536}, Row{"32MiB", 33'554'432},
                         Row{"1GiB", 1'073'741'824}, Row{"10kB", 10'000}, Row{"1MB", 1'000'000},
                         Row{"0", 0}, Row{"1.5KiB", 1536}, Row{"7B", 7}}) {
    EXPECT_EQ(parse_size(row.text), row.bytes) << row.text;
  }
  for (const char* text : {"", "MiB", "-1", "1TiB", "1mb", "1 0", "1e9", "99999999999GiB"}) {
    EXPECT_EQ(parse_size(text), std::nullopt) << text;
  }
  EXPECT_EQ(format_size(33'554'432), "32MiB");
  EXPECT_EQ(format_size(1536), "1536");
  EXPECT_EQ(format_size(0), "0");
  EXPECT_EQ(format_size(5ULL << 40), "5120GiB");
}

TEST(Strings, Globs) {
  struct Row {
    const char* pattern;
    const char* text;
    bool matches;
  };
  for (const Row& row :
       {Row{"gpt-*", "gpt-4o", true}, Row{"gpt-*", "gpt-", true}, Row{"gpt-*", "GPT-4o", false},
        Row{"*", "", true}, Row{"", "", true}, Row{"", "a", false},
        Row{"*mini*", "gpt-4o-mini", true}, Row{"a*b*c", "axxbyyc", true},
        Row{"a*b*c", "axxbyyd", false}, Row{"**", "x", true}, Row{"gpt-4o", "gpt-4o-mini", false},
        Row{"[a]?", "[a]?", true}, Row{"?", "x", false}}) {
    EXPECT_EQ(glob_match(row.pattern, row.text), row.matches) << row.pattern << " / " << row.text;
  }
}

TEST(Strings, GlobsDoNotExplode) {
  std::string pattern;
  for (int i = 0; i < 200; ++i) pattern += "a*";
  EXPECT_FALSE(glob_match(pattern + "b", std::string(20'000, 'a')));
  EXPECT_TRUE(glob_match(pattern, std::string(20'000, 'a')));
}

TEST(Strings, Utf8) {
  for (const char* text :
       {"", "plain", "\xC3\xA4", "\xE2\x82\xAC", "\xF0\x9F\x8C\x89", "\xF4\x8F\xBF\xBF"}) {
    EXPECT_TRUE(is_valid_utf8(text)) << text;
  }
  for (const char* text : {"\x80", "\xC0\xAF", "\xC3", "\xE0\x80\x80", "\xED\xA0\x80",
                           "\xF4\x90\x80\x80", "\xFF", "\xE2\x82"}) {
    EXPECT_FALSE(is_valid_utf8(text));
  }
}

std::string escaped(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

TEST(Strings, JsonEscapes) {
  EXPECT_EQ(escaped("a\"b\\c\n\r\t\b"), R"("a\"b\\c\n\r\t\u0008")");
  EXPECT_EQ(escaped(std::string_view("\0x", 2)), R"("\u0000x")");
  EXPECT_EQ(escaped("\x7F/"), "\"\x7F/\"");
  EXPECT_EQ(escaped("\xE2\x82\xAC \xF0\x9F\x8C\x89"), "\"\xE2\x82\xAC \xF0\x9F\x8C\x89\"");
}

TEST(Strings, JsonEscapesReplaceBrokenBytes) {
  constexpr const char* kReplacement = "\xEF\xBF\xBD";
  EXPECT_EQ(escaped("a\x80z"), std::string("\"a") + kReplacement + "z\"");
  EXPECT_EQ(escaped("\xE2\x82"), std::string("\"") + kReplacement + kReplacement + "\"");
  EXPECT_EQ(escaped("\xED\xA0\x80"),
            std::string("\"") + kReplacement + kReplacement + kReplacement + "\"");
  for (int lead = 0; lead < 256; ++lead) {  // every pair of bytes becomes valid text
    for (int next = 0; next < 256; next += 7) {
      const char pair[2] = {static_cast<char>(lead), static_cast<char>(next)};
      EXPECT_TRUE(is_valid_utf8(escaped({pair, 2})));
    }
  }
}

}  // namespace
}  // namespace pontage
