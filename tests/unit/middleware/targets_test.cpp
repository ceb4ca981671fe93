// weighted, fallback, floor: the targets that they name, the rules that leave one, and their
// mistakes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "unit/middleware/bench.hpp"

namespace pontage::middleware::test {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

struct Mistake {
  const char* yaml;
  const char* place;
  const char* text;
};

void expect_mistakes(std::initializer_list<Mistake> rows) {
  for (const auto& row : rows) {
    const Bench bench(row.yaml);
    EXPECT_THAT(bench.only_problem(), StartsWith(row.place)) << row.yaml;
    EXPECT_THAT(bench.only_problem(), HasSubstr(row.text)) << row.yaml;
  }
}

TEST(Weighted, EachArmGetsItsShare) {
  const Bench bench(
      "weighted: [ { weight: 6, provider: a }, { weight: 3, provider: b }, { weight: 1, provider: "
      "c } ]");
  ASSERT_NE(bench.made(), nullptr);
  std::map<std::string, int> counts;
  constexpr int kDraws = 20'000;
  for (int i = 0; i < kDraws; ++i) {
    Asked asked;
    ++counts[order(bench.plan(asked.exchange).plan)];
  }
  ASSERT_EQ(counts.size(), 3U);
  double chi = 0;
  const auto add = [&](const char* arm, double share) {
    const double expected = share * kDraws;
    chi += (counts[arm] - expected) * (counts[arm] - expected) / expected;
  };
  add("a/", 0.6);
  add("b/", 0.3);
  add("c/", 0.1);
  EXPECT_LT(chi, 40.0) << "two degrees of freedom: chance does this once in 10^8 runs";
}

TEST(Weighted, TheHeadIsOneAndFallbackAddsTheRest) {
  const Bench bench(
      "weighted: [ { weight: 5, provider: a, model: m }, { weight: 0, provider: b } ]");
  Asked asked;
  bench.plan(asked.exchange);
  EXPECT_EQ(order(asked.exchange.plan), "a/m");
  EXPECT_EQ(asked.exchange.trace.line(), "weighted: a/m (5/5)");
  EXPECT_THAT(bench.only_problem(), StartsWith("1:51: warning: b/ has weight 0"));
}

TEST(Weighted, Mistakes) {
  expect_mistakes({
      {"weighted: []", "1:11: ", "takes a list"},
      {"weighted: { weight: 1 }", "1:11: ", "takes a list"},
      {"weighted: [ { weight: -1, provider: a }, { weight: 1, provider: b } ]", "1:23: ", "0"},
      {"weighted: [ { weight: x, provider: a }, { weight: 1, provider: b } ]", "1:23: ", "x"},
      {"weighted: [ { provider: a }, { weight: 1, provider: b } ]", "1:13: ", "needs a weight"},
      {"weighted: [ { weight: 1, modl: a }, { weight: 1, provider: b } ]", "1:13: ", "bad target"},
  });
  EXPECT_THAT(Bench("weighted: [ { weight: 0, provider: a } ]").problems(),
              ::testing::Contains(HasSubstr("at least one weight above 0")));
}

TEST(Fallback, AListAppendsInOrderWithDefaultTriggers) {
  const Bench bench("fallback: [ { provider: a, model: m }, { provider: b } ]");
  ASSERT_NE(bench.made(), nullptr);
  Asked asked;
  const auto& plan = bench.plan(asked.exchange).plan;
  EXPECT_EQ(order(plan), "a/m b/");
  EXPECT_TRUE(plan.has_fallback);
  EXPECT_EQ(plan.leave, nullptr);
}

TEST(Fallback, BareLatencyRulesBecomeTimers) {
  struct Row {
    const char* rule;
    std::int64_t latency;
    std::int64_t ttft;
  };
  for (const Row& row : {Row{"latency_ms > 5000", 5000, -1}, Row{"latency_ms >= 250", 250, -1},
                         Row{"5000 < latency_ms", 5000, -1}, Row{"ttft_ms > 800", -1, 800},
                         Row{"latency_ms > 5000 && request.stream", -1, -1},
                         Row{"latency_ms < 5000", -1, -1}, Row{"status_code == 429", -1, -1},
                         Row{"latency_ms > 5000 || status_code == 500", -1, -1}}) {
    const Bench bench("fallback: { targets: [ { provider: a } ], on: [ '" + std::string(row.rule) +
                      "' ] }");
    ASSERT_NE(bench.made(), nullptr) << row.rule << bench.only_problem();
    Asked asked;
    const auto* leave = bench.plan(asked.exchange).plan.leave;
    ASSERT_NE(leave, nullptr);
    ASSERT_EQ(leave->rules.size(), 1U);
    const auto& rule = leave->rules.front();
    EXPECT_EQ(rule.latency_limit.value_or(Millis(-1)).count(), row.latency) << row.rule;
    EXPECT_EQ(rule.ttft_limit.value_or(Millis(-1)).count(), row.ttft) << row.rule;
  }
}

TEST(Fallback, AbsurdLatencyLimitsStayTimers) {
  for (const char* rule : {"latency_ms > 9223372036854775807", "latency_ms > 1e300"}) {
    const Bench bench("fallback: { targets: [ { provider: a } ], on: [ '" + std::string(rule) +
                      "' ] }");
    if (bench.made() == nullptr) continue;  // refused is fine too
    Asked asked;
    const auto& entry = bench.plan(asked.exchange).plan.leave->rules.front();
    const auto limit = entry.latency_limit.value_or(Millis(1));
    EXPECT_GT(limit.count(), 0) << rule;
    EXPECT_GT(SteadyTime{} + limit, SteadyTime{}) << rule << ": no overflow on the way to a time";
  }
}

TEST(Fallback, ContentFilterIsOptIn) {
  const Bench bench(
      "fallback: { targets: [ { provider: a } ], on: [ content_filter, 'status_code >= 500' ] }");
  ASSERT_NE(bench.made(), nullptr);
  Asked asked;
  const auto* leave = bench.plan(asked.exchange).plan.leave;
  EXPECT_TRUE(leave->content_filter);
  EXPECT_EQ(leave->rules.size(), 1U);
  const Bench one("fallback: { targets: [ { provider: a } ], on: 'status_code >= 500' }");
  EXPECT_NE(one.made(), nullptr) << "a single condition needs no list";
}

TEST(Fallback, Mistakes) {
  expect_mistakes({
      {"fallback: []", "1:11: ", "needs a list of targets"},
      {"fallback: { on: [ 'status_code == 1' ] }", "1:11: ", "targets"},
      {"fallback: { targets: [ { provider: a } ], onn: x }", "1:43: ", "did you mean \"on\""},
      {"fallback: { targets: [ { provider: a } ], balance: random }", "1:52: ", "in_order"},
      {"fallback: [ { provider: a, weight: 2 } ]", "1:36: ", "balance: weighted"},
      {"fallback: { balance: weighted, targets: [ { provider: a, weight: 0 } ] }",
       "1:11: ", "above 0"},
      {"fallback: { balance: weighted, targets: [ { provider: a, weight: -1 } ] }", "1:66: ", "-1"},
      {"fallback: { sticky: sesion, targets: [ { provider: a } ] }", "1:21: ", "session"},
      {"fallback: { targets: [ { provider: a } ], on: [ 'statuscode == 1' ] }",
       "1:49: ", "status_code"},
      {"fallback: { targets: [ { provider: a } ], on: [ 'status_code == \"x\"' ] }",
       "1:49: ", "bad rule"},
      {"fallback: { targets: [ { provider: a } ], on: [ 'status_code > 9 && status_code < 3' ] }",
       "1:49: ", "can never hold"},
  });
}

TEST(Floor, EntriesInOrder) {
  const Bench bench(
      "floor: [ { provider: ollama, model: small }, { message: 'Try again later.' } ]");
  ASSERT_NE(bench.made(), nullptr) << bench.only_problem();
  Asked asked;
  const auto* floor = bench.plan(asked.exchange).plan.floor;
  ASSERT_NE(floor, nullptr);
  ASSERT_EQ(floor->entries.size(), 2U);
  EXPECT_EQ(floor->entries[0].target->label, "ollama/small");
  EXPECT_EQ(floor->entries[1].target, nullptr);
  EXPECT_EQ(floor->entries[1].message, "Try again later.");
}

TEST(Floor, OneEntryNeedsNoList) {
  EXPECT_NE(Bench("floor: { message: hello }").made(), nullptr);
  EXPECT_NE(Bench("floor: { provider: ollama }").made(), nullptr);
}

TEST(Floor, OldAnswersStandInItsOrder) {
  const Bench bench("floor: [ cache, { message: hello } ]");
  Asked asked;
  const auto* floor = bench.plan(asked.exchange).plan.floor;
  ASSERT_NE(floor, nullptr);
  ASSERT_EQ(floor->entries.size(), 2U);
  EXPECT_TRUE(floor->entries[0].cache);
  EXPECT_FALSE(floor->entries[1].cache);
}

TEST(Floor, Mistakes) {
  expect_mistakes({
      {"floor: [ cach ]", "1:10: ", "a floor entry is"},
      {"floor: { message: '' }", "1:8: ", "must not be empty"},
      {"floor: { message: x, provider: a }", "1:8: ", "not both"},
      {"floor: { modl: a }", "1:8: ", "bad target"},
      {"floor: []", "1:8: ", "no entry that can answer"},
  });
}

}  // namespace
}  // namespace pontage::middleware::test
