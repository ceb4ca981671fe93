// The counts equal those of OpenAI's encoder: several thousand short texts, hostile long ones,
// whole files.
#include "golden.hpp"

#include <gtest/gtest.h>

#include <sstream>
#include <vector>

#include "llm/tokenizer.hpp"
#include "llm/utf8.hpp"

namespace pontage::llm {
namespace {

struct Line {
  std::int64_t o200k;
  std::int64_t cl100k;
  std::string rest;
};

std::vector<Line> lines_of(std::string_view name) {
  std::istringstream file(golden::read_file(name));
  std::vector<Line> lines;
  for (std::string text; std::getline(file, text);) {
    if (text.starts_with('#')) continue;
    std::istringstream fields(text);
    Line line;
    fields >> line.o200k >> line.cl100k;
    fields.get();
    std::getline(fields, line.rest);
    lines.push_back(line);
  }
  return lines;
}

std::string random_text(std::string_view alphabet, std::size_t count) {
  std::vector<std::string_view> letters;
  for (std::size_t at = 0; at < alphabet.size();) {
    const std::size_t length = decode(alphabet, at).length;
    letters.push_back(alphabet.substr(at, length));
    at += length;
  }
  golden::Random random;
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out += letters[random.below(letters.size())];
  return out;
}

std::string long_text(std::string_view description) {
  std::istringstream fields{std::string(description)};
  std::string kind;
  std::size_t count = 0;
  std::string unit;
  fields >> kind >> count;
  fields.get();
  std::getline(fields, unit);
  unit = golden::unescape(unit);
  if (kind == "random") return random_text(unit, count);
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out += unit;
  return kind == "repeat_then_b" ? out + "b" : out;
}

// The scanner looks at a character some four times; the merge tries a few dozen token lengths at an
// end of a token and asks about each once. The constant is for answers that are not remembered yet.
// A quadratic algorithm would take some 10^12 steps for the longest of these texts.
constexpr std::uint64_t kMostStepsPerByte = 40;
constexpr std::uint64_t kMostStepsAtFirst = 16'000;

void expect_counts(const Line& line, const std::string& text, const std::string& name) {
  for (const auto& [encoding, expected] :
       {std::pair{Encoding::kO200k, line.o200k}, std::pair{Encoding::kCl100k, line.cl100k}}) {
    TokenCounter counter(encoding);
    EXPECT_TRUE(counter.add(text));
    EXPECT_EQ(counter.count(), expected) << name;
    EXPECT_LE(counter.work(), kMostStepsPerByte * text.size() + kMostStepsAtFirst) << name;
  }
}

TEST(Golden, ShortTexts) {
  const std::vector<Line> lines = lines_of("golden.txt");
  ASSERT_EQ(lines.size(), 6581U);
  for (const Line& line : lines) expect_counts(line, golden::unescape(line.rest), line.rest);
}

TEST(Golden, LongHostileTexts) {
  const std::vector<Line> lines = lines_of("golden_long.txt");
  ASSERT_EQ(lines.size(), 73U);
  for (const Line& line : lines) expect_counts(line, long_text(line.rest), line.rest);
}

TEST(Golden, WholeFiles) {
  const std::vector<Line> lines = lines_of("golden_files.txt");
  ASSERT_EQ(lines.size(), 6U);
  for (const Line& line : lines) {
    const std::string text = golden::read_file(line.rest);
    ASSERT_FALSE(text.empty()) << line.rest;
    expect_counts(line, text, line.rest);
  }
}

}  // namespace
}  // namespace pontage::llm
