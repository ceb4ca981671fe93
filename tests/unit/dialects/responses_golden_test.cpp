// Streams as OpenAI documents its Responses API (tests/golden/responses): what passes, what the
// books say, what an Anthropic client gets of them, and that none of it depends on how the bytes
// arrive. A new stream is two files, NAME.sse and NAME.json.
#include <algorithm>
#include <filesystem>

#include "responses_support.hpp"

namespace pontage::dialects::test {
namespace {

std::vector<std::string> names(bool failed) {
  std::vector<std::string> out;
  const auto folder = std::filesystem::path(PONTAGE_SOURCE_DIR) / "tests/golden/responses";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string name = entry.path().stem();
    if (entry.path().extension() == ".sse" && name.starts_with("failed") == failed)
      out.push_back(name);
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::unique_ptr<StreamDecoder> same() {
  return make_stream_decoder(Dialect::kOpenAiResponses, Dialect::kOpenAiResponses, {}, false, "m");
}

std::unique_ptr<StreamDecoder> to_anthropic() {
  return make_stream_decoder(Dialect::kAnthropicMessages, Dialect::kOpenAiResponses,
                             messages_view(), false, "m");
}

std::vector<std::string_view> cut(std::string_view text, std::size_t step) {
  std::vector<std::string_view> pieces;
  for (std::size_t at = 0; at < text.size(); at += step) pieces.push_back(text.substr(at, step));
  return pieces;
}

std::string with_crlf(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\n') out.push_back('\r');
    out.push_back(c);
  }
  return out;
}

std::string with_comments(const std::string& stream) {
  std::string out;
  for (std::size_t at = 0; at < stream.size();) {
    const std::size_t end = stream.find("\n\n", at) + 2;
    out += ": ping\n\n: inside\n" + stream.substr(at, end - at);
    at = end;
  }
  return out;
}

std::string_view finish_name(llm::Finish finish) {
  if (finish == llm::Finish::kStop) return "stop";
  if (finish == llm::Finish::kLength) return "length";
  return finish == llm::Finish::kToolCalls ? "tool_calls" : "other";
}

class ResponsesGolden : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    stream_ = golden("responses/" + GetParam() + ".sse");
    expected_ = json::parse(golden("responses/" + GetParam() + ".json"));
    ASSERT_FALSE(stream_.empty());
  }

  void expect_books(const Replay& replay) const {
    const StreamDecoder& books = *replay.decoder;
    EXPECT_TRUE(replay.complete);
    EXPECT_EQ(json(books.response_model), expected_["model"]);
    EXPECT_EQ(json(finish_name(books.finish)), expected_["finish"]);
    EXPECT_EQ(books.usage.input, expected_["usage"].value("input", 0));
    EXPECT_EQ(books.usage.cache_read, expected_["usage"].value("cache_read", 0));
    EXPECT_EQ(books.usage.output, expected_["usage"].value("output", 0));
    EXPECT_EQ(books.usage.reasoning, expected_["usage"].value("reasoning", 0));
    EXPECT_TRUE(books.usage.present);
    EXPECT_EQ(books.skipped_events, 0);
    EXPECT_EQ(replay.finish, 1);
    EXPECT_EQ(replay.done, 1);
  }

  void expect_message(const Replay& replay) const {
    ASSERT_TRUE(replay.complete);
    const StrictClient client(replay.bytes);
    ASSERT_TRUE(client.stopped);
    json content = client.message["content"];
    for (json& block : content) {
      if (block.contains("citations")) block["citations"] = block["citations"].size();
    }
    EXPECT_EQ(content, expected_["content"]);
    EXPECT_EQ(client.message["stop_reason"], expected_["stop_reason"]);
  }

  std::string stream_;
  json expected_;
};

TEST_P(ResponsesGolden, PassesByteForByteInAnySplit) {
  for (const std::size_t step : {1, 2, 3, 7, 64, 4096, 1 << 20}) {
    const Replay play = replay(same(), cut(stream_, step));
    EXPECT_EQ(play.bytes, stream_) << "steps of " << step;
    EXPECT_EQ(json(play.content), expected_["content_events"]);
    EXPECT_EQ(json(play.decoder->output_text_bytes), expected_["text_bytes"]);
    expect_books(play);
  }
}

TEST_P(ResponsesGolden, LineEndsAndCommentsChangeNothing) {
  expect_books(replay(same(), byte_by_byte(with_crlf(stream_))));
  const std::string noisy = with_comments(stream_);
  const Replay play = replay(same(), {noisy});
  EXPECT_EQ(play.bytes, noisy);
  expect_books(play);
  expect_message(replay(to_anthropic(), {noisy}));
}

// Law 3: without its last event an answer is cut, whatever came before.
TEST_P(ResponsesGolden, CutAtEveryByteItIsTruncatedUntilItsLastEvent) {
  for (std::size_t at = 0; at < stream_.size(); ++at) {
    const std::string_view begun = std::string_view(stream_).substr(0, at);
    const Replay play = replay(same(), {begun});
    ASSERT_FALSE(play.error) << at;
    ASSERT_EQ(play.complete, play.done == 1) << at;
    ASSERT_EQ(play.after_end, "") << at;
    // The last event may come without its blank line.
    ASSERT_TRUE(!play.complete || at + 2 >= stream_.size()) << at;
  }
}

TEST_P(ResponsesGolden, AnAnthropicClientGetsTheSameAnswer) {
  expect_message(replay(to_anthropic(), {stream_}));
  expect_message(replay(to_anthropic(), byte_by_byte(stream_)));
  expect_message(replay(to_anthropic(), byte_by_byte(with_crlf(stream_))));
  for (std::size_t at = 0; at + 2 < stream_.size(); ++at) {
    const Replay play = replay(to_anthropic(), {std::string_view(stream_).substr(0, at)});
    ASSERT_FALSE(play.complete) << at;
    ASSERT_EQ(play.bytes.find("message_stop"), std::string::npos) << at;
  }
}

// The last event holds the whole answer, as it would come without a stream.
TEST_P(ResponsesGolden, TheWholeAnswerSaysTheSame) {
  const std::size_t at = stream_.rfind("data: ") + 6;
  const std::string body = json::parse(stream_.substr(at))["response"].dump();
  const auto passed =
      decode_whole(Dialect::kOpenAiResponses, Dialect::kOpenAiResponses, body, {}, "m");
  ASSERT_TRUE(passed.has_value());
  EXPECT_EQ(passed->body, body);
  EXPECT_EQ(json(finish_name(passed->finish)), expected_["finish"]);
  EXPECT_EQ(passed->usage.output, expected_["usage"].value("output", 0));
  const auto reply = decode_whole(Dialect::kAnthropicMessages, Dialect::kOpenAiResponses, body,
                                  messages_view(), "m");
  ASSERT_TRUE(reply.has_value());
  json content = json::parse(reply->body)["content"];
  for (json& block : content) {
    if (block.contains("citations")) block["citations"] = block["citations"].size();
  }
  EXPECT_EQ(content, expected_["content"]);
  const auto passing = make_passing_reader(Dialect::kOpenAiResponses, Dialect::kOpenAiResponses);
  for (const char c : body) passing->feed({&c, 1});
  EXPECT_EQ(passing->problem(), "");
  EXPECT_TRUE(passing->at_end());
  EXPECT_EQ(passing->usage.output, passed->usage.output);
  EXPECT_EQ(passing->response_model, passed->response_model);
  EXPECT_GT(passing->output_text_bytes, 0);
}

INSTANTIATE_TEST_SUITE_P(Streams, ResponsesGolden, testing::ValuesIn(names(false)),
                         [](const auto& parameter) { return parameter.param; });

class ResponsesFailure : public testing::TestWithParam<std::string> {};

TEST_P(ResponsesFailure, IsTheProvidersErrorInAnySplit) {
  const std::string stream = golden("responses/" + GetParam() + ".sse");
  const json expected = json::parse(golden("responses/" + GetParam() + ".json"))["error"];
  for (const std::size_t step : {1, 5, 1 << 20}) {
    for (const bool translated : {false, true}) {
      const Replay play = replay(translated ? to_anthropic() : same(), cut(stream, step));
      ASSERT_TRUE(play.error);
      EXPECT_EQ(play.done, 0);
      EXPECT_EQ(json(play.decoder->error.status), expected["status"]);
      EXPECT_EQ(json(play.decoder->error.code), expected["code"]);
      EXPECT_FALSE(play.decoder->error.message.empty());
      // The client of the same dialect gets the provider's own words.
      if (!translated) EXPECT_TRUE(stream.starts_with(play.bytes));
      const bool told = play.bytes.find("event: response.failed") != std::string::npos ||
                        play.bytes.find("event: error") != std::string::npos;
      EXPECT_EQ(told, !translated);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Streams, ResponsesFailure, testing::ValuesIn(names(true)),
                         [](const auto& parameter) { return parameter.param; });

TEST(ResponsesGoldenFolder, IsNotEmpty) {
  EXPECT_GE(names(false).size(), 8U);
  EXPECT_GE(names(true).size(), 3U);
}

TEST(ResponsesStream, WhatComesBeforeItsBeginningIsNoAnswer) {
  const std::string delta =
      "data: {\"type\":\"response.output_text.delta\",\"output_index\":0,\"delta\":\"x\"}\n\n";
  EXPECT_TRUE(replay(same(), {delta}).error);
  EXPECT_TRUE(replay(to_anthropic(), {delta}).error);
}

TEST(ResponsesStream, BrokenJsonIsPassedOver) {
  std::string stream = golden("responses/openai_text.sse");
  stream.insert(stream.find("event: response.output_text.delta"), "data: {\"type\":\n\n");
  const Replay play = replay(same(), {stream});
  EXPECT_TRUE(play.complete);
  EXPECT_EQ(play.decoder->skipped_events, 1);
}

TEST(ResponsesStream, TheOlderApisEndMarkIsNone) {
  std::string stream = golden("responses/openai_text.sse");
  stream.resize(stream.find("event: response.completed"));
  stream += "data: [DONE]\n\n";
  EXPECT_FALSE(replay(same(), {stream}).complete);
  EXPECT_FALSE(replay(to_anthropic(), {stream}).complete);
}

TEST(ResponsesWhole, WhatIsNoAnswerIsRefused) {
  const auto refused = [](const std::string& body) {
    for (const Dialect client : {Dialect::kOpenAiResponses, Dialect::kAnthropicMessages}) {
      const auto reply = decode_whole(client, Dialect::kOpenAiResponses, body, {}, "m");
      if (reply.has_value() || reply.error().origin != Origin::kUpstream) return false;
    }
    return true;
  };
  EXPECT_TRUE(refused(""));
  EXPECT_TRUE(refused("[]"));
  EXPECT_TRUE(refused("{}"));
  EXPECT_TRUE(refused(R"({"object":"response","status":"completed","output":{}})"));
  EXPECT_TRUE(refused(R"({"object":"response","status":"completed","output":[]})"));
  EXPECT_TRUE(refused(R"({"error":{"message":"no","code":"server_error"}})"));
  EXPECT_TRUE(refused(
      R"({"object":"response","status":"failed","error":{"code":"server_error","message":"x"},"output":[]})"));
  EXPECT_TRUE(refused(R"({"object":"response","status":"cancelled","output":[]})"));
}

// `background: true`: the answer is that there will be one.
TEST(ResponsesWhole, AQueuedResponsePassesAndIsNoTranslation) {
  const std::string body = R"({"id":"resp_1","object":"response","status":"queued","output":[]})";
  EXPECT_TRUE(decode_whole(Dialect::kOpenAiResponses, Dialect::kOpenAiResponses, body, {}, "m")
                  .has_value());
  EXPECT_FALSE(decode_whole(Dialect::kAnthropicMessages, Dialect::kOpenAiResponses, body, {}, "m")
                   .has_value());
}

}  // namespace
}  // namespace pontage::dialects::test
