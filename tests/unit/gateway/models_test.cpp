// What the catalogue and the configuration's `models` mean to a running gateway: limits and
// abilities of the target, aliases, the route's `unsupported`, GET /v1/models in both shapes.
#include "unit/gateway/messages_bench.hpp"

namespace pontage::gateway::test {
namespace {

using ::testing::HasSubstr;

class Models : public Messages {
 protected:
  /// `models` of the configuration, then a route for everything with `chain`.
  void serve_with(const std::string& models, const std::string& chain,
                  const std::string& route = "") {
    serve(
        "providers:\n  p1: { kind: openai, base_url: \"" + p1->base_url() +
        "\" }\n  a2: { kind: anthropic, base_url: \"" + p2->base_url() +
        "\", api_key: k }\nmodels:\n" + models +
        (chain.empty() ? "" : "routes:\n  - name: all\n" + route + "    chain:\n      - " + chain));
  }
  json sent(simulate::Simulator& simulator) {
    const auto requests = simulator.requests();
    return requests.empty() ? json() : json::parse(requests.back().body, nullptr, false);
  }
  Response get(const std::string& path, const std::string& headers = "") {
    return raw("GET " + path + " HTTP/1.1\r\nHost: x\r\n" + headers + "\r\n");
  }
};

const std::string kImage =
    R"(,"messages":[{"role":"user","content":[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAA"}},{"type":"text","text":"what is it"}]}])";
const std::string kTools =
    R"(,"tools":[{"name":"f","input_schema":{"type":"object","properties":{}}}])";
const std::string kToP1 = "fallback: [ { provider: p1, model: m } ]\n";

TEST_F(Models, AnswersAreLimitedToWhatTheModelHas) {
  serve_with("  p1/m: { max_output: 100 }\n  a2/m: { max_output: 77 }\n",
             "conditional: [ { if: \"request.user == 'a'\", then: { provider: a2, model: m } }, { "
             "else: { provider: p1, model: m } } ]\n");
  EXPECT_EQ(send(R"({"model":"x","max_tokens":128000,"messages":[{"role":"user","content":"hi"}]})")
                .status,
            200);
  EXPECT_EQ(sent(*p1).value("max_tokens", 0), 100) << "row B13";
  EXPECT_EQ(ask(chat(R"(,"user":"a","max_tokens":5000)")).status, 200);
  EXPECT_EQ(sent(*p2).value("max_tokens", 0), 77);
  EXPECT_EQ(ask(chat(R"(,"user":"a")")).status, 200);
  EXPECT_EQ(sent(*p2).value("max_tokens", 0), 77) << "row G4: the model's own limit";
  EXPECT_EQ(ask(chat(R"(,"max_tokens":5000)")).status, 200);
  EXPECT_EQ(sent(*p1).value("max_tokens", 0), 5000) << "the same dialect is passed as it is";
}

TEST_F(Models, WhatAModelLacksIsNamedOrLeftOut) {
  serve_with("  p1/m: { cannot: [tools, images, temperature] }\n", kToP1);
  const std::string image = R"({"model":"x","max_tokens":9)" + kImage + "}";
  const auto refused = send(image);
  EXPECT_EQ(refused.status, 400) << refused.bytes;
  EXPECT_THAT(refused.payload, HasSubstr("messages.0.content.0"));
  EXPECT_THAT(refused.payload, HasSubstr("takes no images"));
  EXPECT_THAT(send(body_of(kTools)).payload, HasSubstr("tools: This model calls no tools"));
  EXPECT_EQ(p1->requests().size(), 0U);
  const auto wish = send(body_of(R"(,"temperature":0.3)"));
  EXPECT_EQ(wish.status, 200) << wish.bytes;
  EXPECT_EQ(wish.header("x-pontage-dropped"), "temperature");
  EXPECT_FALSE(sent(*p1).contains("temperature"));
}

TEST_F(Models, TheRouteSaysWhetherItIsLeftOut) {
  const std::string image = R"({"model":"x","max_tokens":9)" + kImage + "}";
  serve_with("  p1/m: { cannot: [tools, images] }\n", kToP1, "    unsupported: drop\n");
  const auto dropped = send(body_of(kTools));
  EXPECT_EQ(dropped.status, 200) << dropped.bytes;
  EXPECT_EQ(dropped.header("x-pontage-dropped"), "tools");
  EXPECT_FALSE(sent(*p1).contains("tools"));
  EXPECT_EQ(send(image).status, 400) << "a prompt without its picture is another prompt";
  stop();
  serve("providers:\n  p1: { kind: openai, drop_unsupported: true, base_url: \"" + p1->base_url() +
        "\" }\nroutes:\n  - unsupported: error\n    chain:\n      - " + kToP1);
  EXPECT_EQ(send(body_of(R"(,"top_k":3)")).status, 400) << "the route goes before the provider";
}

TEST_F(Models, AnAliasIsTheClientsNameAndTheTargetsModel) {
  serve_with("  fast: p1/tiny\n  \"old-*\": p1/tiny\n",
             "conditional: [ { if: \"request.model == 'fast'\", then: { provider: p1 } }, { else: "
             "{ provider: p1, model: large } } ]\n");
  const auto reply = ask(R"({"model":"fast","messages":[{"role":"user","content":"x"}]})");
  EXPECT_EQ(reply.status, 200) << reply.bytes;
  EXPECT_EQ(reply.header("x-pontage-model"), "tiny") << "the rule saw fast, the provider tiny";
  EXPECT_EQ(sent(*p1).value("model", ""), "tiny");
  EXPECT_EQ(ask(R"({"model":"old-9","messages":[{"role":"user","content":"x"}]})")
                .header("x-pontage-model"),
            "large");
  stop();
  serve_with("  fast: p1/tiny\n  \"old-*\": p1/tiny\n", "");
  for (const char* name : {"fast", "old-9", "p1/tiny"}) {
    const auto direct = ask(std::string(R"({"model":")") + name +
                            R"(","messages":[{"role":"user","content":"x"}]})");
    EXPECT_EQ(direct.header("x-pontage-model"), "tiny") << name << direct.bytes;
  }
}

TEST_F(Models, TheListIsWhatOpenRoutersClientsRead) {
  serve_with(
      "  fast: { provider: p1, model: tiny, context: 8192, max_output: 512, can: [tools, images, "
      "temperature, reasoning, structured_output], price: { input: 0.15, cache_read: 0.075, "
      "output: 0.60 } }\n  free: { provider: p1, model: free, price: { local: true } }\n"
      "  plain: p1/meta/llama-3\n",
      kToP1);
  const auto list = json::parse(get("/v1/models").payload, nullptr, false);
  ASSERT_TRUE(list.contains("data"));
  json fast;
  for (const auto& each : list["data"]) {
    EXPECT_EQ(each.value("object", ""), "model");
    if (each.value("id", "") == "fast") fast = each;
  }
  EXPECT_EQ(fast.value("owned_by", ""), "p1");
  EXPECT_EQ(fast.value("context_length", 0), 8192);
  EXPECT_EQ(fast["pricing"], json::parse(R"({"prompt":"0.00000015","completion":"0.0000006",
                                             "input_cache_read":"0.000000075"})"));
  EXPECT_EQ(fast["top_provider"]["max_completion_tokens"], 512);
  EXPECT_EQ(fast["architecture"]["modality"], "text+image->text");
  EXPECT_EQ(fast["supported_parameters"],
            json::parse(R"(["max_tokens","temperature","tools","tool_choice","reasoning",
                            "response_format","structured_outputs"])"));
  const auto free = json::parse(get("/v1/models/free").payload, nullptr, false);
  EXPECT_EQ(free["pricing"], json::parse(R"({"prompt":"0","completion":"0"})"));
  EXPECT_FALSE(json::parse(get("/v1/models/plain").payload).contains("pricing")) << "not known";
  EXPECT_EQ(json::parse(get("/v1/models/meta%2Fllama-3").payload).value("id", ""), "meta/llama-3");
  EXPECT_EQ(json::parse(get("/v1/models/meta/llama-3").payload).value("id", ""), "meta/llama-3");
  EXPECT_EQ(get("/v1/models/none").status, 404);
}

TEST_F(Models, AnthropicsShapeHasPages) {
  serve_with("  a: p1/one\n  b: p1/two\n  c: p1/three\n", kToP1);
  const std::string version(kVersion);
  const auto page = [&](const std::string& query) {
    const auto body = json::parse(get("/v1/models" + query, version).payload, nullptr, false);
    std::string ids;
    for (const auto& each : body["data"]) ids += each.value("id", "") + " ";
    return ids + (body.value("has_more", true) ? "more" : "end") + " " + body["first_id"].dump() +
           " " + body["last_id"].dump();
  };
  EXPECT_EQ(page("?limit=2"), R"(a b more "a" "b")");
  EXPECT_EQ(page("?limit=2&after_id=b"), R"(c one more "c" "one")");
  EXPECT_EQ(page("?before_id=c&limit=1"), R"(b more "b" "b")");
  EXPECT_EQ(page("?after_id=nobody&limit=x"), R"(a b c one two three m end "a" "m")");
  EXPECT_EQ(page("?after_id=m"), "end null null");
}

}  // namespace
}  // namespace pontage::gateway::test
