// fallback with balance and sticky: what its targets' past and prices do to a plan, and what the
// trace says of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/middleware/bench.hpp"

namespace pontage::middleware::test {
namespace {

using ::testing::HasSubstr;

class FakeOutlook final : public chain::Outlook {
 public:
  const routing::TargetHealth* health(const chain::Exchange&,
                                      const chain::Target& target) override {
    return &table.of(target.provider->name, target.model);
  }
  std::optional<std::int64_t> cost(const chain::Exchange&, const chain::Target& target) override {
    const auto found = prices.find(target.label);
    return found == prices.end() ? std::nullopt : std::optional(found->second);
  }
  routing::Moves* moves() override { return &remembered; }

  routing::HealthTable table;
  std::map<std::string, std::int64_t> prices;
  routing::Moves remembered;
};

class Balanced : public ::testing::Test {
 protected:
  // The order of the candidates; the trace stays in `line`.
  std::string plan(const Bench& bench, bool stream = true) {
    Asked asked;
    asked.exchange.outlook = &outlook;
    asked.exchange.view.stream = stream;
    asked.exchange.headers = headers;
    asked.exchange.facts.headers = headers;
    auto out = order(bench.plan(asked.exchange).plan);
    line = asked.exchange.trace.line();
    notes.clear();
    for (const auto& entry : asked.exchange.trace.entries()) notes.append(entry.text).append("\n");
    return out;
  }
  void open(const char* provider) {
    outlook.table.mark_down(provider, "m",
                            std::chrono::steady_clock::now() + std::chrono::hours(1));
  }
  static Bench step(const std::string& options) {
    return Bench(
        "fallback: { " + options +
        ", targets: [ { provider: a, model: m }, { provider: b, model: m }, { provider: c, "
        "model: m } ] }");
  }

  FakeOutlook outlook;
  std::vector<http::HeaderView> headers;
  std::string line;
  std::string notes;
};

TEST_F(Balanced, InTurnWithoutThoseThatMayNotBeAsked) {
  const Bench bench = step("balance: round_robin");
  EXPECT_EQ(plan(bench), "a/m b/m c/m");
  EXPECT_EQ(line, "fallback: round_robin picked a/m (its turn)");
  EXPECT_EQ(plan(bench), "b/m c/m a/m");
  open("c");
  EXPECT_EQ(plan(bench), "a/m b/m c/m");
  EXPECT_THAT(notes, HasSubstr("c/m goes last: the operator marked it as down"));
}

TEST_F(Balanced, TheFewestUnderWay) {
  const Bench bench = step("balance: least_in_flight");
  outlook.table.of("a", "m").in_flight = 2;
  outlook.table.of("c", "m").in_flight = 1;
  EXPECT_EQ(plan(bench), "b/m c/m a/m");
  EXPECT_EQ(line, "fallback: least_in_flight picked b/m (0 under way)");
}

TEST_F(Balanced, StreamsAndWholeAnswersAreMeasuredApart) {
  const Bench bench = Bench(
      "fallback: { balance: latency, targets: [ { provider: a, model: m }, { provider: b, model: m "
      "} ] }");
  const auto now = std::chrono::steady_clock::now();
  auto& a = outlook.table.of("a", "m");
  auto& b = outlook.table.of("b", "m");
  a.first_token.add(now, Millis(100));
  b.first_token.add(now, Millis(200));
  a.whole.add(now, Millis(2'000));
  b.whole.add(now, Millis(1'000));
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(plan(bench, true), "a/m b/m");
    EXPECT_EQ(line, "fallback: latency picked a/m (100ms lately)");
    EXPECT_EQ(plan(bench, false), "b/m a/m");
  }
}

TEST_F(Balanced, TheCheapestFirst) {
  const Bench bench = step("balance: cheapest");
  outlook.prices = {{"a/m", 3'000'000}, {"c/m", 2'000'000}};
  EXPECT_EQ(plan(bench), "c/m a/m b/m");
  EXPECT_EQ(line, "fallback: cheapest picked c/m (about 0.002 USD)");
  outlook.prices.clear();
  EXPECT_EQ(plan(bench), "a/m b/m c/m");
  EXPECT_EQ(line, "fallback: cheapest picked a/m (no price known)");
}

TEST_F(Balanced, WhatTheCandidatesHoldKeepsItsPlace) {
  const Bench bench = step("balance: cheapest");
  outlook.prices = {{"c/m", 1}};
  Asked asked;
  asked.exchange.outlook = &outlook;
  Bench other("fallback: [ { provider: z, model: m } ]");
  other.plan(asked.exchange);
  EXPECT_EQ(order(bench.plan(asked.exchange).plan), "z/m c/m a/m b/m");
}

TEST_F(Balanced, ASessionHasItsTargetAndOthersGoByBalance) {
  const Bench bench = step("balance: round_robin, sticky: session");
  headers = {{"x-pontage-session", "one"}};
  const auto mine = plan(bench);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(plan(bench), mine);
  EXPECT_EQ(line, "fallback: sticky " + mine.substr(0, 3));
  open(mine.substr(0, 1).c_str());
  EXPECT_EQ(plan(bench).substr(0, 3), mine.substr(4, 3)) << "the next in its own order";
  EXPECT_EQ(outlook.remembered.size(), 1U);
  headers.clear();
  plan(bench);
  EXPECT_THAT(line, HasSubstr("round_robin picked"));
}

TEST_F(Balanced, WithoutAnOutlookItIsPlannedAllTheSame) {
  for (const char* by : {"weighted", "round_robin", "least_in_flight", "latency", "cheapest"}) {
    const Bench bench = step("balance: " + std::string(by) + ", sticky: key");
    Asked asked;
    EXPECT_EQ(bench.plan(asked.exchange).plan.candidates.size(), 3U) << by;
    asked.exchange.facts.key_name = "team";
    EXPECT_EQ(bench.plan(asked.exchange).plan.candidates.size(), 3U) << by;
  }
}

}  // namespace
}  // namespace pontage::middleware::test
