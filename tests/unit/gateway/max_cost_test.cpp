// `max_cost`: the dollars of one request, over all its attempts.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/gateway/house_bench.hpp"

namespace pontage::gateway::test {
namespace {

using ::testing::HasSubstr;

// A dollar a thousand tokens of output at p1, a tenth of it at p2; input costs nothing.
class MaxCost : public HouseBench {
 protected:
  void serve_with(const std::string& route, const std::string& policy = "") {
    serve(
        "models:\n  p1/dear: { price: { input: 0, output: 1000 } }\n"
        "  p2/fair: { price: { input: 0, output: 100 } }\n"
        "routes:\n  - name: chat\n    " +
        route + "\n    chain:\n" + policy +
        "      - fallback: [ { provider: p1, model: dear }, { provider: p2, model: fair } ]\n");
  }
};

TEST_F(MaxCost, ATargetThatWouldCostMoreIsPassedOver) {
  serve_with("max_cost: 0.25");
  const auto cheap = ask(chat(R"(,"max_tokens":200)"));
  EXPECT_EQ(cheap.header("x-pontage-provider"), "p1") << "20 cents";
  const auto dear = ask(chat(R"(,"max_tokens":1000)"));
  EXPECT_EQ(dear.header("x-pontage-provider"), "p2") << "a dollar there, ten cents here";
  EXPECT_THAT(dear.header("x-pontage-decision"),
              HasSubstr("p1/dear skipped: some $1.00 are expected, and the route allows $0.25"));
  EXPECT_EQ(p1->requests().size(), 1U);
}

TEST_F(MaxCost, WhereNoneIsCheapEnoughTheClientIsToldAndNothingIsSpent) {
  serve_with("max_cost: 0.25");
  const auto reply = ask(chat(R"(,"max_tokens":4000)"));
  EXPECT_EQ(reply.status, 402) << reply.bytes;
  EXPECT_EQ(error_code(reply), "budget_exceeded");
  EXPECT_EQ(reply.header("x-should-retry"), "false");
  EXPECT_EQ(p1->requests().size() + p2->requests().size(), 0U);
}

TEST_F(MaxCost, WithoutItNothingIsLimited) {
  serve_with("unsupported: drop");
  EXPECT_EQ(ask(chat(R"(,"max_tokens":4000)")).header("x-pontage-provider"), "p1");
}

}  // namespace
}  // namespace pontage::gateway::test
