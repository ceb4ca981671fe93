// The order of an Anthropic stream made from an OpenAI one (rows C5, D1, D3, D6, D7, D8), and how
// the bytes may come (row D14).
#include <gmock/gmock.h>

#include "unit/dialects/messages_support.hpp"

namespace pontage::dialects::test {
namespace {

using ::testing::ElementsAre;

Replay play(const std::string& bytes) {
  return replay(translator(), {bytes});
}

/// The events as `name` or `name index`.
std::vector<std::string> names_of(std::string_view bytes) {
  std::vector<std::string> out;
  http::SseParser parser(1 << 20);
  http::SseParser::Event event;
  parser.feed(bytes);
  while (parser.next(event) == http::SseParser::Next::kEvent) {
    const json data = json::parse(event.data, nullptr, false);
    EXPECT_EQ(data["type"], event.event);
    out.emplace_back(event.event);
    if (data.contains("index")) out.back() += " " + std::to_string(data["index"].get<int>());
  }
  return out;
}

const std::string kTwoCalls =
    chunk({{"role", "assistant"}}) + chunk({{"reasoning_content", "hm"}}) +
    chunk({{"content", "so"}}) + chunk(tool_piece(0, "a", "f", "")) +
    chunk(tool_piece(1, "b", "g", "{}")) + chunk({}, "tool_calls") + kDoneMark;

TEST(OpenAiToMessages, C5_ThinkingAlwaysHasASignature) {
  const auto reply =
      read_whole(json{{"choices",
                       {{{"index", 0},
                         {"message", {{"content", "x"}, {"reasoning_content", "hm"}}},
                         {"finish_reason", "stop"}}}}}
                     .dump(),
                 "m");
  ASSERT_TRUE(reply);
  EXPECT_EQ(json::parse(reply->body)["content"][0]["signature"], "pontage-unsigned-v1");
  EXPECT_EQ(StrictClient(play(kTwoCalls).bytes).message["content"][0]["signature"],
            "pontage-unsigned-v1");
}

TEST(OpenAiToMessages, D1_OneOrderAndEveryEventHasItsName) {
  EXPECT_THAT(names_of(play(kTwoCalls).bytes),
              ElementsAre("message_start", "content_block_start 0", "content_block_delta 0",
                          "content_block_delta 0", "content_block_stop 0", "content_block_start 1",
                          "content_block_delta 1", "content_block_stop 1", "content_block_start 2",
                          "content_block_start 3", "content_block_delta 3", "content_block_stop 2",
                          "content_block_stop 3", "message_delta", "message_stop"));
}

TEST(OpenAiToMessages, D3_IndicesCountFromZeroInTheOrderOfTheStarts) {
  // The provider's own numbers of calls have holes.
  const std::string bytes = chunk({{"content", "x"}}) + chunk(tool_piece(5, "a", "f", "{}")) +
                            chunk(tool_piece(2, "b", "g", "{}")) + chunk({}, "tool_calls") +
                            kDoneMark;
  const json content = StrictClient(play(bytes).bytes).message["content"];
  ASSERT_EQ(content.size(), 3U);
  EXPECT_EQ(content[1]["id"], "a");
  EXPECT_EQ(content[2]["id"], "b");
}

TEST(OpenAiToMessages, D6_ACallWithoutArgumentsHasNoDelta) {
  for (const json& arguments : {json(nullptr), json("")}) {
    const std::string bytes =
        chunk(tool_piece(0, "a", "f", arguments)) + chunk({}, "tool_calls") + kDoneMark;
    EXPECT_THAT(names_of(play(bytes).bytes),
                ElementsAre("message_start", "content_block_start 0", "content_block_stop 0",
                            "message_delta", "message_stop"));
    EXPECT_EQ(StrictClient(play(bytes).bytes).message["content"][0]["input"], json::object());
  }
}

TEST(OpenAiToMessages, D7_ArgumentsInTheChunkOfTheName) {
  const std::string bytes = chunk(tool_piece(0, "a", "f", "{\"x\":")) +
                            chunk(tool_piece(0, nullptr, nullptr, "1}")) + chunk({}, "tool_calls") +
                            kDoneMark;
  EXPECT_EQ(StrictClient(play(bytes).bytes).message["content"][0]["input"], json({{"x", 1}}));
}

// OpenRouter hands on what Anthropic signed and what it hid, piece by piece.
TEST(OpenAiToMessages, D8_SignedAndHiddenThinkingStayApart) {
  const auto detail = [](json entry) {
    entry["format"] = "anthropic-claude-v1";
    return entry;
  };
  const json details = {detail({{"type", "reasoning.text"}, {"text", "a"}, {"signature", "S1"}}),
                        detail({{"type", "reasoning.encrypted"}, {"data", "ENC"}}),
                        detail({{"type", "reasoning.text"}, {"text", "b"}, {"signature", "S2"}})};
  const json message = {{"content", "so"}, {"reasoning", "ab"}, {"reasoning_details", details}};
  const auto reply = read_whole(
      json{{"choices", {{{"index", 0}, {"message", message}, {"finish_reason", "stop"}}}}}.dump(),
      "m");
  ASSERT_TRUE(reply);
  EXPECT_EQ(json::parse(reply->body)["content"],
            json({{{"type", "thinking"}, {"thinking", "a"}, {"signature", "S1"}},
                  {{"type", "redacted_thinking"}, {"data", "ENC"}},
                  {{"type", "thinking"}, {"thinking", "b"}, {"signature", "S2"}},
                  {{"type", "text"}, {"text", "so"}}}));
}

TEST(OpenAiToMessages, D14_AnyBytesAroundTheEvents) {
  const std::string plain = play(kTwoCalls).bytes;
  std::string odd = ": OPENROUTER PROCESSING\r\n\r\n";
  for (std::size_t at = 0; at < kTwoCalls.size();) {
    const std::size_t end = kTwoCalls.find("\n\n", at);
    odd += "data:" + kTwoCalls.substr(at + 6, end - at - 6) + "\r\n\r\n: still here\r\n\r\n";
    at = end + 2;
  }
  EXPECT_EQ(StrictClient(play(odd).bytes).message, StrictClient(plain).message);
  EXPECT_EQ(replay(translator(), byte_by_byte(odd)).bytes, play(odd).bytes);
  const std::string unended = kTwoCalls.substr(0, kTwoCalls.size() - 2);  // [DONE] without its line
  EXPECT_EQ(play(unended).bytes, plain);
}

// The strict-client variant: the same answer, and never a second block beside an open one.
TEST(OpenAiToMessages, D5_SerialBlocksForClientsThatInsist) {
  const std::string bytes =
      chunk({{"role", "assistant"}}) + chunk({{"content", "so"}}) +
      chunk(tool_piece(0, "a", "f", "{\"x\"")) + chunk(tool_piece(1, "b", "g", "")) +
      chunk(tool_piece(1, "", "", "{\"y\":")) + chunk(tool_piece(0, "", "", ":1}")) +
      chunk({{"content", "and "}}) + chunk(tool_piece(1, "", "", "2}")) +
      chunk({{"content", "more"}}) + chunk({}, "tool_calls") + kDoneMark;
  auto view = messages_view();
  view.serial_tools = true;
  const auto serial = [&](const std::vector<std::string_view>& pieces) {
    return replay(make_stream_decoder(Dialect::kAnthropicMessages, Dialect::kOpenAiChat, view,
                                      false, "client-model"),
                  pieces)
        .bytes;
  };
  const std::string whole = serial({bytes});
  std::string open;
  for (const std::string& name : names_of(whole)) {
    const std::string index = name.substr(name.find(' ') + 1);
    if (name.starts_with("content_block_start")) {
      EXPECT_EQ(open, "") << name;
      open = index;
    } else if (name.starts_with("content_block")) {
      EXPECT_EQ(open, index) << name;
      if (name.starts_with("content_block_stop")) open.clear();
    }
  }
  const json content = StrictClient(whole).message["content"];
  ASSERT_EQ(content.size(), 4U) << whole;
  EXPECT_EQ(content[0]["text"], "so");
  EXPECT_EQ(content[1]["input"], json({{"x", 1}}));
  EXPECT_EQ(content[2]["input"], json({{"y", 2}}));
  EXPECT_EQ(content[3]["text"], "and more");
  EXPECT_LT(whole.find("{\\\"x\\\""), whole.find("content_block_stop\",\"index\":1"));
  for (std::size_t at = 0; at <= bytes.size(); ++at) {
    const std::string_view all = bytes;
    ASSERT_EQ(serial({all.substr(0, at), all.substr(at)}), whole) << "split at " << at;
    const auto cut = replay(make_stream_decoder(Dialect::kAnthropicMessages, Dialect::kOpenAiChat,
                                                view, false, "client-model"),
                            {all.substr(0, at)});
    ASSERT_TRUE(cut.complete || cut.bytes.find("message_stop") == std::string::npos) << at;
  }
}

}  // namespace
}  // namespace pontage::dialects::test
