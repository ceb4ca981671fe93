// Is an answer whole, an honest error, or neither: by dialect, and fed in any pieces.
#include "study/answer_reader.hpp"

#include <gtest/gtest.h>

namespace pontage::study::test {
namespace {

using dialects::Dialect;
using Kind = Seen::Kind;

constexpr std::string_view kStreamHead =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n";
constexpr std::string_view kChat = "data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"}}]}\n\n";
constexpr std::string_view kStop =
    "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
constexpr std::string_view kDone = "data: [DONE]\n\n";
constexpr std::string_view kChatError =
    "data: {\"error\":{\"message\":\"m\",\"type\":\"api_error\",\"code\":\"x\"}}\n\n";

std::string plain(int status, std::string_view body) {
  return "HTTP/1.1 " + std::to_string(status) + " X\r\nContent-Type: application/json\r\n" +
         "Content-Length: " + std::to_string(body.size()) + "\r\nretry-after: 7\r\n\r\n" +
         std::string(body);
}

std::string stream(std::initializer_list<std::string_view> events) {
  std::string out(kStreamHead);
  for (const auto event : events) out.append(event);
  return out;
}

// The same whatever the pieces.
Kind read(Dialect dialect, std::string_view bytes, bool gave_up = false) {
  AnswerReader whole(dialect);
  whole.feed(bytes);
  whole.end(gave_up);
  AnswerReader pieces(dialect);
  for (const char c : bytes) {
    if (pieces.feed({&c, 1})) break;
  }
  pieces.end(gave_up);
  EXPECT_EQ(whole.kind(), pieces.kind()) << bytes;
  EXPECT_EQ(whole.error(), pieces.error()) << bytes;
  return whole.kind();
}

TEST(AnswerReader, ChatStreams) {
  const auto kind = [](std::initializer_list<std::string_view> events) {
    return read(Dialect::kOpenAiChat, stream(events));
  };
  EXPECT_EQ(kind({kChat, kStop, kDone}), Kind::kAnswer);
  EXPECT_EQ(kind({": keep-alive\n\n", kChat, kStop, kDone}), Kind::kAnswer);
  EXPECT_EQ(kind({kChat, kStop}), Kind::kBroken);
  EXPECT_EQ(kind({kChat, kDone}), Kind::kBroken);
  EXPECT_EQ(kind({kStop, kDone}), Kind::kBroken);
  EXPECT_EQ(kind({kChat, kChatError}), Kind::kCut);
  EXPECT_EQ(kind({kChatError}), Kind::kError);
  EXPECT_EQ(kind({}), Kind::kBroken);
}

TEST(AnswerReader, AnthropicStreams) {
  constexpr std::string_view kDelta =
      "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"delta\":{\"type\":"
      "\"text_delta\",\"text\":\"Hi\"}}\n\n";
  constexpr std::string_view kEnd =
      "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":"
      "\"end_turn\"}}\n\n";
  constexpr std::string_view kStopped =
      "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";
  constexpr std::string_view kError =
      "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"api_error\",\"message\":"
      "\"m\"}}\n\n";
  const auto kind = [](std::initializer_list<std::string_view> events) {
    return read(Dialect::kAnthropicMessages, stream(events));
  };
  EXPECT_EQ(kind({kDelta, kEnd, kStopped}), Kind::kAnswer);
  EXPECT_EQ(kind({kDelta, kEnd}), Kind::kBroken);
  EXPECT_EQ(kind({kDelta, kError}), Kind::kCut);
  EXPECT_EQ(kind({kError}), Kind::kError);
}

TEST(AnswerReader, ResponsesStreams) {
  constexpr std::string_view kDelta =
      "data: {\"type\":\"response.output_text.delta\",\"delta\":\"Hi\"}\n\n";
  constexpr std::string_view kEnd =
      "data: {\"type\":\"response.completed\",\"response\":{\"status\":\"completed\"}}\n\n";
  constexpr std::string_view kFailed =
      "data: {\"type\":\"response.failed\",\"response\":{\"status\":\"failed\",\"error\":{\"code\":"
      "\"server_error\",\"message\":\"m\"}}}\n\n";
  EXPECT_EQ(read(Dialect::kOpenAiResponses, stream({kDelta, kEnd})), Kind::kAnswer);
  EXPECT_EQ(read(Dialect::kOpenAiResponses, stream({kDelta, kFailed})), Kind::kCut);
}

TEST(AnswerReader, WholeAnswers) {
  const auto kind = [](Dialect dialect, int status, std::string_view body) {
    return read(dialect, plain(status, body));
  };
  EXPECT_EQ(kind(Dialect::kOpenAiChat, 200,
                 R"({"choices":[{"message":{"content":"Hi"},"finish_reason":"stop"}]})"),
            Kind::kAnswer);
  EXPECT_EQ(kind(Dialect::kOpenAiChat, 200, R"({"choices":[]})"), Kind::kBroken);
  EXPECT_EQ(kind(Dialect::kOpenAiChat, 200, "<html>"), Kind::kBroken);
  EXPECT_EQ(kind(Dialect::kAnthropicMessages, 200,
                 R"({"content":[{"type":"text","text":"Hi"}],"stop_reason":"end_turn"})"),
            Kind::kAnswer);
  EXPECT_EQ(kind(Dialect::kOpenAiResponses, 200,
                 R"({"status":"completed","output":[{"type":"message"}]})"),
            Kind::kAnswer);
}

TEST(AnswerReader, ErrorsAreTypedOrNot) {
  AnswerReader reader(Dialect::kOpenAiChat);
  reader.feed(plain(503, R"({"error":{"message":"m","type":"server_error","code":"no_target"}})"));
  reader.end(false);
  EXPECT_EQ(reader.kind(), Kind::kError);
  EXPECT_EQ(reader.status(), 503);
  EXPECT_EQ(reader.error(), "no_target");
  EXPECT_EQ(reader.header("Retry-After"), "7");
  EXPECT_EQ(read(Dialect::kOpenAiChat, plain(502, "<html>Bad Gateway</html>")), Kind::kBroken);
  EXPECT_EQ(read(Dialect::kOpenAiChat, plain(502, "{}")), Kind::kBroken);
}

TEST(AnswerReader, ChunkedFramingIsTakenOff) {
  const std::string head =
      "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
  const std::string body = R"({"choices":[{"message":{"content":"Hi"},"finish_reason":"stop"}]})";
  char size[16];
  std::snprintf(size, sizeof size, "%zx", body.size());
  EXPECT_EQ(read(Dialect::kOpenAiChat, head + size + "\r\n" + body + "\r\n0\r\n\r\n"),
            Kind::kAnswer);
}

TEST(AnswerReader, GivingUpIsNothing) {
  EXPECT_EQ(read(Dialect::kOpenAiChat, "", true), Kind::kNothing);
  EXPECT_EQ(read(Dialect::kOpenAiChat, stream({kChat}), true), Kind::kNothing);
  EXPECT_EQ(read(Dialect::kOpenAiChat, "", false), Kind::kBroken);
}

}  // namespace
}  // namespace pontage::study::test
