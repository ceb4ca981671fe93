// Requests of Anthropic clients as Converse requests: turns, parts, tools, parameters, and what
// Converse does not have
// (docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html).
#include <gmock/gmock.h>

#include "unit/dialects/bedrock_support.hpp"

namespace pontage::dialects::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

json converse(const json& request) {
  const auto out = to_converse(request);
  EXPECT_FALSE(out.error) << out.error->detail;
  return out.body;
}
json content_of(const json& block) {
  return converse({{"messages", {user(json::array({block}))}}})["messages"][0]["content"];
}
void expect_impossible(const json& block, const std::string& param) {
  const auto out = to_converse({{"messages", {user(json::array({block}))}}});
  ASSERT_TRUE(out.error) << block;
  EXPECT_EQ(out.error->param, param);
}

TEST(Converse, TextSystemAndLimits) {
  EXPECT_EQ(converse({{"messages", {user("Hi")}},
                      {"system", "Be brief."},
                      {"max_tokens", 50},
                      {"temperature", 0.5},
                      {"top_p", 0.9},
                      {"stop_sequences", {"END"}}}),
            json::parse(R"({"system":[{"text":"Be brief."}],
                "messages":[{"role":"user","content":[{"text":"Hi"}]}],
                "inferenceConfig":{"maxTokens":50,"temperature":0.5,"topP":0.9,
                                   "stopSequences":["END"]}})"));
}

TEST(Converse, TurnsOfOneRoleAreOneMessage) {
  const auto body =
      converse({{"messages", {user("a"), user("b"), assistant("c"), assistant("d"), user("e")}}});
  EXPECT_EQ(body["messages"], json::parse(R"([
      {"role":"user","content":[{"text":"a"},{"text":"b"}]},
      {"role":"assistant","content":[{"text":"c"},{"text":"d"}]},
      {"role":"user","content":[{"text":"e"}]}])"));
}

TEST(Converse, TheUserSpeaksFirst) {
  EXPECT_EQ(converse({{"messages", {assistant("Welcome"), user("b")}}})["messages"],
            json::parse(R"([
      {"role":"user","content":[{"text":"Hello."}]},
      {"role":"assistant","content":[{"text":"Welcome"}]},
      {"role":"user","content":[{"text":"b"}]}])"));
}

TEST(Converse, Images) {
  EXPECT_EQ(
      content_of({{"type", "image"},
                  {"source", {{"type", "base64"}, {"media_type", "image/png"}, {"data", "iVBO"}}}}),
      json::parse(R"([{"image":{"format":"png","source":{"bytes":"iVBO"}}}])"));
  EXPECT_EQ(
      content_of({{"type", "image"}, {"source", {{"type", "url"}, {"url", "s3://b/k.jpeg"}}}}),
      json::parse(
          R"([{"image":{"format":"jpeg","source":{"s3Location":{"uri":"s3://b/k.jpeg"}}}}])"));
  expect_impossible({{"type", "image"}, {"source", {{"type", "url"}, {"url", "https://x/y.png"}}}},
                    "messages.0.content.0");
  expect_impossible(
      {{"type", "image"},
       {"source", {{"type", "base64"}, {"media_type", "image/bmp"}, {"data", "Qk0="}}}},
      "messages.0.content.0");
}

TEST(Converse, Documents) {
  EXPECT_EQ(
      content_of(
          {{"type", "document"},
           {"title", "Q3  report_(final).pdf"},
           {"context", "numbers"},
           {"citations", {{"enabled", true}}},
           {"source", {{"type", "base64"}, {"media_type", "application/pdf"}, {"data", "JVBE"}}}}),
      json::parse(R"([{"document":{"format":"pdf","name":"Q3 report-(final)-pdf",
                "context":"numbers","citations":{"enabled":true},"source":{"bytes":"JVBE"}}}])"));
  EXPECT_EQ(
      content_of({{"type", "document"},
                  {"source", {{"type", "text"}, {"media_type", "text/plain"}, {"data", "foob"}}}}),
      json::parse(R"([{"document":{"format":"txt","name":"document",
                "source":{"bytes":"Zm9vYg=="}}}])"));
}

TEST(Converse, ToolsAndTheirTurns) {
  const auto body =
      converse({{"tools",
                 {{{"name", "f"}, {"description", "does"}, {"input_schema", {{"type", "object"}}}},
                  {{"name", "g"}, {"strict", true}}}},
                {"tool_choice", {{"type", "tool"}, {"name", "f"}}},
                {"messages",
                 {user("go"), assistant({text("ok"), call("t1", "f", {{"a", 1}}), call("t2", "g")}),
                  user({result("t1", "one"),
                        {{"type", "tool_result"}, {"tool_use_id", "t2"}, {"is_error", true}}})}}});
  EXPECT_EQ(body["toolConfig"], json::parse(R"({"tools":[
      {"toolSpec":{"name":"f","description":"does","inputSchema":{"json":{"type":"object"}}}},
      {"toolSpec":{"name":"g","inputSchema":{"json":{"type":"object","properties":{}}},"strict":true}}],
      "toolChoice":{"tool":{"name":"f"}}})"));
  EXPECT_EQ(body["messages"][1]["content"], json::parse(R"([{"text":"ok"},
      {"toolUse":{"toolUseId":"t1","name":"f","input":{"a":1}}},
      {"toolUse":{"toolUseId":"t2","name":"g","input":{}}}])"));
  EXPECT_EQ(body["messages"][2]["content"], json::parse(R"([
      {"toolResult":{"toolUseId":"t1","content":[{"text":"one"}]}},
      {"toolResult":{"toolUseId":"t2","content":[{"text":"[no result]"}],"status":"error"}}])"));
}

TEST(Converse, ToolChoices) {
  const auto choice = [](const json& value) {
    return converse(
        {{"tools", {{{"name", "f"}}}}, {"tool_choice", value}, {"messages", {user("x")}}});
  };
  EXPECT_EQ(choice({{"type", "any"}})["toolConfig"]["toolChoice"], json::parse(R"({"any":{}})"));
  EXPECT_FALSE(choice({{"type", "auto"}})["toolConfig"].contains("toolChoice"));
  EXPECT_FALSE(choice({{"type", "none"}}).contains("toolConfig"));
  const auto forbidden = to_converse(
      {{"tools", {{{"name", "f"}}}},
       {"tool_choice", {{"type", "none"}}},
       {"messages", {user("x"), assistant({call("t", "f")}), user({result("t", "r")})}}});
  ASSERT_TRUE(forbidden.error);
  EXPECT_EQ(forbidden.error->param, "tool_choice");
}

TEST(Converse, AConversationThatUsedToolsNamesThem) {
  const auto body = converse({{"messages",
                               {user("x"), assistant({call("t", "f"), call("u", "f")}),
                                user({result("t", "r"), result("u", "r")})}}});
  EXPECT_EQ(body["toolConfig"]["tools"], json::parse(R"([
      {"toolSpec":{"name":"f","inputSchema":{"json":{"type":"object","properties":{}}}}}])"));
}

TEST(Converse, ThinkingIsTakenBackWithItsSignatureOnly) {
  const auto body = converse(
      {{"messages",
        {user("x"),
         assistant({{{"type", "thinking"}, {"thinking", "hm"}, {"signature", "c2ln"}},
                    {{"type", "thinking"}, {"thinking", "other"}, {"signature", kUnsigned}},
                    {{"type", "redacted_thinking"}, {"data", "cmVk"}},
                    text("y")}),
         user("z")}}});
  EXPECT_EQ(body["messages"][1]["content"], json::parse(R"([
      {"reasoningContent":{"reasoningText":{"text":"hm","signature":"c2ln"}}},
      {"reasoningContent":{"redactedContent":"cmVk"}},{"text":"y"}])"));
}

TEST(Converse, HowHardToThink) {
  const json request = {{"messages", {user("x")}},
                        {"max_tokens", 4000},
                        {"temperature", 1},
                        {"thinking", {{"type", "enabled"}, {"budget_tokens", 2000}}}};
  const auto claude = to_converse(request);
  EXPECT_EQ(claude.body["additionalModelRequestFields"],
            json::parse(R"({"thinking":{"type":"enabled","budget_tokens":2000}})"));
  EXPECT_FALSE(claude.body["inferenceConfig"].contains("temperature"));
  EXPECT_THAT(claude.dropped, ElementsAre("temperature"));
  const auto nova = to_converse(request, "amazon.nova-pro-v1:0");
  EXPECT_FALSE(nova.body.contains("additionalModelRequestFields"));
  EXPECT_THAT(nova.dropped, ElementsAre("reasoning"));
  EXPECT_EQ(nova.body["inferenceConfig"]["temperature"], 1);
}

TEST(Converse, TopKIsTheModelsOwnField) {
  const json request = {{"messages", {user("x")}}, {"top_k", 5}};
  EXPECT_EQ(to_converse(request).body["additionalModelRequestFields"],
            json::parse(R"({"top_k":5})"));
  EXPECT_EQ(to_converse(request, "us.amazon.nova-lite-v1:0").body["additionalModelRequestFields"],
            json::parse(R"({"inferenceConfig":{"topK":5}})"));
  const auto other = to_converse(request, "meta.llama3-v1:0");
  ASSERT_TRUE(other.error);
  EXPECT_EQ(other.error->param, "top_k");
  EXPECT_THAT(to_converse(request, "meta.llama3-v1:0", true).dropped, ElementsAre("top_k"));
}

TEST(Converse, AnswersOfASchema) {
  const auto body =
      converse({{"messages", {user("x")}},
                {"output_config",
                 {{"format", {{"type", "json_schema"}, {"schema", {{"type", "object"}}}}}}}});
  EXPECT_EQ(body["outputConfig"], json::parse(R"({"textFormat":{"type":"json_schema","structure":
      {"jsonSchema":{"schema":"{\"type\":\"object\"}"}}}})"));
}

TEST(Converse, AServerToolIsRefusedByName) {
  const auto out =
      to_converse({{"messages", {user("x")}},
                   {"tools", {{{"type", "web_search_20250305"}, {"name", "web_search"}}}}});
  ASSERT_TRUE(out.error);
  EXPECT_EQ(out.error->param, "tools.0.type");
}

TEST(Converse, NothingIsLostSilently) {
  const auto out = to_converse({{"messages", {user("x")}}, {"metadata", {{"user_id", "u"}}}});
  EXPECT_THAT(out.dropped, ElementsAre("metadata.user_id"));
  EXPECT_THAT(to_converse({{"messages", {user("x")}}}).dropped, IsEmpty());
}

}  // namespace
}  // namespace pontage::dialects::test
