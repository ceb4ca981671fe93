// What a Responses request is read for, what is wrong with one in OpenAI's words, and what becomes
// of it for a provider of the same dialect.
#include "responses_support.hpp"

namespace pontage::dialects::test {
namespace {

const json kImageInput =
    json::array({{{"role", "user"},
                  {"content", {{{"type", "input_image"}, {"image_url", "https://a/b.png"}}}}}});

TEST(ResponsesRequest, WhatTheGatewayDecidesBy) {
  const RequestView view = responses_view(
      {{"model", "gpt-5"},
       {"input", kImageInput},
       {"stream", true},
       {"max_output_tokens", 99},
       {"safety_identifier", "abc"},
       {"metadata", {{"team", "blue"}, {"n", 3}}},
       {"reasoning", {{"effort", "low"}}},
       {"text", {{"format", {{"type", "json_schema"}, {"name", "x"}, {"schema", json::object()}}}}},
       {"tools", {{{"type", "function"}, {"name", std::string(70, 'n')}}}}});
  EXPECT_EQ(view.model, "gpt-5");
  EXPECT_TRUE(view.stream && view.has_tools && view.has_images && view.has_schema);
  EXPECT_TRUE(view.asks_reasoning);
  EXPECT_EQ(view.max_tokens, 99);
  EXPECT_EQ(view.user, "abc");
  EXPECT_EQ(view.metadata.size(), 2U);
  EXPECT_EQ(view.message_count, 1);
  EXPECT_EQ(view.long_tool_names.size(), 1U);
}

TEST(ResponsesRequest, ATextIsInput) {
  const RequestView view = responses_view({{"model", "m"}, {"input", "hi"}});
  EXPECT_EQ(view.message_count, 1);
  EXPECT_FALSE(view.stream || view.has_tools || view.has_images || view.has_schema);
}

TEST(ResponsesRequest, TheConversationMayBeKeptElsewhere) {
  for (const char* field : {"previous_response_id", "conversation", "prompt"}) {
    EXPECT_TRUE(read_responses(json{{"model", "m"}, {field, "x"}}.dump()).has_value()) << field;
  }
}

TEST(ResponsesRequest, WhatAnAnswerRepeats) {
  const json said = {{"model", "m"},
                     {"input", "hi"},
                     {"instructions", "Be\nbrief."},
                     {"temperature", 0.5},
                     {"metadata", nullptr}};
  const json echo = json::parse("{" + responses_view(said).answer_echo + "}");
  EXPECT_EQ(echo["instructions"], "Be\nbrief.");
  EXPECT_EQ(echo["temperature"], 0.5);
  EXPECT_EQ(echo["metadata"], json::object());
  EXPECT_EQ(echo["tools"], json::array());
  EXPECT_EQ(echo["store"], false);
  EXPECT_EQ(responses_view({{"input", "x"}}).answer_echo.find('\n'), std::string::npos);
}

struct Wrong {
  const char* name;
  json fields;
  const char* param;
};

class ResponsesWrong : public testing::TestWithParam<Wrong> {};

TEST_P(ResponsesWrong, IsNamed) {
  json request = {{"model", "m"}, {"input", "hi"}};
  request.update(GetParam().fields);
  const auto view = read_responses(request.dump());
  ASSERT_FALSE(view.has_value());
  EXPECT_EQ(view.error().param, GetParam().param);
  EXPECT_EQ(view.error().origin, Origin::kClient);
  const json body = json::parse(error_body(Dialect::kOpenAiResponses, view.error(), "req"));
  EXPECT_EQ(body["error"]["param"], GetParam().param);
  EXPECT_EQ(body["error"]["type"], "invalid_request_error");
}

const Wrong kWrong[] = {
    {"model", {{"model", 1}}, "model"},
    {"input", {{"input", 1}}, "input"},
    {"no_input", {{"input", nullptr}}, "input"},
    {"empty_input", {{"input", json::array()}}, "input"},
    {"item", {{"input", {1}}}, "input[0]"},
    {"item_type", {{"input", {{{"type", 1}}}}}, "input[0].type"},
    {"role", {{"input", {{{"role", "robot"}, {"content", "x"}}}}}, "input[0].role"},
    {"no_role", {{"input", {{{"type", "message"}, {"content", "x"}}}}}, "input[0].role"},
    {"no_content", {{"input", {{{"role", "user"}}}}}, "input[0].content"},
    {"content", {{"input", {{{"role", "user"}, {"content", 1}}}}}, "input[0].content"},
    {"part", {{"input", {{{"role", "user"}, {"content", {1}}}}}}, "input[0].content[0]"},
    {"stream", {{"stream", "yes"}}, "stream"},
    {"limit", {{"max_output_tokens", "1"}}, "max_output_tokens"},
    {"low_limit", {{"max_output_tokens", -1}}, "max_output_tokens"},
    {"instructions", {{"instructions", 1}}, "instructions"},
    {"user", {{"user", 1}}, "user"},
    {"safety", {{"safety_identifier", 1}}, "safety_identifier"},
    {"metadata", {{"metadata", "x"}}, "metadata"},
    {"tools", {{"tools", "x"}}, "tools"},
    {"tool", {{"tools", {1}}}, "tools[0]"},
    {"tool_name", {{"tools", {{{"type", "function"}, {"name", 1}}}}}, "tools[0].name"},
    {"tool_choice", {{"tool_choice", 1}}, "tool_choice"},
    {"text", {{"text", "x"}}, "text"},
    {"format", {{"text", {{"format", "json"}}}}, "text.format"},
    {"reasoning", {{"reasoning", "high"}}, "reasoning"},
    {"temperature", {{"temperature", "1"}}, "temperature"},
    {"top_p", {{"top_p", "1"}}, "top_p"},
    {"parallel", {{"parallel_tool_calls", 1}}, "parallel_tool_calls"},
};
INSTANTIATE_TEST_SUITE_P(Fields, ResponsesWrong, testing::ValuesIn(kWrong),
                         [](const auto& parameter) { return std::string(parameter.param.name); });

TEST(ResponsesRequest, AFieldTwiceIsRefused) {
  const auto view = read_responses(R"({"model":"a","input":"x","model":"b"})");
  ASSERT_FALSE(view.has_value());
  EXPECT_EQ(view.error().code, Code::k_duplicate_field);
}

TEST(ResponsesSame, OnlyTheModelIsReplaced) {
  const std::string body = R"({ "input" : "hi", "model":"a" , "new_field":[1, 2]})";
  const auto view = read_responses(body);
  TargetShape shape;
  shape.model = "b";
  const auto encoded =
      encode_request(Dialect::kOpenAiResponses, Dialect::kOpenAiResponses, body, *view, shape);
  ASSERT_TRUE(encoded.has_value());
  std::string out;
  for (const auto piece : encoded->body.pieces) out.append(piece);
  EXPECT_EQ(out, R"({ "input" : "hi", "model":"b" , "new_field":[1, 2]})");
  shape.model = "a";
  const auto same =
      encode_request(Dialect::kOpenAiResponses, Dialect::kOpenAiResponses, body, *view, shape);
  ASSERT_EQ(same->body.pieces.size(), 1U);
  EXPECT_EQ(same->body.pieces[0].data(), body.data());
}

// OpenAI refuses reasoning that it has not encrypted itself.
TEST(ResponsesSame, ReasoningOfOthersStaysHere) {
  const json ours = {{"type", "reasoning"},
                     {"id", "rs_1"},
                     {"summary", json::array()},
                     {"encrypted_content", "pontage-thinking-v1;0;hm"}};
  json theirs = ours;
  theirs["encrypted_content"] = "gAAAA";
  const json said = {{"role", "user"}, {"content", "x"}};
  const auto sent = encode_from(Dialect::kOpenAiResponses, Dialect::kOpenAiResponses,
                                json{{"model", "m"}, {"input", {said, ours, theirs, ours}}}.dump());
  EXPECT_EQ(sent.body["input"], json::array({said, theirs}));
}

struct Sum final : TextSink {
  bool text(std::string_view piece) override {
    all.append(piece).append("|");
    return true;
  }
  std::string all;
};

TEST(ResponsesInputText, CountsWhatTheModelReads) {
  const json request = {
      {"model", "m"},
      {"instructions", "sys"},
      {"input",
       {{{"role", "user"}, {"content", "one"}},
        {{"type", "function_call"}, {"call_id", "c"}, {"name", "f"}, {"arguments", "{}"}},
        {{"type", "function_call_output"}, {"call_id", "c"}, {"output", "two"}}}}};
  Sum sum;
  std::int64_t guessed = 0;
  EXPECT_TRUE(visit_input_text(Dialect::kOpenAiResponses, request.dump(), sum, guessed));
  EXPECT_EQ(sum.all, "sys|user|one|f|{}|two|");
  EXPECT_EQ(guessed, 0);
  json more = request;
  more["input"] = kImageInput;
  more["tools"] = {{{"type", "web_search"}},
                   {{"type", "function"}, {"name", "f"}, {"parameters", {{"a", 1}}}}};
  EXPECT_FALSE(visit_input_text(Dialect::kOpenAiResponses, more.dump(), sum, guessed));
  EXPECT_GT(guessed, 1000);
  EXPECT_NE(sum.all.find("{\"a\":1}"), std::string::npos);
}

}  // namespace
}  // namespace pontage::dialects::test
