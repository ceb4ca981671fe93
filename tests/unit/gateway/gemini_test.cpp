// Google's paths as a client's: the model and the stream by the path, keys by header and query,
// counts, lists, errors in Google's shape; and Gemini as a provider.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "gateway/google_paths.hpp"
#include "unit/gateway/house_bench.hpp"

namespace pontage::gateway::test {
namespace {

using nlohmann::json;
using simulate::test::post;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kBody = R"({"contents":[{"role":"user","parts":[{"text":"hello"}]}]})";

class Gemini : public HouseBench {
 protected:
  void serve_google(const std::string& chain, const std::string& server = "") {
    serve("providers:\n  o1: { kind: openai, api_key: k, base_url: \"" + p1->base_url() +
              "\", models: [ gpt-x ] }\n  g2: { kind: gemini, api_key: google-key, base_url: \"" +
              p2->base_url() + "\", models: [ gemini-x ] }\n" +
              "routes:\n  - name: all\n    chain:\n      - " + chain + "\n",
          server);
  }
  Response call(const std::string& path, std::string_view body = kBody,
                std::string_view headers = "") {
    return raw(post("/v1beta/models/" + path, body, headers));
  }
  static json json_of(const Response& reply) {
    const json body = json::parse(reply.payload, nullptr, false);
    EXPECT_FALSE(body.is_discarded()) << reply.bytes;
    return body;
  }
};

const std::string kOpenAi = "fallback: [ { provider: o1 } ]";
const std::string kGoogle = "fallback: [ { provider: g2, model: gemini-2.5-flash } ]";

TEST(GooglePaths, SayModelAndVerb) {
  const auto call = google_call("/v1beta/models/llama3:8b:streamGenerateContent");
  ASSERT_TRUE(call);
  EXPECT_EQ(call->model, "llama3:8b");
  EXPECT_TRUE(call->stream);
  EXPECT_EQ(google_call("/v1beta/models/openai%2Fgpt-4o:generateContent")->model, "openai/gpt-4o");
  EXPECT_EQ(google_call("/v1beta/models/openai/gpt-4o:generateContent")->model, "openai/gpt-4o");
  EXPECT_EQ(google_call("/v1beta/tunedModels/t:generateContent")->model, "tunedModels/t");
  EXPECT_TRUE(google_call("/v1beta/models/m:countTokens")->count);
  EXPECT_EQ(google_call("/v1/models/m:generateContent")->model, "m");
  for (const char* none : {"/v1beta/models", "/v1beta/models/", "/v1beta/models/m",
                           "/v1beta/models/m:embedContent", "/v1beta/models/:generateContent",
                           "/v1beta/", "/v1/models/m", "/v2/models/m:generateContent", ""})
    EXPECT_FALSE(google_call(none)) << none;
}

TEST_F(Gemini, ThePathNamesTheModel) {
  serve_google(kOpenAi);
  const auto reply = call("gpt-x:generateContent");
  ASSERT_EQ(reply.status, 200) << reply.bytes;
  const json answer = json_of(reply);
  EXPECT_FALSE(answer["candidates"][0]["content"]["parts"][0]["text"].get<std::string>().empty());
  EXPECT_EQ(answer["candidates"][0]["finishReason"], "STOP");
  EXPECT_GT(answer["usageMetadata"]["totalTokenCount"], 0);
  ASSERT_EQ(p1->requests().size(), 1U);
  EXPECT_EQ(json::parse(p1->requests()[0].body)["model"], "gpt-x");
}

TEST_F(Gemini, StreamsAreEvents) {
  serve_google(kOpenAi);
  const auto reply = call("gpt-x:streamGenerateContent?alt=sse");
  ASSERT_EQ(reply.status, 200) << reply.bytes;
  EXPECT_THAT(reply.header("content-type"), HasSubstr("text/event-stream"));
  EXPECT_THAT(reply.payload, HasSubstr("\"finishReason\":\"STOP\""));
  EXPECT_THAT(reply.payload, Not(HasSubstr("[DONE]")));
  const auto list = call("gpt-x:streamGenerateContent");
  EXPECT_EQ(list.status, 400);
  EXPECT_THAT(list.payload, HasSubstr("alt=sse"));
}

TEST_F(Gemini, AProviderGetsTheClientsBytes) {
  serve_google(kGoogle);
  const std::string body =
      R"({ "contents" : [ {"parts":[{"text":"hello"}]} ], "safetySettings":[ ] })";
  const auto reply = call("any:generateContent", body);
  ASSERT_EQ(reply.status, 200) << reply.bytes;
  const auto got = p2->requests();
  ASSERT_EQ(got.size(), 1U);
  EXPECT_EQ(got[0].body, body);
  EXPECT_EQ(got[0].path, "/v1beta/models/gemini-2.5-flash:generateContent");
  const auto stream = call("any:streamGenerateContent?alt=sse", body);
  ASSERT_EQ(stream.status, 200) << stream.bytes;
  EXPECT_THAT(p2->requests()[1].path,
              HasSubstr("/v1beta/models/gemini-2.5-flash:streamGenerateContent"));
}

TEST_F(Gemini, AnAnthropicClientOverGemini) {
  serve_google(kGoogle);
  const auto reply = raw(post("/v1/messages",
                              R"({"model":"m","max_tokens":64,"stream":true,
      "messages":[{"role":"user","content":"hello"}]})",
                              "anthropic-version: 2023-06-01\r\n"));
  ASSERT_EQ(reply.status, 200) << reply.bytes;
  EXPECT_THAT(reply.payload, HasSubstr("event: message_stop"));
  EXPECT_EQ(json::parse(p2->requests()[0].body)["contents"][0]["parts"][0]["text"], "hello");
  const auto got = p2->requests();
  for (const auto& [name, value] : got[0].headers) {
    if (name == "x-goog-api-key") EXPECT_EQ(value, "google-key");
    EXPECT_NE(name, "authorization");
  }
}

TEST_F(Gemini, ErrorsInGooglesShape) {
  serve_google(kOpenAi);
  const auto reply = call("gpt-x:generateContent", R"({"contents":[{"parts":[1]}]})");
  EXPECT_EQ(reply.status, 400);
  const json error = json_of(reply)["error"];
  EXPECT_EQ(error["code"], 400);
  EXPECT_EQ(error["status"], "INVALID_ARGUMENT");
  EXPECT_EQ(error["details"][1]["fieldViolations"][0]["field"], "contents[0].parts[0]");
  EXPECT_EQ(call("gpt-x:embedContent").status, 405);
  EXPECT_EQ(raw("GET /v1beta/models/m:generateContent HTTP/1.1\r\nHost: x\r\n\r\n").status, 405);
}

TEST_F(Gemini, CountsAndLists) {
  serve_google(kGoogle);
  const auto count = call("m:countTokens");
  ASSERT_EQ(count.status, 200) << count.bytes;
  EXPECT_GT(json_of(count)["totalTokens"], 0);
  EXPECT_EQ(count.header("x-pontage-token-count"), "estimate");
  EXPECT_EQ(p2->requests().size(), 0U);
  const auto list = raw("GET /v1beta/models HTTP/1.1\r\nHost: x\r\n\r\n");
  ASSERT_EQ(list.status, 200) << list.bytes;
  EXPECT_THAT(list.payload, HasSubstr("\"models/gemini-x\""));
  const auto stable = raw("GET /v1/models HTTP/1.1\r\nHost: x\r\nx-goog-api-key: k\r\n\r\n");
  EXPECT_THAT(stable.payload, HasSubstr("\"models/gemini-x\""));
  EXPECT_EQ(raw("GET /v1beta/models/nobody HTTP/1.1\r\nHost: x\r\n\r\n").status, 404);
}

}  // namespace
}  // namespace pontage::gateway::test
