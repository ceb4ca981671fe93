// The stream decoder row by row: rows G7 to G11 of the translation table, and C, D, E as they apply
// from Anthropic to OpenAI.
#include <gtest/gtest.h>

#include "unit/dialects/anthropic_support.hpp"

namespace pontage::dialects::test {
namespace {

const json kToolBlock = {
    {"type", "tool_use"}, {"id", "toolu_1"}, {"name", "f"}, {"input", json::object()}};

std::string tool_block(int index, const std::string& id, const std::vector<std::string>& pieces) {
  json block = kToolBlock;
  block["id"] = id;
  std::string out = block_start(index, block);
  for (const auto& piece : pieces) {
    out += block_delta(index, {{"type", "input_json_delta"}, {"partial_json", piece}});
  }
  return out + block_stop(index);
}

TEST(AnthropicStream, G7_ChunkIsByteForByteWhatIsDocumented) {
  const Played played = play(message_start() + text_block(0, "Hi"), false);
  EXPECT_EQ(played.bytes,
            "data: {\"id\":\"msg_1\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,"
            "\"model\":\"claude-test\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\","
            "\"content\":\"\"},\"finish_reason\":null}]}\n\n"
            "data: {\"id\":\"msg_1\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,"
            "\"model\":\"claude-test\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hi\"},"
            "\"finish_reason\":null}]}\n\n");
}

TEST(AnthropicStream, G7_RoleChunkFirstAndNotContent) {
  const Played played = play(message_start());
  ASSERT_EQ(played.frames.size(), 1U);
  EXPECT_FALSE(played.frames[0].content);
  EXPECT_EQ(events_of(played.bytes)[0]["choices"][0]["delta"],
            json({{"role", "assistant"}, {"content", ""}}));
}

TEST(AnthropicStream, G7_RoleChunkFirstEvenWithoutMessageStart) {
  const Played played = play(text_block(0, "Hi") + message_delta("end_turn") + message_stop());
  const json events = events_of(played.bytes);
  EXPECT_EQ(events[0]["choices"][0]["delta"]["role"], "assistant");
  EXPECT_EQ(events[0]["model"], "client-model");
  EXPECT_EQ(events[1]["choices"][0]["delta"]["content"], "Hi");
  EXPECT_TRUE(played.complete);
}

TEST(AnthropicStream, G7_SecondMessageStartIsPassedOver) {
  const Played played = play(message_start() + message_start() + text_block(0, "Hi"));
  EXPECT_EQ(events_of(played.bytes).size(), 2U);
}

TEST(AnthropicStream, G7_ToolIndexIsTheOrdinalOfToolBlocks) {
  const Played played =
      play(message_start() + text_block(0, "a") + tool_block(1, "toolu_1", {"{\"a\":1}"}) +
           text_block(2, "b") + tool_block(3, "toolu_2", {"{}"}));
  json indices = json::array();
  for (const json& delta : deltas_of(played.bytes)) {
    if (delta.contains("tool_calls")) indices.push_back(delta["tool_calls"][0]["index"]);
  }
  EXPECT_EQ(indices, json({0, 0, 1, 1}));
}

TEST(AnthropicStream, G7_ToolStartCarriesIdNameAndEmptyArguments) {
  const Played played = play(message_start() + block_start(0, kToolBlock));
  EXPECT_EQ(deltas_of(played.bytes)[0]["tool_calls"][0],
            json({{"index", 0},
                  {"id", "toolu_1"},
                  {"type", "function"},
                  {"function", {{"name", "f"}, {"arguments", ""}}}}));
  EXPECT_TRUE(played.frames[1].content);
}

struct StopRow {
  const char* reason;
  const char* openai;
  llm::Finish finish;
  bool with_tool;
};
class AnthropicStop : public ::testing::TestWithParam<StopRow> {};

TEST_P(AnthropicStop, G7_FinishReason) {
  const StopRow& row = GetParam();
  const Played played = play(
      message_start() + (row.with_tool ? tool_block(0, "toolu_1", {"{}"}) : text_block(0, "x")) +
          message_delta(row.reason) + message_stop(),
      false);
  const json events = events_of(played.bytes);
  EXPECT_EQ(events[events.size() - 2]["choices"][0]["finish_reason"], row.openai);
  EXPECT_EQ(played.decoder->finish, row.finish);
  EXPECT_EQ(events.back(), "data: [DONE]");
}

INSTANTIATE_TEST_SUITE_P(
    Rows, AnthropicStop,
    ::testing::Values(StopRow{"end_turn", "stop", llm::Finish::kStop, false},
                      StopRow{"stop_sequence", "stop", llm::Finish::kStopSequence, false},
                      StopRow{"pause_turn", "stop", llm::Finish::kStop, false},
                      StopRow{"tool_use", "tool_calls", llm::Finish::kToolCalls, true},
                      StopRow{"end_turn", "tool_calls", llm::Finish::kStop, true},
                      StopRow{"max_tokens", "length", llm::Finish::kLength, false},
                      StopRow{"max_tokens", "length", llm::Finish::kLength, true},
                      StopRow{"model_context_window_exceeded", "length",
                              llm::Finish::kContextExceeded, false},
                      StopRow{"refusal", "content_filter", llm::Finish::kContentFilter, false},
                      StopRow{"of_tomorrow", "stop", llm::Finish::kOther, false}),
    [](const auto& info) {
      return std::string(info.param.reason) + (info.param.with_tool ? "_with_tool" : "");
    });

TEST(AnthropicStream, G9_ThinkingBecomesReasoningContent) {
  const Played played =
      play(message_start() +
           block_start(0, {{"type", "thinking"}, {"thinking", ""}, {"signature", ""}}) +
           block_delta(0, {{"type", "thinking_delta"}, {"thinking", "Hm"}}));
  const json delta = deltas_of(played.bytes)[0];
  EXPECT_EQ(delta["reasoning_content"], "Hm");
  EXPECT_EQ(delta["reasoning_details"],
            json::array({{{"type", "reasoning.text"}, {"index", 0}, {"text", "Hm"}}}));
  EXPECT_TRUE(played.frames[2].content);
  EXPECT_FALSE(played.frames[1].content);
}

TEST(AnthropicStream, G9_SignatureStandsInReasoningDetailsAndIsNoContent) {
  const Played played =
      play(message_start() + block_start(0, {{"type", "thinking"}, {"thinking", ""}}) +
           block_delta(0, {{"type", "signature_delta"}, {"signature", "c2ln"}}));
  EXPECT_EQ(deltas_of(played.bytes)[0]["reasoning_details"],
            json::array({{{"type", "reasoning.text"},
                          {"format", "anthropic-claude-v1"},
                          {"index", 0},
                          {"signature", "c2ln"}}}));
  EXPECT_EQ(played.count(&Frame::content), 0);
}

TEST(AnthropicStream, G10_ErrorEventIsAnErrorAndEndsTheStream) {
  struct Row {
    const char* type;
    int status;
  };
  for (const Row& row :
       {Row{"overloaded_error", 529}, Row{"rate_limit_error", 429}, Row{"api_error", 500},
        Row{"invalid_request_error", 400}, Row{"authentication_error", 401},
        Row{"permission_error", 403}, Row{"not_found_error", 404}, Row{"request_too_large", 413},
        Row{"timeout_error", 504}, Row{"billing_error", 402}, Row{"of_tomorrow_error", 0}}) {
    const Played played =
        play(message_start() +
             event("error", {{"error", {{"type", row.type}, {"message", "Overloaded"}}}}) +
             text_block(0, "after") + message_delta("end_turn") + message_stop());
    EXPECT_TRUE(played.error) << row.type;
    EXPECT_FALSE(played.complete) << row.type;
    EXPECT_EQ(played.decoder->error.type, row.type);
    EXPECT_EQ(played.decoder->error.status, row.status) << row.type;
    EXPECT_EQ(played.decoder->error.message, "Overloaded");
    EXPECT_EQ(events_of(played.bytes).size(), 1U) << "nothing follows an error: " << row.type;
  }
}

TEST(AnthropicStream, G10_ErrorBeforeAnythingElse) {
  const Played played =
      play(event("error", {{"error", {{"type", "overloaded_error"}, {"message", "Overloaded"}}}}));
  EXPECT_TRUE(played.error);
  EXPECT_TRUE(played.bytes.empty());
}

TEST(AnthropicStream, G10_ErrorWithoutDetails) {
  const Played played = play(event("error"));
  EXPECT_TRUE(played.error);
  EXPECT_EQ(played.decoder->error.status, 500);
  EXPECT_FALSE(played.decoder->error.message.empty());
}

TEST(AnthropicStream, G10_PingIsAComment) {
  for (const std::string ping : {"event: ping\ndata: {\"type\": \"ping\"}\n\n",
                                 "event: ping\ndata: {}\n\n", "data: {\"type\":\"ping\"}\n\n"}) {
    const Played played = play(ping);
    EXPECT_EQ(played.bytes, ": ping\n\n");
    EXPECT_EQ(played.count(&Frame::content), 0);
  }
}

TEST(AnthropicStream, G11_DoneIsLastAndOnce) {
  const Played played =
      play(message_start() + text_block(0, "x") + message_delta("end_turn") + message_stop() +
           message_stop() + text_block(1, "late") + event("ping"));
  EXPECT_TRUE(played.bytes.ends_with("data: [DONE]\n\n"));
  EXPECT_EQ(played.count(&Frame::done), 1);
  EXPECT_EQ(played.bytes.find("late"), std::string::npos);
}

TEST(AnthropicStream, D3_IndicesAreContiguousInStartOrder) {
  // Anthropic's own indices count all blocks and may even have holes.
  const Played played =
      play(message_start() + tool_block(7, "a", {"{}"}) + tool_block(9, "b", {"{}"}));
  EXPECT_EQ(deltas_of(played.bytes)[0]["tool_calls"][0]["index"], 0);
  EXPECT_EQ(deltas_of(played.bytes)[2]["tool_calls"][0]["index"], 1);
}

TEST(AnthropicStream, D5_ParallelBlocksStayApart) {
  json second = kToolBlock;
  second["id"] = "toolu_2";
  const auto piece = [](int index, const char* json_text) {
    return block_delta(index, {{"type", "input_json_delta"}, {"partial_json", json_text}});
  };
  const Played played = play(message_start() + block_start(0, kToolBlock) + block_start(1, second) +
                             piece(1, "{\"b\"") + piece(0, "{\"a\"") + piece(1, ":2}") +
                             block_stop(1) + piece(0, ":1}") + block_stop(0));
  std::string joined[2];
  for (const json& delta : deltas_of(played.bytes)) {
    const json& call = delta["tool_calls"][0];
    joined[call["index"].get<int>()] += call["function"]["arguments"].get<std::string>();
  }
  EXPECT_EQ(joined[0], "{\"a\":1}");
  EXPECT_EQ(joined[1], "{\"b\":2}");
}

TEST(AnthropicStream, D6_CallWithoutArgumentsIsAnEmptyObject) {
  for (const std::vector<std::string>& pieces :
       {std::vector<std::string>{}, std::vector<std::string>{"", ""}}) {
    const json deltas = deltas_of(play(message_start() + tool_block(0, "toolu_1", pieces)).bytes);
    ASSERT_EQ(deltas.size(), 2U);
    EXPECT_EQ(deltas[1]["tool_calls"][0]["function"]["arguments"], "{}");
  }
}

TEST(AnthropicStream, D6_BlockLeftOpenIsClosedByTheStopReason) {
  const json deltas = deltas_of(
      play(message_start() + block_start(0, kToolBlock) + message_delta("tool_use")).bytes);
  EXPECT_EQ(deltas[1]["tool_calls"][0]["function"]["arguments"], "{}");
}

TEST(AnthropicStream, D7_InputWholeInTheStartEventKeepsItsOrder) {
  const std::string raw =
      "data: "
      "{\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"tool_use\","
      "\"id\":\"t\","
      "\"name\":\"f\",\"input\":{\"z\":1,\"a\":\"\\u00e9\"}}}\n\n";
  const json deltas = deltas_of(play(message_start() + raw + block_stop(0)).bytes);
  EXPECT_EQ(deltas[1]["tool_calls"][0]["function"]["arguments"], "{\"z\":1,\"a\":\"é\"}");
}

TEST(AnthropicStream, D7_PiecesWinOverInputOfTheStart) {
  json block = kToolBlock;
  block["input"] = {{"old", 1}};
  const json deltas = deltas_of(
      play(message_start() + block_start(0, block) +
           block_delta(0, {{"type", "input_json_delta"}, {"partial_json", "{\"new\":2}"}}) +
           block_stop(0))
          .bytes);
  ASSERT_EQ(deltas.size(), 2U);
  EXPECT_EQ(deltas[1]["tool_calls"][0]["function"]["arguments"], "{\"new\":2}");
}

TEST(AnthropicStream, D11_EndWithoutAStopReasonIsTruncated) {
  for (const std::string& stream :
       {std::string(), message_start(), message_start() + text_block(0, "x"),
        message_start() + text_block(0, "x") + message_delta(nullptr),
        message_start() + text_block(0, "x") + message_stop()}) {
    const Played played = play(stream);
    EXPECT_FALSE(played.complete);
    EXPECT_EQ(played.bytes.find("[DONE]"), std::string::npos);
    EXPECT_EQ(played.count(&Frame::done), 0);
  }
}

TEST(AnthropicStream, D11_EndAfterTheStopReasonIsComplete) {
  const Played played = play(message_start() + text_block(0, "x") + message_delta("end_turn"));
  EXPECT_TRUE(played.complete);
  EXPECT_EQ(events_of(played.after_end).size(), 2U) << "usage and [DONE] are still owed";
  EXPECT_TRUE(played.after_end.ends_with("data: [DONE]\n\n"));
}

TEST(AnthropicStream, D13_EmptyCompletionHasNoContent) {
  const Played played = play(message_start() + message_delta("end_turn") + message_stop());
  EXPECT_EQ(played.count(&Frame::content), 0);
  EXPECT_EQ(played.count(&Frame::finish), 1);
}

TEST(AnthropicStream, D13_EmptyDeltasAreNoContent) {
  const Played played = play(message_start() + text_block(0, ""));
  EXPECT_EQ(played.count(&Frame::content), 0);
  EXPECT_EQ(events_of(played.bytes).size(), 1U);
}

TEST(AnthropicStream, D14_BrokenEventIsSkippedAndCounted) {
  const Played played =
      play(message_start() + "event: content_block_delta\ndata: {\"type\":\"content_bl\n\n" +
           "data: [1,2]\n\n" + "data: \xff\n\n" + text_block(0, "x") + message_delta("end_turn") +
           message_stop());
  EXPECT_EQ(played.decoder->skipped_events, 3);
  EXPECT_TRUE(played.complete);
  EXPECT_EQ(deltas_of(played.bytes), json::array({{{"content", "x"}}}));
}

TEST(AnthropicStream, D14_DeltaOfAnUnknownBlockIsSkipped) {
  const Played played =
      play(message_start() + block_delta(3, {{"type", "text_delta"}, {"text", "lost"}}) +
           text_block(0, "x") + block_delta(0, {{"type", "text_delta"}, {"text", "late"}}));
  EXPECT_EQ(played.decoder->skipped_events, 2);
  EXPECT_EQ(deltas_of(played.bytes), json::array({{{"content", "x"}}}));
}

TEST(AnthropicStream, D14_DataOfSeveralLines) {
  const Played played =
      play(message_start() +
           "event: content_block_start\ndata: {\"type\":\"content_block_start\",\n"
           "data: \"index\":0,\"content_block\":\ndata: {\"type\":\"text\",\"text\":\"x\"}}\n\n");
  EXPECT_EQ(deltas_of(played.bytes), json::array({{{"content", "x"}}}));
}

TEST(AnthropicStream, D14_ManyOpenBlocksAreBounded) {
  std::string stream = message_start();
  for (int i = 0; i < 1100; ++i) stream += block_start(i, {{"type", "text"}, {"text", ""}});
  EXPECT_EQ(play(stream).decoder->skipped_events, 1100 - 1024);
}

TEST(AnthropicStream, UnknownEventsAndDeltasArePassedOver) {
  const Played played = play(
      message_start() + event("of_tomorrow") + block_start(0, {{"type", "text"}, {"text", ""}}) +
      block_delta(0, {{"type", "of_tomorrow"}}) + block_start(1, {{"type", "of_tomorrow"}}) +
      block_delta(1, {{"type", "text_delta"}, {"text", "x"}}) + "data: [DONE]\n\n");
  EXPECT_EQ(played.decoder->skipped_events, 0);
  EXPECT_EQ(deltas_of(played.bytes), json::array({{{"content", "x"}}}));
}

TEST(AnthropicStream, ModelOfTheReplyIsKept) {
  EXPECT_EQ(play(message_start()).decoder->response_model, "claude-test");
  EXPECT_EQ(events_of(play(event("message_start", {{"message", {{"id", "m"}}}})).bytes)[0]["model"],
            "client-model");
}

}  // namespace
}  // namespace pontage::dialects::test
