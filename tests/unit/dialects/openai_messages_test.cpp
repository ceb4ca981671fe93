// What the gateway itself says to OpenAI clients, and what of a request counts as input.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "openai_support.hpp"

namespace pontage::dialects::test {
namespace {

using nlohmann::json;

TEST(OpenAiMessages, ErrorsHaveTheShapeThatSdksRead) {
  Error error{Code::k_invalid_value, Origin::kClient,    Retry::kNever,
              "Bad \"role\"\n",      "messages[0].role", {}};
  const json body = json::parse(error_body(Dialect::kOpenAiChat, error, "01J"));
  EXPECT_EQ(body, (json{{"error",
                         {{"message", "Bad \"role\"\n"},
                          {"type", "invalid_request_error"},
                          {"param", "messages[0].role"},
                          {"code", "invalid_value"},
                          {"request_id", "01J"}}}}));
  error.param.clear();
  error.detail.clear();
  const json bare = json::parse(error_body(Dialect::kOpenAiChat, error, ""));
  EXPECT_TRUE(bare["error"]["param"].is_null());
  EXPECT_EQ(bare["error"]["message"], summary(Code::k_invalid_value));
  EXPECT_FALSE(bare["error"].contains("request_id"));
}

TEST(OpenAiMessages, AnErrorEventIsReadAsOneByAClient) {
  const Error error{Code::k_stream_interrupted, Origin::kUpstream, Retry::kNever, "cut", {}, {}};
  const OpenAiPlay play = play_openai(error_event(Dialect::kOpenAiChat, error, "01J"));
  EXPECT_TRUE(play.failed);
  EXPECT_EQ(play.error.message, "cut");
  EXPECT_EQ(play.error.code, "stream_interrupted");
}

TEST(OpenAiMessages, AnthropicClientsGetTheirOwnShape) {
  const Error error{Code::k_rate_limited, Origin::kGateway, Retry::kNever, "slow down", {}, {}};
  EXPECT_EQ(json::parse(error_body(Dialect::kAnthropicMessages, error, "01J")),
            (json{{"type", "error"},
                  {"error", {{"type", "rate_limit_error"}, {"message", "slow down"}}},
                  {"request_id", "01J"}}));
  EXPECT_TRUE(
      error_event(Dialect::kAnthropicMessages, error, "01J").starts_with("event: error\ndata: {"));
}

TEST(OpenAiMessages, AFixedMessageIsACompleteAnswer) {
  const std::string text = "We are busy; \"please\" try again.\n\xC3\xA9";
  const std::string body =
      message_body(Dialect::kOpenAiChat, text, "floor", "chatcmpl-1", 1700000000);
  const json parsed = json::parse(body);
  EXPECT_EQ(parsed["choices"][0]["message"]["content"], text);
  EXPECT_EQ(parsed["object"], "chat.completion");
  EXPECT_EQ(parsed["id"], "chatcmpl-1");
  EXPECT_EQ(parsed["created"], 1700000000);
  const auto whole = decode_whole(Dialect::kOpenAiChat, Dialect::kOpenAiChat, body, {}, "");
  ASSERT_TRUE(whole.has_value());
  EXPECT_EQ(whole->finish, llm::Finish::kStop);
  EXPECT_EQ(whole->response_model, "floor");

  for (const bool usage : {false, true}) {
    const std::string stream =
        message_stream(Dialect::kOpenAiChat, text, "floor", "chatcmpl-1", 1700000000, usage);
    const OpenAiPlay play = play_openai(stream, 1);
    EXPECT_TRUE(play.complete);
    EXPECT_EQ(play.done_events, 1);
    EXPECT_EQ(play.content_events, 1);
    EXPECT_EQ(play.text_bytes, static_cast<std::int64_t>(text.size()));
    EXPECT_EQ(play.finish, llm::Finish::kStop);
    EXPECT_EQ(play.usage.present, usage);
    EXPECT_EQ(play.skipped, 0);
  }
}

TEST(OpenAiMessages, KeepAliveIsNoContent) {
  const OpenAiPlay play = play_openai(keep_alive(Dialect::kOpenAiChat));
  EXPECT_EQ(play.bytes, keep_alive(Dialect::kOpenAiChat));
  EXPECT_EQ(play.content_events, 0);
  EXPECT_EQ(play.skipped, 0);
}

TEST(Dialects, Names) {
  EXPECT_EQ(dialect_name(Dialect::kOpenAiChat), "openai.chat");
  EXPECT_EQ(dialect_name(Dialect::kAnthropicMessages), "anthropic.messages");
}

struct Collect final : TextSink {
  std::vector<std::string> pieces;
  int messages = 0;
  std::size_t enough = 1000;
  bool text(std::string_view piece) override {
    pieces.emplace_back(piece);
    return pieces.size() < enough;
  }
  void message() override { ++messages; }
};

TEST(OpenAiInputText, TextsInOrder) {
  Collect sink;
  std::int64_t estimated = -1;
  EXPECT_TRUE(visit_input_text(Dialect::kOpenAiChat, R"({"messages":[
      {"content":"be brief","role":"system"},
      {"role":"user","name":"ann","content":[{"type":"text","text":"one"},{"type":"text","text":"two\n"}]},
      {"role":"assistant","content":null,"tool_calls":[{"function":{"name":"f","arguments":"{\"a\":1}"}}]},
      {"role":"tool","tool_call_id":"c","content":"42"}]})",
                               sink, estimated));
  EXPECT_EQ(estimated, 0);
  EXPECT_EQ(sink.messages, 4);
  const std::vector<std::string> expected = {"system",    "be brief", "user",      "ann",
                                             "one",       "two\n",    "assistant", "f",
                                             "{\"a\":1}", "tool",     "42"};
  EXPECT_EQ(sink.pieces, expected);
}

TEST(OpenAiInputText, ToolsAreTextButNeverExact) {
  Collect sink;
  std::int64_t estimated = -1;
  EXPECT_FALSE(visit_input_text(
      Dialect::kOpenAiChat,
      R"({"tools":[{"type":"function","function":{"name":"f","description":"does","parameters":{ "type": "object" }}}],
          "messages":[{"role":"user","content":"hi"}]})",
      sink, estimated));
  const std::vector<std::string> expected = {"user", "hi", "f", "does", "{\"type\":\"object\"}"};
  EXPECT_EQ(sink.pieces, expected);
  EXPECT_EQ(estimated, 0);
}

TEST(OpenAiInputText, ImagesAudioAndFilesAreGuessed) {
  struct Row {
    std::string_view part;
    std::int64_t tokens;
  };
  const std::string audio = R"({"type":"input_audio","input_audio":{"format":"mp3","data":")" +
                            std::string(64000, 'A') + R"("}})";
  const Row rows[] = {
      {R"({"type":"image_url","image_url":{"url":"https://x","detail":"low"}})", 85},
      {R"({"type":"image_url","image_url":{"url":"https://x","detail":"high"}})", 765},
      {R"({"type":"image_url","image_url":{"url":"https://x"}})", 765},
      {audio, 31},
      {R"({"type":"file","file":{"file_id":"f"}})", 500},
      {R"({"type":"something_new"})", 0},
  };
  for (const Row& row : rows) {
    Collect sink;
    std::int64_t estimated = -1;
    const std::string body =
        R"({"messages":[{"role":"user","content":[)" + std::string(row.part) + "]}]}";
    EXPECT_FALSE(visit_input_text(Dialect::kOpenAiChat, body, sink, estimated))
        << row.part.substr(0, 80);
    EXPECT_EQ(estimated, row.tokens) << row.part.substr(0, 80);
  }
}

TEST(OpenAiInputText, StopsWhenEnoughWasSeen) {
  Collect sink;
  sink.enough = 2;
  std::int64_t estimated = 0;
  visit_input_text(Dialect::kOpenAiChat,
                   R"({"messages":[{"role":"user","content":"a"},{"role":"user","content":"b"}]})",
                   sink, estimated);
  EXPECT_EQ(sink.pieces.size(), 2U);
  EXPECT_EQ(sink.messages, 1);
}

}  // namespace
}  // namespace pontage::dialects::test
