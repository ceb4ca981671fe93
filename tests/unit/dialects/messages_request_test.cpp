// Reading an Anthropic request: what rules are told of it, and each malformed field by its name.
#include <gmock/gmock.h>

#include "unit/dialects/messages_support.hpp"

namespace pontage::dialects::test {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

Result<RequestView> read(const std::string& body, bool answer = true) {
  return make_messages_request_reader(answer)->read(body, body.size());
}

const std::string kMessages = R"("messages":[{"role":"user","content":"hi"}])";

TEST(MessagesRequest, WhatRulesMayAsk) {
  const auto view = read(R"({"model":"claude-x","max_tokens":300,"stream":true,"system":"s",)"
                         R"("messages":[{"role":"user","content":[{"type":"text","text":"a"},)"
                         R"({"type":"image","source":{}}]},{"role":"assistant","content":"b"},)"
                         R"({"role":"system","content":"c"}],)"
                         R"("tools":[{"name":"t","input_schema":{}}],)"
                         R"("thinking":{"type":"adaptive"},)"
                         R"("metadata":{"user_id":"u-1","team":"search","n":7,"b":true}})");
  ASSERT_TRUE(view) << view.error().detail;
  EXPECT_EQ(view->model, "claude-x");
  EXPECT_TRUE(view->stream);
  EXPECT_EQ(view->max_tokens, 300);
  EXPECT_EQ(view->message_count, 3);
  EXPECT_TRUE(view->has_tools);
  EXPECT_TRUE(view->has_images);
  EXPECT_TRUE(view->asks_reasoning);
  EXPECT_FALSE(view->has_schema);
  EXPECT_EQ(view->user, "u-1");
  const std::vector<std::pair<std::string, std::string>> metadata = {
      {"user_id", "u-1"}, {"team", "search"}, {"n", "7"}, {"b", "true"}};
  EXPECT_EQ(view->metadata, metadata);
}

TEST(MessagesRequest, ImagesInsideToolResultsCount) {
  const auto view = read(
      R"({"model":"m","max_tokens":1,"messages":[{"role":"user","content":[{"type":"tool_result",)"
      R"("tool_use_id":"t","content":[{"type":"image","source":{}}]}]}]})");
  ASSERT_TRUE(view);
  EXPECT_TRUE(view->has_images);
}

TEST(MessagesRequest, AFormOfTheAnswerIsASchema) {
  EXPECT_TRUE(read("{\"max_tokens\":1,\"output_config\":{\"format\":{\"type\":\"json_schema\"}}," +
                   kMessages + "}")
                  ->has_schema);
}

TEST(MessagesRequest, ACountNeedsNoLimit) {
  EXPECT_FALSE(read("{\"model\":\"m\"," + kMessages + "}"));
  EXPECT_TRUE(read("{\"model\":\"m\"," + kMessages + "}", false));
}

TEST(MessagesRequest, MalformedFieldsAreNamed) {
  struct Row {
    std::string fields;
    const char* param;
    Code code = Code::k_invalid_value;
  };
  const std::string ok = "\"max_tokens\":1," + kMessages;
  for (const Row& row : {
           Row{"\"model\":1," + ok, "model"},
           Row{"\"max_tokens\":\"1\"," + kMessages, "max_tokens"},
           Row{"\"max_tokens\":-1," + kMessages, "max_tokens"},
           Row{kMessages, "max_tokens", Code::k_missing_field},
           Row{"\"max_tokens\":1", "messages", Code::k_missing_field},
           Row{"\"max_tokens\":1,\"messages\":null", "messages"},
           Row{"\"max_tokens\":1,\"messages\":[]", "messages"},
           Row{"\"max_tokens\":1,\"messages\":[7]", "messages.0"},
           Row{R"("max_tokens":1,"messages":[{"content":"x"}])", "messages.0.role",
               Code::k_missing_field},
           Row{R"("max_tokens":1,"messages":[{"role":"tool","content":"x"}])", "messages.0.role"},
           Row{R"("max_tokens":1,"messages":[{"role":"user"}])", "messages.0.content",
               Code::k_missing_field},
           Row{R"("max_tokens":1,"messages":[{"role":"user","content":5}])", "messages.0.content"},
           Row{R"("max_tokens":1,"messages":[{"role":"user","content":["x"]}])",
               "messages.0.content.0"},
           Row{R"("max_tokens":1,"messages":[{"role":"user","content":[{}]}])",
               "messages.0.content.0.type", Code::k_missing_field},
           Row{R"("max_tokens":1,"messages":[{"role":"user","content":[{"type":"tool_result",)"
               R"("content":[7]}]}])",
               "messages.0.content.0.content.0"},
           Row{ok + ",\"stream\":\"yes\"", "stream"},
           Row{ok + ",\"system\":7", "system"},
           Row{ok + ",\"system\":[{\"type\":\"text\"}]", "system.0.text", Code::k_missing_field},
           Row{ok + ",\"tools\":{}", "tools"},
           Row{ok + ",\"tools\":[1]", "tools.0"},
           Row{ok + ",\"tools\":[{\"name\":1}]", "tools.0.name"},
           Row{ok + ",\"tool_choice\":\"auto\"", "tool_choice"},
           Row{ok + ",\"thinking\":true", "thinking"},
           Row{ok + ",\"metadata\":[]", "metadata"},
           Row{ok + ",\"metadata\":{\"user_id\":7}", "metadata.user_id"},
           Row{ok + ",\"stop_sequences\":\"x\"", "stop_sequences"},
           Row{ok + ",\"stop_sequences\":[\"x\",1]", "stop_sequences.1"},
           Row{ok + ",\"temperature\":\"hot\"", "temperature"},
           Row{ok + ",\"top_k\":1.5", "top_k"},
           Row{ok + ",\"model\":\"a\",\"model\":\"b\"", "model", Code::k_duplicate_field},
           Row{ok + ",\"mod\\u0065l\":\"a\",\"model\":\"b\"", "model", Code::k_duplicate_field},
           Row{ok + ",\"metadata\":{\"a\":\"1\",\"a\":\"2\"}", "metadata.a",
               Code::k_duplicate_field},
       }) {
    const auto view = read("{" + row.fields + "}");
    ASSERT_FALSE(view) << row.fields;
    EXPECT_EQ(view.error().param, row.param) << row.fields;
    EXPECT_EQ(view.error().code, row.code) << row.fields;
    EXPECT_THAT(view.error().detail, StartsWith(row.param)) << row.fields;
    EXPECT_EQ(http_status(view.error().code), 400);
  }
}

TEST(MessagesRequest, WhatIsNoJson) {
  for (const char* body : {"", "{", "no", "{\"a\":\"\xFF\"}"}) {
    const auto view = read(body);
    ASSERT_FALSE(view) << body;
    EXPECT_EQ(view.error().code, Code::k_invalid_json) << body;
  }
  EXPECT_EQ(read("[]").error().code, Code::k_invalid_value);
}

TEST(MessagesErrors, HaveTheVendorsShapeAndTypes) {
  struct Row {
    Code code;
    const char* type;
  };
  for (const Row& row :
       {Row{Code::k_invalid_value, "invalid_request_error"},
        Row{Code::k_unsupported_parameter, "invalid_request_error"},
        Row{Code::k_invalid_api_key, "authentication_error"},
        Row{Code::k_permission_denied, "permission_error"},
        Row{Code::k_no_route, "not_found_error"}, Row{Code::k_model_not_found, "not_found_error"},
        Row{Code::k_request_too_large, "request_too_large"},
        Row{Code::k_rate_limited, "rate_limit_error"},
        Row{Code::k_all_targets_failed, "overloaded_error"},
        Row{Code::k_upstream_timeout, "timeout_error"},
        Row{Code::k_stream_interrupted, "api_error"}, Row{Code::k_internal_error, "api_error"}}) {
    const auto body = json::parse(
        error_body(Dialect::kAnthropicMessages,
                   Error{row.code, Origin::kGateway, Retry::kNever, "why", "a.b", {}}, "req-1"));
    EXPECT_EQ(body["type"], "error");
    EXPECT_EQ(body["error"]["type"], row.type) << code_name(row.code);
    EXPECT_EQ(body["error"]["message"], "a.b: why");
    EXPECT_EQ(body["request_id"], "req-1");
  }
  const auto event = error_event(Dialect::kAnthropicMessages,
                                 Error{Code::k_stream_interrupted, {}, {}, "x", {}, {}}, "r");
  EXPECT_THAT(event, StartsWith("event: error\ndata: {\"type\":\"error\""));
}

// Claude Code compacts the conversation when it reads these words.
TEST(MessagesErrors, E3_AnOverflowIsSaidInTheWordsThatAgentsKnow) {
  const Error error{Code::k_context_length_exceeded, {}, {}, "maximum context length is 8", {}, {}};
  EXPECT_THAT(messages_error_body(error, "r"),
              HasSubstr("prompt is too long: maximum context length is 8"));
}

TEST(MessagesFloor, AFixedMessageIsAWholeAnswer) {
  const auto body = json::parse(messages_message_body("Later, \"please\".", "m", "msg_1"));
  EXPECT_EQ(body["content"][0]["text"], "Later, \"please\".");
  EXPECT_EQ(body["stop_reason"], "end_turn");
  const StrictClient client(messages_message_stream("Later, \"please\".", "m", "msg_1"));
  EXPECT_TRUE(client.stopped);
  EXPECT_EQ(client.message, body);
}

struct Collect final : TextSink {
  bool text(std::string_view piece) override {
    pieces.emplace_back(piece);
    return pieces.size() < most;
  }
  void message() override { ++messages; }
  std::vector<std::string> pieces;
  std::size_t most = 1000;
  int messages = 0;
};

TEST(MessagesInputText, CountsWhatTheModelReads) {
  Collect sink;
  std::int64_t guessed = 0;
  const bool exact = visit_messages_input_text(
      R"({"system":[{"type":"text","text":"sys"}],"messages":[{"role":"user","content":"one"},)"
      R"({"role":"assistant","content":[{"type":"thinking","thinking":"hm"},{"type":"tool_use",)"
      R"("name":"f","input":{"a":1}}]},{"role":"user","content":[{"type":"tool_result",)"
      R"("content":[{"type":"text","text":"res"},{"type":"image","source":{}}]}]}],)"
      R"("tools":[{"name":"f","description":"d","input_schema":{"type":"object"}}]})",
      sink, guessed);
  EXPECT_FALSE(exact);
  EXPECT_EQ(guessed, 1600) << "one image";
  EXPECT_EQ(sink.messages, 4);
  EXPECT_THAT(sink.pieces,
              ::testing::ElementsAre("sys", "user", "one", "assistant", "hm", "f", R"({"a":1})",
                                     "user", "res", "f", "d", R"({"type":"object"})"));
  Collect first;
  first.most = 1;
  visit_messages_input_text(R"({"system":"a","messages":[{"role":"user","content":"b"}]})", first,
                            guessed);
  EXPECT_EQ(first.pieces.size(), 1U) << "stops when enough was seen";
}

}  // namespace
}  // namespace pontage::dialects::test
