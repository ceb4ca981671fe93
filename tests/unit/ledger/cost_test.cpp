// Usage times price, class by class. Expected amounts were computed with Python's decimal module.
#include "ledger/cost.hpp"

#include <gtest/gtest.h>

#include "price_text.hpp"

namespace pontage::ledger {
namespace {

using test::one_model;
using test::read_prices;

// Keeps the book alive beside the price in it.
struct Priced {
  std::shared_ptr<const PriceBook> book;
  const Price* price = nullptr;
};

Priced priced(const std::string& keys) {
  const auto read = read_prices(one_model(keys));
  EXPECT_TRUE(read.book) << (read.problems.empty() ? "" : read.problems.front());
  if (!read.book) return {};
  return {read.book, read.book->find("p", "m", test::day(2026, 8, 1))};
}

llm::Usage reported() {
  llm::Usage usage;
  usage.present = true;
  return usage;
}

TEST(PriceUsage, ChargesEveryClassAtItsOwnRate) {
  const auto p = priced(
      "input: 3.00, cache_read: 0.30, cache_write_5m: 3.75, cache_write_1h: 6.00, input_audio: 40, "
      "output: 15.00, reasoning: 12.5, output_audio: 80");
  llm::Usage usage = reported();
  usage.input = 1'001;
  usage.cache_read = 20'003;
  usage.cache_write_5m = 307;
  usage.cache_write_1h = 11;
  usage.input_audio = 13;
  usage.output = 517;
  usage.reasoning = 1'003;
  usage.output_audio = 3;
  const Cost cost = price_usage(*p.price, usage);
  const std::int64_t expected[] = {3'003'000, 6'000'900, 1'151'250,  66'000,
                                   520'000,   7'755'000, 12'537'500, 240'000};
  for (std::size_t i = 0; i < kTokenClasses; ++i)
    EXPECT_EQ(cost.lines[i].amount.value, expected[i]) << i;
  EXPECT_EQ(cost.total.value, 31'273'650);
  EXPECT_EQ(format_usd(cost.total), "0.03127365");
  EXPECT_FALSE(cost.fallback_rate);
  EXPECT_FALSE(cost.estimated);
  EXPECT_FALSE(cost.unpriced);
  EXPECT_EQ(cost.context_tier, -1);
}

TEST(PriceUsage, TotalIsTheSumOfRoundedLines) {
  const auto p = priced("input: 0.0005, cache_read: 0.0005, output: 0.0005");
  llm::Usage usage = reported();
  usage.input = usage.cache_read = usage.output = 1;  // half a nano-dollar each
  const Cost cost = price_usage(*p.price, usage);
  EXPECT_EQ(cost.total.value, 3);  // not round(1.5)
}

TEST(PriceUsage, MissingRatesStandInAndAreFlagged) {
  const auto p = priced("input: 2.00, output: 8.00");
  struct Row {
    std::int64_t llm::Usage::* tokens;
    TokenClass token_class;
    std::int64_t nanos;
    bool flagged;
  };
  const Row rows[] = {
      {&llm::Usage::input, TokenClass::kInput, 20'000, false},
      {&llm::Usage::cache_read, TokenClass::kCacheRead, 20'000, true},
      {&llm::Usage::cache_write_5m, TokenClass::kCacheWrite5m, 20'000, true},
      {&llm::Usage::cache_write_1h, TokenClass::kCacheWrite1h, 20'000, true},
      {&llm::Usage::input_audio, TokenClass::kInputAudio, 20'000, true},
      {&llm::Usage::output, TokenClass::kOutput, 80'000, false},
      {&llm::Usage::reasoning, TokenClass::kReasoning, 80'000, false},
      {&llm::Usage::output_audio, TokenClass::kOutputAudio, 80'000, true},
  };
  for (const Row& row : rows) {
    llm::Usage usage = reported();
    usage.*row.tokens = 10;
    const Cost cost = price_usage(*p.price, usage);
    const auto name = token_class_name(row.token_class);
    EXPECT_EQ(cost.line(row.token_class).amount.value, row.nanos) << name;
    EXPECT_EQ(cost.total.value, row.nanos) << name;
    EXPECT_EQ(cost.line(row.token_class).fallback_rate, row.flagged) << name;
    EXPECT_EQ(cost.fallback_rate, row.flagged) << name;
  }
}

TEST(PriceUsage, AnHourOfCacheStandsInAtTheFiveMinuteRate) {
  const auto p = priced("input: 1.00, output: 5.00, cache_write_5m: 1.25");
  llm::Usage usage = reported();
  usage.cache_write_1h = 1000;
  const Cost cost = price_usage(*p.price, usage);
  EXPECT_EQ(cost.total.value, 1'250'000);
  EXPECT_TRUE(cost.fallback_rate);
}

TEST(PriceUsage, ContextTierIsChosenByAllInputAndPricesTheWholeRequest) {
  const std::string rates =
      "input: 2.50, cache_read: 0.25, output: 15.00, context_tiers: [ { above: 1000, INCL"
      "input: 5.00, output: 22.50 }, { above: 5000, input: 7.00, output: 30.00 } ]";
  const auto make = [&](const std::string& inclusive) {
    std::string text = rates;
    return priced(text.replace(text.find("INCL"), 4, inclusive));
  };
  const auto exclusive = make("");
  const auto inclusive = make("inclusive: true, ");
  struct Row {
    const Priced& price;
    std::int64_t input;
    std::int64_t cached;
    int tier;
    std::int64_t nanos;  // with 10 output tokens
  };
  const Row rows[] = {
      {exclusive, 1'000, 0, -1, 2'650'000}, {exclusive, 1'001, 0, 0, 5'230'000},
      {inclusive, 1'000, 0, 0, 5'225'000},  {inclusive, 999, 0, -1, 2'647'500},
      {exclusive, 1, 1'000, 0, 480'000},    {exclusive, 5'000, 0, 0, 25'225'000},
      {exclusive, 5'001, 0, 1, 35'307'000},
  };
  for (const Row& row : rows) {
    llm::Usage usage = reported();
    usage.input = row.input;
    usage.cache_read = row.cached;
    usage.output = 10;
    const Cost cost = price_usage(*row.price.price, usage);
    EXPECT_EQ(cost.context_tier, row.tier) << row.input << '+' << row.cached;
    EXPECT_EQ(cost.total.value, row.nanos) << row.input << '+' << row.cached;
    // A tier without a rate of its own for cached tokens takes the base rate, and says so.
    EXPECT_EQ(cost.fallback_rate, row.cached > 0) << row.input << '+' << row.cached;
  }
}

TEST(PriceUsage, WithoutAPriceTheCostIsUnknown) {
  llm::Usage usage = reported();
  usage.input = 10;
  usage.output = 20;
  const Cost cost = price_usage(nullptr, usage);
  EXPECT_TRUE(cost.unpriced);
  EXPECT_EQ(cost.total.value, 0);
  EXPECT_EQ(cost.line(TokenClass::kOutput).tokens, 20);
  EXPECT_FALSE(cost.line(TokenClass::kOutput).rate.has_value());
}

TEST(PriceUsage, EstimatesAreMarked) {
  const auto p = priced("input: 1, output: 1");
  llm::Usage counted;
  counted.estimated = true;
  counted.output = 5;
  EXPECT_TRUE(price_usage(*p.price, counted).estimated);
  EXPECT_TRUE(price_usage(*p.price, llm::Usage{}).estimated);  // nobody reported anything
  EXPECT_FALSE(price_usage(*p.price, reported()).estimated);
}

TEST(PriceUsage, NominalAndLocalPricesSaySo) {
  const auto nominal = priced("input: 1, output: 1, nominal: true");
  EXPECT_TRUE(price_usage(*nominal.price, reported()).nominal);
  const auto local = priced("local: true");
  llm::Usage usage = reported();
  usage.input = usage.cache_read = usage.reasoning = 1'000'000;
  const Cost cost = price_usage(*local.price, usage);
  EXPECT_TRUE(cost.local);
  EXPECT_FALSE(cost.unpriced);
  EXPECT_FALSE(cost.fallback_rate);
  EXPECT_EQ(cost.total.value, 0);
}

}  // namespace
}  // namespace pontage::ledger
