// Answers of other providers for a Responses client: the vendors' documented chat streams as the
// events that the official SDKs accumulate, and what the gateway itself says.
#include <algorithm>
#include <filesystem>

#include "dialects/responses_writer.hpp"
#include "responses_support.hpp"

namespace pontage::dialects::test {
namespace {

RequestView asked(const json& fields = json::object()) {
  json request = {{"model", "client-model"}, {"input", "hi"}, {"stream", true}};
  request.update(fields);
  return responses_view(request);
}

std::unique_ptr<StreamDecoder> from_chat(const RequestView& view) {
  return make_stream_decoder(Dialect::kOpenAiResponses, Dialect::kOpenAiChat, view, true,
                             "client-model");
}

std::vector<std::string> chat_streams() {
  std::vector<std::string> out;
  for (const auto& entry : std::filesystem::directory_iterator(std::string(PONTAGE_SOURCE_DIR) +
                                                               "/tests/golden/openai")) {
    if (entry.path().extension() == ".sse") out.push_back(entry.path().stem());
  }
  std::sort(out.begin(), out.end());
  return out;
}

class ChatForResponses : public testing::TestWithParam<std::string> {};

TEST_P(ChatForResponses, IsWhatTheSdksAccumulate) {
  const std::string stream = golden("openai/" + GetParam() + ".sse");
  const Replay whole = replay(from_chat(asked()), {stream});
  ASSERT_TRUE(whole.complete);
  const StrictResponses client(whole.bytes);
  ASSERT_FALSE(client.response.is_null());
  EXPECT_FALSE(client.response["output"].empty());
  EXPECT_EQ(client.response["object"], "response");
  EXPECT_TRUE(client.response["id"].get<std::string>().starts_with("resp_"));
  const llm::Usage& usage = whole.decoder->usage;
  if (usage.present) {
    EXPECT_EQ(client.response["usage"]["input_tokens"], usage.total_input());
    EXPECT_EQ(client.response["usage"]["output_tokens"], usage.total_output());
    EXPECT_EQ(client.response["usage"]["input_tokens_details"]["cached_tokens"], usage.cache_read);
  } else {
    EXPECT_TRUE(client.response["usage"].is_null());
  }
  EXPECT_EQ(replay(from_chat(asked()), byte_by_byte(stream)).bytes, whole.bytes);
}

TEST_P(ChatForResponses, CutItIsNeverCompleted) {
  const std::string stream = golden("openai/" + GetParam() + ".sse");
  for (std::size_t at = 0; at < stream.size(); ++at) {
    const Replay play = replay(from_chat(asked()), {std::string_view(stream).substr(0, at)});
    const bool said = play.bytes.find("event: response.completed") != std::string::npos ||
                      play.bytes.find("event: response.incomplete") != std::string::npos;
    ASSERT_EQ(play.complete, said) << at;
  }
}

INSTANTIATE_TEST_SUITE_P(Vendors, ChatForResponses, testing::ValuesIn(chat_streams()),
                         [](const auto& parameter) { return parameter.param; });

TEST(ResponsesWriter, TextAndCallsInOrder) {
  const std::string stream =
      chunk({{"content", "Look"}}) + chunk({{"content", "ing"}}) +
      chunk(tool_piece(0, "call_a", "f", "")) + chunk(tool_piece(1, "call_b", "g", "{\"x\"")) +
      chunk(tool_piece(0, nullptr, nullptr, "{}")) + chunk(tool_piece(1, nullptr, nullptr, ":1}")) +
      chunk(json::object(), "tool_calls") +
      usage_chunk({{"prompt_tokens", 5}, {"completion_tokens", 7}, {"total_tokens", 12}}) +
      kDoneMark;
  const StrictResponses client(replay(from_chat(asked()), {stream}).bytes);
  const json output = client.response["output"];
  ASSERT_EQ(output.size(), 3U);
  EXPECT_EQ(output[0]["content"][0]["text"], "Looking");
  EXPECT_EQ(output[1]["call_id"], "call_a");
  EXPECT_EQ(output[1]["arguments"], "{}");
  EXPECT_EQ(output[2]["name"], "g");
  EXPECT_EQ(output[2]["arguments"], "{\"x\":1}");
  EXPECT_EQ(client.response["status"], "completed");
  EXPECT_EQ(client.response["model"], "served");
  EXPECT_EQ(client.response["created_at"], 1700000000);
  EXPECT_EQ(client.response["usage"]["total_tokens"], 12);
}

TEST(ResponsesWriter, FreeTextAndNamespacesComeBackAsTheClientNamesThem) {
  const RequestView view = asked({{"tools",
                                   {{{"type", "custom"}, {"name", "apply_patch"}},
                                    {{"type", "namespace"},
                                     {"name", "agents"},
                                     {"tools", {{{"type", "function"}, {"name", "spawn"}}}}}}}});
  const std::string stream = chunk(tool_piece(0, "c1", "apply_patch", "{\"input\":\"*** \\\"")) +
                             chunk(tool_piece(0, nullptr, nullptr, "x\\\"\"}")) +
                             chunk(tool_piece(1, "c2", "agents__spawn", "{}")) +
                             chunk(json::object(), "tool_calls") + kDoneMark;
  const StrictResponses client(replay(from_chat(view), {stream}).bytes);
  const json output = client.response["output"];
  EXPECT_EQ(output[0]["type"], "custom_tool_call");
  EXPECT_EQ(output[0]["input"], "*** \"x\"");
  EXPECT_EQ(output[1]["name"], "spawn");
  EXPECT_EQ(output[1]["namespace"], "agents");
}

TEST(ResponsesWriter, ThinkingIsASummaryThatCarriesItsSeal) {
  RequestView view = asked();
  responses::Writer writer(view, "m", true);
  writer.start("msg_1", "claude");
  writer.thinking("Let me ");
  writer.thinking("see.");
  writer.signature("c2ln");
  writer.redacted_thinking("b3BhcXVl");
  writer.text("Yes.");
  writer.citation("https://e.com", "E");
  writer.end({llm::Finish::kStop, {}, {}, 0});
  const StrictResponses client(writer.bytes());
  const json output = client.response["output"];
  ASSERT_EQ(output.size(), 3U);
  EXPECT_EQ(output[0]["summary"][0]["text"], "Let me see.");
  EXPECT_EQ(output[0]["encrypted_content"], "pontage-thinking-v1;4;c2lnLet me see.");
  EXPECT_EQ(output[1]["encrypted_content"], "pontage-redacted-v1;b3BhcXVl");
  EXPECT_EQ(output[2]["content"][0]["annotations"][0]["url"], "https://e.com");
  EXPECT_TRUE(client.response["usage"].is_null());
  // The same at once.
  responses::Writer whole(view, "m", false);
  whole.start("msg_1", "claude");
  whole.thinking("Let me see.");
  whole.signature("c2ln");
  whole.redacted_thinking("b3BhcXVl");
  whole.text("Yes.");
  whole.citation("https://e.com", "E");
  whole.end({llm::Finish::kStop, {}, {}, 0});
  EXPECT_EQ(json::parse(whole.bytes()), client.response);
}

TEST(ResponsesWriter, HowAnAnswerEnded) {
  const auto ended = [](llm::Finish finish, bool refusal) {
    RequestView view = asked();
    responses::Writer writer(view, "m", true);
    writer.start("1", "m");
    if (refusal) {
      writer.refusal("No.");
    } else {
      writer.text("Yes");
    }
    writer.end({finish, {}, {}, 0});
    return StrictResponses(writer.bytes()).response;
  };
  EXPECT_EQ(ended(llm::Finish::kStop, false)["status"], "completed");
  EXPECT_EQ(ended(llm::Finish::kStopSequence, false)["status"], "completed");
  EXPECT_EQ(ended(llm::Finish::kContentFilter, true)["status"], "completed");
  const json cut = ended(llm::Finish::kLength, false);
  EXPECT_EQ(cut["incomplete_details"]["reason"], "max_output_tokens");
  EXPECT_EQ(cut["output"][0]["status"], "incomplete");
  EXPECT_EQ(ended(llm::Finish::kContentFilter, false)["incomplete_details"]["reason"],
            "content_filter");
}

TEST(ResponsesWriter, AFixedMessageIsACompleteAnswer) {
  const json body =
      json::parse(message_body(Dialect::kOpenAiResponses, "Back \"soon\".", "m", "resp_abc", 17));
  EXPECT_EQ(body["id"], "resp_abc");
  EXPECT_EQ(body["created_at"], 17);
  EXPECT_EQ(body["output"][0]["content"][0]["text"], "Back \"soon\".");
  EXPECT_EQ(body["usage"]["total_tokens"], 0);
  const StrictResponses client(
      message_stream(Dialect::kOpenAiResponses, "Back \"soon\".", "m", "resp_abc", 17, false));
  EXPECT_EQ(client.response, body);
}

TEST(ResponsesWriter, AnErrorOnTheStreamIsAnEvent) {
  const Error error{
      Code::k_stream_interrupted, Origin::kUpstream, Retry::kNever, "It broke.", {}, {}};
  const std::string event = error_event(Dialect::kOpenAiResponses, error, "req_1", 7);
  ASSERT_TRUE(event.starts_with("event: error\ndata: "));
  ASSERT_TRUE(event.ends_with("}\n\n"));
  const json data = json::parse(event.substr(event.find('{')));
  EXPECT_EQ(data["type"], "error");
  EXPECT_EQ(data["code"], "stream_interrupted");
  EXPECT_EQ(data["message"], "It broke.");
  EXPECT_TRUE(data["param"].is_null());
  EXPECT_EQ(data["sequence_number"], 7);
  EXPECT_EQ(data["error"]["message"], "It broke.");  // what the SDKs raise
}

}  // namespace
}  // namespace pontage::dialects::test
