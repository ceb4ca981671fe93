// What the compiler refuses, where, and what it proposes instead.
#include <gtest/gtest.h>

#include "unit/expr/expr_support.hpp"

namespace pontage::expr::test {
namespace {

using Cause = Problem::Cause;

struct Row {
  const char* source;
  int line;
  int column;
  Cause cause;
  const char* part;  ///< of the message
};

class Refused : public testing::TestWithParam<Row> {};

TEST_P(Refused, WithPlaceAndAdvice) {
  const Row& row = GetParam();
  const auto compiled = Program::compile(row.source, kScope);
  ASSERT_FALSE(compiled) << row.source;
  ASSERT_EQ(compiled.error().size(), 1U) << row.source << ": " << compiled.error()[1].message;
  const Problem& problem = compiled.error().front();
  EXPECT_NE(problem.message.find(row.part), std::string::npos) << problem.message;
  EXPECT_EQ(problem.line, row.line) << row.source << ": " << problem.message;
  EXPECT_EQ(problem.column, row.column) << row.source << ": " << problem.message;
  EXPECT_EQ(problem.cause, row.cause) << row.source << ": " << problem.message;
}

INSTANTIATE_TEST_SUITE_P(
    Names, Refused,
    testing::Values(
        Row{"request.token < 500", 1, 1, Cause::kName, "did you mean `request.tokens`?"},
        Row{"requst.tokens < 500", 1, 1, Cause::kName, "did you mean `request.tokens`?"},
        Row{"tokens < 500", 1, 1, Cause::kName, "did you mean `request.tokens`?"},
        Row{"true &&\n  request.metdata.x == 'a'", 2, 3, Cause::kName,
            "did you mean `request.metadata.x`?"},
        Row{"metadata.x == 'a'", 1, 1, Cause::kName, "did you mean `request.metadata.x`?"},
        Row{"latency > 5", 1, 1, Cause::kName, "did you mean `latency_ms`?"},
        Row{"request.model == gemini", 1, 18, Cause::kName, "a text stands in quotes: 'gemini'"},
        Row{"request.tokens.x == 1", 1, 16, Cause::kName, "is an int and has no field `x`"},
        Row{"request.metadata.a.b == 'c'", 1, 20, Cause::kName, "`request.metadata['a.b']`"},
        Row{"request.latency_ms > 5", 1, 1, Cause::kName, "did you mean `latency_ms`?"},
        Row{"request.metadata == 'x'", 1, 1, Cause::kType, "is a map; name a key"},
        Row{"'ä' == 'ä' && nothing_near", 1, 15, Cause::kName, "unknown name `nothing_near`"}));

INSTANTIATE_TEST_SUITE_P(
    Types, Refused,
    testing::Values(
        Row{"request.model == 5", 1, 15, Cause::kType, "did you mean `'5'`?"},
        Row{"request.tokens > '500'", 1, 16, Cause::kType, "did you mean `500`, without quotes?"},
        Row{"request.stream == 'true'", 1, 16, Cause::kType, "did you mean `true`"},
        Row{"request.tokens == request.model", 1, 16, Cause::kType,
            "cannot compare `request.tokens` (int) with `request.model` (string)"},
        Row{"request.model == null", 1, 15, Cause::kType, "has()"},
        Row{"request.metadata.x == null", 1, 20, Cause::kType, "has()"},
        Row{"request.tokens", 1, 1, Cause::kType, "is a comparison missing?"},
        Row{"request.model && true", 1, 1, Cause::kType, "but a bool is needed"},
        Row{"!request.tokens", 1, 2, Cause::kType, "but a bool is needed"},
        Row{"request.stream ? 1 : 2", 1, 1, Cause::kType, "a rule gives true or false"},
        Row{"request.stream ? request.tokens : request.model", 1, 16, Cause::kType,
            "int and string"},
        Row{"request.tokens + 1.5 > 2.0", 1, 16, Cause::kType, "convert one with double()"},
        Row{"latency_ms % 2.0 == 0.0", 1, 12, Cause::kType, "convert with int()"},
        Row{"request.metadata.n + 1 > 2", 1, 20, Cause::kType, "write `int(request.metadata.n)`"},
        Row{"-request.model == 'a'", 1, 1, Cause::kType, "`-` takes an int or a double"},
        Row{"[1] < [2]", 1, 5, Cause::kType, "list has no order"},
        Row{"request.tokens in ['a', 'b']", 1, 16, Cause::kType, "no element of the list"},
        Row{"request.tokens in 5", 1, 16, Cause::kType, "`in` takes a list or a map"},
        Row{"5 in request.headers", 1, 3, Cause::kType, "are strings, not int"},
        Row{"request.headers[5] == 'a'", 1, 17, Cause::kType, "did you mean `'5'`?"},
        Row{"request.model[0] == 'g'", 1, 14, Cause::kType, "`[ ]` is for maps and lists"},
        Row{"[1, 2]['a'] == 1", 1, 8, Cause::kType, "the index of a list is an int"},
        Row{"'a'.b == 'c'", 1, 5, Cause::kType, "only maps have fields"}));

INSTANTIATE_TEST_SUITE_P(
    Calls, Refused,
    testing::Values(
        Row{"request.model.startswith('g')", 1, 15, Cause::kFunction,
            "did you mean `startsWith()`?"},
        Row{"nosuchthing(1)", 1, 1, Cause::kFunction, "unknown function `nosuchthing()`"},
        Row{"startsWith(request.model, 'g')", 1, 1, Cause::kFunction, "x.startsWith(y)"},
        Row{"request.model.contains()", 1, 15, Cause::kFunction, "x.contains(y)"},
        Row{"request.model.contains(5)", 1, 24, Cause::kType, "takes a string, not int"},
        Row{"request.tokens.contains('5')", 1, 1, Cause::kType, "takes a string, not int"},
        Row{"size(request.tokens) > 1", 1, 1, Cause::kType, "int has no size"},
        Row{"bool(request.tokens)", 1, 1, Cause::kType, "does not take int"},
        Row{"has(request.metadata['x'])", 1, 5, Cause::kFunction, "`'x' in request.metadata`"},
        Row{"has(latency_ms)", 1, 5, Cause::kFunction, "has() takes a field"},
        Row{"has(request.metdata.x)", 1, 5, Cause::kName, "did you mean"},
        Row{"request.model.matches('(')", 1, 23, Cause::kPattern, "missing )"},
        Row{"request.model.matches('(?=a)')", 1, 23, Cause::kPattern, "not valid"}));

INSTANTIATE_TEST_SUITE_P(
    LeftOut, Refused,
    testing::Values(
        Row{"[1, 2].exists(e, e > 1)", 1, 8, Cause::kSubset, "not in the subset"},
        Row{"timestamp('x') == 1", 1, 1, Cause::kSubset, "not in the subset"},
        Row{"{'a': 1}['a'] == 1", 1, 1, Cause::kSubset, "maps are not in the subset"},
        Row{"Message{a: 1} == 1", 1, 8, Cause::kSubset, "messages are not in the subset"},
        Row{"request.?model == 'a'", 1, 9, Cause::kSubset, "optional"},
        Row{"request.model + 'x' == 'yx'", 1, 15, Cause::kSubset, "only constants can be joined"},
        Row{"request.tokens in [request.tokens]", 1, 20, Cause::kSubset, "are constants"},
        Row{"request.model.matches(request.model)", 1, 23, Cause::kSubset, "constant text"},
        Row{"string(request.tokens) == '5'", 1, 1, Cause::kSubset, "compare the numbers"},
        Row{"size(request.metadata) == 0", 1, 1, Cause::kSubset, "is not known to rules"}));

INSTANTIATE_TEST_SUITE_P(
    Syntax, Refused,
    testing::Values(Row{"", 1, 1, Cause::kSyntax, "empty"},
                    Row{" // nothing", 1, 1, Cause::kSyntax, "empty"},
                    Row{"request.tokens = 5", 1, 16, Cause::kSyntax, "did you mean `==`?"},
                    Row{"true & false", 1, 6, Cause::kSyntax, "did you mean `&&`?"},
                    Row{"true and false", 1, 6, Cause::kSyntax, "did you mean `&&`?"},
                    Row{"true or false", 1, 6, Cause::kSyntax, "did you mean `||`?"},
                    Row{"not true", 1, 5, Cause::kSyntax, "an operator was expected"},
                    Row{"(true", 1, 6, Cause::kSyntax, "the closing `)` is missing"},
                    Row{"true)", 1, 5, Cause::kSyntax, "an operator was expected"},
                    Row{"true &&", 1, 8, Cause::kSyntax, "a value was expected, not the end"},
                    Row{"1 == 'abc", 1, 6, Cause::kSyntax, "is not closed"},
                    Row{"'a\nb' == 'a'", 1, 1, Cause::kSyntax, "is not closed"},
                    Row{"'\\q' == 'a'", 1, 2, Cause::kSyntax, "unknown escape"},
                    Row{"'\\ud800' == 'a'", 1, 2, Cause::kSyntax, "not a Unicode character"},
                    Row{"b'\\u0041' == b'a'", 1, 3, Cause::kSyntax, "for strings"},
                    Row{"9223372036854775808 == 1", 1, 1, Cause::kSyntax, "64 bits"},
                    Row{"1e999 == 1.0", 1, 1, Cause::kSyntax, "too large"},
                    Row{"12ab == 1", 1, 3, Cause::kSyntax, "followed by a letter"},
                    Row{"while == 1", 1, 1, Cause::kSyntax, "reserved word"},
                    Row{"request. == 1", 1, 10, Cause::kSyntax,
                        "a name was expected after the dot"},
                    Row{"true ? false", 1, 13, Cause::kSyntax, "`:`"},
                    Row{"size('a',) == 1", 1, 10, Cause::kSyntax, "another argument"},
                    Row{"request.tokens < 5 §", 1, 20, Cause::kSyntax, "unexpected character"}));

TEST(Problems, AllAreFoundAtOnce) {
  const auto compiled = Program::compile(
      "request.token < 5 &&\n  (request.model == 5 || request.tokens == 'x') &&\n  foo()", kScope);
  ASSERT_FALSE(compiled);
  std::vector<std::pair<int, int>> places;
  for (const Problem& problem : compiled.error()) places.emplace_back(problem.line, problem.column);
  EXPECT_EQ(places, (std::vector<std::pair<int, int>>{{1, 1}, {2, 18}, {2, 41}, {3, 3}}));
}

TEST(Limits, OnlyUtf8) {
  const auto compiled = Program::compile("request.model == '\xFF'", kScope);
  ASSERT_FALSE(compiled);
  EXPECT_NE(compiled.error().front().message.find("UTF-8"), std::string::npos);
}

TEST(Limits, LengthOfTheSource) {
  const std::string filler(kMaxSourceBytes - 4, ' ');
  EXPECT_TRUE(Program::compile("true" + filler, kScope));
  const auto compiled = Program::compile("true " + filler, kScope);
  ASSERT_FALSE(compiled);
  EXPECT_EQ(compiled.error().front().cause, Cause::kLimit);
}

std::string repeat(std::string_view text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

TEST(Limits, Nesting) {
  const auto cause = [](const std::string& source) -> std::optional<Cause> {
    const auto compiled = Program::compile(source, kScope);
    if (compiled) return std::nullopt;
    return compiled.error().front().cause;
  };
  EXPECT_EQ(cause(repeat("(", 60) + "true" + repeat(")", 60)), std::nullopt);
  EXPECT_EQ(cause(repeat("(", 70) + "true" + repeat(")", 70)), Cause::kLimit);
  EXPECT_EQ(cause(repeat("(", 2000) + "true" + repeat(")", 2000)), Cause::kLimit);
  EXPECT_EQ(cause(repeat("!", 60) + "true"), std::nullopt);
  EXPECT_EQ(cause(repeat("!", 4000) + "true"), Cause::kLimit);
  EXPECT_EQ(cause("1" + repeat("+1", 50) + " == 51"), std::nullopt);
  EXPECT_EQ(cause("1" + repeat("+1", 1500) + " == 1501"), Cause::kLimit);
  EXPECT_EQ(cause(repeat("[", 2000)), Cause::kLimit);
  EXPECT_EQ(cause(repeat("true ? true : ", 200) + "true"), Cause::kLimit);
  EXPECT_EQ(cause("request" + repeat(".a", 2000)), Cause::kLimit);
}

TEST(Limits, ChainsOfAndAndOrAreNotNesting) {
  EXPECT_TRUE(program(repeat("false || ", 400) + "true").evaluate(TestFacts()).value);
  EXPECT_TRUE(program(repeat("true && ", 400) + "true").evaluate(TestFacts()).value);
}

}  // namespace
}  // namespace pontage::expr::test
