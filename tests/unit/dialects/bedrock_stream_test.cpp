// ConverseStream for an Anthropic client: the streams of AWS's user guide, as they come over the
// wire, in every split and cut at every byte; exceptions; whole answers.
#include <gmock/gmock.h>

#include <algorithm>

#include "unit/dialects/bedrock_support.hpp"

namespace pontage::dialects::test {
namespace {

// The id is made anew each time.
std::string without_id(std::string bytes) {
  const auto at = bytes.find("\"id\":\"msg_");
  if (at != std::string::npos) bytes.erase(at, bytes.find(',', at) - at);
  return bytes;
}

class ConverseGolden : public ::testing::TestWithParam<const char*> {
 protected:
  std::string input = golden("bedrock/" + std::string(GetParam()) + ".eventstream");
};

TEST_P(ConverseGolden, OneByteAtATimeAndSplitAtEveryByte) {
  ASSERT_FALSE(input.empty());
  const auto whole = play_converse({input});
  EXPECT_FALSE(whole.broken);
  EXPECT_TRUE(whole.replay.complete);
  EXPECT_EQ(whole.replay.done, 1);
  const auto bytes = without_id(whole.replay.bytes);
  EXPECT_EQ(without_id(play_converse(byte_by_byte(input)).replay.bytes), bytes);
  const std::string_view view = input;
  for (std::size_t cut = 0; cut <= input.size(); ++cut) {
    const auto split = play_converse({view.substr(0, cut), view.substr(cut)});
    ASSERT_EQ(without_id(split.replay.bytes), bytes) << "split at " << cut;
  }
}

TEST_P(ConverseGolden, CutAtEveryByteIsNeverACompleteAnswerBeforeItsReason) {
  const auto stop = input.find("messageStop");
  ASSERT_NE(stop, std::string::npos);
  for (std::size_t cut = 0; cut < input.size(); ++cut) {
    const auto out = play_converse({std::string_view(input).substr(0, cut)});
    const bool has_stop = out.replay.bytes.find("event: message_stop") != std::string::npos;
    ASSERT_EQ(has_stop, out.replay.complete) << "cut at " << cut;
    if (cut <= stop) ASSERT_FALSE(out.replay.complete) << "cut at " << cut;
  }
}

TEST_P(ConverseGolden, AFlippedByteIsNeverACompleteAnswer) {
  for (std::size_t at = 0; at < input.size(); at += 7) {
    std::string bad = input;
    bad[at] = static_cast<char>(bad[at] ^ 0x10);
    const auto out = play_converse({bad});
    const auto last = input.rfind("metadata");  // what comes after the reason may be lost
    if (at + 40 < last) ASSERT_FALSE(out.replay.complete) << at;
    ASSERT_TRUE(out.broken) << at;
  }
}

INSTANTIATE_TEST_SUITE_P(Documented, ConverseGolden,
                         ::testing::Values("text", "tools", "reasoning"),
                         [](const auto& row) { return std::string(row.param); });

TEST(ConverseStream, Text) {
  const auto out = play_converse({golden("bedrock/text.eventstream")});
  const json message = client_message(out.replay.bytes);
  EXPECT_EQ(message["content"], json::parse(R"([{"type":"text","text":" Title: The Café ☕"}])"));
  EXPECT_EQ(message["stop_reason"], "max_tokens");
  EXPECT_EQ(message["usage"]["input_tokens"], 47);
  EXPECT_EQ(message["usage"]["output_tokens"], 20);
  EXPECT_EQ(message["model"], "client-model");
  EXPECT_EQ(out.replay.decoder->usage.total_input(), 47);
  EXPECT_EQ(out.replay.decoder->finish, llm::Finish::kLength);
  EXPECT_EQ(out.replay.content, 4) << "an empty piece is no content";
}

TEST(ConverseStream, Tools) {
  const auto out = play_converse({golden("bedrock/tools.eventstream")});
  const json message = client_message(out.replay.bytes);
  ASSERT_EQ(message["content"].size(), 3U);
  EXPECT_EQ(message["content"][1],
            json::parse(R"({"type":"tool_use","id":"tooluse_kZJMlvQmRJ6eAyJE5GIl7Q",)"
                        R"("name":"top_song","input":{"sign":"WZPZ"}})"));
  EXPECT_EQ(message["content"][2]["input"], json::object());
  EXPECT_EQ(message["stop_reason"], "tool_use");
  const auto& usage = out.replay.decoder->usage;
  EXPECT_EQ(usage.input, 400);
  EXPECT_EQ(usage.cache_read, 120);
  EXPECT_EQ(usage.cache_write_5m, 30);
}

TEST(ConverseStream, Reasoning) {
  const auto out = play_converse({golden("bedrock/reasoning.eventstream")});
  const json message = client_message(out.replay.bytes);
  ASSERT_EQ(message["content"].size(), 3U);
  EXPECT_EQ(message["content"][0]["thinking"], "The user greets.");
  EXPECT_EQ(message["content"][0]["signature"], "EqoBCkgIARAB");
  EXPECT_EQ(message["content"][1]["data"], "cmVkYWN0ZWQ=");
  EXPECT_EQ(message["content"][2]["text"], "Hello!");
}

TEST(ConverseStream, ExceptionsAreErrorsWithTheirStatus) {
  const auto throttled = play_converse({golden("bedrock/throttled.eventstream")});
  EXPECT_TRUE(throttled.replay.error);
  EXPECT_FALSE(throttled.replay.complete);
  EXPECT_EQ(throttled.replay.decoder->error.status, 429);
  EXPECT_EQ(throttled.replay.decoder->error.type, "throttlingException");
  EXPECT_EQ(throttled.replay.decoder->error.message,
            "Too many tokens, please wait before trying again.");
  const auto model = play_converse({golden("bedrock/model_error.eventstream")});
  EXPECT_EQ(model.replay.decoder->error.status, 529) << "the status that the model's server gave";
}

std::string framed(std::string_view type, std::string_view name, std::string_view payload) {
  std::string wire;
  const std::array<http::EventStreamText, 2> headers = {
      {{":message-type", type}, {type == "exception" ? ":exception-type" : ":event-type", name}}};
  http::append_event_stream(wire, headers, payload);
  return wire;
}

TEST(ConverseStream, EveryException) {
  const std::pair<const char*, int> rows[] = {
      {"internalServerException", 500},     {"modelStreamErrorException", 424},
      {"validationException", 400},         {"throttlingException", 429},
      {"serviceUnavailableException", 503}, {"accessDeniedException", 403},
      {"somethingNewException", 500}};
  for (const auto& [name, status] : rows) {
    const auto out = play_converse({framed("exception", name, R"({"message":"m"})")});
    EXPECT_TRUE(out.replay.error) << name;
    EXPECT_EQ(out.replay.decoder->error.status, status) << name;
    EXPECT_EQ(play_converse({framed("exception", name, "no json")}).replay.decoder->error.message,
              "no json");
  }
}

TEST(ConverseStream, AnUnmodelledError) {
  std::string wire;
  const std::array<http::EventStreamText, 3> headers = {
      {{":message-type", "error"}, {":error-code", "InternalError"}, {":error-message", "broke"}}};
  http::append_event_stream(wire, headers, "");
  const auto out = play_converse({wire});
  EXPECT_TRUE(out.replay.error);
  EXPECT_EQ(out.replay.decoder->error.type, "InternalError");
  EXPECT_EQ(out.replay.decoder->error.message, "broke");
}

TEST(ConverseStream, OrderAndNonsense) {
  const auto stop = framed("event", "messageStop", R"({"stopReason":"end_turn"})");
  const auto text =
      framed("event", "contentBlockDelta", R"({"contentBlockIndex":0,"delta":{"text":"x"}})");
  EXPECT_TRUE(play_converse({text + stop}).replay.complete) << "metadata may be missing";
  EXPECT_FALSE(play_converse({text}).replay.complete);
  const auto input = framed("event", "contentBlockDelta",
                            R"({"contentBlockIndex":3,"delta":{"toolUse":{"input":"{"}}})");
  EXPECT_EQ(play_converse({input}).replay.decoder->error.type, "event_order");
  const auto skipped = play_converse({framed("event", "contentBlockDelta", "{") + text + stop});
  EXPECT_TRUE(skipped.replay.complete);
  EXPECT_EQ(skipped.replay.decoder->skipped_events, 1);
  const auto unknown = play_converse({framed("event", "somethingNew", "{}") + text + stop});
  EXPECT_TRUE(unknown.replay.complete);
  const auto bad = framed("event", "messageStop", R"({"stopReason":"malformed_tool_use"})");
  EXPECT_TRUE(play_converse({text + bad}).replay.error);
}

TEST(ConverseWhole, TextAndTools) {
  const auto read = [](const std::string& body) {
    return decode_whole(Dialect::kAnthropicMessages, Dialect::kBedrockConverse, body,
                        messages_view(), "client-model");
  };
  const auto text = read(golden("bedrock/whole.json"));
  ASSERT_TRUE(text) << text.error().detail;
  EXPECT_EQ(json::parse(text->body)["content"][0]["text"], "Here are 3 pop songs.");
  EXPECT_EQ(text->usage.input, 125);
  EXPECT_EQ(text->usage.output, 60);

  const auto tool = read(golden("bedrock/whole_tool.json"));
  ASSERT_TRUE(tool) << tool.error().detail;
  EXPECT_EQ(json::parse(tool->body)["content"], json::parse(R"([
      {"type":"thinking","thinking":"It wants a song.","signature":"c2ln"},
      {"type":"redacted_thinking","data":"cmVk"},
      {"type":"text","text":"Looking."},
      {"type":"tool_use","id":"tooluse_kZJMlvQmRJ6eAyJE5GIl7Q","name":"top_song",
       "input":{"sign":"WZPZ","n":1.5}}])"));
  EXPECT_EQ(tool->finish, llm::Finish::kToolCalls);
  EXPECT_EQ(tool->usage.cache_read, 20);
  EXPECT_EQ(tool->usage.cache_write_5m, 6);
  EXPECT_EQ(tool->usage.cache_write_1h, 4);
  for (const auto* bad :
       {"", "[]", "{}", R"({"output":{"message":{"content":"x"}},"stopReason":"x"})",
        R"({"output":{"message":{"content":[]}}})",
        R"({"output":{"message":{"content":[]}},"stopReason":"malformed_tool_use"})"})
    EXPECT_FALSE(read(bad)) << bad;
}

TEST(ConverseErrors, Bodies) {
  const auto plain = read_error(Dialect::kBedrockConverse,
                                R"({"message":"Input is too long for requested model."})");
  EXPECT_EQ(plain.message, "Input is too long for requested model.");
  EXPECT_TRUE(is_context_overflow(plain));
  const auto typed = read_error(
      Dialect::kBedrockConverse,
      R"({"__type":"com.amazon.coral.service#UnrecognizedClientException","Message":"bad"})");
  EXPECT_EQ(typed.type, "UnrecognizedClientException");
  EXPECT_EQ(typed.status, 403);
  EXPECT_EQ(typed.message, "bad");
  EXPECT_EQ(read_error(Dialect::kBedrockConverse, "<html>").message, "<html>");
}

}  // namespace
}  // namespace pontage::dialects::test
