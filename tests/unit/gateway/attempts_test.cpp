// One budget a request (law 2): who is tried how often, in what order and after what wait, as the
// providers saw it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/gateway/house_bench.hpp"

namespace pontage::gateway::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

const std::string kRetry = "retry: { max: 2, base: 1ms, cap: 2ms }";
using Attempts = HouseBench;

TEST_F(Attempts, RetryThenFallbackTriesEachTargetThenTheNext) {
  p1->set_default_fault("status=503");
  serve_chain({kRetry, kBoth});
  const auto reply = ask(chat());
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(p1->requests().size(), 3U);
  EXPECT_EQ(p2->requests().size(), 1U);
  EXPECT_EQ(reply.header("x-pontage-provider"), "p2");
  EXPECT_EQ(reply.header("x-pontage-attempts"), "4");
  EXPECT_THAT(reply.header("x-pontage-decision"), HasSubstr("p1/m failed: HTTP 503"));
  EXPECT_THAT(reply.header("x-pontage-decision"), HasSubstr("p2/m answered"));
  EXPECT_EQ(metric("pontage_requests_retried_total", {"route=\"chat\""}), 1);
  EXPECT_EQ(metric("pontage_requests_rerouted_total", {"route=\"chat\""}), 1);
  EXPECT_EQ(metric("pontage_fallbacks_total",
                   {"from_provider=\"p1\"", "to_provider=\"p2\"", "reason=\"503\""}),
            1);
  EXPECT_EQ(metric("pontage_attempts_total", {"provider=\"p1\"", "outcome=\"error\""}), 3);
  EXPECT_EQ(metric("pontage_requests_total", {"provider=\"p2\"", "outcome=\"ok\""}), 1);
}

TEST_F(Attempts, WithoutRetryEachTargetHasOneTry) {
  p1->set_default_fault("status=500");
  serve_chain({kBoth});
  EXPECT_EQ(ask(chat()).status, 200);
  EXPECT_EQ(p1->requests().size(), 1U);
  EXPECT_EQ(p2->requests().size(), 1U);
}

TEST_F(Attempts, AnErrorThatPassesIsCuredByOneRetry) {
  p1->set_default_fault("times=1,status=500");
  serve_chain({kRetry, kBoth});
  const auto reply = ask(chat());
  EXPECT_EQ(reply.header("x-pontage-provider"), "p1");
  EXPECT_EQ(p1->requests().size(), 2U);
  EXPECT_EQ(p2->requests().size(), 0U);
}

TEST_F(Attempts, SixInAllAndEveryUntriedTargetKeepsOne) {
  p1->set_default_fault("status=503");
  serve_chain({"retry: { max: 10, base: 1ms, cap: 2ms }",
               "fallback: [ { provider: p1, model: a }, { provider: p1, model: b }, { provider: "
               "p1, model: c } ]"});
  const auto reply = ask(chat());
  EXPECT_EQ(reply.status, 503);
  EXPECT_EQ(error_code(reply), "all_targets_failed");
  EXPECT_EQ(p1->requests("a").size(), 4U);
  EXPECT_EQ(p1->requests("b").size(), 1U);
  EXPECT_EQ(p1->requests("c").size(), 1U);
  EXPECT_EQ(reply.header("x-should-retry"), "false");
}

TEST_F(Attempts, TheFloorsTargetKeepsOneToo) {
  p1->set_default_fault("status=503");
  serve_chain({"retry: { max: 10, base: 1ms, cap: 2ms }", kFirst,
               "floor: [ { provider: p2, model: small } ]"});
  const auto reply = ask(chat());
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(p1->requests().size(), 5U);
  EXPECT_EQ(p2->requests().size(), 1U);
  EXPECT_EQ(reply.header("x-pontage-attempts"), "6");
}

TEST_F(Attempts, TheSameSevenTargetsAreNotAllTried) {
  p1->set_default_fault("status=503");
  std::string targets;
  for (const char* model : {"a", "b", "c", "d", "e", "f", "g"}) {
    targets += std::string(targets.empty() ? "" : ", ") + "{ provider: p1, model: " + model + " }";
  }
  serve_chain({"fallback: [ " + targets + " ]"});
  EXPECT_EQ(ask(chat()).status, 503);
  EXPECT_EQ(p1->requests().size(), 6U);
}

TEST_F(Attempts, RetryAfterIsWaitedFor) {
  p1->set_default_fault("times=1,status=429,retry_after_ms=200");
  serve_chain({kRetry, kBoth});
  EXPECT_EQ(ask(chat()).header("x-pontage-provider"), "p1");
  const auto seen = p1->requests();
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_GE(seen[1].steady_us - seen[0].steady_us, 200'000);
}

TEST_F(Attempts, RetryAfterBeyondPatienceFallsOverAtOnce) {
  for (const char* fault : {"status=429,retry_after=60", "status=429,retry_after_date=600",
                            "status=503,retry_after_ms=5001"}) {
    p1->clear();
    p2->clear();
    p1->set_default_fault(fault);
    if (port() == 0) serve_chain({kRetry, kBoth});
    EXPECT_EQ(ask(chat()).header("x-pontage-provider"), "p2") << fault;
    EXPECT_EQ(p1->requests().size(), 1U) << fault;
    EXPECT_EQ(p2->requests().size(), 1U) << fault;
  }
}

TEST_F(Attempts, TheSmallestRetryAfterReachesTheClient) {
  p1->set_default_fault("status=429,retry_after=30");
  p2->set_default_fault("status=503,retry_after=7");
  serve_chain({kBoth});
  const auto reply = ask(chat());
  EXPECT_EQ(reply.status, 503);
  EXPECT_EQ(error_code(reply), "all_targets_failed");
  EXPECT_EQ(reply.header("retry-after"), "7");
  EXPECT_EQ(reply.header("x-should-retry"), "") << "a later try makes sense";
}

TEST_F(Attempts, ASingleTargetsOwnErrorPassesUnmodified) {
  p1->set_default_fault("status=429,retry_after=60,message=slow%20down");
  serve_chain({kRetry, kFirst});
  const auto reply = ask(chat());
  EXPECT_EQ(reply.status, 429);
  EXPECT_THAT(reply.payload, HasSubstr("slow down"));
  EXPECT_EQ(reply.header("retry-after"), "60");
  EXPECT_EQ(reply.header("x-pontage-provider"), "p1");
  EXPECT_EQ(p1->requests().size(), 1U);
}

TEST_F(Attempts, TheClientsOwnMistakesPassOnceAndAreNotRetried) {
  serve_chain({kRetry, kBoth});
  for (const char* status : {"400", "404", "422"}) {
    p1->clear();
    p1->set_default_fault("status=" + std::string(status) + ",message=your%20mistake");
    const auto reply = ask(chat());
    EXPECT_EQ(std::to_string(reply.status), status);
    EXPECT_THAT(reply.payload, HasSubstr("your mistake"));
    EXPECT_EQ(p1->requests().size(), 1U) << status;
  }
  EXPECT_EQ(p2->requests().size(), 0U);
}

TEST_F(Attempts, OurKeyRefusedFallsOverAndIsCounted) {
  serve_chain({kRetry, kBoth});
  for (const char* fault : {"error=auth", "status=403"}) {
    p1->clear();
    p1->set_default_fault(fault);
    const auto reply = ask(chat());
    EXPECT_EQ(reply.status, 200) << fault;
    EXPECT_EQ(reply.header("x-pontage-provider"), "p2");
    EXPECT_EQ(p1->requests().size(), 1U) << "a wrong key stays wrong";
  }
  EXPECT_EQ(metric("pontage_upstream_auth_failures_total", {"provider=\"p1\""}), 2);
}

TEST_F(Attempts, OurKeyRefusedNeverReachesTheClientAsSuch) {
  p1->set_default_fault("error=auth");
  serve_chain({kRetry, kFirst});
  const auto reply = ask(chat());
  EXPECT_EQ(reply.status, 503);
  EXPECT_EQ(error_code(reply), "upstream_auth");
  EXPECT_THAT(reply.bytes, Not(HasSubstr("sk-sim")));
  EXPECT_THAT(reply.bytes, Not(HasSubstr("platform.openai.com")));
}

TEST_F(Attempts, UnreachableProvidersFallOver) {
  serve_chain({kRetry, kBoth});
  ASSERT_TRUE(p1->set_listening(false));
  const auto reply = ask(chat());
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.header("x-pontage-attempts"), "4");
  EXPECT_THAT(reply.header("x-pontage-decision"), HasSubstr("p1/m failed: refused"));
}

TEST_F(Attempts, AStaleConnectionIsResentOnceWithoutAnAttempt) {
  p1->set_default_fault("stale");
  serve_chain({kFirst});
  EXPECT_EQ(ask(chat()).status, 200);
  const auto second = ask(chat());
  EXPECT_EQ(second.status, 200);
  EXPECT_EQ(second.header("x-pontage-attempts"), "1");
}

TEST_F(Attempts, TheAccessLogTellsAll) {
  p1->set_default_fault("status=503");
  serve_chain({kRetry, kBoth});
  ask(chat(), "x-request-id: mine-1\r\nx-pontage-user: ann\r\n");
  stop();
  const auto lines = access_log();
  ASSERT_EQ(lines.size(), 1U);
  for (const char* piece :
       {"\"mine-1\"", "\"ann\"", "\"chat\"", "\"ok\"", "p1/m failed", "p2/m answered"}) {
    EXPECT_THAT(lines.front(), HasSubstr(piece));
  }
  EXPECT_THAT(lines.front(), StartsWith("{"));
}

}  // namespace
}  // namespace pontage::gateway::test
