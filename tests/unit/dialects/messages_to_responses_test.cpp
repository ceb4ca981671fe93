// Requests of Anthropic clients for a provider that speaks openai.responses only, field by field.
#include <algorithm>

#include "responses_support.hpp"

namespace pontage::dialects::test {
namespace {

ResponsesRequest send(json fields, std::string_view model = "gpt-4.1") {
  json request = {{"model", "claude"},
                  {"max_tokens", 100},
                  {"messages", {{{"role", "user"}, {"content", "hi"}}}}};
  request.update(fields);
  TargetShape shape;
  shape.model = model;
  return encode_from(Dialect::kAnthropicMessages, Dialect::kOpenAiResponses, request.dump(), shape);
}

bool dropped(const ResponsesRequest& sent, std::string_view name) {
  return std::find(sent.dropped.begin(), sent.dropped.end(), name) != sent.dropped.end();
}

TEST(MessagesToResponses, ATextAndItsParameters) {
  const auto sent = send({{"system", "Be brief."}, {"temperature", 0.5}, {"stream", true}});
  EXPECT_EQ(sent.body["model"], "gpt-4.1");
  EXPECT_EQ(sent.body["instructions"], "Be brief.");
  EXPECT_EQ(sent.body["input"],
            json::array({{{"type", "message"},
                          {"role", "user"},
                          {"content", {{{"type", "input_text"}, {"text", "hi"}}}}}}));
  EXPECT_EQ(sent.body["max_output_tokens"], 100);
  EXPECT_EQ(sent.body["temperature"], 0.5);
  EXPECT_EQ(sent.body["store"], false);
  EXPECT_EQ(sent.body["stream"], true);
  EXPECT_FALSE(sent.body.contains("reasoning"));
}

TEST(MessagesToResponses, CallsResultsAndThinking) {
  const json content = {
      {{"type", "thinking"}, {"thinking", "hm"}, {"signature", "pontage-openai-v1;rs_1;gAAA"}},
      {{"type", "thinking"}, {"thinking", "else"}, {"signature", "c2ln"}},
      {{"type", "text"}, {"text", "Looking."}},
      {{"type", "tool_use"}, {"id", "c1"}, {"name", "w"}, {"input", {{"at", "Paris"}}}}};
  const json result = {
      {{"type", "tool_result"},
       {"tool_use_id", "c1"},
       {"content",
        {{{"type", "text"}, {"text", "sunny"}},
         {{"type", "image"},
          {"source", {{"type", "base64"}, {"media_type", "image/png"}, {"data", "AA"}}}}}}},
      {{"type", "text"}, {"text", "And?"}}};
  const auto sent = send({{"messages",
                           {{{"role", "user"}, {"content", "x"}},
                            {{"role", "assistant"}, {"content", content}},
                            {{"role", "user"}, {"content", result}}}},
                          {"tools", {{{"name", "w"}, {"input_schema", {{"type", "object"}}}}}},
                          {"tool_choice", {{"type", "any"}, {"disable_parallel_tool_use", true}}}});
  const json input = sent.body["input"];
  ASSERT_EQ(input.size(), 6U);
  EXPECT_EQ(input[1], (json{{"type", "reasoning"},
                            {"id", "rs_1"},
                            {"summary", {{{"type", "summary_text"}, {"text", "hm"}}}},
                            {"encrypted_content", "gAAA"}}));
  EXPECT_EQ(input[2]["content"], "Looking.");
  EXPECT_EQ(input[3], (json{{"type", "function_call"},
                            {"call_id", "c1"},
                            {"name", "w"},
                            {"arguments", R"({"at":"Paris"})"}}));
  EXPECT_EQ(input[4]["call_id"], "c1");
  EXPECT_EQ(input[4]["output"][1]["image_url"], "data:image/png;base64,AA");
  EXPECT_EQ(input[5]["content"][0]["text"], "And?");
  EXPECT_EQ(sent.body["tools"][0]["strict"], false);
  EXPECT_EQ(sent.body["tool_choice"], "required");
  EXPECT_EQ(sent.body["parallel_tool_calls"], false);
}

TEST(MessagesToResponses, ReasoningIsAskedForWhereTheModelHasIt) {
  const json thinking = {{"thinking", {{"type", "enabled"}, {"budget_tokens", 2000}}}};
  const auto sent = send(thinking, "o3");
  EXPECT_EQ(sent.body["reasoning"], (json{{"effort", "low"}, {"summary", "auto"}}));
  EXPECT_EQ(sent.body["include"], json::array({"reasoning.encrypted_content"}));
  EXPECT_TRUE(dropped(send(thinking), "thinking"));
  EXPECT_FALSE(send(json::object(), "o3").body.contains("reasoning"));
}

TEST(MessagesToResponses, TheAnswersForm) {
  const json schema = {{"type", "object"}, {"properties", {{"a", {{"type", "string"}}}}}};
  const auto sent =
      send({{"output_config", {{"format", {{"type", "json_schema"}, {"schema", schema}}}}}});
  EXPECT_EQ(
      sent.body["text"]["format"],
      (json{{"type", "json_schema"}, {"name", "answer"}, {"schema", schema}, {"strict", false}}));
}

TEST(MessagesToResponses, WhatItCannotDoIsRefused) {
  EXPECT_EQ(send({{"top_k", 3}}).param, "top_k");
  const auto stop = send({{"stop_sequences", {"x"}}});
  EXPECT_EQ(stop.param, "stop_sequences");
  EXPECT_EQ(stop.refused, "unsupported_parameter");
  EXPECT_TRUE(stop.other_target);
}

}  // namespace
}  // namespace pontage::dialects::test
