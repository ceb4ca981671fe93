// Rows C1 to C8 and D1 to D14 of the translation table: what a provider that speaks openai.chat
// says, for an Anthropic client.
#include <gmock/gmock.h>

#include "unit/dialects/messages_support.hpp"

namespace pontage::dialects::test {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

Replay play(const std::string& bytes) {
  return replay(translator(), {bytes});
}

json whole(json message, const std::string& finish = "stop", json more = json::object()) {
  json body = {{"id", "chatcmpl-7"},
               {"model", "served"},
               {"choices", {{{"index", 0}, {"message", std::move(message)}}}}};
  body["choices"][0]["finish_reason"] = finish;
  body.update(more);
  const auto reply = read_whole(body.dump(), "asked");
  EXPECT_TRUE(reply) << body << (reply ? "" : reply.error().detail);
  return reply ? json::parse(reply->body) : json();
}
json call(const std::string& arguments) {
  return {{"id", "call_1"},
          {"type", "function"},
          {"function", {{"name", "f"}, {"arguments", arguments}}}};
}
json message_of(const std::string& bytes) {
  const Replay out = play(bytes);
  EXPECT_TRUE(out.complete) << out.bytes;
  const StrictClient client(out.bytes);
  EXPECT_TRUE(client.stopped) << out.bytes;
  return client.message;
}

TEST(OpenAiToMessages, C1_BlocksStandInTheVendorsOrder) {
  const json out = whole(
      {{"tool_calls", {call("{\"a\":1}")}}, {"content", "said"}, {"reasoning_content", "thought"}},
      "tool_calls");
  EXPECT_EQ(
      out["content"],
      json({{{"type", "thinking"}, {"thinking", "thought"}, {"signature", "pontage-unsigned-v1"}},
            {{"type", "text"}, {"text", "said"}},
            {{"type", "tool_use"}, {"id", "call_1"}, {"name", "f"}, {"input", {{"a", 1}}}}}));
}

TEST(OpenAiToMessages, C2_IdModelAndRole) {
  const json out = whole({{"content", "x"}});
  EXPECT_EQ(out["id"], "msg_chatcmpl-7");
  EXPECT_EQ(out["type"], "message");
  EXPECT_EQ(out["role"], "assistant");
  EXPECT_EQ(out["model"], "served");
  EXPECT_TRUE(out["stop_sequence"].is_null());
}

TEST(OpenAiToMessages, C3_StopReasons) {
  const json text = {{"content", "x"}};
  EXPECT_EQ(whole(text, "stop")["stop_reason"], "end_turn");
  EXPECT_EQ(whole(text, "length")["stop_reason"], "max_tokens");
  EXPECT_EQ(whole(text, "content_filter")["stop_reason"], "refusal");
  EXPECT_EQ(whole({{"tool_calls", {call("{}")}}}, "tool_calls")["stop_reason"], "tool_use");
  EXPECT_EQ(whole({{"tool_calls", {call("{}")}}}, "stop")["stop_reason"], "tool_use");
  json stopped = whole(
      text, "stop",
      {{"choices", {{{"message", text}, {"finish_reason", "stop"}, {"stop_reason", "END"}}}}});
  EXPECT_EQ(stopped["stop_reason"], "stop_sequence");
  EXPECT_EQ(stopped["stop_sequence"], "END");
  for (const char* finish : {"error", "abort", "something_new"}) {
    const json body = {{"choices", {{{"message", text}, {"finish_reason", finish}}}}};
    EXPECT_FALSE(read_whole(body.dump(), "m")) << finish;
    EXPECT_TRUE(play(chunk({{"content", "x"}}) + chunk({}, finish)).error) << finish;
  }
}

TEST(OpenAiToMessages, C4_UsageIsTakenApartOnce) {
  const json usage = {
      {"prompt_tokens", 100},
      {"completion_tokens", 20},
      {"prompt_tokens_details", {{"cached_tokens", 60}, {"cache_write_tokens", 30}}},
      {"completion_tokens_details", {{"reasoning_tokens", 5}}}};
  const json expected = {{"input_tokens", 10},
                         {"cache_read_input_tokens", 60},
                         {"cache_creation_input_tokens", 30},
                         {"output_tokens", 20}};
  EXPECT_EQ(whole({{"content", "x"}}, "stop", {{"usage", usage}})["usage"], expected);
  EXPECT_EQ(message_of(chunk({{"content", "x"}}) + chunk({}, "stop") + usage_chunk(usage) +
                       kDoneMark)["usage"],
            expected);
  const json odd = {{"prompt_tokens", 10}, {"prompt_tokens_details", {{"cached_tokens", 60}}}};
  EXPECT_EQ(whole({{"content", "x"}}, "stop", {{"usage", odd}})["usage"]["input_tokens"], 0);
}

TEST(OpenAiToMessages, C6_ARefusalIsTextAndItsReason) {
  const json out = whole({{"content", nullptr}, {"refusal", "I cannot."}});
  EXPECT_EQ(out["content"], json({{{"type", "text"}, {"text", "I cannot."}}}));
  EXPECT_EQ(out["stop_reason"], "refusal");
  EXPECT_EQ(message_of(chunk({{"refusal", "I can"}}) + chunk({{"refusal", "not."}}) +
                       chunk({}, "stop") + kDoneMark)["stop_reason"],
            "refusal");
}

TEST(OpenAiToMessages, C7_CitationsOfTheWeb) {
  const json cited = {{"type", "url_citation"},
                      {"url_citation", {{"url", "https://a"}, {"title", "A"}}}};
  const json block = whole({{"content", "x"}, {"annotations", {cited}}})["content"][0];
  EXPECT_EQ(block["citations"][0]["url"], "https://a");
  EXPECT_EQ(message_of(chunk({{"content", "x"}}) + chunk({{"annotations", {cited}}}) +
                       chunk({}, "stop") + kDoneMark)["content"][0]["citations"][0]["title"],
            "A");
}

TEST(OpenAiToMessages, C8_Arguments) {
  const auto input = [](const std::string& arguments) {
    return whole({{"tool_calls", {call(arguments)}}}, "tool_calls")["content"][0]["input"];
  };
  EXPECT_EQ(input(""), json::object());
  EXPECT_EQ(input("{\"a\":[1,\"ü\"]}"), json({{"a", {1, "ü"}}}));
  EXPECT_EQ(input("{\"a\":"), json({{"raw_arguments", "{\"a\":"}}));
  EXPECT_EQ(input("[1]"), json({{"raw_arguments", "[1]"}}));
}

TEST(OpenAiToMessages, WhatIsNoAnswerIsRefused) {
  for (const char* body : {"", "null", "[]", "{}", R"({"choices":[]})", R"({"choices":[{}]})",
                           R"({"choices":[{"message":{"content":""},"finish_reason":"stop"}]})",
                           R"({"error":{"message":"x"}})"}) {
    EXPECT_FALSE(read_whole(body, "m")) << body;
  }
}

TEST(OpenAiToMessages, D2_NothingBeforeTheFirstChunkThatSaysSomething) {
  const Replay out =
      play(": OPENROUTER PROCESSING\n\n" + usage_chunk(nullptr) + chunk({{"role", "assistant"}}) +
           chunk({{"content", ""}}) + chunk({{"content", "x"}}));
  EXPECT_EQ(out.content, 1);
  EXPECT_THAT(out.before_content, StartsWith(": OPENROUTER PROCESSING\n\nevent: message_start"));
  EXPECT_FALSE(out.complete);
  const Replay failed = play("data: {\"error\":{\"message\":\"busy\",\"code\":529}}\n\n");
  EXPECT_TRUE(failed.error);
  EXPECT_TRUE(failed.bytes.empty());
  EXPECT_EQ(failed.decoder->error.status, 529);
}

TEST(OpenAiToMessages, D4_TextAfterAToolIsANewBlock) {
  const json out = message_of(chunk({{"content", "a"}}) + chunk(tool_piece(0, "c1", "f", "{}")) +
                              chunk({{"content", "b"}}) + chunk({}, "stop") + kDoneMark);
  ASSERT_EQ(out["content"].size(), 3U);
  EXPECT_EQ(out["content"][0]["text"], "a");
  EXPECT_EQ(out["content"][1]["type"], "tool_use");
  EXPECT_EQ(out["content"][2]["text"], "b");
  EXPECT_EQ(out["stop_reason"], "tool_use");
}

TEST(OpenAiToMessages, D5_CallsInPiecesOfEveryKind) {
  struct Row {
    const char* name;
    std::string bytes;
    json inputs;
  };
  for (const Row& row : {
           Row{"interleaved",
               chunk(tool_piece(0, "a", "f", "{\"x\":")) + chunk(tool_piece(1, "b", "g", "{")) +
                   chunk(tool_piece(0, nullptr, nullptr, "1}")) +
                   chunk(tool_piece(1, nullptr, nullptr, "}")),
               {{{"x", 1}}, json::object()}},
           Row{"id first, name later, arguments before the name",
               chunk(tool_piece(0, "a", nullptr, nullptr)) +
                   chunk(tool_piece(0, nullptr, nullptr, "{\"x\"")) +
                   chunk(tool_piece(0, nullptr, "f", ":2}")),
               {{{"x", 2}}}},
           Row{"one index, two ids",
               chunk(tool_piece(0, "a", "f", "{}")) + chunk(tool_piece(0, "b", "f", "{\"y\":1}")),
               {json::object(), {{"y", 1}}}},
           Row{"the id repeated in each piece",
               chunk(tool_piece(0, "a", "f", "{\"x\":")) + chunk(tool_piece(0, "a", "f", "3}")),
               {{{"x", 3}}}},
           Row{"two whole calls in one chunk",
               chunk({{"tool_calls",
                       {{{"index", 0},
                         {"id", "a"},
                         {"function", {{"name", "f"}, {"arguments", "{\"z\":1}"}}}},
                        {{"index", 1},
                         {"id", "b"},
                         {"function", {{"name", "g"}, {"arguments", ""}}}}}}}),
               {{{"z", 1}}, json::object()}},
           Row{"no index at all",
               chunk({{"tool_calls",
                       {{{"id", "a"}, {"function", {{"name", "f"}, {"arguments", "{}"}}}}}}}) +
                   chunk({{"tool_calls",
                           {{{"id", "b"},
                             {"function", {{"name", "f"}, {"arguments", "{\"q\":1}"}}}}}}}),
               {json::object(), {{"q", 1}}}},
           Row{"an object for arguments", chunk(tool_piece(0, "a", "f", {{"x", 1}})), {{{"x", 1}}}},
           Row{"the deprecated form",
               chunk({{"function_call", {{"name", "f"}, {"arguments", "{\"x\""}}}}) +
                   chunk({{"function_call", {{"arguments", ":1}"}}}}),
               {{{"x", 1}}}},
       }) {
    const json out = message_of(row.bytes + chunk({}, "tool_calls") + kDoneMark);
    json inputs = json::array();
    for (const json& block : out["content"]) {
      EXPECT_EQ(block["type"], "tool_use") << row.name;
      EXPECT_FALSE(block["id"].get<std::string>().empty()) << row.name;
      inputs.push_back(block["input"]);
    }
    EXPECT_EQ(inputs, row.inputs) << row.name;
  }
}

TEST(OpenAiToMessages, D5_ACallWithoutANameIsAFailure) {
  EXPECT_TRUE(
      play(chunk(tool_piece(0, "a", nullptr, "{}")) + chunk({}, "tool_calls") + kDoneMark).error);
}

TEST(OpenAiToMessages, D8_ThinkingOfEverySpelling) {
  for (const json& delta :
       {json{{"reasoning_content", "hm"}}, json{{"reasoning", "hm"}},
        json{{"reasoning_details", {{{"type", "reasoning.text"}, {"text", "hm"}}}}},
        json{{"content", {{{"type", "thinking"}, {"thinking", {{{"text", "hm"}}}}}}}},
        json{{"content", "\n<think>hm</think>\n\n"}}}) {
    const json out =
        message_of(chunk(delta) + chunk({{"content", "so"}}) + chunk({}, "stop") + kDoneMark);
    ASSERT_EQ(out["content"].size(), 2U) << delta;
    EXPECT_EQ(out["content"][0]["thinking"], "hm") << delta;
    EXPECT_EQ(out["content"][0]["signature"], "pontage-unsigned-v1");
    EXPECT_EQ(out["content"][1]["text"], "so") << delta;
  }
}

TEST(OpenAiToMessages, D8_AnthropicsOwnSignatureIsKept) {
  const json out = message_of(chunk({{"reasoning", "hm"},
                                     {"reasoning_details",
                                      {{{"type", "reasoning.text"},
                                        {"text", "hm"},
                                        {"format", "anthropic-claude-v1"},
                                        {"signature", "EqQB"}}}}}) +
                              chunk({{"content", "so"}}) + chunk({}, "stop") + kDoneMark);
  EXPECT_EQ(out["content"][0]["thinking"], "hm");
  EXPECT_EQ(out["content"][0]["signature"], "EqQB");
}

TEST(OpenAiToMessages, D8_ThinkTagsInAnySplit) {
  const std::string said = "<think>a<b</think>\nc</think>d";
  for (std::size_t cut = 0; cut <= said.size(); ++cut) {
    const json out =
        message_of(chunk({{"content", said.substr(0, cut)}}) +
                   chunk({{"content", said.substr(cut)}}) + chunk({}, "stop") + kDoneMark);
    ASSERT_EQ(out["content"].size(), 2U) << cut;
    EXPECT_EQ(out["content"][0]["thinking"], "a<b") << cut;
    EXPECT_EQ(out["content"][1]["text"], "c</think>d") << cut;
  }
  EXPECT_EQ(message_of(chunk({{"content", "<thin"}}) + chunk({}, "length") +
                       kDoneMark)["content"][0]["text"],
            "<thin");
}

TEST(OpenAiToMessages, D9_UsageAfterTheFinishReasonIsTaken) {
  const std::string before = chunk({{"content", "x"}}) + chunk({}, "stop");
  EXPECT_EQ(play(before).bytes.find("message_delta"), play(before).bytes.find("message_delta"));
  const Replay held = replay(translator(), {before});
  EXPECT_EQ(held.done, 0) << "message_delta waits";
  EXPECT_TRUE(held.complete) << "the end of the stream stands for the mark";
  EXPECT_THAT(held.after_end, HasSubstr("message_stop"));
  const json out =
      message_of(before + usage_chunk({{"prompt_tokens", 4}, {"completion_tokens", 2}}));
  EXPECT_EQ(out["usage"]["output_tokens"], 2);
}

TEST(OpenAiToMessages, D10_UsageIsThereEvenWhenNobodyCounted) {
  const json out = message_of(chunk({{"content", "12345"}}) + chunk({}, "stop") + kDoneMark);
  EXPECT_EQ(out["usage"]["output_tokens"], 2) << "the ledger's guess: four bytes a token";
  EXPECT_EQ(out["usage"]["input_tokens"], 0);
}

TEST(OpenAiToMessages, D11_ACutStreamGetsNoEnd) {
  for (const std::string& bytes :
       {chunk({{"content", "x"}}), chunk(tool_piece(0, "a", "f", "{")), std::string()}) {
    const Replay out = play(bytes);
    EXPECT_FALSE(out.complete);
    EXPECT_TRUE(out.after_end.empty());
    EXPECT_EQ(out.bytes.find("message_stop"), std::string::npos);
    EXPECT_EQ(out.bytes.find("message_delta"), std::string::npos);
  }
  EXPECT_TRUE(play(chunk({{"content", "x"}}) + kDoneMark).complete) << "the end mark alone is one";
}

TEST(OpenAiToMessages, D12_ErrorChunks) {
  EXPECT_TRUE(
      play(chunk({{"content", "x"}}) + "data: {\"error\":{\"message\":\"gone\"}}\n\n").error);
  EXPECT_TRUE(play(chunk({{"content", "x"}}) + chunk({}, "error")).error);
}

TEST(OpenAiToMessages, D13_AnEmptyCompletionHasNoContent) {
  const Replay out =
      play(chunk({{"role", "assistant"}, {"content", ""}}) + chunk({}, "stop") + kDoneMark);
  EXPECT_EQ(out.content, 0);
  EXPECT_EQ(out.decoder->finish, llm::Finish::kStop) << "the gateway takes it for a failure";
}

TEST(OpenAiToMessages, D14_ALongLineAndBrokenJson) {
  const std::string big(1 << 19, 'x');
  EXPECT_EQ(
      message_of(chunk({{"content", big}}) + chunk({}, "stop") + kDoneMark)["content"][0]["text"],
      big);
  EXPECT_EQ(play("data: {broken\n\n").decoder->skipped_events, 1);
}

// The vendors' documented streams, and what each says; an Anthropic client must read the same.
struct Vendor {
  const char* name;
  json content;  // without signatures
  const char* stop_reason;
};

class VendorStreams : public ::testing::TestWithParam<Vendor> {
 protected:
  std::string input = golden(std::string("openai/") + GetParam().name + ".sse");
};

json without_signatures(json content) {
  for (json& block : content) block.erase("signature");
  return content;
}

TEST_P(VendorStreams, ReadByAStrictClient) {
  ASSERT_FALSE(input.empty());
  const json out = message_of(input);
  EXPECT_EQ(without_signatures(out["content"]), GetParam().content);
  EXPECT_EQ(out["stop_reason"], GetParam().stop_reason);
}

TEST_P(VendorStreams, InEverySplit) {
  const std::string whole = play(input).bytes;
  EXPECT_EQ(replay(translator(), byte_by_byte(input)).bytes, whole);
  for (std::size_t cut = 0; cut <= input.size(); ++cut) {
    const std::string_view view = input;
    ASSERT_EQ(replay(translator(), {view.substr(0, cut), view.substr(cut)}).bytes, whole) << cut;
  }
  std::string crlf;
  for (const char c : input) crlf += c == '\n' ? "\r\n" : std::string(1, c);
  EXPECT_EQ(StrictClient(play(crlf).bytes).message, StrictClient(whole).message);
}

TEST_P(VendorStreams, CutAtEveryByte) {
  const std::string whole = play(input).bytes;
  for (std::size_t cut = 0; cut <= input.size(); ++cut) {
    const Replay out = play(input.substr(0, cut));
    const std::string sent = out.bytes.substr(0, out.bytes.size() - out.after_end.size());
    ASSERT_TRUE(whole.starts_with(sent)) << "cut at " << cut;
    const bool has_stop = out.bytes.find("event: message_stop") != std::string::npos;
    ASSERT_EQ(has_stop, out.complete) << "cut at " << cut;
    if (!out.complete) ASSERT_TRUE(out.after_end.empty()) << "cut at " << cut;
  }
}

INSTANTIATE_TEST_SUITE_P(Documented, VendorStreams,
                         ::testing::Values(Vendor{"openai_tools",
                                                  {{{"type", "tool_use"},
                                                    {"id", "call_a"},
                                                    {"name", "get_weather"},
                                                    {"input", {{"city", "Paris"}}}},
                                                   {{"type", "tool_use"},
                                                    {"id", "call_b"},
                                                    {"name", "get_time"},
                                                    {"input", json::object()}}},
                                                  "tool_use"},
                                           Vendor{"deepseek_reasoner",
                                                  {{{"type", "thinking"},
                                                    {"thinking", "Let me think"}},
                                                   {{"type", "text"}, {"text", "9.11"}}},
                                                  "end_turn"},
                                           Vendor{"mistral_thinking_parts",
                                                  {{{"type", "thinking"}, {"thinking", "Hmm"}},
                                                   {{"type", "text"}, {"text", "Oui"}}},
                                                  "max_tokens"}),
                         [](const auto& info) { return std::string(info.param.name); });

// The transcript of the reference: reasoning, text, two interleaved calls, usage; written by hand.
TEST(OpenAiToMessages, TheReferencesTranscript) {
  const std::string input =
      chunk({{"role", "assistant"}, {"content", ""}}) + chunk({{"reasoning_content", "Hm"}}) +
      chunk({{"reasoning_content", "m."}}) + chunk({{"content", "I look"}}) +
      chunk({{"content", " it up."}}) + chunk(tool_piece(0, "call_a", "find", "")) +
      chunk(tool_piece(0, nullptr, nullptr, "{\"a\":")) +
      chunk(tool_piece(1, "call_b", "read", "")) + chunk(tool_piece(1, nullptr, nullptr, "{}")) +
      chunk(tool_piece(0, nullptr, nullptr, "1}")) + chunk({}, "tool_calls") +
      usage_chunk({{"prompt_tokens", 40},
                   {"completion_tokens", 30},
                   {"prompt_tokens_details", {{"cached_tokens", 8}}}}) +
      kDoneMark;
  EXPECT_EQ(play(input).bytes, golden("messages/transcript.sse"));
}

}  // namespace
}  // namespace pontage::dialects::test
