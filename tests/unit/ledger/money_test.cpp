// Exactness of money. The expected values were computed with Python's decimal module
// (ROUND_HALF_UP).
#include "ledger/money.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace pontage::ledger {
namespace {

constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();

TEST(ParseUsd, ReadsDecimalsExactly) {
  struct Row {
    const char* text;
    std::int64_t nanos;
  };
  const Row rows[] = {
      {"0", 0},
      {"0.00", 0},
      {"2.50", 2'500'000'000},
      {"2.5", 2'500'000'000},
      {"12", 12'000'000'000},
      {"0.1", 100'000'000},  // as a double it is not 0.1
      {"0.075", 75'000'000},
      {"1.005", 1'005'000'000},
      {"0.000000001", 1},
      {"0.123456789", 123'456'789},
      {"00.5", 500'000'000},
      {"9223372036.854775807", kMax},
  };
  for (const Row& row : rows) {
    const auto amount = parse_usd(row.text);
    ASSERT_TRUE(amount.has_value()) << row.text;
    EXPECT_EQ(amount->value, row.nanos) << row.text;
  }
}

TEST(ParseUsd, RefusesWhatIsNoExactPlainDecimal) {
  for (const char* text : {"", ".", ".5", "5.", "-1", "+1", "1e-3", "1,5", "1.2.3", " 1", "1 ",
                           "$1", "0x1", "nan", "inf", "0.0000000001", "9223372036.854775808",
                           "9223372037", "99999999999999999999999999"}) {
    EXPECT_FALSE(parse_usd(text).has_value()) << text;
  }
}

TEST(CostOf, RoundsHalvesUpOnceToTheNanoDollar) {
  struct Row {
    std::int64_t tokens;
    const char* per_million;
    std::int64_t nanos;
  };
  const Row rows[] = {
      {1, "2.50", 2'500},
      {1, "0.15", 150},
      {7, "0.075", 525},
      {1, "0.0004", 0},
      {1, "0.000499999", 0},
      {1, "0.0005", 1},
      {3, "0.0005", 2},
      {499'999, "0.000000001", 0},
      {500'000, "0.000000001", 1},
      {1'000'000, "0.000000001", 1},
      {123'457, "1.25", 154'321'250},
      {333'333, "3.333333333", 1'111'110'000},
      {128'000, "10.00", 1'280'000'000},
      {9'007'199'254'740'993, "0.000001", 9'007'199'254'741},  // 2^53 + 1: no double holds it
      {999'999'999, "999999.999999999", 999'999'998'999'999'000},
      {kMax, "0.000000001", 9'223'372'036'855},
      {kMax, "1", kMax},  // saturates
      {0, "2.50", 0},
      {-5, "2.50", 0},
  };
  for (const Row& row : rows) {
    const Rate rate{parse_usd(row.per_million)->value};
    EXPECT_EQ(cost_of(row.tokens, rate).value, row.nanos) << row.tokens << " x " << row.per_million;
  }
}

TEST(FormatUsd, ShowsAllDigitsAndNoExponent) {
  struct Row {
    std::int64_t nanos;
    const char* text;
  };
  const Row rows[] = {
      {0, "0.00"},
      {1, "0.000000001"},
      {123'400, "0.0001234"},
      {150'000'000, "0.15"},
      {100'000'000, "0.10"},
      {2'500'000'000, "2.50"},
      {12'000'000'000, "12.00"},
      {1'234'567'890'123'456'789, "1234567890.123456789"},
      {-250'000'000, "-0.25"},
      {-1, "-0.000000001"},
      {kMax, "9223372036.854775807"},
      {std::numeric_limits<std::int64_t>::min(), "-9223372036.854775808"},
  };
  for (const Row& row : rows) EXPECT_EQ(format_usd({row.nanos}), row.text);
}

TEST(FormatUsd, ComesBackThroughTheParser) {
  for (const std::int64_t nanos : {0L, 1L, 999'999'999L, 1'000'000'000L, 75'000'000L, kMax}) {
    EXPECT_EQ(parse_usd(format_usd({nanos}))->value, nanos);
  }
}

TEST(NanoUsd, AddsAndSaturates) {
  EXPECT_EQ((NanoUsd{2} + NanoUsd{3}).value, 5);
  EXPECT_EQ((NanoUsd{kMax} + NanoUsd{1}).value, kMax);
  const std::int64_t min = std::numeric_limits<std::int64_t>::min();
  EXPECT_EQ((NanoUsd{min} + NanoUsd{-1}).value, min);
}

}  // namespace
}  // namespace pontage::ledger
