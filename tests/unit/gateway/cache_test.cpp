// The cache of a chain over real sockets: what is given again, to whom, and what never is. Each
// test also looks at what the provider was asked.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/access.hpp"
#include "unit/gateway/house_bench.hpp"

namespace pontage::gateway::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const std::string kMessage = "floor: { message: sorry }";

std::string asked(const std::string& text, std::string_view more = "") {
  return R"({"model":"m","messages":[{"role":"user","content":")" + text + "\"}]" +
         std::string(more) + "}";
}

class CacheTest : public HouseBench {
 protected:
  void open(const std::string& options = "{}") {
    serve_chain({"cache: " + options, kFirst, kMessage});
  }
  std::size_t upstream() const { return p1->requests().size(); }
  static std::string use(const Response& reply) { return reply.header("x-pontage-cache"); }
};

TEST_F(CacheTest, TheSameRequestIsAnsweredOnce) {
  open();
  const auto first = ask(chat());
  const auto second = ask(chat());
  EXPECT_EQ(use(first), "miss");
  EXPECT_EQ(use(second), "hit");
  EXPECT_EQ(second.status, 200);
  EXPECT_EQ(second.payload, first.payload);
  EXPECT_EQ(first.header("age"), "");
  EXPECT_NE(second.header("age"), "");
  EXPECT_EQ(second.header("x-pontage-provider"), "p1");
  EXPECT_EQ(second.header("x-pontage-model"), "m");
  EXPECT_EQ(second.header("x-pontage-attempts"), "0");
  EXPECT_THAT(second.header("x-pontage-decision"), HasSubstr("cache: hit"));
  EXPECT_EQ(upstream(), 1U);
  EXPECT_EQ(metric("pontage_cache_hits_total", {"route=\"chat\""}), 1);
  EXPECT_EQ(metric("pontage_cache_misses_total", {"route=\"chat\""}), 1);
  EXPECT_EQ(metric("pontage_requests_total", {"outcome=\"cache\""}), 1);
  EXPECT_EQ(metric("pontage_requests_total", {"outcome=\"ok\""}), 1);
  EXPECT_TRUE(wait_metric("pontage_cache_entries", {}, 1));
  EXPECT_GT(metric("pontage_cache_bytes"), static_cast<double>(first.payload.size()));
}

TEST_F(CacheTest, AHitCostsNothingAndSaysSo) {
  open();
  ask(chat());
  const double tokens = metric("pontage_tokens_total");
  EXPECT_GT(tokens, 0);
  const auto hit = ask(chat());
  EXPECT_EQ(use(hit), "hit");
  EXPECT_EQ(std::stod(hit.header("x-pontage-cost-usd")), 0);
  EXPECT_EQ(metric("pontage_tokens_total"), tokens) << "tokens that nobody made are not counted";
  stop();
  ASSERT_EQ(access_log().size(), 2U);
  EXPECT_THAT(access_log()[0], HasSubstr(R"("cache":"miss")"));
  EXPECT_THAT(access_log()[1], HasSubstr(R"("cache":"hit")"));
  EXPECT_THAT(access_log()[1], HasSubstr(R"("outcome":"cache")"));
}

TEST_F(CacheTest, WhatShapesTheAnswerIsAskedAnew) {
  open();
  ask(chat());
  for (const auto& other :
       {asked("hello there"), chat(R"(,"temperature":1)"), chat(R"(,"user":"u")"),
        chat(R"(,"metadata":{"a":"b"})"), chat(R"(,"seed":1)"), chat(R"(,"n":2)")}) {
    EXPECT_EQ(use(ask(other)), "miss") << other;
    EXPECT_EQ(use(ask(other)), "hit") << other;
  }
  EXPECT_EQ(use(ask(chat(), "OpenAI-Beta: x=1\r\n")), "miss");
  EXPECT_EQ(use(ask(chat(), "User-Agent: other\r\nX-Stainless-Lang: x\r\n")), "hit");
  EXPECT_EQ(upstream(), 8U);
}

TEST_F(CacheTest, FieldsThatDoNotShapeItCanBeNamed) {
  open("{ ignore: [ user, metadata ] }");
  ask(chat());
  EXPECT_EQ(use(ask(chat(R"(,"user":"u")"))), "hit");
  EXPECT_EQ(use(ask(chat(R"(,"metadata":{"a":"b"},"user":"v")"))), "hit");
  EXPECT_EQ(use(ask(chat(R"(,"seed":2)"))), "miss");
  EXPECT_EQ(upstream(), 2U);
}

TEST_F(CacheTest, TheClientMayWantANewAnswerOrNone) {
  open();
  for (const char* header :
       {"x-pontage-cache: no-cache\r\n", "Cache-Control: max-age=0, no-cache\r\n"}) {
    p1->clear();
    ask(chat());
    EXPECT_EQ(use(ask(chat(), header)), "bypass") << header;
    EXPECT_EQ(use(ask(chat())), "hit") << "the new answer is kept";
  }
  for (const char* header : {"x-pontage-cache: no-store\r\n", "Cache-Control: no-store\r\n"}) {
    p1->clear();
    const auto body = asked(header[0] == 'x' ? "a" : "b");
    EXPECT_EQ(use(ask(body, header)), "bypass") << header;
    EXPECT_EQ(use(ask(body)), "miss") << "it was not kept";
    EXPECT_EQ(upstream(), 2U);
  }
  EXPECT_EQ(metric("pontage_cache_bypasses_total"), 4);
}

TEST_F(CacheTest, ErrorsAreNeverKept) {
  open();
  for (const char* fault : {"status=400", "status=429", "status=500", "garbage"}) {
    p1->clear();
    p1->set_default_fault(std::string("times=1,") + fault);
    const auto body = asked(fault);
    const auto bad = ask(body);
    EXPECT_NE(use(bad), "hit") << fault;
    EXPECT_EQ(use(ask(body)), "miss") << fault;
    EXPECT_EQ(upstream(), 2U) << fault;
  }
}

TEST_F(CacheTest, ACutStreamIsNeverKept) {
  open();
  for (const char* fault : {"cut=2", "cut=b200", "reset=3", "no_finish,no_done", "error_event=3"}) {
    p1->clear();
    p1->set_default_fault(std::string("times=1,") + fault);
    const auto body = asked(fault, R"(,"stream":true)");
    ask(body);
    const auto again = ask(body);
    EXPECT_EQ(use(again), "miss") << fault;
    EXPECT_EQ(count_done(again), 1) << fault;
    EXPECT_EQ(upstream(), 2U) << fault;
  }
}

TEST_F(CacheTest, AFilteredAnswerIsNeverKept) {
  open();
  p1->set_default_fault("finish_as=content_filter");
  for (const auto& body : {chat(), chat_stream()}) {
    ask(body);
    EXPECT_EQ(use(ask(body)), "miss") << body;
  }
  EXPECT_EQ(upstream(), 4U);
}

TEST_F(CacheTest, ToolCallsAreKept) {
  open();
  p1->set_default_fault("tools=2");
  const std::string tools =
      R"(,"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object"}}}])";
  const auto whole = ask(chat(tools));
  EXPECT_THAT(whole.payload, HasSubstr("tool_calls"));
  EXPECT_EQ(ask(chat(tools)).payload, whole.payload);
  const auto stream = ask(chat_stream(tools));
  EXPECT_EQ(use(stream), "hit");
  EXPECT_THAT(stream.payload, HasSubstr(R"("finish_reason":"tool_calls")"));
  EXPECT_EQ(upstream(), 1U);
}

TEST_F(CacheTest, TheFloorsAnswersAreNotKept) {
  p1->set_default_fault("status=503");
  open();
  EXPECT_EQ(use(ask(chat())), "floor");
  p1->set_default_fault("");
  EXPECT_EQ(use(ask(chat())), "miss");
  EXPECT_EQ(use(ask(chat())), "hit");
}

TEST_F(CacheTest, LargeAnswersAreNotKept) {
  serve(
      "cache: { max_entry: 200 }\nroutes:\n  - name: chat\n    chain:\n      - cache: {}\n      "
      "- " +
      kFirst + "\n      - " + kMessage + "\n");
  for (const auto& body : {chat(), chat_stream()}) {
    ask(body);
    EXPECT_EQ(use(ask(body)), "miss") << body;
  }
  EXPECT_EQ(upstream(), 4U);
}

TEST_F(CacheTest, TheWholeIsBounded) {
  p1->set_default_fault("tokens=400");
  serve(
      "cache: { max_bytes: 20KiB }\nroutes:\n  - name: chat\n    chain:\n      - cache: {}\n      "
      "- " +
      kFirst + "\n      - " + kMessage + "\n");
  for (int i = 0; i < 40; ++i) ask(asked("question " + std::to_string(i)));
  EXPECT_EQ(use(ask(asked("question 39"))), "hit") << "the newest stay";
  EXPECT_EQ(use(ask(asked("question 0"))), "miss");
  const auto until = std::chrono::steady_clock::now() + simulate::test::kPatience;
  while (metric("pontage_cache_evictions_total") == 0 && std::chrono::steady_clock::now() < until) {
  }
  EXPECT_GT(metric("pontage_cache_evictions_total"), 0);
  EXPECT_LE(metric("pontage_cache_bytes"), 20 * 1024);
}

TEST_F(CacheTest, OtherEndpointsArePassedBy) {
  open();
  const auto models = raw(simulate::test::post("/v1/moderations", R"({"input":"x"})"));
  EXPECT_NE(use(models), "hit");
  EXPECT_NE(use(raw(simulate::test::post("/v1/moderations", R"({"input":"x"})"))), "hit");
}

TEST_F(CacheTest, EmbeddingsAreKept) {
  open();
  const auto post = simulate::test::post("/v1/embeddings", R"({"model":"m","input":"x"})");
  const auto first = raw(post);
  ASSERT_EQ(first.status, 200) << first.bytes;
  const auto second = raw(post);
  EXPECT_EQ(use(second), "hit");
  EXPECT_EQ(second.payload, first.payload);
}

class CacheScopes : public HouseBench {
 protected:
  void open(const std::string& scope, const std::string& rule = "") {
    const auto key = [](const std::string& name, const std::string& tags) {
      return "  - { name: " + name + ", secret_hash: \"" + hash_secret("pk-" + name) + "\"" + tags +
             " }\n";
    };
    serve("keys:\n" + key("ann", ", tags: { tenant: red, team: x }") +
          key("bob", ", tags: { tenant: red, team: y }") +
          key("eve", ", tags: { tenant: blue, team: x }") + key("sam", "") +
          "routes:\n  - name: chat\n    chain:\n      - cache: { scope: \"" + scope + "\" }\n" +
          rule + "      - " + kFirst + "\n      - floor: { message: x }\n");
  }
  std::string as(const std::string& key, std::string_view headers = "") {
    const auto reply =
        ask(chat(), "Authorization: Bearer pk-" + key + "\r\n" + std::string(headers));
    return reply.status == 200 ? reply.header("x-pontage-cache") : std::to_string(reply.status);
  }
};

TEST_F(CacheScopes, KeysShareNothing) {
  open("key");
  for (const char* key : {"ann", "bob", "eve", "sam"}) {
    EXPECT_EQ(as(key), "miss") << key;
    EXPECT_EQ(as(key), "hit") << key;
  }
  EXPECT_EQ(p1->requests().size(), 4U);
}

TEST_F(CacheScopes, ATenantSharesWithItself) {
  open("tenant");
  EXPECT_EQ(as("ann"), "miss");
  EXPECT_EQ(as("bob"), "hit");
  EXPECT_EQ(as("eve"), "miss");
  EXPECT_EQ(as("sam"), "miss") << "a key without the tag shares with nobody";
  EXPECT_EQ(as("sam"), "hit");
}

TEST_F(CacheScopes, ByAnyTag) {
  open("tag:team");
  EXPECT_EQ(as("ann"), "miss");
  EXPECT_EQ(as("bob"), "miss");
  EXPECT_EQ(as("eve"), "hit");
}

TEST_F(CacheScopes, GlobalIsForAll) {
  open("global");
  EXPECT_EQ(as("ann"), "miss");
  EXPECT_EQ(as("eve"), "hit");
  EXPECT_EQ(as("sam"), "hit");
}

TEST_F(CacheScopes, WhatRulesReadTellsAnswersApart) {
  open("global",
       "      - conditional: [ { if: 'request.key.tags.tenant == \"red\"', then: { provider: p2, "
       "model: m } } ]\n");
  EXPECT_EQ(as("ann"), "miss");
  EXPECT_EQ(as("eve"), "miss") << "the rule sends it elsewhere";
  EXPECT_EQ(as("eve"), "hit");
}

TEST_F(CacheScopes, HeadersCountWhereRulesReadThem) {
  open("key",
       "      - conditional: [ { if: 'request.headers[\"x-tier\"] == \"gold\"', then: { provider: "
       "p2, model: m } } ]\n");
  EXPECT_EQ(as("ann"), "miss");
  EXPECT_EQ(as("ann", "x-tier: gold\r\n"), "miss");
  EXPECT_EQ(as("ann", "x-tier: gold\r\nUser-Agent: b\r\n"), "hit");
  EXPECT_EQ(p2->requests().size(), 1U);
}

TEST_F(CacheTest, WithoutKeysTheCredentialTellsClientsApart) {
  open();
  EXPECT_EQ(use(ask(chat(), "Authorization: Bearer one\r\n")), "miss");
  EXPECT_EQ(use(ask(chat(), "Authorization: Bearer two\r\n")), "miss");
  EXPECT_EQ(use(ask(chat(), "Authorization: Bearer one\r\n")), "hit");
}

class CacheReloads : public HouseBench {
 protected:
  static std::string to(const std::string& model, const std::string& more = "") {
    return more +
           "routes: [ { name: chat, chain: [ cache: {}, fallback: [ { provider: p1, model: " +
           model + " } ], floor: { message: x } ] } ]";
  }
  std::string use() { return ask(chat()).header("x-pontage-cache"); }
};

TEST_F(CacheReloads, AnswersOutliveAReloadOfTheSameRoute) {
  serve(to("m"));
  EXPECT_EQ(use(), "miss");
  ASSERT_TRUE(reload(to("m", "ledger: off\n")));
  EXPECT_EQ(use(), "hit");
  ASSERT_TRUE(reload(to("other")));
  EXPECT_EQ(use(), "miss") << "another chain gives other answers";
  ASSERT_TRUE(reload(to("m")));
  EXPECT_EQ(use(), "hit");
}

}  // namespace
}  // namespace pontage::gateway::test
