// conditional: which rule decides, what the trace says, and the rules that cannot do what their
// author thinks.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/middleware/bench.hpp"

namespace pontage::middleware::test {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr const char* kArticle = R"(conditional:
  - if: "request.tokens < 500"
    then: { provider: openai, model: gpt-4o-mini }
  - if: "request.tokens > 500 && request.tokens < 4000"
    then: { provider: openai, model: gpt-4o }
  - if: "request.metadata.contains_pii == true"
    then: { provider: ollama, model: llama3.1:70b }
  - else: { provider: openai, model: gpt-4o-mini }
)";

TEST(Conditional, TheFirstRuleThatHoldsDecides) {
  const Bench bench(kArticle);
  ASSERT_NE(bench.made(), nullptr);
  struct Row {
    std::int64_t tokens;
    const char* pii;
    const char* target;
  };
  for (const Row& row :
       {Row{0, "", "openai/gpt-4o-mini"}, Row{499, "", "openai/gpt-4o-mini"},
        Row{500, "", "openai/gpt-4o-mini"}, Row{501, "", "openai/gpt-4o"},
        Row{3999, "", "openai/gpt-4o"}, Row{4000, "", "openai/gpt-4o-mini"},
        Row{4000, "true", "ollama/llama3.1:70b"}, Row{4000, "false", "openai/gpt-4o-mini"},
        Row{500, "true", "ollama/llama3.1:70b"}, Row{10, "true", "openai/gpt-4o-mini"}}) {
    Asked asked;
    asked.exchange.facts.tokens = row.tokens;
    if (*row.pii != 0) asked.exchange.view.metadata.emplace_back("contains_pii", row.pii);
    EXPECT_EQ(order(bench.plan(asked.exchange).plan), row.target) << row.tokens << " " << row.pii;
  }
}

TEST(Conditional, TheTraceSaysWhichRuleAndWhy) {
  const Bench bench(kArticle);
  Asked asked;
  asked.exchange.facts.tokens = 5000;
  const auto& trace = bench.plan(asked.exchange).trace;
  EXPECT_EQ(trace.line(), "conditional: else -> openai/gpt-4o-mini");
  ASSERT_EQ(trace.entries().size(), 4U);
  EXPECT_EQ(trace.entries()[0].text, "request.tokens < 500 is false");
  EXPECT_THAT(trace.entries()[2].text, HasSubstr("request.metadata.contains_pii is absent"));
}

TEST(Conditional, NoRuleHolds) {
  const Bench bench("conditional: [ { if: request.stream, then: { provider: a, model: m } } ]");
  ASSERT_NE(bench.made(), nullptr);
  Asked asked;
  EXPECT_EQ(order(bench.plan(asked.exchange).plan), "");
  EXPECT_EQ(asked.exchange.trace.line(), "conditional: no rule holds");
  asked.exchange.view.stream = true;
  EXPECT_EQ(order(bench.plan(asked.exchange).plan), "a/m");
}

TEST(Conditional, TheArticlesPiiRuleIsShadowed) {
  EXPECT_EQ(Bench(kArticle).only_problem(),
            "6:9: warning: the rule \"request.metadata.contains_pii == true\" is shadowed: a "
            "request for which "
            "\"request.tokens < 500\" holds too goes to openai/gpt-4o-mini before this rule is "
            "reached, and not to the "
            "local ollama/llama3.1:70b; move this rule first");
}

TEST(Conditional, TheSameRulesInTheRightOrderAreQuiet) {
  const Bench bench(R"(conditional:
  - if: "request.metadata.contains_pii == true"
    then: { provider: ollama, model: llama3.1:70b }
  - if: "request.tokens < 500"
    then: { provider: openai, model: gpt-4o-mini }
  - else: { provider: openai, model: gpt-4o }
)");
  EXPECT_TRUE(bench.problems().empty()) << bench.only_problem();
}

TEST(Conditional, RulesThatCannotDoTheirWork) {
  struct Row {
    const char* rules;
    const char* place;
    const char* text;
  };
  for (const Row& row : {
           Row{"  - { if: 'request.tokens > 9 && request.tokens < 3', then: { provider: a } }\n",
               "2:11: ", "can never hold"},
           Row{"  - { if: 'request.tokens < 500', then: { provider: a } }\n"
               "  - { if: 'request.tokens < 100', then: { provider: b } }\n",
               "3:11: ", "is never reached"},
       }) {
    const Bench bench(std::string("conditional:\n") + row.rules);
    EXPECT_THAT(bench.only_problem(), StartsWith(std::string(row.place) + "warning: the rule"))
        << row.rules;
    EXPECT_THAT(bench.only_problem(), HasSubstr(row.text)) << row.rules;
    EXPECT_NE(bench.made(), nullptr) << "a warning stops nothing";
  }
}

TEST(Conditional, Mistakes) {
  struct Row {
    const char* rules;
    const char* place;
    const char* text;
  };
  for (const Row& row : {
           Row{"conditional: []", "1:14: ", "takes a list of rules"},
           Row{"conditional: { if: x }", "1:14: ", "takes a list of rules"},
           Row{"conditional: [ request.stream ]", "1:16: ", "a rule is {"},
           Row{"conditional:\n  - then: { provider: a }", "2:5: ", "needs an if"},
           Row{"conditional:\n  - if: request.stream", "2:5: ", "needs a then"},
           Row{"conditional:\n  - { iff: x, else: { provider: a } }",
               "2:7: ", "did you mean \"if\""},
           Row{"conditional:\n  - { if: request.stream, else: { provider: a } }",
               "2:5: ", "either if and then, or else"},
           Row{"conditional:\n  - else: { provider: a }\n  - { if: request.stream, then: { "
               "provider: a } }",
               "2:5: ", "put it last"},
           Row{"conditional:\n  - { if: request.strem, then: { provider: a } }",
               "2:11: ", "request.stream"},
           Row{"conditional:\n  - { if: status_code == 429, then: { provider: a } }",
               "2:11: ", "status_code"},
       }) {
    const Bench bench(row.rules);
    EXPECT_THAT(bench.only_problem(), StartsWith(row.place)) << row.rules;
    EXPECT_THAT(bench.only_problem(), HasSubstr(row.text)) << row.rules;
  }
}

TEST(Conditional, TokensWantedIsJustPastTheLargestConstant) {
  EXPECT_EQ(Bench(kArticle).made()->tokens_wanted(), 4001);
  EXPECT_EQ(Bench("conditional: [ { if: request.stream, then: { provider: a } } ]")
                .made()
                ->tokens_wanted(),
            0);
  EXPECT_EQ(
      Bench("conditional: [ { if: 'request.tokens > request.max_tokens', then: { provider: a } } ]")
          .made()
          ->tokens_wanted(),
      INT64_MAX);
}

TEST(Conditional, NamesItsTargets) {
  std::vector<const chain::Target*> targets;
  const Bench bench(kArticle);
  bench.made()->targets(targets);
  EXPECT_EQ(targets.size(), 4U);
}

}  // namespace
}  // namespace pontage::middleware::test
