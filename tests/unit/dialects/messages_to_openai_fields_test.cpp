// Rows B10 to B20 of the translation table: tools and parameters of an Anthropic request for a
// provider that speaks openai.chat.
#include <gmock/gmock.h>

#include "unit/dialects/messages_to_openai_support.hpp"

namespace pontage::dialects::test {
namespace {

using ::testing::ElementsAre;

TEST(MessagesToOpenAi, B10_Tools) {
  const json tools = {{{"name", "f"},
                       {"description", "d"},
                       {"input_schema", {{"type", "object"}, {"properties", {{"a", {}}}}}},
                       {"strict", true},
                       {"cache_control", {{"type", "ephemeral"}}},
                       {"defer_loading", true},
                       {"input_examples", json::array()}},
                      {{"type", "custom"}, {"name", "g"}}};
  const Outcome out = translate(with({{"tools", tools}}));
  EXPECT_EQ(out.body["tools"],
            json({{{"type", "function"},
                   {"function",
                    {{"name", "f"},
                     {"description", "d"},
                     {"parameters", {{"type", "object"}, {"properties", {{"a", {}}}}}},
                     {"strict", true}}}},
                  {{"type", "function"},
                   {"function",
                    {{"name", "g"},
                     {"parameters", {{"type", "object"}, {"properties", json::object()}}}}}}}));
}

TEST(MessagesToOpenAi, B10_LongNamesAreShortenedAndRestored) {
  const std::string name = "mcp__" + std::string(90, 'x') + "__read";
  const json request = {
      {"messages", {user("q"), assistant({call("t", name)}), user({result("t", "r")})}},
      {"tools", {{{"name", name}, {"input_schema", json::object()}}}},
      {"tool_choice", {{"type", "tool"}, {"name", name}}}};
  const Outcome out = translate(request);
  const std::string sent = out.body["tools"][0]["function"]["name"];
  EXPECT_EQ(sent.size(), 64U);
  EXPECT_EQ(out.body["tool_choice"]["function"]["name"], sent);
  EXPECT_EQ(out.body["messages"][1]["tool_calls"][0]["function"]["name"], sent);
  RequestView view = messages_view();
  view.long_tool_names = {name};
  const Replay reply = replay(
      make_stream_decoder(Dialect::kAnthropicMessages, Dialect::kOpenAiChat, view, false, "m"),
      {chunk(tool_piece(0, "c", sent, "{}")) + chunk({}, "tool_calls") + kDoneMark});
  EXPECT_EQ(StrictClient(reply.bytes).message["content"][0]["name"], name);
}

TEST(MessagesToOpenAi, B11_ServerToolsAreRefusedByName) {
  const json tools = {{{"name", "f"}, {"input_schema", json::object()}},
                      {{"type", "web_search_20250305"}, {"name", "web_search"}}};
  expect_refused(with({{"tools", tools}}), "tools.1.type");
  const Outcome out = translate(with({{"tools", tools}}), "gpt-4o", true);
  EXPECT_EQ(out.body["tools"].size(), 1U);
  EXPECT_THAT(out.dropped, ElementsAre("tools.1.type"));
}

TEST(MessagesToOpenAi, B12_ToolChoice) {
  const auto choice = [](json value) {
    return translate(with({{"tools", {{{"name", "f"}, {"input_schema", json::object()}}}},
                           {"tool_choice", std::move(value)}}))
        .body;
  };
  EXPECT_EQ(choice({{"type", "auto"}})["tool_choice"], "auto");
  EXPECT_EQ(choice({{"type", "any"}})["tool_choice"], "required");
  EXPECT_EQ(choice({{"type", "none"}})["tool_choice"], "none");
  EXPECT_EQ(choice({{"type", "tool"}, {"name", "f"}})["tool_choice"],
            json({{"type", "function"}, {"function", {{"name", "f"}}}}));
  const json single = choice({{"type", "auto"}, {"disable_parallel_tool_use", true}});
  EXPECT_EQ(single["parallel_tool_calls"], false);
  const json none = translate(with({{"tool_choice", {{"type", "auto"}}}})).body;
  EXPECT_FALSE(none.contains("tool_choice")) << "omitted when there are no tools";
  expect_refused(with({{"tools", json::array()}, {"tool_choice", {{"type", "odd"}}}}),
                 "tool_choice.type");
}

TEST(MessagesToOpenAi, B13_TheLimitHasTheNameThatTheModelTakes) {
  EXPECT_EQ(translate(with({{"max_tokens", 7}})).body["max_tokens"], 7);
  for (const char* model : {"o3", "o4-mini", "gpt-5-mini", "openai/o1"}) {
    const json body = translate(with({{"max_tokens", 7}}), model).body;
    EXPECT_EQ(body["max_completion_tokens"], 7) << model;
    EXPECT_FALSE(body.contains("max_tokens")) << model;
  }
}

TEST(MessagesToOpenAi, B13_TheLimitIsTheModelsAtMost) {
  TargetShape shape;
  shape.model = "gpt-4o";
  shape.can.max_output = 16384;
  const auto encoded = encode_request(
      Dialect::kAnthropicMessages, Dialect::kOpenAiChat,
      R"({"max_tokens":128000,"messages":[{"role":"user","content":"hi"}]})", RequestView{}, shape);
  ASSERT_TRUE(encoded);
  EXPECT_EQ(json::parse(encoded->body.owned)["max_tokens"], 16384);
}

TEST(MessagesToOpenAi, B14_AtMostFourStops) {
  EXPECT_EQ(translate(with({{"stop_sequences", {"a", "", "b"}}})).body["stop"], json({"a", "b"}));
  const json five = with({{"stop_sequences", {"1", "2", "3", "4", "5"}}});
  expect_refused(five, "stop_sequences");
  const Outcome out = translate(five, "gpt-4o", true);
  EXPECT_EQ(out.body["stop"].size(), 4U);
  EXPECT_THAT(out.dropped, ElementsAre("stop_sequences"));
}

TEST(MessagesToOpenAi, B15_Sampling) {
  const json request = with({{"temperature", 0.2}, {"top_p", 0.9}});
  const json body = translate(request).body;
  EXPECT_EQ(body["temperature"], 0.2);
  EXPECT_EQ(body["top_p"], 0.9);
  expect_refused(with({{"top_k", 40}}), "top_k");
  EXPECT_THAT(translate(with({{"top_k", 40}}), "gpt-4o", true).dropped, ElementsAre("top_k"));
  const Outcome reasoner = translate(request, "o3");
  EXPECT_FALSE(reasoner.body.contains("temperature"));
  EXPECT_THAT(reasoner.dropped, ElementsAre("temperature", "top_p"));
}

TEST(MessagesToOpenAi, B16_Thinking) {
  const auto effort = [](json thinking, json config = json::object()) {
    json request = with({{"thinking", std::move(thinking)}});
    if (!config.empty()) request["output_config"] = std::move(config);
    const json body = translate(request, "gpt-5").body;
    return body.contains("reasoning_effort") ? body["reasoning_effort"].get<std::string>() : "";
  };
  EXPECT_EQ(effort({{"type", "disabled"}}), "");
  EXPECT_EQ(effort({{"type", "enabled"}, {"budget_tokens", 2048}}), "low");
  EXPECT_EQ(effort({{"type", "enabled"}, {"budget_tokens", 8192}}), "medium");
  EXPECT_EQ(effort({{"type", "enabled"}, {"budget_tokens", 32000}}), "high");
  EXPECT_EQ(effort({{"type", "adaptive"}}), "");
  EXPECT_EQ(effort({{"type", "adaptive"}}, {{"effort", "low"}}), "low");
  EXPECT_EQ(effort({{"type", "adaptive"}}, {{"effort", "medium"}}), "medium");
  EXPECT_EQ(effort({{"type", "adaptive"}}, {{"effort", "max"}}), "high");
  const Outcome plain = translate(with({{"thinking", {{"type", "adaptive"}}}}));
  EXPECT_FALSE(plain.body.contains("reasoning_effort"));
  EXPECT_THAT(plain.dropped, ElementsAre("thinking")) << "the model does not think";
}

TEST(MessagesToOpenAi, B17_TheAnswersForm) {
  const json closed = {{"type", "object"},
                       {"properties", {{"a", {{"type", "string"}}}}},
                       {"required", {"a"}},
                       {"additionalProperties", false}};
  const auto format = [](const json& schema) {
    return translate(with({{"output_config",
                            {{"format", {{"type", "json_schema"}, {"schema", schema}}}}}}))
        .body["response_format"];
  };
  EXPECT_EQ(format(closed),
            json({{"type", "json_schema"},
                  {"json_schema", {{"name", "answer"}, {"schema", closed}, {"strict", true}}}}));
  json open = closed;
  open.erase("required");
  EXPECT_FALSE(format(open)["json_schema"].contains("strict"))
      << "OpenAI's strict mode wants every property required";
  expect_refused(with({{"output_config", {{"format", {{"type", "odd"}}}}}}),
                 "output_config.format.type");
}

TEST(MessagesToOpenAi, B18_TheUser) {
  EXPECT_EQ(translate(with({{"metadata", {{"user_id", "u"}}}})).body["user"], "u");
  const Outcome out = translate(with({{"metadata", {{"user_id", std::string(65, 'u')}}}}));
  EXPECT_FALSE(out.body.contains("user"));
  EXPECT_THAT(out.dropped, ElementsAre("metadata.user_id"));
}

TEST(MessagesToOpenAi, B19_AStreamAsksForItsUsage) {
  const json body = translate(with({{"stream", true}})).body;
  EXPECT_EQ(body["stream"], true);
  EXPECT_EQ(body["stream_options"], json({{"include_usage", true}}));
  EXPECT_FALSE(translate(with({{"stream", false}})).body.contains("stream"));
}

TEST(MessagesToOpenAi, B20_WhatOnlyAnthropicHas) {
  const Outcome out = translate(with({{"context_management", {{"edits", json::array()}}},
                                      {"speed", "fast"},
                                      {"service_tier", "auto"},
                                      {"mcp_servers", json::array()},
                                      {"brand_new", 1}}));
  EXPECT_THAT(out.dropped,
              ::testing::UnorderedElementsAre("context_management", "speed", "brand_new"));
  expect_refused(with({{"mcp_servers", {{{"url", "https://x"}}}}}), "mcp_servers");
  expect_refused(with({{"container", "c"}}), "container");
}

TEST(MessagesToOpenAi, AnotherTargetMayStillDoWhatThisOneCannot) {
  const Outcome out = translate(with({{"container", "c"}}));
  ASSERT_TRUE(out.error);
  EXPECT_EQ(out.error->code, Code::k_unsupported_parameter);
  EXPECT_EQ(out.error->retry, Retry::kOtherTarget);
}

}  // namespace
}  // namespace pontage::dialects::test
