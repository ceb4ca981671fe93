// The article's five files become these native trees; what looks like them but is not understood is
// refused by name.
#include <gtest/gtest.h>

#include "tree_text.hpp"

namespace pontage::config {
namespace {

using test::environment;
using test::load;

Loaded load_fixture(const std::string& name) {
  Diagnostics diagnostics;
  auto loaded = load_file(std::string(PONTAGE_SOURCE_DIR) + "/tests/fixtures/article/" + name,
                          environment({}), diagnostics);
  EXPECT_EQ(test::lines(diagnostics), std::vector<std::string>{}) << name;
  return loaded ? std::move(*loaded) : Loaded{};
}

TEST(Article, AgentGatewayChainIsNative) {
  const Loaded loaded = load_fixture("agentgateway.yaml");
  EXPECT_EQ(loaded.format, Format::kNative);
  EXPECT_EQ(
      test::tree_text(loaded.root),
      "{routes: [{match: {path: /v1/chat}, chain: [{retry: {max: 2, backoff: exponential}}, "
      "{fallback: ["
      "{provider: openai, model: gpt-4o}, {provider: anthropic, model: claude-sonnet-4-20250514}, "
      "{provider: ollama, model: llama3.1:70b}]}]}]}");
}

TEST(Article, AgentGatewayObservabilityIsNative) {
  const Loaded loaded = load_fixture("agentgateway-observability.yaml");
  EXPECT_EQ(loaded.format, Format::kNative);
  EXPECT_EQ(test::tree_text(loaded.root),
            "{observability: {metrics: {export: prometheus, endpoint: /metrics}, "
            "traces: {export: otlp, endpoint: http://otel-collector:4317}}}");
}

TEST(Article, PortkeyFallbackBecomesAFallback) {
  const Loaded loaded = load_fixture("portkey-fallback.yaml");
  EXPECT_EQ(loaded.format, Format::kPortkey);
  EXPECT_EQ(test::tree_text(loaded.root),
            "{routes: [{chain: [{fallback: {on: [\"status_code == 429\", \"latency_ms > 5000\", "
            "\"status_code >= 500\"], targets: [{provider: openai, model: gpt-4o}, "
            "{provider: openai, model: gpt-4o-mini}, {provider: anthropic, model: "
            "claude-sonnet-4-20250514}]}}]}]}");
}

TEST(Article, PortkeyMarksPointIntoTheOriginal) {
  const Loaded loaded = load_fixture("portkey-fallback.yaml");
  const Node& step = loaded.root.entries.at(0).value.items.at(0).entries.at(0).value.items.at(0);
  const Node& fallback = *step.find("fallback");
  const Node& rule = fallback.find("on")->items.at(1);
  EXPECT_EQ(rule.mark.line, 15);
  EXPECT_EQ(rule.mark.column, 11);
  const Node& target = fallback.find("targets")->items.at(2);
  EXPECT_EQ(target.mark.line, 7);
  EXPECT_EQ(target.mark.column, 5);
  EXPECT_TRUE(target.mark.file->ends_with("portkey-fallback.yaml"));
}

TEST(Article, PortkeyConditionalBecomesAConditional) {
  const Loaded loaded = load_fixture("portkey-conditional.yaml");
  EXPECT_EQ(loaded.format, Format::kPortkey);
  EXPECT_EQ(test::tree_text(loaded.root),
            "{routes: [{chain: [{conditional: ["
            "{if: \"request.tokens < 500\", then: {provider: openai, model: gpt-4o-mini}}, "
            "{if: \"request.tokens > 500 && request.tokens < 4000\", then: {provider: openai, "
            "model: gpt-4o}}, "
            "{if: \"request.metadata.contains_pii == true\", then: {provider: ollama, model: "
            "llama3.1:70b}}, "
            "{else: {provider: openai, model: gpt-4o-mini}}]}]}]}");
}

TEST(Article, ClaudeCodeRouterBecomesAScenario) {
  const Loaded loaded = load_fixture("claude-code-router.json");
  EXPECT_EQ(loaded.format, Format::kClaudeCodeRouter);
  EXPECT_EQ(test::tree_text(loaded.root),
            "{routes: [{match: {path: \"/v1\"}, chain: [{scenario: {"
            "default: \"anthropic,claude-sonnet-4-20250514\", background: \"ollama,llama3.1:8b\", "
            "longContext: \"openai,gpt-4o\", think: \"anthropic,claude-sonnet-4-20250514\", "
            "webSearch: \"openai,gpt-4o-mini\", routes: {explain_code: \"openai,gpt-4o-mini\", "
            "write_test: \"anthropic,claude-sonnet-4-20250514\"}}}]}]}");
}

TEST(Portkey, WithoutConditionsTheDefaultTriggersApply) {
  EXPECT_EQ(
      load("f.yaml", "strategy: { mode: fallback }\ntargets: [{ provider: a, model: b }]\n").tree(),
      "{routes: [{chain: [{fallback: {targets: [{provider: a, model: b}]}}]}]}");
}

TEST(Portkey, NativePartsMayStandBeside) {
  EXPECT_EQ(load("f.yaml",
                 "providers: { a: { kind: openai } }\nstrategy: { mode: fallback }\n"
                 "targets: [{ provider: a }]\nserver: { auth: none }\n")
                .tree(),
            "{providers: {a: {kind: openai}}, server: {auth: none}, "
            "routes: [{chain: [{fallback: {targets: [{provider: a}]}}]}]}");
}

TEST(Portkey, JsonOfTheSameFormLoads) {
  EXPECT_EQ(load("f.json", R"({"strategy": {"mode": "fallback"}, "targets": [{"provider": "a"}]})")
                .tree(),
            "{routes: [{chain: [{fallback: {targets: [{provider: \"a\"}]}}]}]}");
}

const std::string kFallback =
    "targets: [{ provider: a }]\nstrategy:\n  mode: fallback\n  conditions:\n    - ";

using Cases = std::vector<std::pair<std::string, std::string>>;

void expect_problems(const Cases& cases) {
  for (const auto& [text, problem] : cases) {
    const auto outcome = load("f.yaml", text);
    EXPECT_EQ(outcome.problems, std::vector<std::string>{problem}) << text;
    EXPECT_FALSE(outcome.loaded);
  }
}

TEST(Portkey, FallbackErrorsHaveTheirPlace) {
  expect_problems({
      {kFallback + "{ if: \"status_code == 429\", then: jump_to_nxt }",
       "f.yaml:5:41: a fallback condition can only say \"then: jump_to_next\", found "
       "\"jump_to_nxt\" (did you mean "
       "\"jump_to_next\"?)"},
      {kFallback + "{ if: \"status_code == 429\", then: { provider: a } }",
       "f.yaml:5:41: a fallback condition can only say \"then: jump_to_next\", found a map"},
      {kFallback + "{ if: \"status_code == 429\" }",
       "f.yaml:5:7: a fallback condition needs \"if\" and \"then\""},
      {kFallback + "{ then: jump_to_next }",
       "f.yaml:5:7: a fallback condition needs \"if\" and \"then\""},
      {kFallback + "{ if: [a], then: jump_to_next }",
       "f.yaml:5:13: \"if\" must be a value, found a list"},
      {kFallback + "{ if: x, then: jump_to_next, els: y }",
       "f.yaml:5:36: unknown key \"els\" in a fallback condition"},
      {kFallback + "x", "f.yaml:5:7: \"conditions\" must be a map, found \"x\""},
      {"strategy: { mode: fallback }",
       "f.yaml:1:11: \"strategy.mode: fallback\" needs the list \"targets\" beside "
       "\"strategy\""},
      {"strategy: { mode: fallback }\ntargets: { a: b }",
       "f.yaml:2:10: \"targets\" must be a list, found a map"},
      {"strategy: { mode: fallback }\ntargets: [a]",
       "f.yaml:2:11: \"targets\" must be a map, found \"a\""},
      {"strategy: { mode: fallback, conditions: x }\ntargets: []",
       "f.yaml:1:41: \"conditions\" must be a list, found \"x\""},
      {"strategy: { mode: fallback, condition: [] }\ntargets: []",
       "f.yaml:1:29: unknown key \"condition\" in strategy (did you mean \"conditions\"?)"},
      {"strategy: { mode: fallback, on_status_codes: [429] }\ntargets: []",
       "f.yaml:1:29: Portkey's \"on_status_codes\" is not supported yet"},
  });
}

TEST(Portkey, FileErrorsHaveTheirPlace) {
  expect_problems({
      {"targets: []",
       "f.yaml:1:10: a Portkey configuration needs \"strategy.mode\": fallback or conditional"},
      {"strategy: { mode: loadbalance }\ntargets: []",
       "f.yaml:1:19: Portkey's mode \"loadbalance\" is not supported yet (fallback and conditional "
       "are)"},
      {"strategy: { mode: fallbak }\ntargets: []",
       "f.yaml:1:19: \"strategy.mode\" must be fallback or conditional, found \"fallbak\" (did you "
       "mean "
       "\"fallback\"?)"},
      {"strategy: { mode: [] }",
       "f.yaml:1:19: \"strategy.mode\" must be fallback or conditional, found a list"},
      {"strategy: { mode: fallback }\ntargets: [{ provider: a, api_key: b }]",
       "f.yaml:2:26: Portkey's \"api_key\" is not supported yet"},
      {"strategy: { mode: fallback }\ntargets: []\ncache: { mode: simple }",
       "f.yaml:3:1: Portkey's \"cache\" is not supported yet"},
      {"strategy: { mode: fallback }\ntargets: []\ntarget: x",
       "f.yaml:3:1: unknown key \"target\" in a Portkey configuration (did you mean \"targets\"?)"},
  });
}

TEST(Portkey, ConditionalErrorsHaveTheirPlace) {
  expect_problems({
      {"strategy: { mode: conditional }",
       "f.yaml:1:11: \"strategy.mode: conditional\" needs the list \"conditions\""},
      {"strategy: { mode: conditional, conditions: {} }",
       "f.yaml:1:44: \"conditions\" must be a list, found a map"},
      {"strategy: { mode: conditional, conditions: [x] }",
       "f.yaml:1:45: \"conditions\" must be a map, found \"x\""},
      {"strategy: { mode: conditional, conditions: [{ if: x }] }",
       "f.yaml:1:45: a condition is { if, then } or, as the last one, { else }"},
      {"strategy: { mode: conditional, conditions: [{ if: x, then: name }] }",
       "f.yaml:1:60: \"then\" must be a map, found \"name\""},
      {"strategy: { mode: conditional, conditions: [{ else: name }] }",
       "f.yaml:1:53: \"else\" must be a map, found \"name\""},
      {"strategy: { mode: conditional, conditions: [{ query: { a: 1 }, then: { provider: a } }] }",
       "f.yaml:1:47: Portkey's \"query\" is not supported yet; write the condition as \"if\" with "
       "an expression"},
      {"strategy: { mode: conditional, conditions: [], default: x }",
       "f.yaml:1:48: Portkey's \"default\" is not supported yet; write it as the last condition: { "
       "else: { provider, "
       "model } }"},
      {"strategy: { mode: conditional, conditions: [] }\ntargets: []",
       "f.yaml:2:1: \"targets\" beside \"strategy.mode: conditional\" is not supported yet; write "
       "each target into its "
       "condition"},
  });
}

TEST(ClaudeCodeRouter, ThresholdAndNativePartsLoad) {
  EXPECT_EQ(load("f.json",
                 R"({"default": "a,b", "longContextThreshold": 60000, "server": {"auth": "none"}})")
                .tree(),
            "{server: {auth: \"none\"}, routes: [{match: {path: \"/v1\"}, "
            "chain: [{scenario: {default: \"a,b\", longContextThreshold: 60000}}]}]}");
}

TEST(ClaudeCodeRouter, ErrorsHaveTheirPlace) {
  const std::pair<std::string, std::string> cases[] = {
      {R"({"default": "gpt-4o"})",
       "f.json:1:13: \"default\" must be a text \"provider,model\", found \"gpt-4o\""},
      {R"({"default": ",b"})",
       "f.json:1:13: \"default\" must be a text \"provider,model\", found \",b\""},
      {R"({"default": "a,"})",
       "f.json:1:13: \"default\" must be a text \"provider,model\", found \"a,\""},
      {R"({"default": "a,b", "think": ["a,b"]})",
       "f.json:1:29: \"think\" must be a text \"provider,model\", found a list"},
      {R"({"default": "a,b", "longContxt": "a,b"})",
       "f.json:1:20: unknown key \"longContxt\" in a Claude Code Router configuration (did you "
       "mean \"longContext\"?)"},
      {R"({"default": "a,b", "routes": "x"})",
       "f.json:1:30: \"routes\" must be a map of task to \"provider,model\", found \"x\""},
      {R"({"default": "a,b", "routes": {"x": "y"}})",
       "f.json:1:36: \"x\" must be a text \"provider,model\", found \"y\""},
      {R"({"background": "a,b"})",
       "f.json:1:1: a Claude Code Router configuration needs \"default\""},
      {R"({"Providers": [], "Router": {"default": "a,b"}})",
       "f.json:1:2: \"Providers\": this is a Claude Code Router configuration of version 2; "
       "reading it is not supported "
       "yet, nothing was loaded"},
  };
  for (const auto& [text, problem] : cases) {
    const auto outcome = load("f.json", text);
    EXPECT_EQ(outcome.problems, std::vector<std::string>{problem}) << text;
    EXPECT_FALSE(outcome.loaded);
  }
}

TEST(Foreign, WhatIsOnlyRecognisedIsRefusedByName) {
  const std::tuple<std::string, std::string, std::string> cases[] = {
      {"model_list:\n  - model_name: gpt-4o\n", "1:1: \"model_list\"", "LiteLLM"},
      {"litellm_settings: {}\n", "1:1: \"litellm_settings\"", "LiteLLM"},
      {"llm: { models: [] }\n", "1:1: \"llm\"", "agentgateway"},
      {"binds:\n  - port: 3000\n", "1:1: \"binds\"", "agentgateway"},
      {"routes:\n  - backends: [{ ai: {} }]\n", "2:5: \"backends\"", "agentgateway"},
  };
  for (const auto& [text, place, product] : cases) {
    const auto outcome = load("f.yaml", text);
    EXPECT_EQ(outcome.problems,
              std::vector<std::string>{
                  "f.yaml:" + place + ": this is a " + product +
                  " configuration; reading it is not supported yet, nothing was loaded"});
    EXPECT_FALSE(outcome.loaded);
  }
}

TEST(Foreign, NativeFilesAreLeftAlone) {
  const std::string texts[] = {"routes: [{ match: { path: /v1 }, chain: [] }]",
                               "server: { listen: 127.0.0.1:1 }", "routes: []\ndefault: x",
                               "strategy: { a: b }", "models: {}"};
  for (const std::string& text : texts) {
    const auto outcome = load("f.yaml", text);
    ASSERT_TRUE(outcome.loaded) << text;
    EXPECT_EQ(outcome.loaded->format, Format::kNative) << text;
  }
}

}  // namespace
}  // namespace pontage::config
