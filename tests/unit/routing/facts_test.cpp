// What rules see of a request and of an outcome.
#include "routing/facts.hpp"

#include <gtest/gtest.h>

namespace pontage::routing {
namespace {

class FactsTest : public ::testing::Test {
 protected:
  FactsTest() {
    facts.view = &view;
    facts.path = "/v1/chat/completions";
  }
  bool holds(std::string_view rule) {
    const auto program = expr::Program::compile(rule, request_scope());
    EXPECT_TRUE(program) << rule;
    return program && program->evaluate(facts).value;
  }
  std::string absent(std::string_view rule) {
    const auto program = expr::Program::compile(rule, request_scope());
    EXPECT_TRUE(program) << rule;
    return program ? std::string(program->evaluate(facts).absent_name) : "";
  }
  dialects::RequestView view;
  RequestFacts facts;
};

TEST_F(FactsTest, WhatTheBodySays) {
  view.model = "gpt-4o";
  view.has_model = true;
  view.stream = true;
  view.max_tokens = 50;
  view.user = "ann";
  view.message_count = 3;
  view.has_tools = true;
  view.has_images = true;
  facts.tokens = 700;
  for (const char* rule :
       {"request.model == 'gpt-4o'", "request.model.startsWith('gpt-')", "request.stream",
        "request.max_tokens == 50", "request.user == 'ann'", "request.message_count > 2",
        "request.has_tools && request.has_images", "request.path == '/v1/chat/completions'",
        "request.tokens > 500 && request.tokens < 4000"}) {
    EXPECT_TRUE(holds(rule)) << rule;
  }
}

TEST_F(FactsTest, FieldsOfTheBodyTakeTheTypeTheyAreComparedWith) {
  facts.body =
      R"({"temperature":0.7,"n":2,"store":true,"tier":"gold","e":"","o":{"x":1},"z":null})";
  for (const char* rule :
       {"request.params.temperature > 0.5", "request.params.n == 2", "request.params.store == true",
        "request.params.tier == 'gold'", "request.params['tier'].startsWith('g')",
        "'tier' in request.params", "!has(request.params.missing)", "!has(request.params.o)",
        "!has(request.params.z)", "request.params.e == ''"}) {
    EXPECT_TRUE(holds(rule)) << rule;
  }
  EXPECT_FALSE(holds("request.params.x == 1")) << "only the top level";
  EXPECT_EQ(absent("request.params.missing == 1"), "request.params.missing");
}

TEST_F(FactsTest, WhatIsNotThereMakesARuleFalseAndIsNamed) {
  for (const char* name :
       {"request.model", "request.user", "request.task", "request.scenario", "request.key.name"}) {
    EXPECT_FALSE(holds(std::string(name) + " == 'x'")) << name;
    EXPECT_FALSE(holds(std::string(name) + " != 'x'")) << name;
    EXPECT_EQ(absent(std::string(name) + " == 'x'"), name);
  }
  EXPECT_EQ(absent("request.tokens < 500"), "request.tokens");
  EXPECT_EQ(absent("request.max_tokens > 5"), "request.max_tokens");
  EXPECT_EQ(absent("request.contains_pii"), "request.contains_pii");
  EXPECT_EQ(absent("request.metadata.team == 'x'"), "request.metadata.team");
}

TEST_F(FactsTest, MetadataTakesTheTypeOfItsLiteral) {
  view.metadata = {{"contains_pii", "true"}, {"level", "7"}, {"team", "search"}, {"empty", ""}};
  EXPECT_TRUE(holds("request.metadata.contains_pii == true"));
  EXPECT_TRUE(holds("request.metadata.contains_pii == 'true'"));
  EXPECT_TRUE(holds("request.metadata.level > 5"));
  EXPECT_TRUE(holds("request.metadata['team'] == 'search'"));
  EXPECT_TRUE(holds("request.metadata.empty == ''"));
  EXPECT_FALSE(holds("request.metadata.team == true"));
}

TEST_F(FactsTest, TagsStandInForMetadata) {
  const http::HeaderView headers[] = {{"X-Pontage-Tags", " team=search , client = acme,odd"}};
  facts.headers = headers;
  EXPECT_TRUE(holds("request.metadata.team == 'search'"));
  EXPECT_TRUE(holds("request.metadata.client == 'acme'"));
  EXPECT_FALSE(holds("request.metadata.odd == ''"));
  view.metadata = {{"team", "ads"}};
  EXPECT_TRUE(holds("request.metadata.team == 'ads'")) << "the body goes first";
}

TEST_F(FactsTest, HeadersByAnySpellingButNeverCredentials) {
  const http::HeaderView headers[] = {
      {"X-Team", "search"},          {"x-pontage-user", "bob"}, {"X-Pontage-Task", "summary"},
      {"Authorization", "Bearer k"}, {"X-Api-Key", "k"},        {"Cookie", "k"}};
  facts.headers = headers;
  view.user = "ann";
  EXPECT_TRUE(holds("request.headers['x-team'] == 'search'"));
  EXPECT_TRUE(holds("request.user == 'bob'")) << "the header goes first";
  EXPECT_TRUE(holds("request.task == 'summary'"));
  for (const char* name : {"authorization", "AUTHORIZATION", "x-api-key", "cookie"}) {
    EXPECT_FALSE(holds("request.headers['" + std::string(name) + "'] != ''")) << name;
  }
}

TEST_F(FactsTest, TheKeysNameAndTags) {
  const std::map<std::string, std::string, std::less<>> tags = {{"team", "search"}};
  facts.key_name = "batch";
  facts.key_tags = &tags;
  EXPECT_TRUE(holds("request.key.name == 'batch' && request.key.tags.team == 'search'"));
  EXPECT_FALSE(holds("request.key.tags.other == 'search'"));
}

TEST_F(FactsTest, OutcomesAreKnownOnlyToConditionsOnThem) {
  for (const char* rule :
       {"status_code == 429", "latency_ms > 5", "ttft_ms > 5", "error == 'dns'"}) {
    EXPECT_FALSE(expr::Program::compile(rule, request_scope())) << rule;
    EXPECT_TRUE(expr::Program::compile(rule, outcome_scope())) << rule;
  }
}

TEST_F(FactsTest, AnOutcome) {
  view.stream = true;
  OutcomeFacts outcome(facts);
  outcome.status_code = 529;
  outcome.latency_ms = 120;
  outcome.error = "overloaded";
  const auto check = [&](std::string_view rule) {
    return expr::Program::compile(rule, outcome_scope())->evaluate(outcome).value;
  };
  EXPECT_TRUE(check("status_code >= 500 && latency_ms < 200 && error == 'overloaded'"));
  EXPECT_FALSE(check("ttft_ms >= 0")) << "absent until there is content";
  outcome.ttft_ms = 80;
  EXPECT_TRUE(check("ttft_ms == 80 && request.stream"));
}

}  // namespace
}  // namespace pontage::routing
