// What rules mean: values, absence, errors, and what a program tells about itself.
#include "expr/expr.hpp"

#include <gtest/gtest.h>

#include "unit/expr/expr_support.hpp"

namespace pontage::expr::test {
namespace {

TestFacts usual_facts() {
  TestFacts facts;
  facts.metadata = {{"contains_pii", "true"}, {"team", "search"}, {"n", "12"},
                    {"share", "0.75"},        {"odd", "maybe"},   {"a.b", "dotted"}};
  facts.headers = {{"x-tier", "gold"}};
  return facts;
}

enum class Expect { kTrue, kFalse, kAbsent, kError };

struct Row {
  const char* source;
  Expect expect;
  const char* detail = "";  ///< the absent name, or a part of the error
};

class Rules : public testing::TestWithParam<Row> {};

TEST_P(Rules, Evaluate) {
  const auto& [source, expect, detail] = GetParam();
  const TestFacts facts = usual_facts();
  const Program rule = program(source);
  const Program::Outcome outcome = rule.evaluate(facts);
  EXPECT_EQ(outcome.value, expect == Expect::kTrue) << source;
  EXPECT_EQ(outcome.absent, expect == Expect::kAbsent) << source << ": " << outcome.absent_name;
  EXPECT_EQ(outcome.error, expect == Expect::kError) << source << ": " << outcome.error_text;
  if (expect == Expect::kAbsent) EXPECT_EQ(outcome.absent_name, detail) << source;
  if (expect == Expect::kError) {
    EXPECT_NE(outcome.error_text.find(detail), std::string_view::npos) << outcome.error_text;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Article, Rules,
    testing::Values(Row{"request.tokens < 500", Expect::kFalse},
                    Row{"request.tokens > 500 && request.tokens < 4000", Expect::kTrue},
                    Row{"request.metadata.contains_pii == true", Expect::kTrue},
                    Row{"latency_ms > 5000", Expect::kFalse},
                    Row{"latency_ms > 1250", Expect::kTrue},
                    Row{"request.model == 'gpt-4o' && request.stream", Expect::kTrue}));

INSTANTIATE_TEST_SUITE_P(
    MetadataTakesTheTypeOfTheOther, Rules,
    testing::Values(Row{"request.metadata.n > 5", Expect::kTrue},
                    Row{"5 < request.metadata.n", Expect::kTrue},
                    Row{"request.metadata.n == 12.0", Expect::kTrue},
                    Row{"request.metadata.n == '12'", Expect::kTrue},
                    Row{"request.metadata.share < 1", Expect::kTrue},
                    Row{"request.metadata.n < request.tokens", Expect::kTrue},
                    Row{"request.metadata.n in [1, 12]", Expect::kTrue},
                    Row{"request.metadata.team in ['search', 'ads']", Expect::kTrue},
                    Row{"request.metadata.odd == 5", Expect::kFalse},
                    Row{"request.metadata.odd != 5", Expect::kTrue},
                    Row{"request.metadata.odd > 5", Expect::kFalse},
                    Row{"request.metadata.odd == true", Expect::kFalse},
                    Row{"request.metadata.odd == false", Expect::kFalse},
                    Row{"request.metadata.contains_pii", Expect::kTrue},
                    Row{"!request.metadata.contains_pii", Expect::kFalse},
                    Row{"request.metadata.odd", Expect::kError, "neither true nor false"},
                    Row{"int(request.metadata.n) + 1 == 13", Expect::kTrue},
                    Row{"int(request.metadata.odd) == 1", Expect::kError, "not a number"},
                    Row{"request.metadata.team == request.metadata.odd", Expect::kFalse},
                    Row{"request.metadata['a.b'] == 'dotted'", Expect::kTrue},
                    Row{"request.metadata.`a.b`.startsWith('dot')", Expect::kTrue},
                    Row{"request.metadata[request.model] == 'x'", Expect::kAbsent,
                        "request.metadata"}));

INSTANTIATE_TEST_SUITE_P(
    Absence, Rules,
    testing::Values(
        Row{"request.metadata.x == 'a'", Expect::kAbsent, "request.metadata.x"},
        Row{"request.metadata.x != 'a'", Expect::kAbsent, "request.metadata.x"},
        Row{"!(request.metadata.x == 'a')", Expect::kAbsent, "request.metadata.x"},
        Row{"request.headers['x-no'] == 'a'", Expect::kAbsent, "request.headers['x-no']"},
        Row{"request.user == 'ann'", Expect::kAbsent, "request.user"},
        Row{"request.metadata.x == 'a' || request.stream", Expect::kTrue},
        Row{"request.stream || request.metadata.x == 'a'", Expect::kTrue},
        Row{"request.metadata.x == 'a' || !request.stream", Expect::kAbsent, "request.metadata.x"},
        Row{"request.metadata.x == 'a' && !request.stream", Expect::kFalse},
        Row{"request.metadata.x == 'a' && request.stream", Expect::kAbsent, "request.metadata.x"},
        Row{"request.metadata.x == 'a' ? true : true", Expect::kAbsent, "request.metadata.x"},
        Row{"has(request.metadata.x)", Expect::kFalse},
        Row{"!has(request.metadata.x)", Expect::kTrue},
        Row{"has(request.metadata.team)", Expect::kTrue}, Row{"has(request.user)", Expect::kFalse},
        Row{"has(request.metadata.x) && request.metadata.x == 'a'", Expect::kFalse},
        Row{"'x-tier' in request.headers", Expect::kTrue},
        Row{"'x-no' in request.headers", Expect::kFalse},
        Row{"request.metadata.x == 'a' && 1 / (request.tokens - 700) > 0", Expect::kAbsent,
            "request.metadata.x"}));

INSTANTIATE_TEST_SUITE_P(
    Errors, Rules,
    testing::Values(Row{"1 / (request.tokens - 700) > 0", Expect::kError, "division by zero"},
                    Row{"1 % (request.tokens - 700) > 0", Expect::kError, "division by zero"},
                    Row{"request.tokens * 9223372036854775807 > 0", Expect::kError, "overflow"},
                    Row{"request.stream || 1 / (request.tokens - 700) > 0", Expect::kTrue},
                    Row{"1 / (request.tokens - 700) > 0 && false", Expect::kFalse},
                    Row{"[1, 2][request.tokens] == 1", Expect::kError, "outside"},
                    Row{"dyn(request.model) < 5", Expect::kError, "overload"},
                    Row{"dyn(request.model) == 5", Expect::kFalse},
                    Row{"dyn(request.model)", Expect::kError, "neither"}));

INSTANTIATE_TEST_SUITE_P(
    Functions, Rules,
    testing::Values(Row{"request.model.startsWith('gpt-')", Expect::kTrue},
                    Row{"request.model.endsWith('4o')", Expect::kTrue},
                    Row{"request.model.contains('t-4')", Expect::kTrue},
                    Row{"request.model.contains('')", Expect::kTrue},
                    Row{"request.model.matches('^gpt-[0-9]o$')", Expect::kTrue},
                    Row{"matches(request.model, '^o')", Expect::kFalse},
                    Row{"size(request.model) == 6", Expect::kTrue},
                    Row{"request.model.size() == 6", Expect::kTrue},
                    Row{"request.model in ['gpt-4o', 'gpt-4o-mini']", Expect::kTrue},
                    Row{"request.tokens in [1, 700.0, 3]", Expect::kTrue},
                    Row{"request.model == 'gpt' + '-4o'", Expect::kTrue},
                    Row{"request.tokens == 700.0", Expect::kTrue},
                    Row{"request.tokens < 700.5", Expect::kTrue},
                    Row{"request.tokens % 7 == 0 // every seventh", Expect::kTrue},
                    Row{"request.stream ? request.tokens > 1 : false", Expect::kTrue}));

TEST(Program, SaysWhatItUses) {
  const Program rule = program("request.tokens < 5 || has(request.metadata.x)");
  EXPECT_TRUE(rule.uses(kTokens));
  EXPECT_TRUE(rule.uses(kMetadata));
  EXPECT_FALSE(rule.uses(kModel));
  EXPECT_FALSE(program("1 < 2").uses(kTokens));
  EXPECT_EQ(rule.source(), "request.tokens < 5 || has(request.metadata.x)");
}

TEST(Program, OutlivesItsSource) {
  auto source = std::make_unique<std::string>("request.metadata.nothing == 'a long enough text'");
  const Program rule = program(*source);
  source.reset();
  EXPECT_EQ(rule.evaluate(TestFacts()).absent_name, "request.metadata.nothing");
}

TEST(Program, BareUpperBoundIsOnlyTheBareComparison) {
  const auto bound = [](const char* source) { return program(source).bare_upper_bound(kLatency); };
  EXPECT_EQ(bound("latency_ms > 5000"), 5000.0);
  EXPECT_EQ(bound("latency_ms >= 1.5"), 1.5);
  EXPECT_EQ(bound("(5000 < latency_ms)"), 5000.0);
  EXPECT_EQ(bound("5 * 1000 <= latency_ms"), 5000.0);
  EXPECT_EQ(bound("latency_ms < 5000"), std::nullopt);
  EXPECT_EQ(bound("5000 > latency_ms"), std::nullopt);
  EXPECT_EQ(bound("latency_ms == 5000"), std::nullopt);
  EXPECT_EQ(bound("!(latency_ms <= 5000)"), std::nullopt);
  EXPECT_EQ(bound("latency_ms > 5000 && request.stream"), std::nullopt);
  EXPECT_EQ(bound("latency_ms > 5000 || request.stream"), std::nullopt);
  EXPECT_EQ(bound("latency_ms > double(request.tokens)"), std::nullopt);
  EXPECT_EQ(bound("latency_ms + 1.0 > 5000.0"), std::nullopt);
  EXPECT_EQ(bound("request.tokens > 5000"), std::nullopt);
  EXPECT_EQ(bound("latency_ms > 1.0 / 0.0"), std::nullopt);
}

TEST(Program, LargestConstantBoundsTheCounting) {
  const auto largest = [](const char* source) { return program(source).largest_constant(kTokens); };
  EXPECT_EQ(largest("request.tokens < 500"), 500);
  EXPECT_EQ(largest("request.tokens > 500 && request.tokens < 4000"), 4000);
  EXPECT_EQ(largest("4000.5 >= request.tokens"), 4001);
  EXPECT_EQ(largest("request.tokens in [1, 900, 2]"), 900);
  EXPECT_EQ(largest("request.tokens > -5"), 0);
  EXPECT_EQ(largest("request.tokens < 10 * 1000"), 10000);
  EXPECT_EQ(largest("request.tokens < 1e30"), INT64_MAX);
  EXPECT_EQ(largest("has(request.tokens)"), 0);
  EXPECT_EQ(largest("request.stream"), std::nullopt);
  EXPECT_EQ(largest("request.tokens % 2 == 0"), std::nullopt);
  EXPECT_EQ(largest("request.tokens < 5 || request.metadata.n < request.tokens"), std::nullopt);
  EXPECT_EQ(largest("request.tokens < 5 || request.tokens == int(request.metadata.n)"),
            std::nullopt);
}

}  // namespace
}  // namespace pontage::expr::test
