// The article's five files become these native trees, and native files stay as they are. The real
// formats have a test file each.
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
  };
  for (const auto& [text, problem] : cases) {
    const auto outcome = load("f.json", text);
    EXPECT_EQ(outcome.problems, std::vector<std::string>{problem}) << text;
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
