// One answer, asked for as a stream and as a whole, by every kind of client, over providers of
// either dialect: whichever form came first, both are answered by it.
#include <gmock/gmock.h>

#include "unit/gateway/messages_bench.hpp"

namespace pontage::gateway::test {
namespace {

using ::testing::HasSubstr;

struct Client {
  const char* name;
  const char* path;
  const char* body;  // without its closing brace
  const char* headers;
};

const Client kClients[] = {
    {"chat", "/v1/chat/completions",
     R"({"model":"m","messages":[{"role":"user","content":"say %"}])", ""},
    {"responses", "/v1/responses", R"({"model":"m","input":"say %")", ""},
    {"messages", "/v1/messages",
     R"({"model":"m","max_tokens":512,"messages":[{"role":"user","content":"say %"}])",
     "anthropic-version: 2026-10-21\r\n"}};

class CacheForms : public Messages {
 protected:
  void open(const std::string& provider) {
    serve_messages({"cache: {}", "fallback: [ { provider: " + provider + ", model: m } ]",
                    "floor: { message: sorry }"});
  }
  Response send(const Client& client, const std::string& what, const std::string& more) {
    std::string body = client.body;
    body.replace(body.find('%'), 1, what);
    return raw(simulate::test::post(client.path, body + more + "}", client.headers));
  }
  static std::string use(const Response& reply) { return reply.header("x-pontage-cache"); }
};

std::string whole_text(const Response& reply) {
  const json body = json::parse(reply.payload, nullptr, false);
  std::string out;
  if (!body.is_object()) return "no JSON: " + reply.payload;
  if (body.contains("choices")) return body["choices"][0]["message"].value("content", "");
  if (body.contains("content")) {
    for (const json& block : body["content"]) out += block.value("text", "");
  }
  if (body.contains("output")) {
    for (const json& item : body["output"]) {
      for (const json& part : item.value("content", json::array())) out += part.value("text", "");
    }
  }
  return out;
}

// Of any dialect, joined from its deltas; the last event must be the dialect's own end.
std::string stream_text(const Response& reply, std::string* last = nullptr) {
  std::string out;
  for (const auto& data : reply.events()) {
    const json event = json::parse(data, nullptr, false);
    if (last != nullptr) *last = event.is_object() ? event.value("type", data) : data;
    if (!event.is_object()) continue;
    if (event.contains("choices") && !event["choices"].empty())
      out += event["choices"][0]["delta"].value("content", "");
    if (event.value("type", "") == "response.output_text.delta") out += event.value("delta", "");
    if (event.value("type", "") == "content_block_delta") out += event["delta"].value("text", "");
  }
  return out;
}

const char* end_of(const Client& client) {
  const std::string name = client.name;
  return name == "chat" ? "[DONE]" : name == "responses" ? "response.completed" : "message_stop";
}

TEST_F(CacheForms, AStreamAnswersAWholeAndAWholeAStream) {
  for (const std::string provider : {"p1", "a1"}) {
    open(provider);
    for (const auto& client : kClients) {
      const std::string what = provider + client.name;
      p1->clear();
      const auto stream = send(client, what + "s", R"(,"stream":true)");
      ASSERT_EQ(stream.status, 200) << what << stream.bytes;
      EXPECT_EQ(use(stream), "miss") << what;
      const std::string said = stream_text(stream);
      EXPECT_GT(said.size(), 10U) << what;
      const auto whole = send(client, what + "s", "");
      EXPECT_EQ(use(whole), "hit") << what;
      EXPECT_THAT(whole.header("content-type"), HasSubstr("application/json"));
      EXPECT_EQ(whole_text(whole), said) << what << whole.payload;
      EXPECT_EQ(send(client, what + "s", R"(,"stream":true)").payload, stream.payload) << what;
      EXPECT_EQ(p1->requests().size(), 1U) << what;

      const auto first = send(client, what + "w", R"(,"stream":false)");
      EXPECT_EQ(use(first), "miss") << what;
      const auto again = send(client, what + "w", R"(,"stream":true)");
      EXPECT_EQ(use(again), "hit") << what;
      EXPECT_THAT(again.header("content-type"), HasSubstr("text/event-stream"));
      std::string last;
      EXPECT_EQ(stream_text(again, &last), whole_text(first)) << what << again.payload;
      EXPECT_EQ(last, end_of(client)) << what;
      EXPECT_GE(again.events().size(), 4U) << what;
      EXPECT_EQ(send(client, what + "w", "").payload, first.payload) << what;
      EXPECT_EQ(p1->requests().size(), 2U) << what;
    }
    stop();
  }
}

TEST_F(CacheForms, UsageIsToldAsAsked) {
  open("p1");
  const auto& client = kClients[0];
  const std::string with = R"(,"stream":true,"stream_options":{"include_usage":true})";
  const auto usages = [](const Response& reply) {
    json usage;
    int count = 0;
    for (const auto& data : reply.events()) {
      const json event = json::parse(data, nullptr, false);
      if (!event.is_object() || !event.contains("usage") || event["usage"].is_null()) continue;
      usage = event["usage"];
      ++count;
    }
    EXPECT_LE(count, 1) << reply.payload;
    return usage;
  };
  const auto plain = send(client, "a", R"(,"stream":true)");
  EXPECT_TRUE(usages(plain).is_null());
  const auto told = send(client, "a", with);
  EXPECT_EQ(use(told), "hit");
  ASSERT_TRUE(usages(told).is_object()) << told.payload;
  EXPECT_GT(usages(told)["prompt_tokens"].get<int>(), 0);
  EXPECT_EQ(stream_text(told), stream_text(plain));

  const auto first = send(client, "b", with);
  EXPECT_TRUE(usages(first).is_object());
  const auto bare = send(client, "b", R"(,"stream":true)");
  EXPECT_EQ(use(bare), "hit");
  EXPECT_TRUE(usages(bare).is_null()) << bare.payload;
  EXPECT_EQ(count_done(bare), 1);
  const auto whole = json::parse(send(client, "b", "").payload);
  EXPECT_EQ(whole["usage"]["completion_tokens"], usages(first)["completion_tokens"]);
  EXPECT_EQ(p1->requests().size(), 2U);
}

TEST_F(CacheForms, LongTextsComeInPieces) {
  p1->set_default_fault("tokens=600,content=emoji");
  open("p1");
  const auto whole = send(kClients[0], "long", "");
  const auto stream = send(kClients[0], "long", R"(,"stream":true)");
  EXPECT_EQ(use(stream), "hit");
  EXPECT_EQ(stream_text(stream), whole_text(whole)) << "cut between characters";
  EXPECT_GT(stream.events().size(), 6U);
}

TEST_F(CacheForms, WhatTheOtherFormCannotSayIsAskedAnew) {
  open("p1");
  for (const char* more : {R"(,"n":2)", R"(,"logprobs":true)", R"(,"modalities":["text"])"}) {
    const auto whole = send(kClients[0], "x", more);
    ASSERT_EQ(whole.status, 200) << whole.payload;
    EXPECT_EQ(use(send(kClients[0], "x", more)), "hit") << more;
    EXPECT_EQ(use(send(kClients[0], "x", std::string(more) + R"(,"stream":true)")), "miss") << more;
    EXPECT_EQ(use(send(kClients[0], "x", std::string(more) + R"(,"stream":true)")), "hit") << more;
  }
}

TEST_F(CacheForms, ConversationsThatTheProviderKeepsArePassedBy) {
  open("p1");
  for (const char* more : {R"(,"conversation":"conv_1")", R"(,"background":true)"}) {
    for (int i = 0; i < 2; ++i) EXPECT_NE(use(send(kClients[1], "x", more)), "hit") << more;
  }
  EXPECT_EQ(metric("pontage_cache_bypasses_total"), 4);
  EXPECT_EQ(metric("pontage_cache_misses_total"), 0);
}

TEST_F(CacheForms, ToolCallsInBothForms) {
  p1->set_default_fault("tools=2");
  open("a1");
  const std::string tools =
      R"(,"tools":[{"name":"f","input_schema":{"type":"object","properties":{}}}])";
  const auto stream = send(kClients[2], "x", tools + R"(,"stream":true)");
  const auto whole = send(kClients[2], "x", tools);
  EXPECT_EQ(use(whole), "hit");
  const json body = json::parse(whole.payload);
  EXPECT_EQ(body["stop_reason"], "tool_use");
  int calls = 0;
  for (const json& block : body["content"]) calls += block["type"] == "tool_use" ? 1 : 0;
  EXPECT_EQ(calls, 2);
  EXPECT_THAT(stream.payload, HasSubstr(R"("stop_reason":"tool_use")"));
  EXPECT_EQ(p1->requests().size(), 1U);
}

}  // namespace
}  // namespace pontage::gateway::test
