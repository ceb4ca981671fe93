// From a request to an answer: same conversation, same text, in both dialects; limits, stops,
// tools, prefill, usage.
#include "simulate/answer.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace pontage::simulate {
namespace {

Ask parse(Dialect dialect, const std::string& body) {
  auto ask = parse_ask(dialect, body);
  EXPECT_TRUE(ask) << body << ": " << ask.error().message;
  return ask ? *ask : Ask();
}

Ask openai(const std::string& more = "",
           const std::string& messages = R"([{"role":"user","content":"hello"}])") {
  return parse(Dialect::kOpenAi, R"({"model":"sim-1","messages":)" + messages + more + "}");
}

Ask anthropic(const std::string& more = "",
              const std::string& messages = R"([{"role":"user","content":"hello"}])") {
  return parse(Dialect::kAnthropic,
               R"({"model":"sim-1","max_tokens":1000,"messages":)" + messages + more + "}");
}

Answer answer(const Ask& ask, const std::string& fault = "", std::uint64_t seed = 1,
              std::uint64_t nth = 0) {
  const auto script = FaultScript::parse(fault);
  EXPECT_TRUE(script) << fault;
  return make_answer(ask, script->pick(0, 1), seed, 32, nth);
}

std::string text(const Answer& answer, Block::Kind kind = Block::Kind::kText) {
  std::string out;
  for (const Block& block : answer.choices.at(0).blocks) {
    if (block.kind == kind) out += block.pieces.text;
  }
  return out;
}

TEST(Answer, SameSeedModelAndMessagesSameText) {
  const std::string base = text(answer(openai()));
  EXPECT_FALSE(base.empty());
  EXPECT_EQ(text(answer(openai())), base);
  EXPECT_EQ(text(answer(openai(R"(,"temperature":1,"stream":true)"))), base);
  EXPECT_EQ(text(answer(anthropic())), base);
  EXPECT_NE(text(answer(openai(), "", 2)), base);
  EXPECT_NE(text(answer(openai("", R"([{"role":"user","content":"hallo"}])"))), base);
  Ask other = openai();
  other.model = "sim-2";
  EXPECT_NE(text(answer(other)), base);
  other.model = "sim-1!cut=3";
  EXPECT_EQ(text(answer(other)), base);
}

TEST(Answer, DialectsAgreeOnLongConversations) {
  const Ask one = openai(
      "",
      R"([{"role":"system","content":"be brief"},{"role":"user","content":[{"type":"text","text":"a"},
      {"type":"text","text":"b"}]},{"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function",
      "function":{"name":"f","arguments":"{}"}},{"id":"c2","type":"function","function":{"name":"f","arguments":"{}"}}]},
      {"role":"tool","tool_call_id":"c1","content":"r1"},{"role":"tool","tool_call_id":"c2","content":"r2"},
      {"role":"user","content":"go on"}])");
  const Ask two = anthropic(R"(,"system":[{"type":"text","text":"be brief"}])",
                            R"([{"role":"user","content":"ab"},
      {"role":"assistant","content":[{"type":"tool_use","id":"c1","name":"f","input":{}},{"type":"tool_use","id":"c2",
      "name":"f","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"c1","content":"r1"},
      {"type":"tool_result","tool_use_id":"c2","content":[{"type":"text","text":"r2"}]},{"type":"text","text":"go on"}]}])");
  EXPECT_EQ(text(answer(one)), text(answer(two)));
  EXPECT_EQ(answer(one).prompt_tokens, answer(two).prompt_tokens);
}

TEST(Answer, Usage) {
  const Answer healthy = answer(openai());
  EXPECT_EQ(healthy.prompt_tokens, 3 + 2);  // "hello": five bytes, rounded up to two quarters
  EXPECT_EQ(healthy.completion_tokens, 32);
  const Answer said = answer(openai(), "prompt_tokens=100,completion_tokens=7,cached=60");
  EXPECT_EQ(said.prompt_tokens, 100);
  EXPECT_EQ(said.completion_tokens, 7);
  EXPECT_EQ(said.cached_tokens, 60);
  EXPECT_EQ(answer(openai(), "reasoning=5,tokens=4").completion_tokens, 9);
  EXPECT_EQ(answer(openai(), "reasoning=5,tokens=4").reasoning_tokens, 5);
  EXPECT_EQ(answer(openai(), "cached=999").cached_tokens, 5);
}

TEST(Answer, MaxTokensCutsTheSameText) {
  const std::string whole = text(answer(openai()));
  const Answer cut = answer(openai(R"(,"max_tokens":3)"));
  EXPECT_EQ(cut.completion_tokens, 3);
  EXPECT_EQ(cut.choices[0].finish, Finish::kLength);
  EXPECT_TRUE(whole.starts_with(text(cut)));
  EXPECT_EQ(answer(openai(R"(,"max_completion_tokens":4,"max_tokens":9)")).completion_tokens, 4);
  EXPECT_EQ(answer(openai(R"(,"max_tokens":32)")).choices[0].finish, Finish::kStop);
  const Answer thinking = answer(openai(R"(,"max_tokens":2)"), "reasoning=5");
  EXPECT_EQ(text(thinking), "");
  EXPECT_EQ(thinking.reasoning_tokens, 2);
}

TEST(Answer, StopSequences) {
  const std::string whole = text(answer(openai()));
  const std::size_t blank = whole.find(' ', 12);
  const std::string stop = whole.substr(blank, 4);
  const Answer stopped = answer(openai(R"(,"stop":["never there",")" + stop + "\"]"));
  EXPECT_EQ(text(stopped), whole.substr(0, whole.find(stop)));
  EXPECT_EQ(stopped.choices[0].finish, Finish::kStopSequence);
  EXPECT_EQ(stopped.choices[0].stop_sequence, stop);
  EXPECT_EQ(answer(openai(R"(,"stop":"never there")")).choices[0].finish, Finish::kStop);
}

const std::string kTools =
    R"(,"tools":[{"type":"function","function":{"name":"first","parameters":{"type":"object",
    "properties":{"n":{"type":"integer"}},"required":["n"]}}},{"type":"function","function":{"name":"second"}}])";

TEST(Answer, Tools) {
  EXPECT_EQ(answer(openai(kTools)).choices[0].finish, Finish::kStop);
  const Answer forced = answer(openai(kTools + R"(,"tool_choice":"required")"));
  ASSERT_EQ(forced.choices[0].blocks.size(), 1U);
  EXPECT_EQ(forced.choices[0].blocks[0].name, "first");
  EXPECT_TRUE(nlohmann::json::parse(forced.choices[0].blocks[0].pieces.text).contains("n"));
  EXPECT_EQ(forced.choices[0].finish, Finish::kTools);
  const Answer named =
      answer(openai(kTools + R"(,"tool_choice":{"type":"function","function":{"name":"second"}})"));
  EXPECT_EQ(named.choices[0].blocks[0].name, "second");
  EXPECT_EQ(named.choices[0].blocks[0].pieces.text, "{}");
  const Answer both = answer(openai(kTools), "tools=2,tokens=3,reasoning=2");
  ASSERT_EQ(both.choices[0].blocks.size(), 4U);
  EXPECT_NE(both.choices[0].blocks[2].id, both.choices[0].blocks[3].id);
  EXPECT_EQ(answer(openai(kTools + R"(,"tool_choice":"none")"), "tools=2").choices[0].finish,
            Finish::kStop);
  EXPECT_EQ(answer(openai(), "content=tools").choices[0].blocks[0].name, "lookup");
}

TEST(Answer, Prefill) {
  const std::string whole = text(answer(openai()));
  const std::string said = whole.substr(0, 60);
  const Ask ask = openai(
      "", R"([{"role":"user","content":"hello"},{"role":"assistant","content":")" + said + "\"}]");
  EXPECT_EQ(said + text(answer(ask)), whole);
  EXPECT_EQ(text(answer(ask, "prefill=restart")), whole);
  const std::string overlap = text(answer(ask, "prefill=overlap"));
  EXPECT_TRUE(whole.ends_with(overlap));
  EXPECT_GT(overlap.size(), whole.size() - said.size());
  EXPECT_LT(overlap.size(), whole.size());
  const Ask foreign = openai(
      "", R"([{"role":"user","content":"hello"},{"role":"assistant","content":"Something else"}])");
  EXPECT_EQ(text(answer(foreign)), whole);
}

TEST(Answer, AUserWhoAsksForTheRest) {
  const std::string whole = text(answer(openai()));
  const std::string said = whole.substr(0, 60);
  const Ask ask =
      openai("", R"([{"role":"user","content":"hello"},{"role":"assistant","content":")" + said +
                     R"("},{"role":"user","content":"go on"}])");
  EXPECT_NE(text(answer(ask)), whole) << "another conversation";
  EXPECT_EQ(said + text(answer(ask, "instruction=continue")), whole);
  EXPECT_EQ(text(answer(ask, "instruction=restart")), whole);
  const std::string overlap = text(answer(ask, "instruction=overlap"));
  EXPECT_TRUE(whole.ends_with(overlap));
  EXPECT_GT(overlap.size(), whole.size() - said.size());
  EXPECT_FALSE(FaultScript::parse("instruction=reject").has_value());
}

TEST(Answer, Contents) {
  EXPECT_EQ(
      text(answer(openai("", R"([{"role":"user","content":"say  this back"}])"), "content=echo")),
      "say  this back");
  EXPECT_NE(text(answer(openai(), "content=paraphrase", 1, 1)),
            text(answer(openai(), "content=paraphrase", 1, 2)));
  EXPECT_EQ(text(answer(openai(), "content=refusal"), Block::Kind::kRefusal),
            text(answer(openai())));
  EXPECT_TRUE(
      nlohmann::json::parse(text(answer(openai(R"(,"response_format":{"type":"json_object"})"))))
          .is_object());
  const auto parsed = nlohmann::json::parse(text(answer(openai(
      R"(,"response_format":{"type":"json_schema","json_schema":{"name":"x","schema":{"type":"object","properties":{"k":{"const":5}},"required":["k"]}}})"))));
  EXPECT_EQ(parsed, nlohmann::json({{"k", 5}}));
  const auto other = nlohmann::json::parse(text(answer(anthropic(
      R"(,"output_config":{"format":{"type":"json_schema","schema":{"type":"object","properties":{"k":{"const":5}},"required":["k"]}}})"))));
  EXPECT_EQ(other, nlohmann::json({{"k", 5}}));
  EXPECT_EQ(answer(openai(R"(,"n":3)")).choices.size(), 3U);
  EXPECT_EQ(answer(openai(R"(,"n":3)")).completion_tokens, 96);
  EXPECT_EQ(
      answer(anthropic(R"(,"thinking":{"type":"enabled","budget_tokens":1024})")).reasoning_tokens,
      8);
  EXPECT_EQ(answer(anthropic(R"(,"thinking":{"type":"disabled"})")).reasoning_tokens, 0);
}

TEST(Ask, Complaints) {
  struct Row {
    Dialect dialect;
    const char* body;
    const char* message;
  };
  const std::vector<Row> rows = {
      {Dialect::kOpenAi, "{", "parse"},
      {Dialect::kOpenAi, "[]", "parse"},
      {Dialect::kOpenAi, R"({"messages":[]})", "model"},
      {Dialect::kOpenAi, R"({"model":"m"})", "'messages'"},
      {Dialect::kOpenAi, R"({"model":"m","messages":[]})", "empty array"},
      {Dialect::kOpenAi, R"({"model":"m","messages":[1]})", "messages[0]"},
      {Dialect::kOpenAi, R"({"model":"m","messages":[{"role":"bot","content":"x"}]})", "'bot'"},
      {Dialect::kOpenAi,
       R"({"model":"m","messages":[{"role":"tool","tool_call_id":"a","content":"x"}]})",
       "role 'tool'"},
      {Dialect::kOpenAi,
       R"({"model":"m","messages":[{"role":"assistant","tool_calls":[{"id":"a"}]},{"role":"user","content":"x"}]})",
       "did not have response messages: a"},
      {Dialect::kOpenAi, R"({"model":"m","messages":[{"role":"user","content":"x"}],"n":0})",
       "'n'"},
      {Dialect::kOpenAi,
       R"({"model":"m","messages":[{"role":"user","content":"x"}],"max_tokens":0})", "max_tokens"},
      {Dialect::kOpenAi,
       R"({"model":"m","messages":[{"role":"user","content":"x"}],"stream_options":{}})",
       "stream_options"},
      {Dialect::kAnthropic, R"({"max_tokens":1,"messages":[]})", "model: Field required"},
      {Dialect::kAnthropic, R"({"model":"m","max_tokens":1,"messages":[]})",
       "at least one message"},
      {Dialect::kAnthropic, R"({"model":"m","messages":[{"role":"user","content":"x"}]})",
       "max_tokens: Field required"},
      {Dialect::kAnthropic,
       R"({"model":"m","max_tokens":1,"messages":[{"role":"assistant","content":"x"}]})",
       "first message"},
      {Dialect::kAnthropic,
       R"({"model":"m","max_tokens":1,"messages":[{"role":"system","content":"x"}]})",
       "messages.0.role"},
      {Dialect::kAnthropic,
       R"({"model":"m","max_tokens":1,"messages":[{"role":"tool","content":"x"}]})",
       "messages.0.role"},
      {Dialect::kAnthropic, R"({"model":"m","max_tokens":1,"messages":[{"role":"user"}]})",
       "content: Field required"},
      {Dialect::kAnthropic,
       R"({"model":"m","max_tokens":1,"messages":[{"role":"user","content":[{"type":"tool_result","tool_use_id":"q"}]}]})",
       "unexpected `tool_use_id`"},
      {Dialect::kAnthropic,
       R"({"model":"m","max_tokens":1,"messages":[{"role":"user","content":"x"},{"role":"assistant","content":[{"type":"tool_use","id":"q"}]},{"role":"user","content":"y"}]})",
       "without `tool_result`"},
  };
  for (const Row& row : rows) {
    const auto ask = parse_ask(row.dialect, row.body);
    ASSERT_FALSE(ask) << row.body;
    EXPECT_NE(ask.error().message.find(row.message), std::string::npos)
        << row.body << ": " << ask.error().message;
  }
}

}  // namespace
}  // namespace pontage::simulate
