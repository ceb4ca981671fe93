// Active checks and the detail of /readyz: what the background asks, what it changes, who may see.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/crypto.hpp"
#include "unit/gateway/messages_bench.hpp"

namespace pontage::gateway::test {
namespace {

using ::testing::HasSubstr;

class Checks : public HouseBench {
 protected:
  void serve_checked(const std::string& breaker, const std::string& check) {
    serve("breaker: " + breaker + "\nproviders:\n  p1: { kind: openai, api_key: k, base_url: \"" +
          p1->base_url() + "\", check: " + check +
          " }\n  p2: { kind: openai, api_key: k, base_url: \"" + p2->base_url() +
          "\" }\nroutes:\n  - name: chat\n    chain:\n      - " + kBoth + "\n");
  }
  Response ready(const std::string& query, const std::string& headers = "") {
    return raw("GET /readyz" + query + " HTTP/1.1\r\nHost: x\r\n" + headers + "\r\n");
  }
};

TEST_F(Checks, AreOffUnlessAskedFor) {
  serve_chain({kFirst});
  EXPECT_EQ(ask(chat()).status, 200);
  EXPECT_EQ(p1->requests().size(), 1U);
  EXPECT_EQ(metric("pontage_checks_total"), 0);
}

TEST_F(Checks, AskThePathWithTheProvidersKey) {
  serve_checked("{ failures: 1 }", "{ every: 1h, path: /v1/models }");
  ASSERT_TRUE(p1->wait_for_ended(1, simulate::test::kPatience));
  const auto asked = p1->requests().front();
  EXPECT_EQ(asked.method, "GET");
  EXPECT_EQ(asked.path, "/v1/models");
  EXPECT_EQ(asked.credential, "bearer");
  EXPECT_EQ(asked.status, 200);
  EXPECT_TRUE(wait_metric("pontage_checks_total", {"provider=\"p1\"", "outcome=\"ok\""}, 1));
  EXPECT_EQ(p2->requests().size(), 0U);
}

TEST_F(Checks, FailuresOpenTheBreakerBeforeAnyRequestDoesAndSuccessLetsOneFindOut) {
  ASSERT_TRUE(p1->set_listening(false));
  serve_checked("{ failures: 2, open: 1h }", "{ every: 100ms }");
  ASSERT_TRUE(wait_metric("pontage_breaker_state", {"provider=\"p1\"", "model=\"m\""}, 2));
  auto reply = ask(chat());
  EXPECT_EQ(reply.header("x-pontage-provider"), "p2");
  EXPECT_EQ(reply.header("x-pontage-attempts"), "1") << "nobody had to fail for it";
  ASSERT_TRUE(p1->set_listening(true));
  ASSERT_TRUE(wait_metric("pontage_breaker_state", {"provider=\"p1\"", "model=\"m\""}, 1));
  reply = ask(chat());
  EXPECT_EQ(reply.header("x-pontage-provider"), "p1") << "an hour too early, but for the check";
  ASSERT_TRUE(wait_metric("pontage_breaker_state", {"provider=\"p1\""}, 0));
}

TEST_F(Checks, ReadyTellsHowTheTargetsStand) {
  serve("breaker: { failures: 1, open: 1h }\nroutes:\n  - name: chat\n    chain:\n      - " +
        kBoth + "\n      - floor: [ { message: busy } ]\n");
  EXPECT_EQ(ready("").payload, "{\"status\":\"ok\"}\n");
  p1->set_default_fault("status=500");
  EXPECT_EQ(ask(chat()).status, 200);
  const auto reply = ready("?detail");
  EXPECT_EQ(reply.status, 200);
  const json detail = json::parse(reply.payload);
  EXPECT_EQ(detail["status"], "ok");
  EXPECT_EQ(detail["waiting"], 0);
  EXPECT_EQ(detail["routes"], json::parse(R"([{"name":"chat","floor":true}])"));
  json row;
  for (const json& each : detail["targets"]) {
    if (each["provider"] == "p1") row = each;
  }
  EXPECT_EQ(row["state"], "open");
  EXPECT_EQ(row["in_flight"], 0);
}

TEST_F(Checks, TheDetailIsForThoseWithAKey) {
  serve("keys:\n  - { name: a, secret_hash: \"sha256:" + sha256_hex("secret-of-a") +
        "\" }\nroutes:\n  - name: chat\n    chain:\n      - " + kBoth + "\n");
  EXPECT_EQ(ready("?detail").payload, "{\"status\":\"ok\"}\n");
  EXPECT_THAT(ready("?detail", "Authorization: Bearer secret-of-a\r\n").payload,
              HasSubstr("\"routes\":"));
}

}  // namespace
}  // namespace pontage::gateway::test
