// What a good file becomes: routes, targets, defaults; what is warned of; the article's snippets;
// the reference.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/access.hpp"
#include "gateway/directory.hpp"
#include "unit/app/config_bench.hpp"

namespace pontage::app::test {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const Variables kKeys = {{"OPENAI_API_KEY", "sk-1"}, {"ANTHROPIC_API_KEY", "ak-1"}};

std::string planned(const gateway::Snapshot& snapshot, const std::string& model,
                    std::int64_t tokens = 10) {
  chain::Exchange exchange;
  exchange.view.model = model;
  exchange.view.has_model = !model.empty();
  exchange.facts.view = &exchange.view;
  exchange.facts.path = "/v1/chat/completions";
  exchange.facts.tokens = tokens;
  const auto* route = gateway::pick_route(snapshot, exchange.facts);
  if (route == nullptr) return "no route";
  route->chain.plan(exchange);
  const auto* named = gateway::target_by_name(snapshot, exchange);
  if (exchange.plan.candidates.empty() && named != nullptr) {
    return "by name " + named->label;
  }
  std::string out;
  for (const auto& entry : exchange.plan.candidates) {
    out += (out.empty() ? "" : " ") + entry.target->label + ":" +
           std::to_string(entry.policy->retry_max);
  }
  return out;
}

TEST(LoadConfig, AnEmptyFileServesByModelName) {
  for (const char* text : {"", "# nothing\n", "routes:\n"}) {
    const auto tried = try_load(text, kKeys);
    ASSERT_NE(tried.config, nullptr) << ::testing::PrintToString(tried.problems());
    EXPECT_THAT(tried.problems(), IsEmpty());
    const auto& snapshot = *tried.config->snapshot;
    EXPECT_EQ(planned(snapshot, "anthropic/claude-x"), "by name anthropic/claude-x");
    EXPECT_EQ(planned(snapshot, "ollama/llama3.1:8b"), "by name ollama/llama3.1:8b");
    EXPECT_EQ(planned(snapshot, "gpt-4o"), "by name openai/gpt-4o");
    EXPECT_EQ(planned(snapshot, "claude-sonnet-4-20250514"),
              "by name anthropic/claude-sonnet-4-20250514");
    EXPECT_EQ(planned(snapshot, "simulated/any"), "by name simulated/any");
    EXPECT_EQ(planned(snapshot, "unheard-of"), "");
    EXPECT_EQ(tried.config->server.listen, "127.0.0.1:8080");
    EXPECT_EQ(tried.config->admin.listen, "127.0.0.1:8081");
    EXPECT_FALSE(snapshot.auth_required);
    EXPECT_FALSE(snapshot.models.empty());
  }
}

TEST(LoadConfig, ModelsOfAProviderAreFoundWithoutARoute) {
  const auto tried = try_load(
      "providers: { mine: { kind: openai, base_url: \"http://10.0.0.1:9\", models: [ qwen ] } }");
  ASSERT_NE(tried.config, nullptr);
  EXPECT_EQ(planned(*tried.config->snapshot, "qwen"), "by name mine/qwen");
  EXPECT_EQ(planned(*tried.config->snapshot, "mine/other"), "by name mine/other");
}

TEST(LoadConfig, TheFlagGoesBeforeTheFile) {
  const auto tried = try_load("server: { listen: 127.0.0.1:1 }", {}, "127.0.0.1:2");
  EXPECT_EQ(tried.config->server.listen, "127.0.0.1:2");
}

TEST(LoadConfig, TheVersionIsTheTextsDigest) {
  const auto a = try_load("server: { workers: 1 }");
  const auto b = try_load("server: { workers: 2 }");
  EXPECT_EQ(a.config->snapshot->version.size(), 12U);
  EXPECT_NE(a.config->snapshot->version, b.config->snapshot->version);
}

TEST(LoadConfig, KeysAreFoundByTheirSecretsDigest) {
  const auto tried =
      try_load("keys: [ { name: search, secret_hash: \"" + gateway::hash_secret("pk-1") +
               "\", tags: { team: search }, models: [ gpt-* ] } ]");
  ASSERT_NE(tried.config, nullptr) << ::testing::PrintToString(tried.problems());
  EXPECT_TRUE(tried.config->snapshot->auth_required);
  const http::HeaderView good[] = {{"Authorization", "Bearer pk-1"}};
  const http::HeaderView other[] = {{"x-api-key", "pk-2"}};
  const auto key = gateway::admit(*tried.config->snapshot, good);
  ASSERT_TRUE(key);
  EXPECT_EQ((*key)->name, "search");
  EXPECT_FALSE(gateway::admit(*tried.config->snapshot, other));
  EXPECT_FALSE(gateway::admit(*tried.config->snapshot, {}));
}

TEST(LoadConfig, TheFirstRouteThatMatches) {
  const auto tried = try_load(R"(
providers: { p: { kind: openai, base_url: "http://10.0.0.1:9" } }
routes:
  - match: { model: gpt-* }
    chain: [ retry: { max: 3 }, fallback: [ { provider: p, model: a } ], floor: { message: x } ]
  - match: { path: /v1/chat }
    chain: [ fallback: [ { provider: p, model: b }, { provider: p } ], floor: { message: x } ]
)");
  ASSERT_NE(tried.config, nullptr) << ::testing::PrintToString(tried.problems());
  EXPECT_THAT(tried.problems(), IsEmpty());
  EXPECT_EQ(planned(*tried.config->snapshot, "gpt-4o"), "p/a:3");
  EXPECT_EQ(planned(*tried.config->snapshot, "other"), "p/b:0 p:0");
  EXPECT_EQ(tried.config->snapshot->routes[0].name, "route-1");
}

TEST(LoadConfig, Warnings) {
  struct Row {
    std::string yaml;
    const char* warning;
  };
  const std::string local = "[ { provider: ollama, model: m } ]";
  for (const Row& row : {
           Row{"routes:\n  - chain: [ fallback: " + local + " ]",
               "c.yaml:2:12: warning: route route-1 has no floor"},
           Row{route_with("      - fallback: " + local + "\n      - retry: {}\n"),
               "c.yaml:4:9: warning: retry stands after the targets that it should apply to"},
           Row{route_with("      - guardrail: {}\n"),
               "c.yaml:3:9: warning: guardrail is not live in this version"},
           Row{"observability: { traces: { export: otlp } }", "c.yaml:1:18: warning: "},
       }) {
    const auto tried = try_load(row.yaml);
    EXPECT_NE(tried.config, nullptr) << row.yaml;
    EXPECT_THAT(tried.problems(), ElementsAre(HasSubstr(row.warning))) << row.yaml;
  }
}

TEST(LoadConfig, RoutesWithoutAFloorAreNamed) {
  const auto tried =
      try_load("routes:\n  - name: a\n    chain: [ fallback: [ { provider: ollama } ] ]");
  EXPECT_THAT(tried.config->routes_without_floor, ElementsAre("a"));
}

TEST(Article, TheThreeChainsLoadWithoutErrors) {
  for (const char* file :
       {"agentgateway.yaml", "portkey-conditional.yaml", "portkey-fallback.yaml"}) {
    const auto tried = try_load(read_source(std::string("tests/fixtures/article/") + file), kKeys);
    EXPECT_NE(tried.config, nullptr) << file << ::testing::PrintToString(tried.problems());
    EXPECT_THAT(tried.errors(), IsEmpty()) << file;
  }
}

TEST(Article, Agentgateway) {
  const auto tried = try_load(read_source("tests/fixtures/article/agentgateway.yaml"), kKeys);
  ASSERT_NE(tried.config, nullptr);
  EXPECT_EQ(planned(*tried.config->snapshot, "any"),
            "openai/gpt-4o:2 anthropic/claude-sonnet-4-20250514:2 ollama/llama3.1:70b:2");
  EXPECT_THAT(tried.warnings(), ElementsAre(HasSubstr("has no floor")));
}

TEST(Article, PortkeyConditional) {
  const auto tried =
      try_load(read_source("tests/fixtures/article/portkey-conditional.yaml"), kKeys);
  ASSERT_NE(tried.config, nullptr);
  const auto& snapshot = *tried.config->snapshot;
  EXPECT_EQ(planned(snapshot, "m", 499), "openai/gpt-4o-mini:0");
  EXPECT_EQ(planned(snapshot, "m", 501), "openai/gpt-4o:0");
  EXPECT_EQ(planned(snapshot, "m", 4000), "openai/gpt-4o-mini:0");
  EXPECT_EQ(snapshot.routes.front().tokens_wanted, 4001);
  EXPECT_THAT(
      tried.warnings(),
      Contains(HasSubstr(
          "the rule \"request.metadata.contains_pii == true\" is shadowed: a request for which "
          "\"request.tokens < 500\" holds too goes to openai/gpt-4o-mini before this rule is "
          "reached, and not to the local ollama/llama3.1:70b; move this rule first")));
}

TEST(Article, PortkeyFallback) {
  const auto tried = try_load(read_source("tests/fixtures/article/portkey-fallback.yaml"), kKeys);
  ASSERT_NE(tried.config, nullptr);
  EXPECT_EQ(planned(*tried.config->snapshot, "m"),
            "openai/gpt-4o:0 openai/gpt-4o-mini:0 anthropic/claude-sonnet-4-20250514:0");
}

TEST(Article, WhatIsNotLiveIsWarnedOfOnceByName) {
  const auto router =
      try_load(read_source("tests/fixtures/article/claude-code-router.json"), kKeys);
  ASSERT_NE(router.config, nullptr) << ::testing::PrintToString(router.problems());
  EXPECT_EQ(planned(*router.config->snapshot, "any"), "anthropic/claude-sonnet-4-20250514:0");
  int scenario = 0;
  for (const auto& each : router.warnings())
    scenario += each.find("not live") != std::string::npos ? 1 : 0;
  EXPECT_EQ(scenario, 1) << ::testing::PrintToString(router.problems());
  EXPECT_THAT(router.warnings(), Contains(HasSubstr("scenario")));
  const auto traces =
      try_load(read_source("tests/fixtures/article/agentgateway-observability.yaml"), kKeys);
  ASSERT_NE(traces.config, nullptr);
  EXPECT_THAT(traces.problems(), ElementsAre(HasSubstr("traces")));
  EXPECT_EQ(traces.config->metrics_path, "/metrics");
}

TEST(Reference, TheCommittedFileIsTheSchemas) {
  const auto docs = read_source("docs/configuration.md");
  ASSERT_FALSE(docs.empty());
  EXPECT_NE(docs.find(configuration_reference()), std::string::npos)
      << "run `pontage docs` and put its output into docs/configuration.md";
}

TEST(Reference, DefaultsStandInIt) {
  const auto text = configuration_reference();
  for (const char* piece :
       {"32MiB", "64KiB", "127.0.0.1:8080", "127.0.0.1:8081", "chain.retry", "250ms", "8s", "600s",
        "providers.<name>", "keys[]", "routes[].match"}) {
    EXPECT_THAT(text, HasSubstr(piece));
  }
}

}  // namespace
}  // namespace pontage::app::test
