// Several keys of one provider: who is asked with which, after a 429 and a 401, and over a reload.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "unit/gateway/house_bench.hpp"

namespace pontage::gateway::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class ProviderKeys : public HouseBench {
 protected:
  [[nodiscard]] std::string yaml(const std::string& keys, const std::string& chain) const {
    return "providers:\n  p1: { kind: openai, base_url: \"" + p1->base_url() + "\", keys: " + keys +
           " }\n  p2: { kind: openai, api_key: other, base_url: \"" + p2->base_url() +
           "\" }\nroutes:\n  - name: chat\n    chain:\n      - " + chain + "\n";
  }
  void serve_keys(const std::string& keys, const std::string& chain = kBoth) {
    serve(yaml(keys, chain));
  }
  /// The credentials that the first provider saw, in order.
  [[nodiscard]] std::vector<std::string> used() const {
    std::vector<std::string> out;
    for (const auto& each : p1->requests()) out.emplace_back(each.header("authorization"));
    return out;
  }
};

const std::string kTwo = "[ key-number-one, key-number-two ]";

TEST_F(ProviderKeys, BothAreUsedByTheirWeights) {
  serve_keys("[ { api_key: key-number-one, weight: 9 }, key-number-two ]");
  for (int i = 0; i < 200; ++i) ASSERT_EQ(ask(chat()).status, 200);
  std::map<std::string, int> count;
  for (const auto& each : used()) ++count[each];
  ASSERT_EQ(count.size(), 2U);
  const int least = std::min(count.begin()->second, count.rbegin()->second);
  EXPECT_GT(least, 2);
  EXPECT_LT(least, 60);
}

TEST_F(ProviderKeys, ALimitedOneRestsAndTheNextIsTriedAtOnce) {
  serve_keys(kTwo);
  p1->set_default_fault("times=1,status=429,retry_after=60");
  const auto reply = ask(chat());
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.header("x-pontage-provider"), "p1");
  EXPECT_EQ(reply.header("x-pontage-attempts"), "2");
  const auto first = used();
  ASSERT_EQ(first.size(), 2U);
  EXPECT_NE(first[0], first[1]);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(ask(chat()).status, 200);
  for (std::size_t i = 1; i < 7; ++i) EXPECT_EQ(used()[i], first[1]) << "the first one rests";
  EXPECT_EQ(p2->requests().size(), 0U);
  EXPECT_EQ(
      metric("pontage_provider_key_rests_total", {"provider=\"p1\"", "reason=\"rate_limited\""}),
      1);
  EXPECT_EQ(metric("pontage_requests_retried_total"), 0) << "no retry of the same";
}

TEST_F(ProviderKeys, ARefusedOneRestsTooAndIsCounted) {
  serve_keys(kTwo);
  p1->set_default_fault("times=1,status=401");
  EXPECT_EQ(ask(chat()).header("x-pontage-provider"), "p1");
  EXPECT_EQ(used().size(), 2U);
  EXPECT_EQ(metric("pontage_upstream_auth_failures_total", {"provider=\"p1\""}), 1);
  EXPECT_EQ(metric("pontage_provider_key_rests_total", {"reason=\"refused\""}), 1);
}

TEST_F(ProviderKeys, WhenAllRestTheNextTargetAnswersWithoutAsking) {
  serve_keys(kTwo);
  p1->set_default_fault("status=429,retry_after=60");
  EXPECT_EQ(ask(chat()).header("x-pontage-provider"), "p2");
  EXPECT_EQ(p1->requests().size(), 2U);
  const auto reply = ask_stream();
  EXPECT_EQ(reply.header("x-pontage-provider"), "p2");
  EXPECT_THAT(reply.header("x-pontage-decision"), HasSubstr("every key of p1 rests"));
  EXPECT_EQ(p1->requests().size(), 2U) << "it is not asked";
}

TEST_F(ProviderKeys, WithoutAnotherTargetTheClientLearnsWhenToComeBack) {
  serve_keys(kTwo, kFirst);
  p1->set_default_fault("status=429,retry_after=60");
  EXPECT_EQ(ask(chat()).status, 429);
  const auto reply = ask(chat());
  EXPECT_EQ(reply.status, 429);
  EXPECT_EQ(error_code(reply), "rate_limited");
  EXPECT_THAT(std::stoi(reply.header("retry-after")),
              ::testing::AllOf(::testing::Ge(50), ::testing::Le(60)));
  EXPECT_EQ(p1->requests().size(), 2U);
}

TEST_F(ProviderKeys, TheBudgetOfAttemptsHoldsOverAllKeys) {
  std::string keys = "[ ";
  for (int i = 0; i < 12; ++i)
    keys += (i > 0 ? ", " : "") + std::string("key-") + std::to_string(i);
  serve_keys(keys + " ]");
  p1->set_default_fault("status=429");
  EXPECT_EQ(ask(chat()).header("x-pontage-provider"), "p2");
  EXPECT_EQ(p1->requests().size(), 5U) << "six attempts, one of them the second target's";
}

TEST_F(ProviderKeys, ALimitOfOneAtATimeHoldsForAsLongAsTheStream) {
  serve_keys("[ { api_key: key-number-one, concurrency: 1 } ]");
  p1->set_default_fault("stall=2");
  RawClient first(port());
  first.send(post(chat_stream()));
  first.read_until("content");
  EXPECT_EQ(ask(chat()).header("x-pontage-provider"), "p2");
  first.reset();
  p1->set_default_fault("");
  ASSERT_TRUE(wait_metric("pontage_inflight", {"provider=\"p1\""}, 0));
  EXPECT_EQ(ask(chat()).header("x-pontage-provider"), "p1");
}

TEST_F(ProviderKeys, AReloadKeepsWhatRests) {
  serve_keys(kTwo);
  p1->set_default_fault("times=1,status=429,retry_after=60");
  EXPECT_EQ(ask(chat()).status, 200);
  const auto before = used();
  ASSERT_TRUE(reload(yaml("[ key-number-two, key-number-one, key-number-three ]", kFirst)));
  for (int i = 0; i < 20; ++i) EXPECT_EQ(ask(chat()).status, 200);
  const auto after = used();
  for (std::size_t i = 2; i < after.size(); ++i) EXPECT_NE(after[i], before[0]);
}

TEST_F(ProviderKeys, TheSecretStandsNowhere) {
  serve_keys(kTwo);
  p1->set_default_fault("status=401");
  const auto reply = ask(chat(), "x-pontage-debug: 1\r\n");
  EXPECT_THAT(reply.bytes, Not(HasSubstr("key-number")));
  EXPECT_THAT(reply.bytes, HasSubstr("key-1"));
  EXPECT_THAT(metrics(), Not(HasSubstr("key-number")));
  stop();
  for (const auto& line : access_log()) EXPECT_THAT(line, Not(HasSubstr("key-number")));
}

}  // namespace
}  // namespace pontage::gateway::test
