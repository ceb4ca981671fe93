// Balanced steps over real sockets: who is asked, what the trace says of it, and where sessions
// stay. The simulated providers' logs are the other half of each answer.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "unit/gateway/messages_bench.hpp"

namespace pontage::gateway::test {
namespace {

using ::testing::HasSubstr;

class Balancing : public HouseBench {
 protected:
  void serve_step(const std::string& options, const std::string& more = "",
                  const std::string& first = "", const std::string& second = "") {
    serve(more + "routes:\n  - name: chat\n    chain:\n      - fallback: { " + options +
          ", targets: [ { provider: p1, model: m" + first + " }, { provider: p2, model: m" +
          second + " } ] }\n");
  }
  static std::string provider_of(const Response& reply) {
    return reply.header("x-pontage-provider");
  }
  std::string who(const std::string& headers, std::string_view body = {}) {
    return provider_of(ask(body.empty() ? chat() : body, headers));
  }
  // A session that belongs to the provider while both are well.
  std::string session_at(const std::string& provider) {
    for (int i = 0; i < 200; ++i) {
      auto header = "x-pontage-session: s" + std::to_string(i) + "\r\n";
      if (who(header) == provider) return header;
    }
    return {};
  }
  json target(const std::string& provider) {
    const json listed = json::parse(admin("GET", "/api/v1/providers").payload);
    for (const json& row : listed["targets"]) {
      if (row["provider"] == provider) return row;
    }
    return {};
  }
};

TEST_F(Balancing, InTurn) {
  serve_step("balance: round_robin");
  for (int i = 0; i < 20; ++i) {
    const auto reply = ask(chat());
    EXPECT_THAT(reply.header("x-pontage-decision"),
                HasSubstr("round_robin picked " + provider_of(reply) + "/m (its turn)"));
  }
  EXPECT_EQ(p1->requests().size(), 10U);
  EXPECT_EQ(p2->requests().size(), 10U);
}

TEST_F(Balancing, ByWeight) {
  serve_step("balance: weighted", "", ", weight: 3", ", weight: 1");
  RawClient client(port());
  for (int i = 0; i < 400; ++i) {
    client.send(post(chat()));
    ASSERT_EQ(client.read_response().status, 200);
  }
  EXPECT_EQ(p1->requests().size() + p2->requests().size(), 400U);
  EXPECT_NEAR(static_cast<double>(p1->requests().size()), 300, 45) << "five standard deviations";
}

TEST_F(Balancing, TheOtherStandsInForThePick) {
  serve_step("balance: round_robin");
  p1->set_default_fault("status=503");
  for (int i = 0; i < 10; ++i) EXPECT_EQ(provider_of(ask(chat())), "p2");
  EXPECT_EQ(p1->requests().size(), 5U);
  EXPECT_EQ(p2->requests().size(), 10U);
}

TEST_F(Balancing, AnOpenBreakerGoesLast) {
  serve_step("balance: round_robin", "breaker: { failures: 2, open: 1h }\n");
  p1->set_default_fault("status=503");
  for (int i = 0; i < 12; ++i) EXPECT_EQ(provider_of(ask(chat())), "p2");
  EXPECT_EQ(p1->requests().size(), 2U);
  const auto reply = ask(chat());
  EXPECT_EQ(reply.header("x-pontage-attempts"), "1");
  EXPECT_THAT(reply.header("x-pontage-decision"), HasSubstr("round_robin picked p2/m"));
}

TEST_F(Balancing, TheFewestUnderWay) {
  serve_step("balance: least_in_flight");
  p1->set_default_fault("stall=1");
  RawClient held(port());  // stays with p1 for as long as it is open
  std::string seen;
  for (int i = 0; i < 64 && seen != "p1"; ++i) {
    held = RawClient(port());
    held.send(post(chat_stream()));
    seen = held.read_until("content").find("provider: p1") != std::string::npos ? "p1" : "p2";
  }
  ASSERT_EQ(seen, "p1");
  const std::size_t before = p1->requests().size();
  for (int i = 0; i < 20; ++i) EXPECT_EQ(provider_of(ask(chat())), "p2");
  EXPECT_EQ(p1->requests().size(), before);
  EXPECT_EQ(target("p1")["in_flight"], 1);
  held.reset();
  ASSERT_TRUE(wait_metric("pontage_inflight", {"provider=\"p1\""}, 0));
  EXPECT_EQ(target("p1")["in_flight"], 0);
}

TEST_F(Balancing, TheFasterOneIsPickedWhenBothAreMeasured) {
  serve_step("balance: latency");
  p1->set_default_fault("ttft_ms=120");
  EXPECT_EQ(ask_stream().status, 200);
  EXPECT_EQ(ask_stream().status, 200);
  EXPECT_EQ(p1->requests().size(), 1U) << "both are tried once";
  EXPECT_EQ(p2->requests().size(), 1U);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(provider_of(ask_stream()), "p2");
  EXPECT_THAT(ask_stream().header("x-pontage-decision"), HasSubstr("latency picked p2/m ("));
  EXPECT_EQ(p1->requests().size(), 1U);
  EXPECT_GE(target("p1")["first_token_ms"].get<int>(), 100);
}

TEST_F(Balancing, TheCheapestFirstAndTheUnpricedLast) {
  serve(
      "models:\n  p2/dear: { price: { input: 5, output: 5 } }\n  p2/cheap: { price: { input: 1, "
      "output: 1 } }\nroutes:\n  - name: chat\n    chain:\n      - fallback: { balance: "
      "cheapest, targets: [ { provider: p1, model: unpriced }, { provider: p2, model: dear }, { "
      "provider: p2, model: cheap } ] }\n");
  const auto reply = ask(chat());
  EXPECT_EQ(reply.header("x-pontage-model"), "cheap");
  EXPECT_THAT(reply.header("x-pontage-decision"), HasSubstr("cheapest picked p2/cheap (about 0.0"));
  p2->set_default_fault("status=500");
  EXPECT_EQ(provider_of(ask(chat())), "p1");
  const auto asked = p2->requests();
  EXPECT_EQ(asked[asked.size() - 2].model, "cheap");
  EXPECT_EQ(asked.back().model, "dear");
}

TEST_F(Balancing, SessionsStayAndAreShared) {
  serve_step("sticky: session");
  std::set<std::string> seen;
  for (int i = 0; i < 20; ++i) {
    const auto header = "x-pontage-session: s" + std::to_string(i) + "\r\n";
    const auto home = who(header);
    seen.insert(home);
    for (int again = 0; again < 3; ++again) EXPECT_EQ(who(header), home) << i;
  }
  EXPECT_EQ(seen.size(), 2U);
  EXPECT_THAT(ask(chat(), "x-pontage-session: s1\r\n").header("x-pontage-decision"),
              HasSubstr("fallback: sticky p"));
  EXPECT_EQ(provider_of(ask(chat())), "p1") << "no session: as written";
}

TEST_F(Balancing, ClientsNameTheirSessionsInSeveralWays) {
  serve_step("sticky: session");
  const std::string header = session_at("p2");
  const std::string id = header.substr(19, header.size() - 21);
  for (const char* field : {"prompt_cache_key", "session_id", "conversation"})
    EXPECT_EQ(who("", chat(",\"" + std::string(field) + "\":\"" + id + "\"")), "p2") << field;
  const std::string messages =
      R"({"model":"m","max_tokens":9,"messages":[{"role":"user","content":"x"}],"metadata":{"user_id":")" +
      id + "\"}}";
  EXPECT_EQ(provider_of(raw(simulate::test::post("/v1/messages", messages,
                                                 "anthropic-version: 2023-06-01\r\n"))),
            "p2");
}

TEST_F(Balancing, UsersAndKeysStickToo) {
  serve_step("sticky: user");
  const std::string header = session_at("p2");
  EXPECT_EQ(header, "") << "a session is no user";
  std::string user;
  for (int i = 0; i < 200 && user.empty(); ++i) {
    auto each = "u" + std::to_string(i);
    if (who("x-pontage-user: " + each + "\r\n") == "p2") user = each;
  }
  EXPECT_EQ(who("", chat(",\"user\":\"" + user + "\"")), "p2");
}

TEST_F(Balancing, ASessionLeavesATargetThatIsDownAndDoesNotBounce) {
  serve_step("sticky: session", "breaker: { failures: 1, open: 50ms }\n");
  const std::string mine = session_at("p1");
  p1->set_default_fault("status=503");
  EXPECT_EQ(who(mine), "p2");  // fails over, and opens the breaker
  EXPECT_EQ(admin("POST", "/api/v1/providers/p1/down?minutes=5").status, 200);
  p1->clear();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(who(mine), "p2");
  EXPECT_EQ(p1->requests().size(), 0U);
  p1->set_default_fault("");
  EXPECT_EQ(admin("DELETE", "/api/v1/providers/p1/down").status, 200);
  EXPECT_EQ(who(mine), "p2") << "it had to move, and its prompt cache is there now";
  std::string back;  // who had not moved comes back home
  for (int i = 500; i < 700 && back != "p1"; ++i)
    back = who("x-pontage-session: s" + std::to_string(i) + "\r\n");
  EXPECT_EQ(back, "p1");
}

}  // namespace
}  // namespace pontage::gateway::test
