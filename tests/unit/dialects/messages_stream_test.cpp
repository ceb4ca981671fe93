// Anthropic's documented streams for an Anthropic client: byte for byte, in every split, cut at
// every byte; the books kept in passing.
#include <gmock/gmock.h>

#include "unit/dialects/messages_support.hpp"

namespace pontage::dialects::test {
namespace {

class MessagesGolden : public ::testing::TestWithParam<const char*> {
 protected:
  std::string input = golden("anthropic/" + std::string(GetParam()) + ".anthropic.sse");
  static Replay play(const std::vector<std::string_view>& pieces) {
    return replay(make_messages_to_messages(), pieces);
  }
};

TEST_P(MessagesGolden, WholeStreamInOneReadIsByteForByte) {
  ASSERT_FALSE(input.empty());
  const Replay out = play({input});
  if (out.error) {  // it stands last, as it came
    EXPECT_EQ(out.bytes, input);
    EXPECT_FALSE(out.decoder->error.message.empty());
    return;
  }
  EXPECT_EQ(out.bytes, input);
  EXPECT_TRUE(out.complete);
  EXPECT_EQ(out.done, 1);
  EXPECT_EQ(out.finish, 1);
  EXPECT_TRUE(out.after_end.empty());
  EXPECT_TRUE(out.decoder->usage.present);
  EXPECT_TRUE(StrictClient(out.bytes).stopped);
}

TEST_P(MessagesGolden, OneByteAtATimeAndSplitAtEveryByte) {
  const std::string whole = play({input}).bytes;
  EXPECT_EQ(play(byte_by_byte(input)).bytes, whole);
  for (std::size_t cut = 0; cut <= input.size(); ++cut) {
    const std::string_view view = input;
    ASSERT_EQ(play({view.substr(0, cut), view.substr(cut)}).bytes, whole) << "split at " << cut;
  }
}

// Lost after any byte: what was passed on is a beginning of the whole, and `message_stop` is only
// ever added after a stop reason.
TEST_P(MessagesGolden, CutAtEveryByte) {
  for (std::size_t cut = 0; cut <= input.size(); ++cut) {
    const Replay out = play({std::string_view(input).substr(0, cut)});
    const bool stop_reason = out.finish > 0;
    ASSERT_EQ(out.complete, stop_reason && !out.error) << "cut at " << cut;
    const bool has_stop = out.bytes.find("event: message_stop") != std::string::npos;
    ASSERT_EQ(has_stop, out.complete) << "cut at " << cut;
    if (!out.complete) ASSERT_TRUE(out.after_end.empty()) << "cut at " << cut;
  }
}

TEST_P(MessagesGolden, CarriageReturnLineFeedStaysAsItCame) {
  std::string crlf;
  for (const char c : input) crlf += c == '\n' ? "\r\n" : std::string(1, c);
  const Replay out = play({crlf});
  if (!out.error) EXPECT_EQ(out.bytes, crlf);
}

INSTANTIATE_TEST_SUITE_P(Streams, MessagesGolden,
                         ::testing::Values("text", "tool_use", "thinking", "parallel_tools",
                                           "refusal", "max_tokens", "redacted", "overloaded"),
                         [](const auto& info) { return std::string(info.param); });

Replay same(const std::string& bytes) {
  return replay(make_messages_to_messages(), {bytes});
}

TEST(MessagesStream, TheServerToolsEventsPassThoughTheyAreNotKnown) {
  const std::string input = golden("anthropic/server_tool.anthropic.sse");
  EXPECT_EQ(same(input).bytes, input);
}

TEST(MessagesStream, UsageIsCumulativeAndKeepsItsClasses) {
  const Replay out = same(
      "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"m\","
      "\"model\":\"claude-x\",\"content\":[],\"usage\":{\"input_tokens\":10,"
      "\"cache_read_input_tokens\":3,\"cache_creation_input_tokens\":9,\"cache_creation\":"
      "{\"ephemeral_5m_input_tokens\":4,\"ephemeral_1h_input_tokens\":5},\"output_tokens\":1}}}\n\n"
      "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":"
      "\"end_turn\"},\"usage\":{\"output_tokens\":7}}\n\n"
      "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{},"
      "\"usage\":{\"output_tokens\":12}}\n\nevent: message_stop\ndata: "
      "{\"type\":\"message_stop\"}\n\n");
  const llm::Usage& usage = out.decoder->usage;
  EXPECT_EQ(usage.input, 10);
  EXPECT_EQ(usage.cache_read, 3);
  EXPECT_EQ(usage.cache_write_5m, 4);
  EXPECT_EQ(usage.cache_write_1h, 5);
  EXPECT_EQ(usage.output, 12) << "the last count, not the sum";
  EXPECT_EQ(out.decoder->response_model, "claude-x");
}

TEST(MessagesStream, ContentIsADeltaThatSaysSomething) {
  const std::string start =
      "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"content\":[]}}\n\n"
      "event: ping\ndata: {\"type\":\"ping\"}\n\n"
      "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,"
      "\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n";
  const auto delta = [](const char* fields) {
    return "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,"
           "\"delta\":{" +
           std::string(fields) + "}}\n\n";
  };
  EXPECT_EQ(same(start).content, 0);
  EXPECT_EQ(same(start + delta("\"type\":\"text_delta\",\"text\":\"\"")).content, 0);
  EXPECT_EQ(same(start + delta("\"type\":\"signature_delta\",\"signature\":\"x\"")).content, 0);
  EXPECT_EQ(same(start + delta("\"type\":\"text_delta\",\"text\":\"a\"")).content, 1);
  EXPECT_EQ(same(start + delta("\"type\":\"thinking_delta\",\"thinking\":\"a\"")).content, 1);
  EXPECT_EQ(same(start + delta("\"type\":\"input_json_delta\",\"partial_json\":\"{\"")).content, 1);
  const Replay out = same(start + delta("\"type\":\"text_delta\",\"text\":\"abc\""));
  EXPECT_EQ(out.before_content, start);
  EXPECT_EQ(out.decoder->output_text_bytes, 3);
}

TEST(MessagesStream, EventsOutOfOrderAreAFailureNotAnAnswer) {
  const char* kDelta =
      "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":"
      "{\"type\":\"text_delta\",\"text\":\"a\"}}\n\n";
  EXPECT_TRUE(same(kDelta).error);
  EXPECT_TRUE(same("event: message_start\ndata: {\"type\":\"message_start\",\"message\":{}}\n\n"
                   "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n")
                  .error)
      << "an end without a reason is no end";
}

TEST(MessagesStream, BrokenJsonIsSkippedAndCounted) {
  const Replay out = same(
      "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{}}\n\n"
      "event: content_block_delta\ndata: {broken\n\n");
  EXPECT_EQ(out.decoder->skipped_events, 1);
  EXPECT_FALSE(out.complete);
}

TEST(MessagesStream, AnErrorEventSaysItsStatus) {
  const Replay out = same(
      "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\","
      "\"message\":\"Overloaded\"}}\n\n");
  EXPECT_TRUE(out.error);
  EXPECT_EQ(out.decoder->error.status, 529);
  EXPECT_THAT(out.bytes, ::testing::StartsWith("event: error\n")) << "for after the commit point";
}

TEST(MessagesWhole, PassesByteForByteAndIsRead) {
  const std::string body =
      R"( {"id":"msg_1","type":"message","content":[{"type":"text","text":"Hi"}],"model":"c",)"
      R"("stop_reason":"end_turn","x":1.50,"usage":{"input_tokens":3,"output_tokens":2}} )";
  const auto reply = messages_whole(body);
  ASSERT_TRUE(reply) << reply.error().detail;
  EXPECT_EQ(reply->body, body);
  EXPECT_EQ(reply->usage.input, 3);
  EXPECT_EQ(reply->usage.output, 2);
  EXPECT_EQ(reply->response_model, "c");
}

TEST(MessagesWhole, WhatIsNoAnswerIsRefused) {
  for (const char* body :
       {"", "[]", "{}", R"({"content":[]})", R"({"content":[],"stop_reason":"end_turn"})",
        R"({"content":[{"type":"text","text":"cut"}],"stop_reason":null})",
        R"({"type":"error","error":{"type":"api_error","message":"x"}})"}) {
    EXPECT_FALSE(messages_whole(body)) << body;
  }
}

}  // namespace
}  // namespace pontage::dialects::test
