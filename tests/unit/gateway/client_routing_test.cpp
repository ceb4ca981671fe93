// OpenRouter's fields: which targets they choose, what upstreams see of them, and the cost and the
// broken stream as its clients know them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/client_routing.hpp"
#include "unit/gateway/house_bench.hpp"

namespace pontage::gateway::test {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class ClientRouting : public HouseBench {
 protected:
  void open() { serve(providers()); }
  /// Two that have `shared`, and each one of its own.
  std::string providers() const {
    return "providers:\n  p1: { kind: openai, api_key: k, models: [ shared, one ], base_url: \"" +
           p1->base_url() +
           "\" }\n  p2: { kind: openai, api_key: k, models: [ shared, two ], base_url: \"" +
           p2->base_url() + "\" }\n";
  }
  std::string who(const std::string& model, const std::string& more = "") {
    const auto reply = ask(R"({"model":")" + model +
                           R"(","messages":[{"role":"user","content":"hi"}])" + more + "}");
    return reply.status == 200
               ? reply.header("x-pontage-provider") + "/" + reply.header("x-pontage-model")
               : std::to_string(reply.status) + " " + error_code(reply);
  }
};

TEST_F(ClientRouting, ModelsStandInForEachOther) {
  open();
  EXPECT_EQ(who("one", R"(,"models":["two"])"), "p1/one");
  for (const char* fault : {"status=400", "status=404", "status=429", "status=500", "refuse"}) {
    p1->set_default_fault(fault);
    EXPECT_EQ(who("one", R"(,"models":["two"])"), "p2/two") << fault;
  }
  EXPECT_EQ(who("p1/one", R"(,"models":["p2/two"])"), "p2/two");
}

TEST_F(ClientRouting, ProvidersAreOrderedAndFiltered) {
  open();
  EXPECT_EQ(who("shared"), "p1/shared");
  EXPECT_EQ(who("shared", R"(,"provider":{"order":["p2"]})"), "p2/shared");
  EXPECT_EQ(who("shared", R"(,"provider":{"only":["P2"]})"), "p2/shared");
  EXPECT_EQ(who("shared", R"(,"provider":{"ignore":["p1"]})"), "p2/shared");
  EXPECT_EQ(who("shared", R"(,"provider":{"only":["nobody"]})"), "404 model_not_found");
  p1->set_default_fault("status=500");
  EXPECT_EQ(who("shared", R"(,"provider":{"order":["p1"]})"), "p2/shared");
  EXPECT_EQ(who("shared", R"(,"provider":{"order":["p1"],"allow_fallbacks":false})"), "500 ");
  EXPECT_EQ(who("shared", R"(,"provider":{"allow_fallbacks":false})"), "500 ");
}

TEST_F(ClientRouting, WhatHasNoKnownPriceIsNotCheap) {
  open();
  EXPECT_EQ(who("shared", R"(,"provider":{"max_price":{"prompt":1}})"), "404 model_not_found");
  EXPECT_EQ(who("shared", R"(,"provider":{"sort":"price"})"), "p1/shared");
}

TEST_F(ClientRouting, LatencyAndThroughputAsMeasured) {
  open();
  p1->set_default_fault("ttft_ms=120");
  const std::string by_latency = R"(,"provider":{"sort":"latency"})";
  EXPECT_EQ(who("shared", by_latency), "p1/shared");
  EXPECT_EQ(who("shared", by_latency), "p2/shared") << "what was not measured is found out";
  for (int i = 0; i < 5; ++i) EXPECT_EQ(who("shared", by_latency), "p2/shared");
  for (const char* fastest :
       {R"(,"provider":{"sort":"throughput"})", R"(,"provider":{"sort":{"by":"throughput"}})"})
    EXPECT_EQ(who("shared", fastest), "p2/shared");
  EXPECT_EQ(who("shared:nitro", R"(,"provider":{})"), "p2/shared");
  EXPECT_EQ(who("shared", R"(,"provider":{"sort":"mood"})"), "p1/shared") << "no such figures";
  EXPECT_EQ(p1->requests().size(), 2U);
}

TEST_F(ClientRouting, UpstreamsDoNotSeeTheFields) {
  open();
  who("one",
      R"(,"models":["two"],"provider":{"order":["p1"]},"usage":{"include":true},"top_k":3,"plugins":[])");
  ASSERT_EQ(p1->requests().size(), 1U);
  EXPECT_THAT(p1->requests().front().body,
              AllOf(Not(HasSubstr("models")), Not(HasSubstr("provider")), Not(HasSubstr("plugins")),
                    Not(HasSubstr("usage")), HasSubstr(R"("top_k":3)")));
}

TEST_F(ClientRouting, ARouteThatDecidesPassesThemUntouched) {
  serve_chain({kFirst});
  const std::string fields = R"(,"models":["two"],"provider":{"order":["p2"]})";
  EXPECT_EQ(who("m", fields), "p1/m");
  EXPECT_THAT(p1->requests().front().body, HasSubstr(fields));
}

TEST_F(ClientRouting, ARouteMayAllowThem) {
  serve(providers() +
        "routes: [ { client_routing: allow, chain: [ fallback: [ { provider: p1, model: "
        "one }, { provider: p2, model: two } ] ] } ]");
  EXPECT_EQ(who("any"), "p1/one");
  EXPECT_EQ(who("any", R"(,"provider":{"ignore":["p1"]})"), "p2/two");
  EXPECT_EQ(who("shared", R"(,"models":["two"])"), "p1/shared");
}

TEST_F(ClientRouting, OnlyTheirClientsSeeTheCost) {
  open();
  const std::string plain = R"({"model":"one","messages":[{"role":"user","content":"hi"}])";
  EXPECT_THAT(ask(plain + "}").body, Not(HasSubstr("\"cost\"")));
  EXPECT_THAT(ask(plain + R"(,"usage":{"include":true}})").body,
              HasSubstr(R"("usage":{"cost":null,)"));
  EXPECT_THAT(ask(plain + R"(,"stream":true,"usage":{"include":true}})").payload,
              HasSubstr(R"("usage":{"cost":null,)"));
  EXPECT_THAT(ask(plain + R"(,"stream":true})").payload, Not(HasSubstr("\"cost\"")));
}

TEST_F(ClientRouting, ABrokenStreamEndsWithTheirChunk) {
  open();
  p1->set_default_fault("cut=3");
  const auto reply = ask(
      R"({"model":"one","models":["two"],"stream":true,"messages":[{"role":"user","content":"hi"}]})");
  EXPECT_EQ(reply.status, 200);
  EXPECT_THAT(reply.payload, AllOf(HasSubstr(R"("provider":"p1","error":{"code":502)"),
                                   HasSubstr(R"("finish_reason":"error"}]})")));
  EXPECT_EQ(count_done(reply), 0);
}

TEST_F(ClientRouting, MistakesNameTheField) {
  open();
  const std::pair<const char*, const char*> rows[] = {
      {R"("models":"two")", "models"},
      {R"("models":[1])", "models"},
      {R"("provider":[])", "provider"},
      {R"("provider":{"order":"p1"})", "provider.order"},
      {R"("provider":{"allow_fallbacks":"no"})", "provider.allow_fallbacks"},
      {R"("provider":{"max_price":{"prompt":"cheap"}})", "provider.max_price.prompt"},
      {R"("provider":{"sort":1})", "provider.sort"},
      {R"("models":["a"],"models":["b"])", "models"},
  };
  for (const auto& [field, param] : rows) {
    const auto reply = ask(R"({"model":"one","messages":[{"role":"user","content":"hi"}],)" +
                           std::string(field) + "}");
    EXPECT_EQ(reply.status, 400) << field;
    EXPECT_THAT(reply.body, HasSubstr("\"param\":\"" + std::string(param) + "\"")) << field;
  }
}

TEST(WithCost, OnlyUsageObjectsGetIt) {
  EXPECT_EQ(with_cost(R"({"a":{"usage":{}},"usage": {"n":1}})", "0.5"),
            R"({"a":{"usage":{}},"usage": {"cost":0.5,"n":1}})");
  EXPECT_EQ(with_cost(R"({"usage":{ }})", "0"), R"({"usage":{"cost":0 }})");
  EXPECT_EQ(with_cost(R"({"usage":null})", "1"), R"({"usage":null})");
  EXPECT_EQ(with_cost("[]", "1"), "[]");
  EXPECT_EQ(with_cost_events("event: x\ndata: {\"usage\":{\"n\":1}}\n\ndata: [DONE]\n\n", "2"),
            "event: x\ndata: {\"usage\":{\"cost\":2,\"n\":1}}\n\ndata: [DONE]\n\n");
  EXPECT_EQ(with_cost_events("data: {\"usage\":", "2"), "data: {\"usage\":");
}

}  // namespace
}  // namespace pontage::gateway::test
