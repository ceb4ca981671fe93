// Requests of Responses clients for a provider of openai.chat, field by field: what is translated,
// what is refused by name, what is left out.
#include <algorithm>

#include "dialects/responses_names.hpp"
#include "responses_support.hpp"

namespace pontage::dialects::test {
namespace {

json ask(json fields) {
  json request = {{"model", "m"}, {"input", "hi"}};
  request.update(fields);
  return request;
}

json function(const char* name) {
  return {{"type", "function"}, {"name", name}, {"parameters", {{"type", "object"}}}};
}

bool dropped(const ResponsesRequest& sent, std::string_view name) {
  return std::find(sent.dropped.begin(), sent.dropped.end(), name) != sent.dropped.end();
}

TEST(ResponsesToChat, ATextAndInstructions) {
  const auto sent = to_chat(ask({{"instructions", "Be brief."},
                                 {"max_output_tokens", 50},
                                 {"temperature", 0.25},
                                 {"user", "u1"},
                                 {"store", true}}));
  EXPECT_EQ(sent.body["messages"], json::array({{{"role", "system"}, {"content", "Be brief."}},
                                                {{"role", "user"}, {"content", "hi"}}}));
  EXPECT_EQ(sent.body["max_tokens"], 50);
  EXPECT_EQ(sent.body["temperature"], 0.25);
  EXPECT_EQ(sent.body["user"], "u1");
  EXPECT_TRUE(sent.dropped.empty());
}

TEST(ResponsesToChat, ItemsAreTurns) {
  const auto sent = to_chat(
      ask({{"input",
            {{{"type", "message"}, {"role", "developer"}, {"content", "Rules."}},
             {{"role", "user"}, {"content", {{{"type", "input_text"}, {"text", "Paris?"}}}}},
             {{"type", "reasoning"}, {"id", "rs_1"}, {"summary", json::array()}},
             {{"type", "message"},
              {"id", "msg_1"},
              {"status", "completed"},
              {"role", "assistant"},
              {"content",
               {{{"type", "output_text"}, {"text", "Looking."}, {"annotations", json::array()}}}}},
             {{"type", "function_call"},
              {"id", "fc_1"},
              {"call_id", "c1"},
              {"name", "w"},
              {"arguments", R"({"at": "Paris"})"},
              {"status", "completed"}},
             {{"type", "function_call"}, {"call_id", "c2"}, {"name", "w"}, {"arguments", ""}},
             {{"type", "function_call_output"}, {"call_id", "c2"}, {"output", "2"}},
             {{"type", "function_call_output"},
              {"call_id", "c1"},
              {"output", {{{"type", "input_text"}, {"text", "1"}}}}},
             {{"role", "user"}, {"content", "And?"}}}},
           {"tools", {function("w")}}}));
  const auto call = [](const char* id, const char* arguments) {
    return json{
        {"id", id}, {"type", "function"}, {"function", {{"name", "w"}, {"arguments", arguments}}}};
  };
  EXPECT_EQ(sent.body["messages"],
            json::array({{{"role", "system"}, {"content", "Rules."}},
                         {{"role", "user"}, {"content", "Paris?"}},
                         {{"role", "assistant"},
                          {"content", "Looking."},
                          {"tool_calls", {call("c1", R"({"at":"Paris"})"), call("c2", "{}")}}},
                         {{"role", "tool"}, {"tool_call_id", "c1"}, {"content", "1"}},
                         {{"role", "tool"}, {"tool_call_id", "c2"}, {"content", "2"}},
                         {{"role", "user"}, {"content", "And?"}}}));
}

TEST(ResponsesToChat, PicturesAndFiles) {
  const auto sent =
      to_chat(ask({{"input",
                    {{{"role", "user"},
                      {"content",
                       {{{"type", "input_image"}, {"image_url", "data:image/png;base64,AAAA"}},
                        {{"type", "input_image"}, {"image_url", "https://e.com/a.png"}},
                        {{"type", "input_file"},
                         {"filename", "a.pdf"},
                         {"file_data", "data:application/pdf;base64,BBBB"}}}}}}}}));
  const json parts = sent.body["messages"][0]["content"];
  EXPECT_EQ(parts[0]["image_url"]["url"], "data:image/png;base64,AAAA");
  EXPECT_EQ(parts[1]["image_url"]["url"], "https://e.com/a.png");
  EXPECT_EQ(parts[2]["file"]["filename"], "a.pdf");
  EXPECT_EQ(parts[2]["file"]["file_data"], "data:application/pdf;base64,BBBB");
}

TEST(ResponsesToChat, ToolsAndChoice) {
  json strict = function("a");
  strict["strict"] = true;
  const auto sent = to_chat(ask({{"tools", {strict, function("b")}},
                                 {"tool_choice", {{"type", "function"}, {"name", "b"}}},
                                 {"parallel_tool_calls", false}}));
  EXPECT_EQ(sent.body["tools"][0]["function"]["strict"], true);
  EXPECT_EQ(sent.body["tools"][1]["function"]["name"], "b");
  EXPECT_EQ(sent.body["tool_choice"]["function"]["name"], "b");
  EXPECT_EQ(sent.body["parallel_tool_calls"], false);
  for (const auto& [word, becomes] : std::map<std::string, std::string>{
           {"auto", "auto"}, {"none", "none"}, {"required", "required"}})
    EXPECT_EQ(to_chat(ask({{"tools", {strict}}, {"tool_choice", word}})).body["tool_choice"],
              becomes);
  const auto allowed = to_chat(ask({{"tools", {strict, function("b")}},
                                    {"tool_choice",
                                     {{"type", "allowed_tools"},
                                      {"mode", "required"},
                                      {"tools", {{{"type", "function"}, {"name", "b"}}}}}}}));
  EXPECT_EQ(allowed.body["tools"].size(), 1U);
  EXPECT_EQ(allowed.body["tool_choice"], "required");
}

// Codex edits files by a tool of free text, and puts its agents' tools into a namespace.
TEST(ResponsesToChat, FreeTextAndNamespacesAreFunctions) {
  const json tools = {
      {{"type", "custom"},
       {"name", "apply_patch"},
       {"description", "Edits."},
       {"format", {{"type", "grammar"}, {"syntax", "lark"}, {"definition", "start: X"}}}},
      {{"type", "namespace"}, {"name", "agents"}, {"tools", {function("spawn")}}}};
  const json request =
      ask({{"tools", tools},
           {"input",
            {{{"type", "custom_tool_call"},
              {"call_id", "c1"},
              {"name", "apply_patch"},
              {"input", "*** \"x\""}},
             {{"type", "custom_tool_call_output"}, {"call_id", "c1"}, {"output", "done"}},
             {{"type", "function_call"},
              {"call_id", "c2"},
              {"name", "spawn"},
              {"namespace", "agents"},
              {"arguments", "{}"}},
             {{"type", "function_call_output"}, {"call_id", "c2"}, {"output", "ok"}}}}});
  const auto sent = to_chat(request);
  const json patch = sent.body["tools"][0]["function"];
  EXPECT_EQ(patch["name"], "apply_patch");
  EXPECT_EQ(patch["parameters"]["required"], json::array({"input"}));
  EXPECT_NE(patch["parameters"].dump().find("start: X"), std::string::npos);
  EXPECT_EQ(sent.body["tools"][1]["function"]["name"], "agents__spawn");
  const json first = sent.body["messages"][0]["tool_calls"][0]["function"];
  EXPECT_EQ(json::parse(first["arguments"].get<std::string>())["input"], "*** \"x\"");
  EXPECT_EQ(sent.body["messages"][2]["tool_calls"][0]["function"]["name"], "agents__spawn");
}

TEST(ResponsesToChat, AnswersForm) {
  const json schema = {{"type", "object"}, {"properties", {{"a", {{"type", "string"}}}}}};
  const auto sent = to_chat(ask(
      {{"text",
        {{"format",
          {{"type", "json_schema"}, {"name", "thing"}, {"strict", true}, {"schema", schema}}}}}}));
  EXPECT_EQ(sent.body["response_format"]["json_schema"],
            (json{{"name", "thing"}, {"schema", schema}, {"strict", true}}));
  const auto object = to_chat(ask({{"text", {{"format", {{"type", "json_object"}}}}}}));
  EXPECT_EQ(object.body["response_format"]["type"], "json_object");
}

TEST(ResponsesToChat, Reasoning) {
  TargetShape shape;
  shape.model = "gpt-5";
  const auto sent = to_chat(ask({{"reasoning", {{"effort", "low"}, {"summary", "auto"}}}}), shape);
  EXPECT_EQ(sent.body["reasoning_effort"], "low");
  EXPECT_TRUE(dropped(to_chat(ask({{"reasoning", {{"effort", "low"}}}})), "reasoning.effort"));
  EXPECT_TRUE(to_chat(ask({{"reasoning", {{"summary", "auto"}}}})).dropped.empty());
}

TEST(ResponsesToChat, SealedThinkingComesBack) {
  responses::SealedThinking out;
  const std::string sealed = responses::seal({"I think; so", "sig;1", false});
  ASSERT_TRUE(responses::unseal(sealed, out));
  EXPECT_EQ(out.text, "I think; so");
  EXPECT_EQ(out.signature, "sig;1");
  ASSERT_TRUE(responses::unseal(responses::seal({"opaque", {}, true}), out));
  EXPECT_TRUE(out.redacted);
  for (const char* broken : {"", "gAAAA", "pontage-thinking-v1;", "pontage-thinking-v1;9;short",
                             "pontage-thinking-v1;x;", "pontage-thinking-v1;99999999999999999999;"})
    EXPECT_FALSE(responses::unseal(broken, out)) << broken;
  // Models that want their thinking back within a tool turn get it.
  TargetShape shape;
  shape.model = "deepseek-reasoner";
  const auto sent = to_chat(
      ask({{"input",
            {{{"role", "user"}, {"content", "x"}},
             {{"type", "reasoning"},
              {"id", "rs"},
              {"summary", json::array()},
              {"encrypted_content", sealed}},
             {{"type", "function_call"}, {"call_id", "c"}, {"name", "f"}, {"arguments", "{}"}},
             {{"type", "function_call_output"}, {"call_id", "c"}, {"output", "1"}}}}}),
      shape);
  EXPECT_EQ(sent.body["messages"][1]["reasoning_content"], "I think; so");
}

TEST(ResponsesToChat, OpenAisOwnReasoningStaysThere) {
  const auto sent = to_chat(ask({{"input",
                                  {{{"role", "user"}, {"content", "x"}},
                                   {{"type", "reasoning"},
                                    {"id", "rs"},
                                    {"summary", json::array()},
                                    {"encrypted_content", "gAAAA"}}}}}));
  EXPECT_EQ(sent.body["messages"].size(), 1U);
  EXPECT_TRUE(dropped(sent, "input[1]"));
}

struct Refused {
  const char* name;
  json fields;
  const char* param;
  const char* code;
  bool dropped;  // where the provider's entry says so
};

class ResponsesRefused : public testing::TestWithParam<Refused> {};

TEST_P(ResponsesRefused, NamesTheField) {
  const auto sent = to_chat(ask(GetParam().fields));
  EXPECT_EQ(sent.refused, GetParam().code);
  EXPECT_EQ(sent.param, GetParam().param);
  EXPECT_EQ(sent.other_target, std::string(GetParam().code) == "unsupported_parameter");
  TargetShape shape;
  shape.drop_unsupported = true;
  const auto loose = to_chat(ask(GetParam().fields), shape);
  EXPECT_EQ(loose.refused.empty(), GetParam().dropped);
  if (GetParam().dropped) EXPECT_TRUE(dropped(loose, GetParam().param));
}

constexpr const char* kUnsupported = "unsupported_parameter";
const Refused kRefused[] = {
    {"previous", {{"previous_response_id", "resp_1"}}, "previous_response_id", kUnsupported, false},
    {"conversation", {{"conversation", "conv_1"}}, "conversation", kUnsupported, false},
    {"prompt", {{"prompt", {{"id", "pmpt_1"}}}}, "prompt", kUnsupported, false},
    {"background", {{"background", true}}, "background", kUnsupported, false},
    {"search",
     {{"tools", {function("a"), {{"type", "web_search"}}}}},
     "tools[1].type",
     kUnsupported,
     true},
    {"mcp",
     {{"tools", {{{"type", "mcp"}, {"server_label", "x"}}}}},
     "tools[0].type",
     kUnsupported,
     true},
    {"shell", {{"tools", {{{"type", "local_shell"}}}}}, "tools[0].type", kUnsupported, true},
    {"forced_search",
     {{"tools", {function("a")}}, {"tool_choice", {{"type", "web_search"}}}},
     "tool_choice.type",
     kUnsupported,
     false},
    {"no_such_tool",
     {{"tools", {function("a")}}, {"tool_choice", {{"type", "function"}, {"name", "b"}}}},
     "tool_choice.name",
     "invalid_value",
     false},
    {"choice",
     {{"tools", {function("a")}}, {"tool_choice", "sometimes"}},
     "tool_choice",
     "invalid_value",
     false},
    {"reference",
     {{"input", {{{"type", "item_reference"}, {"id", "msg_1"}}}}},
     "input[0]",
     kUnsupported,
     false},
    {"bare_reference", {{"input", {{{"id", "msg_1"}}}}}, "input[0]", kUnsupported, false},
    {"item", {{"input", {{{"type", "computer_call"}}}}}, "input[0].type", kUnsupported, false},
    {"part",
     {{"input", {{{"role", "user"}, {"content", {{{"type", "hologram"}}}}}}}},
     "input[0].content[0].type",
     kUnsupported,
     false},
    {"file_id",
     {{"input",
       {{{"role", "user"}, {"content", {{{"type", "input_image"}, {"file_id", "file_1"}}}}}}}},
     "input[0].content[0].file_id",
     kUnsupported,
     false},
    {"no_text",
     {{"input", {{{"role", "user"}, {"content", {{{"type", "input_text"}}}}}}}},
     "input[0].content[0].text",
     "missing_field",
     false},
    {"no_image",
     {{"input", {{{"role", "user"}, {"content", {{{"type", "input_image"}}}}}}}},
     "input[0].content[0].image_url",
     "missing_field",
     false},
    {"no_call_id",
     {{"input", {{{"type", "function_call"}, {"name", "f"}}}}},
     "input[0].call_id",
     "missing_field",
     false},
    {"no_name",
     {{"input", {{{"type", "function_call"}, {"call_id", "c"}}}}},
     "input[0].name",
     "missing_field",
     false},
    {"no_output",
     {{"input", {{{"type", "function_call_output"}, {"call_id", "c"}}}}},
     "input[0].output",
     "missing_field",
     false},
    {"tool_name", {{"tools", {{{"type", "function"}}}}}, "tools[0].name", "missing_field", false},
    {"parameters",
     {{"tools", {{{"type", "function"}, {"name", "a"}, {"parameters", 1}}}}},
     "tools[0].parameters",
     "invalid_value",
     false},
    {"format",
     {{"text", {{"format", {{"type", "xml"}}}}}},
     "text.format.type",
     "invalid_value",
     false},
    {"schema",
     {{"text", {{"format", {{"type", "json_schema"}}}}}},
     "text.format.schema",
     "missing_field",
     false},
    {"logprobs", {{"top_logprobs", 3}}, "top_logprobs", kUnsupported, true},
};
INSTANTIATE_TEST_SUITE_P(Fields, ResponsesRefused, testing::ValuesIn(kRefused),
                         [](const auto& parameter) { return std::string(parameter.param.name); });

TEST(ResponsesToChat, WhatChangesNothingIsSilentAndWishesAreListed) {
  const auto silent = to_chat(ask({{"include", {"reasoning.encrypted_content"}},
                                   {"prompt_cache_key", "k"},
                                   {"truncation", "disabled"},
                                   {"service_tier", "auto"},
                                   {"store", false},
                                   {"background", false},
                                   {"text", {{"verbosity", "medium"}}},
                                   {"metadata", {{"a", "b"}}},
                                   {"client_metadata", {{"a", "b"}}},
                                   {"previous_response_id", nullptr}}));
  EXPECT_TRUE(silent.refused.empty());
  EXPECT_TRUE(silent.dropped.empty());
  const auto wishes = to_chat(ask({{"truncation", "auto"},
                                   {"service_tier", "priority"},
                                   {"text", {{"verbosity", "low"}}},
                                   {"max_tool_calls", 3},
                                   {"hologram", true}}));
  for (const char* name :
       {"truncation", "service_tier", "text.verbosity", "max_tool_calls", "hologram"})
    EXPECT_TRUE(dropped(wishes, name)) << name;
  const auto records = to_chat(ask(
      {{"input",
        {{{"type", "web_search_call"}, {"id", "ws_1"}}, {{"role", "user"}, {"content", "x"}}}}}));
  EXPECT_TRUE(dropped(records, "input[0]"));
}

}  // namespace
}  // namespace pontage::dialects::test
