// The Anthropic client's endpoint: bad input, rules, the floor, counts, models and keys.
#include "gateway/access.hpp"
#include "unit/gateway/messages_bench.hpp"

namespace pontage::gateway::test {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST_F(Messages, BadRequestsAreNamedAndCostNothing) {
  serve_messages({kA1});
  struct Row {
    const char* body;
    const char* text;
  };
  for (const Row& row : {
           Row{"", "not valid JSON"},
           Row{"{", "ends too early"},
           Row{R"({"model":"m","max_tokens":1})", "messages: Field required"},
           Row{R"({"model":"m","messages":[{"role":"user","content":"x"}]})",
               "max_tokens: Field required"},
           Row{R"({"model":"m","max_tokens":"x","messages":[{"role":"user","content":"x"}]})",
               "max_tokens: "},
           Row{R"({"model":"m","max_tokens":1,"messages":[{"role":"robot","content":"x"}]})",
               R"(messages.0.role: Input should be "user" or "assistant")"},
       }) {
    const auto reply = send(row.body);
    EXPECT_EQ(reply.status, 400) << row.body;
    const json error = error_of(reply);
    EXPECT_EQ(error.value("type", ""), "invalid_request_error") << row.body;
    EXPECT_THAT(error.value("message", ""), HasSubstr(row.text)) << row.body;
  }
  EXPECT_EQ(p1->requests().size(), 0U);
  EXPECT_EQ(metric("pontage_requests_total", {"outcome=\"rejected\""}), 6);
  EXPECT_EQ(metric("pontage_cost_usd_total"), 0);
}

TEST_F(Messages, WhatTheTargetCannotDoIsNamedOrDropped) {
  const std::string body = body_of(R"(,"top_k":3)");
  serve_messages({kP1});
  const auto refused = send(body);
  EXPECT_EQ(refused.status, 400) << refused.bytes;
  EXPECT_THAT(error_of(refused).value("message", ""), StartsWith("top_k: "));
  EXPECT_EQ(p1->requests().size(), 0U);
  stop();
  serve_messages({kP1ThenA2});
  EXPECT_EQ(send(body).header("x-pontage-provider"), "a2") << "the next target can";
  stop();
  serve_messages({kP1}, ", drop_unsupported: true");
  const auto dropped = send(body);
  EXPECT_EQ(dropped.status, 200) << dropped.bytes;
  EXPECT_EQ(dropped.header("x-pontage-dropped"), "top_k");
}

TEST_F(Messages, RulesAskTheSameOfThisDialect) {
  serve_messages(
      {R"(conditional: [ { if: "request.has_images || request.metadata.team == 'search' || )"
       R"(request.user == 'u9' || request.max_tokens > 5000 || request.message_count > 2 || )"
       R"(request.tokens > 200 || request.has_tools && request.stream || )"
       R"(request.path == '/v1/other'", then: { provider: a2, model: m } } ])",
       kA1});
  const auto provider = [&](std::string_view fields, std::string_view content = "\"hi\"") {
    return send(R"({"model":"m","messages":[{"role":"user","content":)" + std::string(content) +
                "}" + std::string(fields) + "}")
        .header("x-pontage-provider");
  };
  EXPECT_EQ(provider(R"(],"max_tokens":5)"), "a1");
  EXPECT_EQ(provider(R"(],"max_tokens":5001)"), "a2");
  EXPECT_EQ(provider(R"(],"max_tokens":5,"metadata":{"team":"search"})"), "a2");
  EXPECT_EQ(provider(R"(],"max_tokens":5,"metadata":{"user_id":"u9"})"), "a2");
  EXPECT_EQ(
      provider(
          R"(,{"role":"assistant","content":"a"},{"role":"user","content":"b"}],"max_tokens":5)"),
      "a2");
  EXPECT_EQ(
      provider(
          R"(],"max_tokens":5,"stream":true,"tools":[{"name":"t","input_schema":{"type":"object"}}])"),
      "a2");
  EXPECT_EQ(provider(R"(],"max_tokens":5)", "\"" + std::string(4000, 'w') + "\""), "a2");
  EXPECT_EQ(provider(R"(],"max_tokens":5)",
                     R"([{"type":"image","source":{"type":"url","url":"https://a/b.png"}}])"),
            "a2");
}

TEST_F(Messages, TheFixedMessageIsAnAnswerInThisDialect) {
  p1->set_default_fault("status=503");
  serve_messages({kA1, "floor: [ { message: 'We are back soon.' } ]"});
  const auto whole = send(body_of());
  EXPECT_EQ(whole.status, 200);
  EXPECT_EQ(text_of(whole), "We are back soon.");
  EXPECT_EQ(json::parse(whole.payload)["id"], "msg_" + whole.header("x-pontage-request-id"));
  EXPECT_EQ(whole.header("x-pontage-cache"), "floor");
  EXPECT_EQ(send(body_of(R"(,"stream":true)")).text(), "We are back soon.");
  EXPECT_EQ(send(body_of(R"(,"tools":[{"name":"t","input_schema":{}}])")).status, 503);
}

TEST_F(Messages, DebugStandsInTheBodyAndInTheLastComment) {
  serve_messages({kP1});
  const std::string headers = std::string(kVersion) + "x-pontage-debug: 1\r\n";
  const json whole = json::parse(send(body_of(), headers).payload);
  EXPECT_EQ(whole["pontage"]["attempts"][0]["target"], "p1/m");
  EXPECT_EQ(whole["type"], "message");
  EXPECT_THAT(send(body_of(R"(,"stream":true)"), headers).payload,
              HasSubstr("message_stop\"}\n\n: pontage {"));
}

// Row F.
TEST_F(Messages, CountsComeFromTheProviderOrAreMarkedAsEstimates) {
  serve_messages({kA1});
  const std::string body = R"({"model":"m","messages":[{"role":"user","content":"hello"}]})";
  const auto theirs = count(body);
  EXPECT_EQ(theirs.status, 200) << theirs.bytes;
  EXPECT_EQ(theirs.header("x-pontage-token-count"), "provider");
  EXPECT_GT(json::parse(theirs.payload)["input_tokens"], 0);
  ASSERT_EQ(p1->requests().size(), 1U);
  EXPECT_EQ(p1->requests()[0].body, body);
  for (const char* fault : {"status=500", "status=429", "status=404", "status=401"}) {
    ASSERT_TRUE(p1->set_default_fault(fault));
    const auto ours = count(body);
    EXPECT_EQ(ours.status, 200) << fault << ours.bytes;
    EXPECT_EQ(ours.header("x-pontage-token-count"), "estimate") << fault;
  }
  ASSERT_TRUE(p1->set_default_fault("status=400,message=no%20such%20beta"));
  const auto refused = count(body);
  EXPECT_EQ(refused.status, 400);
  EXPECT_THAT(refused.payload, HasSubstr("no such beta"));
  EXPECT_EQ(count("{}").status, 400);
  stop();
  serve_messages({kP1});
  p1->clear();
  const auto estimate = count(body);
  EXPECT_EQ(estimate.header("x-pontage-token-count"), "estimate");
  EXPECT_EQ(json::parse(estimate.payload)["input_tokens"], 8) << "hello, its role, 3 and 3";
  EXPECT_EQ(p1->requests().size(), 0U);
  EXPECT_EQ(metric("pontage_cost_usd_total"), 0);
  EXPECT_EQ(metric("pontage_tokens_total"), 0) << "a count is never billed";
}

TEST_F(Messages, ModelsInTheShapeOfWhoAsks) {
  serve_messages({kA1});
  const auto get = [&](const std::string& path, std::string_view headers) {
    return json::parse(
        raw("GET " + path + " HTTP/1.1\r\nHost: a\r\n" + std::string(headers) + "\r\n").payload);
  };
  const json list = get("/v1/models?limit=1000", kVersion);
  EXPECT_EQ(list["has_more"], false);
  EXPECT_EQ(list["data"][0]["type"], "model");
  EXPECT_FALSE(list["data"][0]["display_name"].get<std::string>().empty());
  EXPECT_THAT(list["data"][0]["created_at"].get<std::string>(),
              ::testing::MatchesRegex("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z"));
  EXPECT_EQ(list["first_id"], list["data"][0]["id"]);
  EXPECT_EQ(get("/v1/models/claude-x", kVersion)["id"], "claude-x");
  EXPECT_EQ(get("/v1/models/nobody", kVersion)["error"]["type"], "not_found_error");
  EXPECT_EQ(get("/v1/models/claude-x", "")["object"], "model") << "OpenAI's shape without it";
  EXPECT_EQ(get("/v1/nothing", kVersion)["error"]["type"], "not_found_error");
}

TEST_F(Messages, OtherMethodsAreToldWhatThePathsTake) {
  serve_messages({kA1});
  for (const char* path : {"/v1/messages", "/v1/messages/count_tokens"}) {
    const auto reply = raw(std::string("GET ") + path + " HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(reply.status, 405) << path;
    EXPECT_EQ(reply.header("allow"), "POST") << path;
    EXPECT_EQ(json::parse(reply.payload)["error"]["type"], "invalid_request_error") << path;
  }
}

TEST_F(Messages, KeysByEitherHeader) {
  const std::string hash = hash_secret("secret");
  serve("keys: [ { name: k, secret_hash: \"" + hash + "\" } ]\nroutes: [ { chain: [ " + kFirst +
            " ] } ]\n",
        ", auth: keys");
  EXPECT_EQ(send(body_of(), "x-api-key: secret\r\n").status, 200);
  EXPECT_EQ(send(body_of(), "authorization: Bearer secret\r\n").status, 200);
  const auto refused = send(body_of(), "x-api-key: wrong\r\n");
  EXPECT_EQ(refused.status, 401);
  EXPECT_EQ(error_of(refused).value("type", ""), "authentication_error");
  EXPECT_EQ(count(body_of()).status, 401);
}

// Row D15.
TEST_F(Messages, TheClientLeavingStopsTheSpending) {
  p1->set_default_fault("tps=200,tokens=5000");
  serve_messages({kP1});
  RawClient client(port());
  client.send(simulate::test::post("/v1/messages",
                                   R"({"model":"m","max_tokens":9000,"stream":true,)"
                                   R"("messages":[{"role":"user","content":"x"}]})",
                                   kVersion));
  EXPECT_THAT(client.read_some(2000), HasSubstr("content_block_delta"));
  client.close();
  ASSERT_TRUE(p1->wait_for_ended(1, simulate::test::kPatience));
  EXPECT_EQ(p1->requests().front().outcome, "client_closed");
  EXPECT_TRUE(wait_metric("pontage_requests_total", {"outcome=\"client_closed\""}, 1));
}

// Row A: Claude Code asks for `?beta=true`; what its provider is asked is the same.
TEST_F(Messages, TheQueryGoesOnToAnthropicAndNowhereElse) {
  serve_messages(
      {"conditional: [ { if: \"request.max_tokens == 7\", then: { provider: p1, model: m } }, "
       "{ else: { provider: a2, model: m } } ]"});
  EXPECT_EQ(send(body_of()).status, 200);
  ASSERT_EQ(p2->requests().size(), 1U);
  EXPECT_EQ(p2->requests()[0].path, "/v1/messages?beta=true");
  EXPECT_EQ(
      send(R"({"model":"m","max_tokens":7,"messages":[{"role":"user","content":"x"}]})").status,
      200);
  ASSERT_EQ(p1->requests().size(), 1U);
  EXPECT_EQ(p1->requests()[0].path, "/v1/chat/completions");
}

// Row D5, for clients that insist: the route says so.
TEST_F(Messages, ARouteMaySayThatBlocksOfToolsComeOneByOne) {
  const auto route = [&](const char* model, const char* more) {
    return std::string("  - match: { model: ") + model + " }" + more +
           "\n    chain: [ { fallback: [ { provider: p1, model: m } ] } ]\n";
  };
  serve("routes:\n" + route("serial", "\n    tool_blocks: serial") + route("m", ""));
  p1->set_default_fault("tools=2,interleave");
  const auto most_open = [&](const char* model) {
    const auto reply =
        send(std::string(R"({"model":")") + model +
             R"(","max_tokens":64,"stream":true,"messages":[{"role":"user",)"
             R"("content":"x"}],"tools":[{"name":"w","input_schema":{"type":"object"}}]})");
    int open = 0;
    int most = 0;
    int calls = 0;
    for (const auto& data : reply.events()) {
      const std::string type = json::parse(data).value("type", "");
      calls += data.find("\"tool_use\",\"id\"") != std::string::npos ? 1 : 0;
      open += type == "content_block_start" ? 1 : type == "content_block_stop" ? -1 : 0;
      most = std::max(most, open);
    }
    EXPECT_EQ(calls, 2) << reply.payload;
    return most;
  };
  EXPECT_EQ(most_open("m"), 2);
  EXPECT_EQ(most_open("serial"), 1);
}

}  // namespace
}  // namespace pontage::gateway::test
