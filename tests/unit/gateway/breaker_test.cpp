// Breakers as users meet them: a target that keeps failing is passed over, one request finds out
// when it is back, and the operator may take it out.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/gateway/messages_bench.hpp"

namespace pontage::gateway::test {
namespace {

using ::testing::AllOf;
using ::testing::Gt;
using ::testing::HasSubstr;
using ::testing::Le;

class Breakers : public HouseBench {
 protected:
  void serve_both(const std::string& breaker, const std::string& chain = kBoth) {
    serve("breaker: " + breaker + "\nroutes:\n  - name: chat\n    chain:\n      - " + chain + "\n");
  }
  std::string provider_of(const Response& reply) { return reply.header("x-pontage-provider"); }
};

const std::string kShort = "{ failures: 3, open: 50ms }";
const std::string kLong = "{ failures: 3, open: 1h }";

TEST_F(Breakers, AfterThreeFailuresTheTargetIsNotAsked) {
  serve_both(kLong);
  p1->set_default_fault("status=503");
  for (int i = 0; i < 8; ++i) EXPECT_EQ(provider_of(ask(chat())), "p2");
  EXPECT_EQ(p1->requests().size(), 3U);
  EXPECT_EQ(p2->requests().size(), 8U);
  const auto reply = ask_stream();
  EXPECT_EQ(reply.header("x-pontage-attempts"), "1");
  EXPECT_THAT(reply.header("x-pontage-decision"), HasSubstr("p1/m skipped: its breaker is open"));
  EXPECT_EQ(metric("pontage_breaker_openings_total", {"provider=\"p1\"", "model=\"m\""}), 1);
  EXPECT_TRUE(wait_metric("pontage_breaker_state", {"provider=\"p1\""}, 2));
  EXPECT_EQ(metric("pontage_breaker_state", {"provider=\"p2\""}), 0);
}

TEST_F(Breakers, TrafficReturnsToThePrimaryWhenItIsBack) {
  serve_both(kShort);
  p1->set_default_fault("status=503");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(provider_of(ask(chat())), "p2");
  p1->set_default_fault("");
  p1->clear();
  std::string answered;
  while (answered != "p1") answered = provider_of(ask(chat()));  // bounded by the test's own limit
  EXPECT_EQ(p1->requests().size(), 1U) << "one request found out";
  for (int i = 0; i < 5; ++i) EXPECT_EQ(provider_of(ask(chat())), "p1");
  EXPECT_TRUE(wait_metric("pontage_breaker_state", {"provider=\"p1\""}, 0));
}

TEST_F(Breakers, CutStreamsCountAndCancellationsDoNot) {
  serve_both("{ failures: 100, requests: 4, error_rate: 0.5, open: 1h }");
  p1->set_default_fault("cut=3");
  for (int i = 0; i < 4; ++i) {
    if (provider_of(ask_stream()) == "p2") break;
  }
  EXPECT_EQ(provider_of(ask_stream()), "p2") << "half of its attempts were cut";
  p2->set_default_fault("stall=2");
  for (int i = 0; i < 10; ++i) {
    RawClient client(port());
    client.send(post(chat_stream()));
    client.read_until("content");
    client.reset();
  }
  ASSERT_TRUE(wait_metric("pontage_requests_total", {"outcome=\"client_closed\""}, 10));
  EXPECT_EQ(metric("pontage_breaker_openings_total", {"provider=\"p2\""}), 0);
}

TEST_F(Breakers, TheClientsOwnErrorsDoNotCount) {
  serve_both("{ failures: 2, open: 1h }");
  for (const char* fault : {"error=bad_request", "error=context_length", "error=content_filter",
                            "error=not_found", "error=unprocessable"}) {
    p1->set_default_fault(fault);
    EXPECT_GE(ask(chat()).status, 400) << fault;
  }
  p1->set_default_fault("");
  EXPECT_EQ(provider_of(ask(chat())), "p1");
  EXPECT_EQ(p1->requests().size(), 6U);
}

TEST_F(Breakers, A429IsARestAndNoFailure) {
  serve_both("{ failures: 1, open: 1h }");
  p1->set_default_fault("times=1,status=429,retry_after=60");
  EXPECT_EQ(provider_of(ask(chat())), "p2");
  const auto reply = ask(chat());
  EXPECT_EQ(provider_of(reply), "p2");
  EXPECT_THAT(reply.header("x-pontage-decision"), HasSubstr("it asked for a pause (429)"));
  EXPECT_EQ(p1->requests().size(), 1U);
  EXPECT_EQ(metric("pontage_breaker_openings_total"), 0);
}

TEST_F(Breakers, TheVendorsLimitsSetTheRestWhereNoRetryAfterDoes) {
  serve(
      "breaker: { rest: 1ms }\nroutes:\n  - chain:\n      - fallback: [ { provider: p1, model: m "
      "}, "
      "{ provider: a2, model: m } ]\n");
  p1->set_default_fault("times=1,status=429,ratelimit_reset_ms=90000");
  p2->set_default_fault("times=1,status=429,ratelimit_reset_ms=60000");
  const auto refused = ask(chat());
  EXPECT_EQ(refused.status, 503);
  EXPECT_THAT(std::stoi(refused.header("retry-after")), AllOf(Gt(1), Le(61)));
  const auto reply = ask(chat());
  EXPECT_EQ(provider_of(reply), "a2") << "it may be asked sooner";
  EXPECT_THAT(reply.header("x-pontage-decision"),
              HasSubstr("p1/m skipped: it asked for a pause (429)"));
  EXPECT_EQ(p1->requests().size(), 1U);
}

TEST_F(Breakers, WhenAllAreOpenTheLeastBadIsAskedAllTheSame) {
  serve_both(kLong);
  p1->set_default_fault("status=503");
  p2->set_default_fault("status=503");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(ask(chat()).status, 503);
  const std::size_t before = p1->requests().size() + p2->requests().size();
  EXPECT_EQ(before, 6U);
  p1->set_default_fault("");
  p2->set_default_fault("");
  EXPECT_EQ(ask(chat()).status, 200);
  EXPECT_EQ(p1->requests().size() + p2->requests().size(), before + 1);
}

TEST_F(Breakers, ASingleTargetHasOneTooAndAFloorAnswersMeanwhile) {
  serve("breaker: " + kLong + "\nroutes:\n  - name: chat\n    chain:\n      - " + kFirst +
        "\n      - floor: [ { message: busy } ]\n");
  p1->set_default_fault("status=500");
  for (int i = 0; i < 4; ++i) EXPECT_EQ(answer_text(ask(chat())), "busy");
  EXPECT_EQ(metric("pontage_breaker_openings_total", {"provider=\"p1\""}), 1);
}

TEST_F(Breakers, AReloadKeepsWhatIsKnown) {
  const std::string yaml =
      "breaker: " + kLong + "\nroutes:\n  - name: chat\n    chain:\n      - " + kBoth + "\n";
  serve(yaml);
  p1->set_default_fault("status=503");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(provider_of(ask(chat())), "p2");
  ASSERT_TRUE(reload(yaml + "# touched\n"));
  EXPECT_EQ(provider_of(ask(chat())), "p2");
  EXPECT_EQ(p1->requests().size(), 3U);
}

TEST_F(Breakers, TheOperatorTakesAProviderOutAndBack) {
  serve_both(kLong);
  EXPECT_EQ(admin("POST", "/api/v1/providers/p1/down?minutes=5").status, 200);
  const auto reply = ask(chat());
  EXPECT_EQ(provider_of(reply), "p2");
  EXPECT_THAT(reply.header("x-pontage-decision"), HasSubstr("the operator marked it as down"));
  EXPECT_EQ(p1->requests().size(), 0U);
  const json listed = json::parse(admin("GET", "/api/v1/providers").payload);
  bool found = false;
  for (const json& row : listed["targets"])
    found = found || (row["provider"] == "p1" && row["state"] == "down");
  EXPECT_TRUE(found) << listed;
  EXPECT_EQ(admin("DELETE", "/api/v1/providers/p1/down").status, 200);
  EXPECT_EQ(provider_of(ask(chat())), "p1");
}

TEST_F(Breakers, WhatTheOperatorSaysWronglyIsAnErrorThatSaysSo) {
  serve_both(kLong);
  EXPECT_EQ(admin("POST", "/api/v1/providers/nobody/down?minutes=5").status, 404);
  const auto reply = admin("POST", "/api/v1/providers/p1/down?minutes=-1");
  EXPECT_EQ(reply.status, 400);
  EXPECT_THAT(reply.payload, HasSubstr("minutes"));
  EXPECT_EQ(admin("POST", "/api/v1/providers/p1/down?minute=5").status, 400);
  EXPECT_EQ(admin("GET", "/api/v1/providers/p1/down").status, 405);
}

}  // namespace
}  // namespace pontage::gateway::test
