// The hand-written scanner splits as the regular expressions do, checked against a literal
// backtracking matcher.
#include "llm/pretokenizer.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "golden.hpp"
#include "reference.hpp"

namespace pontage::llm {
namespace {

using Pieces = std::vector<std::string_view>;

Pieces split(Encoding encoding, std::string_view text) {
  Pieces pieces;
  for (Pretokenizer scanner(encoding, text); !scanner.done();) pieces.push_back(scanner.next());
  return pieces;
}

struct Row {
  std::string_view text;
  Pieces o200k;
  Pieces cl100k;
};

TEST(Pretokenizer, SplitsAsDocumented) {
  const std::vector<Row> rows = {
      {"", {}, {}},
      {"hello world", {"hello", " world"}, {"hello", " world"}},
      {"It's THEY'LL", {"It's", " THEY'LL"}, {"It", "'s", " THEY", "'LL"}},
      {"'sfoo", {"'sfoo"}, {"'s", "foo"}},
      {"fooBarBAZ", {"foo", "Bar", "BAZ"}, {"fooBarBAZ"}},
      {"XMLHttp", {"XMLHttp"}, {"XMLHttp"}},
      {"1234567", {"123", "456", "7"}, {"123", "456", "7"}},
      {"a/b //\n/x", {"a", "/b", " //\n/", "x"}, {"a", "/b", " //\n", "/x"}},
      {"x  y", {"x", " ", " y"}, {"x", " ", " y"}},
      {"x \n\n  y", {"x", " \n\n", " ", " y"}, {"x", " \n\n", " ", " y"}},
      {"x   ", {"x", "   "}, {"x", "   "}},
      {"x\r\n\r\n", {"x", "\r\n\r\n"}, {"x", "\r\n\r\n"}},
      {"\u4e2dAB c", {"\u4e2d", "AB", " c"}, {"\u4e2dAB", " c"}},
      {"\u0301AB", {"\u0301", "AB"}, {"\u0301AB"}},
      {"!\u0301x", {"!\u0301x"}, {"!\u0301", "x"}},
      {"a'\u017f", {"a'\u017f"}, {"a", "'\u017f"}},
      {"\u0085\u00a0x", {"\u0085", "\u00a0x"}, {"\u0085", "\u00a0x"}},
      {"\ufeffx", {"\ufeffx"}, {"\ufeffx"}},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(split(Encoding::kO200k, row.text), row.o200k) << row.text;
    EXPECT_EQ(split(Encoding::kCl100k, row.text), row.cl100k) << row.text;
  }
}

// One of each class, and those that the patterns name.
constexpr std::array<std::string_view, 26> kAlphabet = {
    "A",      "b",      "\u4e2d", "\u0301", "7",      " ",      "\n",         "\r", "\t",
    "!",      "/",      "'",      "s",      "\u017f", "L",      "l",          "e",  "R",
    "\u01c5", "\u02b0", "\u0663", "\u3000", "t",      "\u200d", "\U0001F600", "V"};

TEST(Pretokenizer, EqualsTheBacktrackingMatcherOnRandomTexts) {
  golden::Random random;
  for (int round = 0; round < 30'000; ++round) {
    std::string text;
    const std::size_t letters = 1 + random.below(12);
    for (std::size_t i = 0; i < letters; ++i) text += kAlphabet[random.below(kAlphabet.size())];
    for (const Encoding encoding : {Encoding::kO200k, Encoding::kCl100k}) {
      ASSERT_EQ(split(encoding, text), reference::split(encoding, text)) << text;
    }
  }
}

// All texts of up to four of the nine kinds of character that the patterns tell apart.
TEST(Pretokenizer, EqualsTheBacktrackingMatcherOnAllShortTexts) {
  constexpr std::array<std::string_view, 10> kKinds = {"A", "b",  "\u4e2d", "\u0301", "7",
                                                       " ", "\t", "\n",     "!",      "/"};
  for (std::size_t code = 0; code < 10'000; ++code) {
    std::string text;
    for (std::size_t rest = code, i = 0; i < 4; ++i, rest /= 10) text += kKinds[rest % 10];
    for (const Encoding encoding : {Encoding::kO200k, Encoding::kCl100k}) {
      ASSERT_EQ(split(encoding, text), reference::split(encoding, text)) << text;
    }
  }
}

TEST(Pretokenizer, LooksAtEachCharacterAFewTimes) {
  for (const std::string_view unit :
       {" ", "\n", " \n", "\n ", "A", "\u4e2dA", "\u0301A", "\u0301", "!A", "!!", "a'", "''", "7",
        "\t", "/", "!\n", "\u00a0A", "Ab", " \u0301"}) {
    std::string text;
    while (text.size() < 100'000) text += unit;
    for (const std::string_view end : {"", "x", "\n", "7", "!"}) {
      const std::string whole = text + std::string(end);
      for (const Encoding encoding : {Encoding::kO200k, Encoding::kCl100k}) {
        Pretokenizer scanner(encoding, whole);
        while (!scanner.done()) scanner.next();
        EXPECT_LE(scanner.steps(), 7 * whole.size()) << unit << " then " << end;
      }
    }
  }
}

// From Unicode 16.0: one assigned in that version, and the corners of each class.
TEST(CharClass, IsThatOfUnicode16) {
  const std::vector<std::pair<char32_t, CharClass>> rows = {
      {'A', CharClass::kUpper},      {'z', CharClass::kLower},     {0x1C5, CharClass::kUpper},
      {0x2B0, CharClass::kLetter},   {0xAA, CharClass::kLetter},   {0x4E2D, CharClass::kLetter},
      {0x301, CharClass::kMark},     {0x20E3, CharClass::kMark},   {0xFE0F, CharClass::kMark},
      {'0', CharClass::kNumber},     {0xBD, CharClass::kNumber},   {0x2167, CharClass::kNumber},
      {' ', CharClass::kSpace},      {'\t', CharClass::kSpace},    {0x85, CharClass::kSpace},
      {0x3000, CharClass::kSpace},   {0x200B, CharClass::kOther},  {0xFEFF, CharClass::kOther},
      {'\n', CharClass::kNewline},   {'\r', CharClass::kNewline},  {0x1C, CharClass::kOther},
      {0x10D50, CharClass::kUpper},  {0x10D70, CharClass::kLower},  // Garay, new in 16.0
      {0x10FFFF, CharClass::kOther}, {0x378, CharClass::kOther},   {0x1F600, CharClass::kOther},
  };
  for (const auto& [code, kind] : rows) EXPECT_EQ(char_class(code), kind) << std::hex << +code;
}

}  // namespace
}  // namespace pontage::llm
