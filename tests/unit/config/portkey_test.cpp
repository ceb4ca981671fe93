// Portkey's format: strategies within strategies, what targets inherit, its query language; and the
// mistakes, with their place.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/foreign.hpp"
#include "tree_text.hpp"

namespace pontage::config {
namespace {

using test::load;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// The chain of the only route of a file that loads without a word.
std::string chain_of(const std::string& json) {
  const auto outcome = load("f.json", json);
  EXPECT_THAT(outcome.problems, IsEmpty()) << json;
  if (!outcome.loaded) return "";
  return test::tree_text(*outcome.loaded->root.find("routes")->items.at(0).find("chain"));
}

TEST(Portkey, EveryFailureMovesOnUnlessCodesAreListed) {
  EXPECT_EQ(chain_of(R"({strategy: {mode: 'fallback'}, targets: [{provider: 'a', model: 'b'}]})"),
            "[{fallback: {on: [\"status_code >= 400\"], targets: "
            "[{provider: \"a\", model: \"b\"}]}}]");
  EXPECT_EQ(
      chain_of(
          R"({strategy: {mode: 'fallback', on_status_codes: [429, 503]}, targets: [{provider: 'a'}]})"),
      "[{fallback: {on: [\"status_code in [429, 503]\"], targets: [{provider: \"a\"}]}}]");
}

TEST(Portkey, OneAccountNeedsNoStrategy) {
  EXPECT_EQ(chain_of(R"({provider: 'a', override_params: {model: 'm', temperature: 0}})"),
            "[{fallback: [{provider: \"a\", model: \"m\", override_params: {temperature: 0}}]}]");
}

TEST(Portkey, StrategiesNestToAnyDepthTheyNeed) {
  EXPECT_EQ(chain_of(R"({
        strategy: {mode: 'loadbalance'},
        targets: [
          {weight: 0.75, provider: 'a'},
          {weight: 0.25, strategy: {mode: 'fallback', on_status_codes: [500]},
           targets: [{provider: 'b'}, {strategy: {mode: 'single'}, targets: [{provider: 'c'}]}]},
        ]})"),
            "[{weighted: [{weight: 750, provider: \"a\"}, {weight: 250, chain: [{fallback: {on: "
            "[\"status_code in [500]\"], targets: [{provider: \"b\"}, {provider: \"c\"}]}}]}]}]");
}

TEST(Portkey, TargetsInheritOptionsAndNoCredentials) {
  const auto outcome = load("f.json", R"({
    strategy: {mode: 'fallback'}, api_key: 'outer', override_params: {a: 1, b: 1},
    custom_host: 'http://h/v1', forward_headers: ['x-a'],
    targets: [{provider: 'openai', override_params: {b: 2}},
              {provider: 'openai', api_key: 'inner', custom_host: 'http://other/v1'}]})");
  ASSERT_TRUE(outcome.loaded) << ::testing::PrintToString(outcome.problems);
  EXPECT_EQ(test::tree_text(*outcome.loaded->root.find("providers")),
            "{openai: {base_url: \"http://h/v1\", forward_headers: [\"x-a\"]}, openai-2: {vendor: "
            "\"openai\", base_url: \"http://other/v1\", api_key: \"inner\", forward_headers: "
            "[\"x-a\"]}}");
  EXPECT_THAT(test::tree_text(outcome.loaded->root),
              HasSubstr("targets: [{provider: \"openai\", override_params: {b: 2, a: 1}}, "
                        "{provider: \"openai-2\", override_params: {a: 1, b: 1}}]"));
}

TEST(Portkey, CloudsAreAccountsToo) {
  const auto outcome = load("f.json", R"({strategy: {mode: 'fallback'}, targets: [
    {provider: 'bedrock', aws_access_key_id: 'i', aws_secret_access_key: 's', aws_region: 'eu'},
    {provider: 'vertex-ai', vertex_project_id: 'p', vertex_region: 'global'},
    {provider: 'azure-openai', resource_name: 'r', api_version: 'v1', api_key: 'k'}]})");
  ASSERT_TRUE(outcome.loaded);
  EXPECT_THAT(outcome.problems, IsEmpty());
  EXPECT_EQ(test::tree_text(*outcome.loaded->root.find("providers")),
            "{bedrock: {aws_access_key_id: \"i\", aws_secret_access_key: \"s\", region: \"eu\"}, "
            "vertex: {project: \"p\", location: \"global\"}, azure: {api_key: \"k\", resource: "
            "\"r\", api_version: \"v1\"}}");
}

TEST(Portkey, EqualAccountsAreOne) {
  const auto outcome = load("f.json", R"({strategy: {mode: 'fallback'}, targets: [
    {provider: 'openai', api_key: 'k'}, {provider: 'openai', api_key: 'k'}, {provider: 'openai'}]})");
  ASSERT_TRUE(outcome.loaded);
  EXPECT_EQ(test::tree_text(*outcome.loaded->root.find("providers")),
            "{openai: {api_key: \"k\"}, openai-2: {vendor: \"openai\"}}");
}

TEST(Portkey, PoliciesComeBeforeWhatTheyHoldFor) {
  EXPECT_EQ(chain_of(R"({provider: 'a', retry: {attempts: 2}, request_timeout: 1500,
                         cache: {mode: 'simple', max_age: 60}})"),
            "[{retry: {max: 2, on: [\"429\", \"500\", \"502\", \"503\", \"504\", \"transport\"]}}, "
            "{timeout: {attempt: 1500ms}}, {cache: {ttl: \"60s\"}}, {fallback: [{provider: "
            "\"a\"}]}]");
  EXPECT_EQ(chain_of(R"({strategy: {mode: 'fallback'},
                         targets: [{provider: 'a', retry: {attempts: 1, on_status_codes: [429]}}]})"),
            "[{fallback: {on: [\"status_code >= 400\"], targets: [{chain: [{retry: {max: 1, on: "
            "[\"429\"]}}, {fallback: [{provider: \"a\"}]}]}]}}]");
}

TEST(Portkey, CamelCaseIsTheSame) {
  EXPECT_EQ(chain_of(R"({strategy: {mode: 'fallback', onStatusCodes: [429]},
                         targets: [{provider: 'a', overrideParams: {maxTokens: 1}}]})"),
            "[{fallback: {on: [\"status_code in [429]\"], targets: [{provider: \"a\", "
            "override_params: {maxTokens: 1}}]}}]");
}

TEST(Portkey, ConditionsNameTheirTargets) {
  EXPECT_EQ(chain_of(R"({
      strategy: {mode: 'conditional', default: 'two',
                 conditions: [{query: {'metadata.plan': {$eq: 'paid'}}, then: 'one'}]},
      targets: [{name: 'one', provider: 'a'}, {name: 'two', provider: 'b', model: 'm'}]})"),
            "[{conditional: [{if: \"request.metadata.plan == 'paid'\", then: {provider: \"a\"}}, "
            "{else: {provider: \"b\", model: \"m\"}}]}]");
}

std::string rule_of(const std::string& query) {
  Diagnostics diagnostics;
  const auto loaded =
      load_text({"q.json", "{q: " + query + "}"}, test::environment({}), diagnostics);
  const auto rule = portkey_query(*loaded->root.find("q"), diagnostics);
  EXPECT_THAT(test::lines(diagnostics), IsEmpty()) << query;
  return rule.value_or("none");
}

TEST(PortkeyQuery, EveryOperatorBecomesARule) {
  const std::pair<const char*, const char*> rows[] = {
      {"{'metadata.a': {$eq: 'x'}}", "request.metadata.a == 'x'"},
      {"{'metadata.a': 'x'}", "request.metadata.a == 'x'"},
      {"{'metadata.a': true}", "request.metadata.a == true"},
      {"{'metadata.a-b': {$eq: 'x'}}", "request.metadata['a-b'] == 'x'"},
      {"{'metadata.a': {$ne: 'x'}}", "(!('a' in request.metadata) || request.metadata.a != 'x')"},
      {"{'params.n': {$gt: 1, $lte: 5}}", "(request.params.n > 1 && request.params.n <= 5)"},
      {"{'params.n': {$gte: '2', $lt: 3.5}}", "(request.params.n >= 2 && request.params.n < 3.5)"},
      {"{'metadata.a': {$in: ['x', 1]}}", "request.metadata.a in ['x', 1]"},
      {"{'metadata.a': {$nin: ['x']}}",
       "(!('a' in request.metadata) || !(request.metadata.a in ['x']))"},
      {"{'params.model': {$regex: \"^it's\\\\d\"}}",
       "request.params.model.matches('^it\\'s\\\\d')"},
      {"{'url.pathname': {$eq: '/v1/messages'}}", "request.path == '/v1/messages'"},
      {"{$or: [{'metadata.a': 1}, {$and: [{'metadata.b': 2}, {'metadata.c': 3}]}]}",
       "(request.metadata.a == 1 || (request.metadata.b == 2 && request.metadata.c == 3))"},
      {"{'metadata.a': 1, 'metadata.b': 2}",
       "(request.metadata.a == 1 && request.metadata.b == 2)"},
  };
  for (const auto& [query, rule] : rows) EXPECT_EQ(rule_of(query), rule) << query;
}

TEST(PortkeyQuery, WhatNoRuleCanSayIsWarnedOfAndNeverHolds) {
  const auto outcome = load("f.json", R"({
    strategy: {mode: 'conditional', default: 'a', conditions: [
      {query: {'params.messages.0': 'x'}, then: 'a'},
      {query: {'metadata.n': {$gt: 'many'}}, then: 'a'},
      {query: {'metadata.n': {$exists: true}}, then: 'a'},
      {query: {$or: [{'headers.x': 1}, {'metadata.b': 2}]}, then: 'a'}]},
    targets: [{name: 'a', provider: 'p'}]})");
  ASSERT_TRUE(outcome.loaded);
  EXPECT_THAT(outcome.problems,
              ElementsAre(HasSubstr("f.json:3:16: warning: the condition on \"params.messages.0\""),
                          HasSubstr("f.json:4:36: warning: $gt compares numbers"),
                          HasSubstr("f.json:5:31: warning: \"$exists\" with"),
                          HasSubstr("f.json:6:23: warning: the condition on \"headers.x\"")));
  EXPECT_THAT(test::tree_text(outcome.loaded->root),
              HasSubstr("[{if: \"(request.metadata.b == 2)\", then:"));
}

TEST(Portkey, WhatHasNoCounterpartIsWarnedOfAtItsPlace) {
  const std::pair<const char*, const char*> rows[] = {
      {R"({provider: 'a', virtual_key: 'v'})", "1:17: warning: \"virtual_key\" of Portkey"},
      {R"({provider: 'a', input_guardrails: []})", "1:17: warning: \"input_guardrails\""},
      {R"({provider: 'a', aws_auth_type: 'x'})",
       "1:17: warning: \"aws_auth_type\" is not carried over"},
      {R"({provider: 'a', retri: {}})",
       "1:17: warning: unknown key \"retri\" in a Portkey configuration (did you mean \"retry\"?)"},
      {R"({provider: 'a', cache: {mode: 'semantic'}})", "1:24: warning: the semantic cache"},
      {R"({targets: [{provider: 'a'}, {provider: 'b'}]})", "1:29: warning: without a strategy"},
      {R"({strategy: {mode: 'fallback'}, targets: [{provider: 'a', cache: {mode: 'simple'}}]})",
       "1:58: warning: \"cache\" of Portkey"},
      {R"({provider: 'a', retry: {attempts: 50}})", "1:35: warning: a target is tried again"},
  };
  for (const auto& [text, warning] : rows) {
    const auto outcome = load("f.json", text);
    EXPECT_TRUE(outcome.loaded) << text;
    EXPECT_THAT(outcome.problems, ElementsAre(HasSubstr(warning))) << text;
  }
}

TEST(Portkey, ErrorsHaveTheirPlace) {
  const std::string fallback =
      "targets: [{ provider: a }]\nstrategy:\n  mode: fallback\n  conditions:\n    - ";
  const std::pair<std::string, const char*> rows[] = {
      {fallback + "{ if: x, then: jump_to_nxt }",
       "5:22: a fallback condition can only say \"then: jump_to_next\", found \"jump_to_nxt\" (did "
       "you mean \"jump_to_next\"?)"},
      {fallback + "{ then: jump_to_next }", "5:7: a fallback condition needs \"if\" and \"then\""},
      {fallback + "{ if: [a], then: jump_to_next }", "5:13: \"if\" must be a value, found a list"},
      {"strategy: { mode: fallback }",
       "1:19: \"strategy.mode: fallback\" needs the list \"targets\" beside \"strategy\""},
      {"strategy: { mode: fallback }\ntargets: []", "2:10: \"targets\" is empty"},
      {"strategy: { mode: fallback, condition: [] }\ntargets: [{ provider: a }]",
       "1:29: unknown key \"condition\" in strategy (did you mean \"conditions\"?)"},
      {"strategy: { mode: fallback, on_status_codes: [many] }\ntargets: [{ provider: a }]",
       "1:47: a status code is a number from 100 to 599, found \"many\""},
      {"strategy: { mode: fallbak }\ntargets: []",
       "1:19: \"strategy.mode\" must be fallback, conditional, loadbalance or single, found "
       "\"fallbak\" (did you mean \"fallback\"?)"},
      {"strategy: { mode: fallback }\ntargets: [{ api_key: a }]",
       "2:11: a target needs its \"provider\""},
      {"strategy: { mode: loadbalance }\ntargets: [{ provider: a, weight: -1 }]",
       "2:34: a weight is a number from 0 to 1000, found \"-1\""},
      {"strategy: { mode: conditional }",
       "1:11: \"strategy.mode: conditional\" needs the list \"conditions\""},
      {"strategy: { mode: conditional, conditions: [{ if: x }] }",
       "1:45: a condition is { query, then } or { if, then } or, as the last one, { else }"},
      {"strategy: { mode: conditional, conditions: [], default: nme }\n"
       "targets: [{ name: name, provider: a }]",
       "1:57: no target is named \"nme\" (did you mean \"name\"?)"},
      {"provider: a\nrequest_timeout: soon",
       "2:18: \"request_timeout\" is a number of "
       "milliseconds"},
  };
  for (const auto& [text, problem] : rows) {
    const auto outcome = load("f.yaml", text);
    EXPECT_THAT(outcome.problems, ElementsAre(std::string("f.yaml:") + problem)) << text;
    EXPECT_FALSE(outcome.loaded) << text;
  }
}

TEST(Portkey, ADeepNestIsRefused) {
  std::string text = "{provider: 'a'}";
  for (int i = 0; i < 12; ++i) text = "{strategy: {mode: 'fallback'}, targets: [" + text + "]}";
  const auto outcome = load("f.json", text);
  EXPECT_FALSE(outcome.loaded);
  EXPECT_THAT(outcome.problems, ElementsAre(HasSubstr("nested at most 8 deep")));
}

TEST(PortkeyText, AClientsTextExpandsNothingAndReadsNoNativeParts) {
  Diagnostics diagnostics;
  PortkeyOptions options;
  options.name_targets = true;
  const auto native = portkey_from_text(
      {"h", R"({"provider": "a", "api_key": "${HOME}", "server": {"listen": "x"}})"}, options,
      diagnostics);
  ASSERT_TRUE(native);
  EXPECT_EQ(test::tree_text(*native),
            "{routes: [{chain: [{fallback: [{provider: \"a\", name: \"config\"}]}]}], providers: "
            "{a: {api_key: \"\"}}}");
  EXPECT_THAT(test::lines(diagnostics), ElementsAre(HasSubstr("unknown key \"server\"")));
}

}  // namespace
}  // namespace pontage::config
