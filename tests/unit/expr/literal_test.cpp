// Conversions from text at their edges; ordinary literals are the business of the conformance
// cases.
#include "expr/literal.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <thread>

#include "unit/expr/expr_support.hpp"

namespace pontage::expr::test {
namespace {

TEST(ToInt, TheWholeTextInRange) {
  EXPECT_EQ(to_int("9223372036854775807"), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(to_int("-9223372036854775808"), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(to_int("+5"), 5);
  EXPECT_EQ(to_int("007"), 7);
  for (const char* wrong :
       {"9223372036854775808", "", "+", "+-5", "++5", " 5", "5 ", "5.0", "0x5"}) {
    EXPECT_EQ(to_int(wrong), std::nullopt) << wrong;
  }
  EXPECT_EQ(to_uint("18446744073709551615"), std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(to_uint("-1"), std::nullopt);
}

TEST(ToDouble, TooSmallIsZeroAndTooLargeIsNothing) {
  EXPECT_EQ(to_double("1e-400"), 0.0);
  EXPECT_EQ(to_double("0." + std::string(400, '0') + "1"), 0.0);
  EXPECT_EQ(to_double("1" + std::string(20, '0') + "e-400"), 0.0);
  EXPECT_TRUE(std::signbit(*to_double("-1e-400")));
  EXPECT_EQ(to_double("1e400"), std::nullopt);
  EXPECT_EQ(to_double("0.01e400"), std::nullopt);
  EXPECT_EQ(to_double("1" + std::string(400, '0')), std::nullopt);
  EXPECT_EQ(to_double("1e99999999999999999999"), std::nullopt);
  EXPECT_EQ(to_double("1e-99999999999999999999"), 0.0);
  EXPECT_EQ(to_double("5e-324"), 5e-324);
  EXPECT_EQ(to_double("+1.5"), 1.5);
  EXPECT_TRUE(std::isinf(*to_double("-Infinity")));
  for (const char* wrong : {"", "+", "1e", "1.5x", " 1", "0x1p3", "--1"}) {
    EXPECT_EQ(to_double(wrong), std::nullopt) << wrong;
  }
}

TEST(Metadata, InfinityIsNoNumber) {
  TestFacts facts;
  for (const char* text : {"inf", "Infinity", "nan", "1e400"}) {
    facts.metadata["x"] = text;
    EXPECT_FALSE(program("request.metadata.x > 5").evaluate(facts).value) << text;
    EXPECT_FALSE(program("request.metadata.x <= 5").evaluate(facts).value) << text;
    EXPECT_TRUE(program("request.metadata.x != 5").evaluate(facts).value) << text;
  }
  facts.metadata["x"] = "18446744073709551615";
  EXPECT_TRUE(program("request.metadata.x == 18446744073709551615u").evaluate(facts).value);
}

TEST(Utf8, WellFormedOnly) {
  EXPECT_TRUE(is_utf8("a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80"));
  EXPECT_TRUE(is_utf8("\xF4\x8F\xBF\xBF"));
  for (const char* wrong :
       {"\x80", "\xC3", "\xC0\x80", "\xE0\x80\x80", "\xED\xA0\x80", "\xF0\x80\x80\x80",
        "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xE2\x82", "a\xFF"}) {
    EXPECT_FALSE(is_utf8(wrong));
  }
}

TEST(Program, IsSharedBetweenThreads) {
  const Program rule = program("request.model.matches('^gpt-.*o$') && request.tokens in [1, 700]");
  const auto work = [&rule] {
    const TestFacts facts;
    for (int i = 0; i < 500; ++i) ASSERT_TRUE(rule.evaluate(facts).value);
  };
  std::jthread first(work);
  std::jthread second(work);
}

}  // namespace
}  // namespace pontage::expr::test
