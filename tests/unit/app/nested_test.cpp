// Chains within chains, through a whole configuration: the candidates in order, the policies and
// conditions that stay inside, and what may not stand there.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/app/config_bench.hpp"

namespace pontage::app::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// `provider/model` of each candidate, with retries (`*`) and conditions of its own (`?`).
std::string plan_of(const Tried& tried, const std::string& body = "{}") {
  if (tried.config == nullptr) return ::testing::PrintToString(tried.problems());
  chain::Exchange exchange;
  exchange.facts.view = &exchange.view;
  exchange.facts.body = body;
  tried.config->snapshot->routes.front().chain.plan(exchange);
  std::string out;
  for (const auto& each : exchange.plan.candidates) {
    out += (out.empty() ? "" : " ") + each.target->label;
    if (each.policy->retry_max > 0) out += "*" + std::to_string(each.policy->retry_max);
    if (each.leave != nullptr) out += "?";
  }
  return out;
}

Tried chain(const std::string& entries) {
  return try_load("routes: [ { chain: [ " + entries + ", floor: { message: sorry } ] } ]");
}

TEST(NestedChain, ItsCandidatesStandInTheTargetsPlace) {
  EXPECT_EQ(plan_of(chain("fallback: [ { provider: ollama, model: a }, { chain: [ fallback: [ { "
                          "provider: vllm, model: b }, { provider: vllm, model: c } ] ] }, { "
                          "provider: ollama, model: d } ]")),
            "ollama/a vllm/b vllm/c ollama/d");
}

TEST(NestedChain, ASelectorWithinPutsItsPickFirst) {
  EXPECT_EQ(
      plan_of(chain("conditional: [ { else: { chain: [ weighted: [ { weight: 1, provider: vllm, "
                    "model: b } ], fallback: [ { provider: vllm, model: a }, { provider: vllm, "
                    "model: b } ] ] } } ], fallback: [ { provider: ollama, model: z } ]")),
      "vllm/b vllm/a ollama/z");
}

TEST(NestedChain, PoliciesAndConditionsEndWithIt) {
  EXPECT_EQ(
      plan_of(chain("retry: { max: 1 }, fallback: [ { chain: [ retry: { max: 4 }, fallback: { "
                    "on: [ 'status_code == 418' ], targets: [ { provider: vllm, model: a } ] } "
                    "] }, { provider: ollama, model: b } ]")),
      "vllm/a*4? ollama/b*1");
}

TEST(NestedChain, AConditionPicksAWholeChain) {
  const auto tried = chain(
      "conditional: [ { if: \"request.params.temperature > 1\", then: { chain: [ fallback: [ { "
      "provider: vllm, model: a }, { provider: vllm, model: b } ] ] } }, { else: { provider: "
      "ollama "
      "} } ]");
  EXPECT_EQ(plan_of(tried, R"({"temperature":1.5})"), "vllm/a vllm/b");
  EXPECT_EQ(plan_of(tried, R"({"temperature":0.5})"), "ollama");
  EXPECT_EQ(plan_of(tried, R"({"top_p":1.5})"), "ollama");
}

TEST(NestedChain, TokensAreCountedForItsRulesToo) {
  const auto tried = chain(
      "fallback: [ { chain: [ conditional: [ { if: \"request.tokens > 1000\", then: { provider: "
      "vllm "
      "} }, { else: { provider: ollama } } ] ] } ]");
  ASSERT_NE(tried.config, nullptr);
  EXPECT_EQ(tried.config->snapshot->routes.front().tokens_wanted, 1001);
}

TEST(NestedChain, WhatMayNotStandThereIsNamed) {
  const std::pair<const char*, const char*> rows[] = {
      {"fallback: [ { chain: [ floor: { message: x } ] } ]",
       "floor cannot stand in a nested chain"},
      {"fallback: [ { chain: [ retry: {} ] } ]", "this chain names no target"},
      {"fallback: [ { chain: [] } ]", "a chain is a list of middlewares"},
      {"fallback: [ { chain: [ fallback: [ { provider: vllm } ] ], provider: vllm } ]",
       "nothing may stand beside"},
      {"fallback: [ { chain: [ retri: {} ] } ]", "no middleware is called \"retri\""},
  };
  for (const auto& [entries, problem] : rows) {
    const auto tried = chain(entries);
    EXPECT_EQ(tried.config, nullptr) << entries;
    EXPECT_THAT(tried.errors(), ElementsAre(HasSubstr(problem))) << entries;
  }
}

TEST(OverrideParams, OnesOfTheGatewayAreRefused) {
  for (const char* field : {"model", "messages", "stream", "stream_options", "n", "tools"}) {
    const auto tried = chain("fallback: [ { provider: ollama, override_params: { " +
                             std::string(field) + ": x } } ]");
    EXPECT_THAT(tried.errors(), ElementsAre(HasSubstr("override_params cannot set"))) << field;
  }
}

TEST(OverrideParams, TargetsThatDifferInThemAreTwo) {
  const auto tried = chain(
      "fallback: [ { provider: ollama, model: a, override_params: { temperature: 0 } }, { "
      "provider: "
      "ollama, model: a, override_params: { stop: [ \"x\" ], tag: { a: null } } }, { provider: "
      "ollama, model: a, override_params: { temperature: 0 } } ]");
  EXPECT_EQ(plan_of(tried), "ollama/a ollama/a");
  const auto& targets = tried.config->snapshot->targets;
  EXPECT_EQ(targets.back()->overrides.front().second, R"(["x"])");
  EXPECT_EQ(targets.back()->overrides.back().second, R"({"a":null})");
}

}  // namespace
}  // namespace pontage::app::test
