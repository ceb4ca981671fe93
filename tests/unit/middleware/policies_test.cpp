// retry and timeout: their options, and the policy that later candidates get.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/middleware/bench.hpp"

namespace pontage::middleware::test {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

chain::AttemptPolicy policy_of(std::string_view yaml) {
  const Bench bench(yaml);
  EXPECT_TRUE(bench.problems().empty()) << yaml << ": " << bench.only_problem();
  Asked asked;
  if (bench.made() == nullptr) return {};
  return *bench.plan(asked.exchange).plan.policy;
}

TEST(Retry, Defaults) {
  for (const char* yaml : {"retry: {}", "retry:"}) {
    const auto policy = policy_of(yaml);
    EXPECT_EQ(policy.retry_max, 2);
    EXPECT_EQ(policy.backoff, chain::Backoff::kExponential);
    EXPECT_EQ(policy.backoff_base, Millis(250));
    EXPECT_EQ(policy.backoff_cap, Millis(8000));
    EXPECT_EQ(policy.patience, Millis(5000));
    EXPECT_TRUE(policy.retry_429 && policy.retry_5xx && policy.retry_transport);
    EXPECT_TRUE(policy.retry_statuses.empty());
  }
}

TEST(Retry, EveryOption) {
  const auto policy = policy_of(
      "retry: { max: 3, backoff: fixed, base: 100ms, cap: 2s, patience: 1m, on: [408, 5xx, 529] }");
  EXPECT_EQ(policy.retry_max, 3);
  EXPECT_EQ(policy.backoff, chain::Backoff::kFixed);
  EXPECT_EQ(policy.backoff_base, Millis(100));
  EXPECT_EQ(policy.backoff_cap, Millis(2000));
  EXPECT_EQ(policy.patience, Millis(60'000));
  EXPECT_EQ(policy.retry_statuses, (std::vector<int>{408, 529}));
  EXPECT_TRUE(policy.retry_5xx);
  EXPECT_FALSE(policy.retry_429);
  EXPECT_FALSE(policy.retry_transport);
  EXPECT_TRUE(policy_of("retry: { on: transport }").retry_transport);
  EXPECT_FALSE(policy_of("retry: { on: [] }").retry_5xx);
}

TEST(Retry, Mistakes) {
  struct Row {
    const char* yaml;
    const char* place;
    const char* text;
  };
  for (const Row& row : {
           Row{"retry: { maxx: 2 }", "1:10: ", "did you mean \"max\""},
           Row{"retry: { max: 11 }", "1:15: ", "10"},
           Row{"retry: { max: -1 }", "1:15: ", "0"},
           Row{"retry: { max: many }", "1:15: ", "many"},
           Row{"retry: { backoff: linear }", "1:19: ", "exponential"},
           Row{"retry: { base: 250 }", "1:16: ", "250ms"},
           Row{"retry:\n  on: [transprt]", "2:7: ", "did you mean \"transport\""},
           Row{"retry:\n  on: [200]", "2:7: ", "400 to 599"},
           Row{"retry: 3", "1:8: ", "map"},
       }) {
    const Bench bench(row.yaml);
    EXPECT_THAT(bench.only_problem(), StartsWith(row.place)) << row.yaml;
    EXPECT_THAT(bench.only_problem(), HasSubstr(row.text)) << row.yaml;
  }
  EXPECT_EQ(Bench("retry: { maxx: 2, base: 5, on: [x] }").problems().size(), 3U) << "all at once";
}

TEST(Timeout, OnlyWhatIsWrittenIsSet) {
  const Bench bench("timeout: { first_token: 5s, total: 1m }");
  ASSERT_NE(bench.made(), nullptr);
  Asked asked;
  const auto& plan = bench.plan(asked.exchange).plan;
  EXPECT_EQ(plan.total, Millis(60'000));
  EXPECT_EQ(plan.policy->first_token, Millis(5000));
  EXPECT_FALSE(plan.policy->connect || plan.policy->first_byte || plan.policy->idle);
}

TEST(Timeout, EveryOption) {
  const auto policy =
      policy_of("timeout: { connect: 1s, first_byte: 2s, first_token: 3s, idle: 4s }");
  EXPECT_EQ(policy.connect, Millis(1000));
  EXPECT_EQ(policy.first_byte, Millis(2000));
  EXPECT_EQ(policy.first_token, Millis(3000));
  EXPECT_EQ(policy.idle, Millis(4000));
}

TEST(Timeout, KeepsTheRetriesBeforeIt) {
  Asked asked;
  const Bench retry("retry: { max: 1 }");
  const Bench timeout("timeout: { idle: 1s }");
  retry.plan(asked.exchange);
  timeout.plan(asked.exchange);
  EXPECT_EQ(asked.exchange.plan.policy->retry_max, 1);
  EXPECT_EQ(asked.exchange.plan.policy->idle, Millis(1000));
}

TEST(Timeout, TheTrickle) {
  const auto policy = policy_of("timeout: { min_tokens_per_second: 5, rate_window: 2s }");
  EXPECT_EQ(policy.min_tokens_per_second, 5);
  EXPECT_EQ(policy.rate_window, Millis(2000));
  EXPECT_EQ(policy_of("timeout: { idle: 1s }").min_tokens_per_second, 0);
  EXPECT_EQ(policy_of("timeout: { idle: 1s }").rate_window, Millis(10'000));
}

TEST(Resume, Options) {
  EXPECT_EQ(policy_of("resume: {}").resume_max, 1);
  EXPECT_EQ(policy_of("resume: { max: 3 }").resume_max, 3);
  EXPECT_THAT(Bench("resume: { max: 6 }").only_problem(), HasSubstr("5"));
}

TEST(Hedge, Options) {
  EXPECT_EQ(policy_of("hedge: {}").hedge.percentile, 95);
  EXPECT_EQ(policy_of("hedge: {}").hedge.max, 1);
  EXPECT_EQ(policy_of("hedge: { after: p99 }").hedge.percentile, 99);
  EXPECT_EQ(policy_of("hedge: { after: 2s }").hedge.percentile, 0);
  EXPECT_EQ(policy_of("hedge: { after: 2s }").hedge.after, Millis(2000));
  EXPECT_EQ(policy_of("hedge: { max: 0 }").hedge.max, 0);
  EXPECT_THAT(Bench("hedge: { after: p100 }").only_problem(), HasSubstr("p50 to p99"));
  EXPECT_EQ(Bench("hedge: { after: 2 }").problems().size(), 1U);
}

TEST(Timeout, Mistakes) {
  for (const char* yaml : {"timeout: { total: 0s }", "timeout: { total: 25h }",
                           "timeout: { total: 5 }", "timeout: { totl: 5s }", "timeout: 5s"}) {
    const Bench bench(yaml);
    EXPECT_EQ(bench.problems().size(), 1U) << yaml;
    EXPECT_THAT(bench.only_problem(), StartsWith("1:")) << yaml;
  }
  EXPECT_THAT(Bench("timeout: { totl: 5s }").only_problem(), HasSubstr("did you mean \"total\""));
}

}  // namespace
}  // namespace pontage::middleware::test
