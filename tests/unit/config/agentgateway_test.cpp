// agentgateway's file: models, virtual models, routes with AI backends; what is left out, and
// mistakes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tree_text.hpp"

namespace pontage::config {
namespace {

using test::load;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string routes_of(const std::string& yaml) {
  const auto outcome = load("f.yaml", yaml);
  EXPECT_THAT(outcome.problems, IsEmpty()) << yaml;
  return outcome.loaded ? test::tree_text(*outcome.loaded->root.find("routes")) : "";
}

const std::string kModels =
    "llm:\n  models: [ { name: a, provider: openAI }, { name: b, provider: anthropic, params: { "
    "model: c } } ]\n";

TEST(AgentGateway, AModelIsARoute) {
  EXPECT_EQ(
      routes_of(kModels),
      "[{match: {model: \"a\"}, chain: [{fallback: [{provider: \"openai\", model: \"a\"}]}]}, "
      "{match: {model: \"b\"}, chain: [{fallback: [{provider: \"anthropic\", model: "
      "\"c\"}]}]}]");
}

TEST(AgentGateway, VirtualModelsGoBeforeTheRealOnes) {
  EXPECT_THAT(
      routes_of(kModels + "  virtualModels: [ { name: v, routing: { failover: { targets: [ { "
                          "model: b, priority: 2 }, { model: a, priority: 1 } ] } } } ]\n"),
      HasSubstr("[{match: {model: \"v\"}, chain: [{fallback: [{provider: \"openai\", model: "
                "\"a\"}, {provider: \"anthropic\", model: \"c\"}]}]}, {match: {model: "
                "\"a\"}"));
  EXPECT_THAT(
      routes_of(kModels +
                "  virtualModels: [ { name: v, routing: { conditional: { targets: [ { when: "
                "'llm.requestModel == \"x\" && llmRequest.temperature > 1.0', model: b }, { "
                "model: a } ] } } } ]\n"),
      HasSubstr(
          "{conditional: [{if: \"request.model == \"x\" && request.params.temperature > 1.0\", "
          "then: {provider: \"anthropic\", model: \"c\"}}, {else: {provider: \"openai\""));
}

TEST(AgentGateway, AnAiBackendIsAChain) {
  EXPECT_EQ(
      routes_of("routes:\n  - matches: [ { path: { pathPrefix: /v1 }, headers: [ { name: x-a, "
                "value: { exact: b } } ] } ]\n    policies: { timeout: { requestTimeout: 9s } "
                "}\n    backends: [ { ai: { provider: { openAI: { model: m } } } } ]\n"),
      "[{match: {path: /v1, header: {x-a: b}}, chain: [{timeout: {total: 9s}}, {fallback: "
      "[{provider: \"openai\", model: \"m\"}]}]}]");
}

TEST(AgentGateway, WhatIsLeftOutIsSaid) {
  const std::string route = "routes: [ { backends: [ { ai: { provider: openAI } } ]";
  const std::pair<std::string, const char*> rows[] = {
      {kModels + "mcp: {}", "3:1: warning: \"mcp\" of agentgateway"},
      {kModels + "other: {}", "3:1: warning: unknown key \"other\""},
      {kModels + "gateways: { default: { port: 4000 } }",
       "3:30: warning: the gateway listens on loopback here"},
      {kModels + "  policies: { cors: {} }", "3:15: warning: \"cors\" of agentgateway"},
      {route + ", hostnames: [ a ] } ]", "1:57: warning: \"hostnames\""},
      {route + ", policies: { retry: { attempts: 1, precondition: x } } } ]",
       "1:91: warning: \"precondition\""},
      {"routes: [ { backends: [ { host: x } ] } ]", "1:25: warning: only `ai` backends"},
      {"llm: { models: [ { name: a, provider: openAI, guardrails: {} } ] }",
       "1:47: warning: \"guardrails\""},
  };
  for (const auto& [text, warning] : rows) {
    const auto outcome = load("f.yaml", text);
    EXPECT_TRUE(outcome.loaded) << text;
    ASSERT_FALSE(outcome.problems.empty()) << text;
    EXPECT_THAT(outcome.problems.front(), HasSubstr(warning)) << text;
  }
}

TEST(AgentGateway, MistakesHaveTheirPlace) {
  const std::pair<std::string, const char*> rows[] = {
      {"llm: { models: [ { provider: openAI } ] }", "f.yaml:1:18: a model needs its \"name\""},
      {"llm: { models: [ { name: a } ] }", "f.yaml:1:18: a \"provider\" is missing"},
      {"llm: { models: [ { name: a, provider: { reference: none } } ] }",
       "f.yaml:1:52: llm.providers has no \"none\""},
      {kModels + "  virtualModels: [ { name: v } ]",
       "f.yaml:3:20: a virtual model needs \"name\" and one \"routing\""},
      {kModels +
           "  virtualModels: [ { name: v, routing: { weighted: { targets: [ { model: z } ] } } } ]",
       "f.yaml:3:74: llm.models has no \"z\""},
      {kModels +
           "  virtualModels: [ { name: v, routing: { weihgted: { targets: [ { model: a } ] } } } ]",
       "f.yaml:3:42: unknown key \"weihgted\" in routing (did you mean \"weighted\"?)"},
      {"routes: [ { backends: [ { ai: { groups: [ {} ] } } ] } ]",
       "f.yaml:1:43: a group needs its list of \"providers\""},
  };
  for (const auto& [text, problem] : rows) {
    const auto outcome = load("f.yaml", text);
    EXPECT_FALSE(outcome.loaded) << text;
    EXPECT_THAT(outcome.problems, ElementsAre(problem)) << text;
  }
}

}  // namespace
}  // namespace pontage::config
