// Gemini's answers (tests/golden/gemini: Google's own test data and documented streams, some texts
// and signatures shortened) for Anthropic clients and for its own.
#include <gmock/gmock.h>

#include "dialects/gemini_json.hpp"
#include "unit/dialects/gemini_support.hpp"

namespace pontage::dialects::test {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr const char* kStreams[] = {"text",       "thinking_call", "blocked",
                                    "recitation", "older",         "signed_call"};

std::string stream(const std::string& name) {
  return golden("gemini/" + name + ".sse");
}

json message_of(const std::string& name, bool thinking = false) {
  const Replay out = replay(gemini_for_anthropic(thinking), {stream(name)});
  EXPECT_TRUE(out.complete) << out.bytes;
  const StrictClient client(out.bytes);
  EXPECT_TRUE(client.stopped) << out.bytes;
  return client.message;
}

TEST(GeminiToAnthropic, Text) {
  const json message = message_of("text");
  EXPECT_EQ(message["content"],
            json::parse(R"([{"type":"text","text":"The capital of Wyoming is **Cheyenne**.\n"}])"));
  EXPECT_EQ(message["stop_reason"], "end_turn");
  EXPECT_EQ(message["model"], "gemini-3.1-flash-lite");
  EXPECT_EQ(message["usage"]["input_tokens"], 7);
  EXPECT_EQ(message["usage"]["output_tokens"], 10);
}

TEST(GeminiToAnthropic, ThinkingIsSignedForTheCallThatFollows) {
  const json message = message_of("thinking_call", true);
  ASSERT_EQ(message["content"].size(), 2U) << message;
  EXPECT_THAT(message["content"][0]["thinking"].get<std::string>(),
              StartsWith("**Calculating the Days**"));
  EXPECT_THAT(message["content"][0]["signature"].get<std::string>(),
              StartsWith("pontage-gemini-v1:CiIBVKhc7vB+"));
  EXPECT_EQ(message["content"][1]["name"], "now");
  EXPECT_EQ(message["content"][1]["input"], json::object());
  EXPECT_EQ(message["content"][1]["id"], "call_1700000000_0");
  EXPECT_EQ(message["stop_reason"], "tool_use");
  EXPECT_EQ(message["usage"]["output_tokens"], 6 + 168);
}

TEST(GeminiToAnthropic, CallsKeepTheirIdsAndSignaturesAlsoUnasked) {
  const json message = message_of("signed_call");
  ASSERT_EQ(message["content"].size(), 2U) << message;
  EXPECT_EQ(message["content"][0]["signature"], "pontage-gemini-v1:EoUECoIEAWkUfRO7MhDV6KaJ");
  EXPECT_EQ(message["content"][1]["id"], "call_235554");
  EXPECT_EQ(message["content"][1]["input"], json::parse(R"({"city":"Paris"})"));
}

// Older models give a reason with every chunk; the stream ends where it ends.
TEST(GeminiToAnthropic, AReasonIsNoEnd) {
  EXPECT_THAT(message_of("older")["content"][0]["text"].get<std::string>(),
              HasSubstr("枫叶红了，菊花黄了"));
}

TEST(GeminiToAnthropic, RecitationIsARefusalWithItsSources) {
  const json message = message_of("recitation");
  EXPECT_EQ(message["stop_reason"], "refusal");
  EXPECT_EQ(message["usage"]["output_tokens"], 261);
}

TEST(GeminiToAnthropic, ABlockedPromptIsAContentFilter) {
  const Replay out = replay(gemini_for_anthropic(), {stream("blocked")});
  EXPECT_TRUE(out.error);
  EXPECT_TRUE(is_content_filter(out.decoder->error));
  EXPECT_EQ(out.decoder->error.status, 400);
  EXPECT_THAT(out.decoder->error.message, HasSubstr("SAFETY"));
}

TEST(GeminiToAnthropic, WithoutAReasonItIsTruncated) {
  const std::string text = stream("text");
  const std::string cut = text.substr(0, text.find("data:", text.find("Wyoming")));
  for (const Dialect client : {Dialect::kAnthropicMessages, Dialect::kGemini}) {
    const Replay out =
        replay(make_stream_decoder(client, Dialect::kGemini, messages_view(), false, "m"), {cut});
    EXPECT_FALSE(out.complete);
    EXPECT_FALSE(out.error);
  }
}

TEST(GeminiToAnthropic, ErrorsInStreams) {
  const std::string text = stream("text");
  const std::string first = text.substr(0, text.find("\n\n") + 2);
  for (const std::string bad :
       {R"({"error":{"code":503,"message":"The model is overloaded.","status":"UNAVAILABLE"}})",
        R"({"candidates":[{"finishReason":"MALFORMED_FUNCTION_CALL","finishMessage":"no"}]})"}) {
    for (const Dialect client : {Dialect::kAnthropicMessages, Dialect::kGemini}) {
      const Replay out =
          replay(make_stream_decoder(client, Dialect::kGemini, messages_view(), false, "m"),
                 {first, "data: " + bad + "\n\n"});
      EXPECT_TRUE(out.error) << bad;
      EXPECT_FALSE(out.complete);
      EXPECT_FALSE(out.decoder->error.message.empty());
    }
  }
}

TEST(GeminiToAnthropic, AnywhereCutTheSame) {
  for (const std::string name : kStreams) {
    const std::string bytes = stream(name);
    ASSERT_FALSE(bytes.empty()) << name;
    for (const Dialect client : {Dialect::kAnthropicMessages, Dialect::kGemini}) {
      const auto make = [&] {
        return make_stream_decoder(client, Dialect::kGemini, messages_view(), false, "m");
      };
      const Replay whole = replay(make(), {bytes});
      for (std::size_t at = 0; at <= bytes.size(); ++at) {
        const std::string_view view = bytes;
        const Replay cut = replay(make(), {view.substr(0, at), view.substr(at)});
        ASSERT_EQ(cut.bytes, whole.bytes) << name << " at " << at;
        ASSERT_EQ(cut.complete, whole.complete);
      }
      EXPECT_EQ(replay(make(), byte_by_byte(bytes)).bytes, whole.bytes) << name;
      if (client == Dialect::kGemini && !whole.error) {
        EXPECT_THAT(whole.bytes, StartsWith(bytes)) << name;
      }
    }
    std::string other = ": a comment\n\n";
    for (const char c : bytes) {
      if (c == '\n') other.push_back('\r');
      other.push_back(c);
    }
    const Replay plain = replay(gemini_for_anthropic(), {bytes});
    const Replay crlf = replay(gemini_for_anthropic(), {other});
    EXPECT_THAT(crlf.bytes, ::testing::EndsWith(plain.bytes)) << name;
  }
}

TEST(GeminiToAnthropic, WholeAnswers) {
  auto reply = gemini_answer(Dialect::kAnthropicMessages, golden("gemini/parallel.json"));
  ASSERT_TRUE(reply);
  const json message = json::parse(reply->body);
  ASSERT_EQ(message["content"].size(), 3U);
  EXPECT_EQ(message["content"][1]["name"], "multiply");
  EXPECT_EQ(message["content"][1]["input"], json::parse(R"({"y":3,"x":4})"));
  EXPECT_NE(message["content"][0]["id"], message["content"][1]["id"]);
  EXPECT_EQ(message["stop_reason"], "tool_use");

  reply = gemini_answer(Dialect::kAnthropicMessages, golden("gemini/grounding.json"));
  ASSERT_TRUE(reply);
  EXPECT_EQ(json::parse(reply->body)["content"][0]["citations"][1]["title"],
            "Weather information for locality: London");
}

TEST(GeminiToAnthropic, UsageInDisjointClasses) {
  for (const Dialect client : {Dialect::kAnthropicMessages, Dialect::kGemini}) {
    const auto reply = gemini_answer(client, golden("gemini/caching.json"));
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->usage.input, 12013 - 11243);
    EXPECT_EQ(reply->usage.cache_read, 11243);
    EXPECT_EQ(reply->usage.output, 15);
    EXPECT_EQ(reply->usage.reasoning, 73);
    EXPECT_FALSE(reply->usage.anomalous);
    EXPECT_EQ(reply->response_model, "gemini-2.5-flash");
    if (client == Dialect::kGemini) EXPECT_EQ(reply->body, golden("gemini/caching.json"));
  }
}

TEST(GeminiToAnthropic, WhatIsNoAnswerIsRefused) {
  for (const std::string body :
       {R"({})", R"([])", R"({"candidates":[]})",
        R"({"candidates":[{"content":{"parts":[{"text":"x"}]}}]})",
        R"({"candidates":[{"finishReason":"OTHER","finishMessage":"internal error."}]})",
        R"({"candidates":[{"content":{},"finishReason":"STOP"}]})",
        R"({"error":{"code":500,"message":"m","status":"INTERNAL"}})",
        R"({"promptFeedback":{"blockReason":"OTHER"}})"}) {
    for (const Dialect client : {Dialect::kAnthropicMessages, Dialect::kGemini})
      EXPECT_FALSE(gemini_answer(client, body)) << body;
  }
}

TEST(GeminiErrors, ReadAsFarAsPossible) {
  const ReplyError key = read_error(Dialect::kGemini, golden("gemini/key_error.json"));
  EXPECT_EQ(key.status, 401);  // said as 400
  EXPECT_EQ(key.type, "INVALID_ARGUMENT");
  const ReplyError quota = read_error(Dialect::kGemini, R"([{"error":{"code":429,
    "message":"You exceeded your current quota.","status":"RESOURCE_EXHAUSTED","details":[
    {"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"37.5s"}]}}])");
  EXPECT_EQ(quota.status, 429);
  EXPECT_EQ(quota.retry_after_ms, 37500);
  EXPECT_EQ(read_error(Dialect::kGemini, "<html>").message, "<html>");
}

TEST(Gemini, GenerationsOfModels) {
  EXPECT_EQ(gemini::generation("gemini-2.5-pro"), 25);
  EXPECT_EQ(gemini::generation("models/gemini-3-flash-preview"), 30);
  EXPECT_EQ(gemini::generation("gemini-3.1-pro-preview"), 31);
  EXPECT_EQ(gemini::generation("gemini-flash-latest"), 0);
  EXPECT_EQ(gemini::generation("gemma-3"), 0);
}

}  // namespace
}  // namespace pontage::dialects::test
