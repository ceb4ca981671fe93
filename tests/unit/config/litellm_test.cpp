// LiteLLM's config.yaml: groups, stand-ins and wildcards as routes; what is left out, and mistakes.
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

const std::string kOne = "model_list: [ { model_name: a, litellm_params: { model: ollama/m } } ]\n";

TEST(LiteLlm, AModelNameIsARoute) {
  EXPECT_EQ(routes_of(kOne),
            "[{match: {model: [\"a\"]}, chain: [{fallback: [{provider: \"ollama\", model: "
            "\"m\"}]}]}]");
}

TEST(LiteLlm, AGroupIsDrawnByWeightAndStandsInForItself) {
  EXPECT_EQ(
      routes_of("model_list:\n"
                "  - { model_name: a, litellm_params: { model: ollama/m, weight: 3 } }\n"
                "  - { model_name: a, litellm_params: { model: vllm/m } }\n"
                "  - { model_name: a, litellm_params: { model: vllm/n, order: 1 } }\n"),
      "[{match: {model: [\"a\"]}, chain: [{weighted: [{weight: 3, provider: \"ollama\", "
      "model: \"m\"}, {weight: 1, provider: \"vllm\", model: \"m\"}]}, {fallback: [{provider: "
      "\"ollama\", model: \"m\"}, {provider: \"vllm\", model: \"m\"}, {provider: \"vllm\", "
      "model: \"n\"}]}]}]");
}

TEST(LiteLlm, GroupsStandInForEachOther) {
  const std::string list =
      "model_list:\n"
      "  - { model_name: a, litellm_params: { model: ollama/m } }\n"
      "  - { model_name: b, litellm_params: { model: vllm/1 } }\n"
      "  - { model_name: b, litellm_params: { model: vllm/2 } }\n";
  EXPECT_THAT(
      routes_of(list + "litellm_settings: { fallbacks: [ { a: [ b ] } ] }\n"),
      HasSubstr("chain: [{fallback: [{provider: \"ollama\", model: \"m\"}, {chain: [{weighted: "
                "[{weight: 1, provider: \"vllm\", model: \"1\"}, {weight: 1, provider: \"vllm\", "
                "model: \"2\"}]}, {fallback: [{provider: \"vllm\", model: \"1\"}, {provider: "
                "\"vllm\", model: \"2\"}]}]}]}]"));
  EXPECT_THAT(routes_of(list + "router_settings: { content_policy_fallbacks: [ { a: [ b ] } ] }\n"),
              HasSubstr("{fallback: {on: [\"status_code == 429\", \"status_code >= 500\", "
                        "\"content_filter\"], targets: [{provider: \"ollama\""));
  EXPECT_THAT(
      routes_of(list + "router_settings: { default_fallbacks: [ a ] }\n"),
      HasSubstr("{provider: \"vllm\", model: \"2\"}, {provider: \"ollama\", model: \"m\"}"));
}

TEST(LiteLlm, PoliciesComeFirst) {
  EXPECT_THAT(routes_of(kOne + "router_settings: { num_retries: 3, timeout: 1.5 }\n"),
              HasSubstr("chain: [{timeout: {attempt: 1500ms}}, {retry: {max: 3}}, {fallback:"));
}

TEST(LiteLlm, WildcardsComeAfterNames) {
  const auto text = routes_of(
      "model_list:\n"
      "  - { model_name: \"*\", litellm_params: { model: \"openai/*\" } }\n"
      "  - { model_name: \"groq/*\", litellm_params: { model: \"groq/*\" } }\n"
      "  - { model_name: gpt-4o, litellm_params: { model: gpt-4o } }\n");
  const auto name = text.find("[\"gpt-4o\"]");
  const auto glob = text.find("[\"groq/*\"]");
  EXPECT_LT(name, glob);
  EXPECT_LT(glob, text.find("[\"*\"]"));
}

TEST(LiteLlm, WhatIsLeftOutIsSaid) {
  const std::pair<std::string, const char*> rows[] = {
      {kOne + "router_settings: { routing_strategy: least-busy }",
       "2:20: warning: \"routing_strategy\""},
      {kOne + "router_settings: { redis_host: x }", "2:20: warning: \"redis_host\" of LiteLLM"},
      {kOne + "litellm_settings: { callbacks: [ x ] }", "2:21: warning: \"callbacks\""},
      {kOne + "general_settings: { database_url: x }", "2:21: warning: \"database_url\""},
      {kOne + "general_settings: { master_key: os.environ/NONE }",
       "2:33: warning: the key is not set (NONE)"},
      {kOne + "somewhere: 1", "2:1: warning: unknown key \"somewhere\""},
      {kOne + "router_settings: { fallbacks: [ { a: [ none ] } ] }",
       "2:40: warning: no entry of model_list is called \"none\""},
      {"model_list: [ { model_name: a, litellm_params: { model: ollama/m, rpm: 5 } } ]",
       "1:67: warning: \"rpm\" of LiteLLM"},
      {"model_list: [ { model_name: a, litellm_params: { model: ollama/m, modle: 5 } } ]",
       "1:67: warning: unknown key \"modle\" in litellm_params"},
  };
  for (const auto& [text, warning] : rows) {
    const auto outcome = load("f.yaml", text);
    EXPECT_TRUE(outcome.loaded) << text;
    EXPECT_THAT(outcome.problems, ElementsAre(HasSubstr(warning))) << text;
  }
}

TEST(LiteLlm, MistakesHaveTheirPlace) {
  const std::pair<std::string, const char*> rows[] = {
      {"model_list: { a: b }", "f.yaml:1:13: \"model_list\" must be a list, found a map"},
      {"model_list: [ { litellm_params: { model: x } } ]",
       "f.yaml:1:15: an entry of model_list needs \"model_name\""},
      {"model_list: [ { model_name: a } ]",
       "f.yaml:1:15: an entry of model_list needs litellm_params.model"},
      {kOne + "router_settings: { timeout: soon }",
       "f.yaml:2:29: expected a number of seconds, found \"soon\""},
      {kOne + "router_settings: { fallbacks: { a: b } }",
       "f.yaml:2:31: \"fallbacks\" must be a list, found a map"},
  };
  for (const auto& [text, problem] : rows) {
    const auto outcome = load("f.yaml", text);
    EXPECT_FALSE(outcome.loaded) << text;
    EXPECT_THAT(outcome.problems, ElementsAre(problem)) << text;
  }
}

}  // namespace
}  // namespace pontage::config
