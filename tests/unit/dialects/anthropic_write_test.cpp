// Anthropic requests from what no golden case says: what a model can do, conversations of clients
// that are less strict than OpenAI's, and fields that only some clients have (rows G1-G5).
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "unit/dialects/roundtrip_support.hpp"

namespace pontage::dialects::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct Outcome {
  json body;
  std::vector<std::string> dropped;
  std::optional<Error> error;
};

Outcome translate(json request, const TargetShape& shape) {
  if (!request.contains("messages"))
    request["messages"] = json::array({{{"role", "user"}, {"content", "Hi"}}});
  auto encoded = encode_request(Dialect::kOpenAiChat, Dialect::kAnthropicMessages, request.dump(),
                                RequestView{}, shape);
  if (!encoded) return {{}, {}, encoded.error()};
  return {json::parse(encoded->body.owned), encoded->dropped, {}};
}

TargetShape model(std::string_view name) {
  TargetShape shape;
  shape.model = name;
  return shape;
}

Outcome write(const llm::Conversation& conversation) {
  const TargetShape shape = model("claude-opus-4-8");
  TranslationNotes notes(shape);
  std::string body;
  if (!anthropic_messages_codec().provider->write(notes, conversation, RequestView{}, body))
    return {{}, notes.dropped, notes.error};
  return {json::parse(body), notes.dropped, {}};
}

llm::Turn turn(llm::Role role, std::vector<llm::Part> parts) {
  return {role, "turn", {}, std::move(parts)};
}
llm::Part text(std::string_view words) {
  llm::Part part;
  part.text = words;
  return part;
}
llm::Part call(std::string_view id) {
  llm::Part part;
  part.kind = llm::Part::Kind::kToolCall;
  part.where = "call";
  part.id = id;
  part.name = "f";
  return part;
}
llm::Part result(std::string_view id) {
  llm::Part part;
  part.kind = llm::Part::Kind::kToolResult;
  part.where = "result";
  part.id = id;
  return part;
}

TEST(AnthropicWrite, G4_TheLimitIsTheModelsAtMost) {
  TargetShape shape = model("claude-opus-4-8");
  shape.can.max_output = 4000;
  EXPECT_EQ(translate({{"max_tokens", 9000}}, shape).body["max_tokens"], 4000);
  EXPECT_EQ(translate({{"max_tokens", 3000}}, shape).body["max_tokens"], 3000);
  EXPECT_EQ(translate(json::object(), shape).body["max_tokens"], 4000) << "of the default too";
}

TEST(AnthropicWrite, G5_NoSamplingWhereTheModelTakesNone) {
  TargetShape shape = model("claude-opus-4-8");
  shape.can.temperature = false;
  const Outcome out = translate({{"temperature", 0.2}, {"top_p", 0.5}, {"top_k", 4}}, shape);
  EXPECT_FALSE(out.body.contains("temperature"));
  EXPECT_THAT(out.dropped, ElementsAre("temperature", "top_p", "top_k"));
  EXPECT_THAT(translate({{"temperature", 1}}, shape).dropped, IsEmpty()) << "the default";
}

TEST(AnthropicWrite, G2_ABegunAnswerOnlyWhereTheModelContinuesIt) {
  const json begun = {{"messages",
                       {{{"role", "user"}, {"content", "q"}},
                        {{"role", "assistant"}, {"content", "The answer is "}}}}};
  TargetShape shape = model("claude-opus-4-8");
  EXPECT_EQ(translate(begun, shape).body["messages"][1]["content"][0]["text"], "The answer is");
  shape.can.prefill = false;
  const Outcome out = translate(begun, shape);
  ASSERT_TRUE(out.error);
  EXPECT_EQ(out.error->param, "messages[1]");
  EXPECT_EQ(out.error->retry, Retry::kOtherTarget);
}

TEST(AnthropicWrite, G5_WhatTheModelCannotDoIsNamedAsTheClientNamesIt) {
  TargetShape shape = model("claude-opus-4-8");
  shape.can.reasoning = false;
  shape.can.structured_output = false;
  for (const json& asked :
       {json{{"reasoning_effort", "low"}}, json{{"reasoning", {{"effort", "low"}}}}}) {
    const Outcome out = translate(asked, shape);
    EXPECT_FALSE(out.body.contains("thinking"));
    EXPECT_THAT(out.dropped, ElementsAre(asked.begin().key())) << "a wish";
  }
  const json form = {{"type", "json_schema"},
                     {"json_schema", {{"name", "n"}, {"schema", {{"type", "object"}}}}}};
  const Outcome out = translate({{"response_format", form}}, shape);
  ASSERT_TRUE(out.error);
  EXPECT_EQ(out.error->param, "response_format");
}

TEST(AnthropicWrite, G5_ReasoningInOpenRoutersSpelling) {
  const TargetShape adaptive = model("claude-opus-4-8");
  const TargetShape budget = model("claude-haiku-4-5");
  const auto thinking = [](const json& reasoning, const TargetShape& shape) {
    return translate({{"reasoning", reasoning}, {"max_tokens", 9000}}, shape).body;
  };
  EXPECT_EQ(thinking({{"effort", "low"}}, adaptive)["output_config"], json({{"effort", "low"}}));
  EXPECT_EQ(thinking({{"enabled", false}}, adaptive)["thinking"], json({{"type", "disabled"}}));
  EXPECT_EQ(thinking({{"enabled", true}}, adaptive)["thinking"], json({{"type", "adaptive"}}));
  EXPECT_EQ(thinking({{"max_tokens", 3000}}, budget)["thinking"],
            json({{"type", "enabled"}, {"budget_tokens", 3000}}));
  EXPECT_EQ(thinking({{"enabled", true}}, budget)["thinking"]["budget_tokens"], 4500);
  EXPECT_EQ(translate({{"reasoning", {{"effort", "utmost"}}}}, adaptive).error->param,
            "reasoning.effort");
}

// Models that no longer take a budget get the effort that thinks as much.
TEST(AnthropicWrite, G5_ABudgetForAModelThatTakesNone) {
  const json own = {{"thinking", {{"type", "enabled"}, {"budget_tokens", 10000}}},
                    {"max_tokens", 20000}};
  const Outcome out = translate(own, model("claude-opus-4-8"));
  EXPECT_EQ(out.body["thinking"], json({{"type", "adaptive"}}));
  EXPECT_EQ(out.body["output_config"], json({{"effort", "high"}}));
  EXPECT_EQ(translate(own, model("claude-opus-4-6")).body["thinking"]["budget_tokens"], 10000);
  const json updates = {{"thinking", {{"type", "adaptive"}, {"display", "updates"}}}};
  EXPECT_THAT(translate(updates, model("claude-opus-4-8")).dropped,
              ElementsAre("thinking.display"));
}

TEST(AnthropicWrite, G3_MissingResultsAreSuppliedAndOrphansGo) {
  llm::Conversation c;
  c.turns = {turn(llm::Role::kUser, {text("q")}),
             turn(llm::Role::kAssistant, {call("a"), call("b")}),
             turn(llm::Role::kUser, {text("and?"), result("x"), result("b"), result("b")})};
  const Outcome out = write(c);
  const json& content = out.body["messages"][2]["content"];
  ASSERT_EQ(content.size(), 3U) << out.body;
  EXPECT_EQ(content[0]["tool_use_id"], "b");
  EXPECT_EQ(content[1],
            json({{"type", "tool_result"}, {"tool_use_id", "a"}, {"content", "[no result]"}}));
  EXPECT_EQ(content[2]["text"], "and?");
  EXPECT_THAT(out.dropped, ElementsAre("result"));
}

TEST(AnthropicWrite, G3_AnInterruptedCallAtTheEndIsAnsweredToo) {
  llm::Conversation c;
  c.turns = {turn(llm::Role::kUser, {text("q")}), turn(llm::Role::kAssistant, {call("a")})};
  const json messages = write(c).body["messages"];
  ASSERT_EQ(messages.size(), 3U);
  EXPECT_EQ(messages[2]["content"][0]["tool_use_id"], "a");
}

TEST(AnthropicWrite, G2_NoTurnIsEverEmpty) {
  llm::Conversation c;
  c.turns = {turn(llm::Role::kUser, {text("q")}), turn(llm::Role::kAssistant, {text("a")}),
             turn(llm::Role::kUser, {result("x")}), turn(llm::Role::kAssistant, {text("b")}),
             turn(llm::Role::kUser, {text("c")})};
  for (const json& message : write(c).body["messages"])
    EXPECT_FALSE(message["content"].empty()) << message;
}

TEST(AnthropicWrite, WhatHasNoBlockIsRefusedByName) {
  using Kind = llm::Part::Kind;
  llm::Conversation c;
  llm::Part part;
  part.where = "there";
  for (const Kind kind : {Kind::kAudio, Kind::kForeign}) {
    part.kind = kind;
    c.turns = {turn(llm::Role::kUser, {part})};
    EXPECT_EQ(write(c).error->param, "there");
  }
  part.kind = Kind::kDocument;
  part.source = llm::Source::kFile;
  c.turns = {turn(llm::Role::kUser, {part})};
  EXPECT_EQ(write(c).error->param, "there");
}

// The older form of OpenAI's: its prompt is a user's turn.
TEST(AnthropicWrite, CompletionsAreServedToo) {
  ASSERT_TRUE(can_serve(Dialect::kOpenAiCompletions, Dialect::kAnthropicMessages));
  const auto encoded = encode_request(Dialect::kOpenAiCompletions, Dialect::kAnthropicMessages,
                                      R"({"model":"m","prompt":"Say hi","max_tokens":9})",
                                      RequestView{}, model("claude-opus-4-8"));
  ASSERT_TRUE(encoded);
  const json body = json::parse(encoded->body.owned);
  EXPECT_EQ(body["messages"],
            json::array({{{"role", "user"},
                          {"content", json::array({{{"type", "text"}, {"text", "Say hi"}}})}}}));
}

}  // namespace
}  // namespace pontage::dialects::test
