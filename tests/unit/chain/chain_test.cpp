// The algebra of a chain: order is what is written (law 1).
#include <gtest/gtest.h>

#include "unit/chain/chain_support.hpp"

namespace pontage::chain::test {
namespace {

class ChainTest : public ::testing::Test {
 protected:
  template <class T, class... Args>
  static std::unique_ptr<T> make(Args&&... args) {
    return std::make_unique<T>(std::forward<Args>(args)...);
  }
  std::unique_ptr<Append> fallback(std::vector<const Target*> targets) {
    return std::make_unique<Append>(std::move(targets));
  }
  std::string planned(const Chain& chain) {
    Exchange exchange;
    chain.plan(exchange);
    return spell(exchange.plan);
  }
  Targets t;
  std::vector<std::string> log;
};

TEST_F(ChainTest, RetryThenFallbackRetriesEachTarget) {
  EXPECT_EQ(planned(chain_of(make<RetryTimes>(2), fallback({&t.a, &t.c}))), "near/a:2 far/c:2");
}

TEST_F(ChainTest, APolicyAfterTheTargetsDoesNotReachThem) {
  EXPECT_EQ(planned(chain_of(fallback({&t.a}), make<RetryTimes>(2))), "near/a:0");
  EXPECT_EQ(planned(chain_of(fallback({&t.a}), make<RetryTimes>(2), fallback({&t.b}))),
            "near/a:0 near/b:2");
}

TEST_F(ChainTest, TheNewestPolicyHolds) {
  EXPECT_EQ(planned(chain_of(make<RetryTimes>(1), fallback({&t.a}), make<RetryTimes>(3),
                             fallback({&t.b}))),
            "near/a:1 near/b:3");
}

TEST_F(ChainTest, ASelectorStandsAtTheHead) {
  EXPECT_EQ(planned(chain_of(make<Select>(t.c), fallback({&t.a, &t.b}))),
            "far/c:0 near/a:0 near/b:0");
  EXPECT_EQ(planned(chain_of(fallback({&t.a, &t.b}), make<Select>(t.c))),
            "far/c:0 near/a:0 near/b:0");
}

TEST_F(ChainTest, TheLaterOfTwoSelectorsWins) {
  EXPECT_EQ(planned(chain_of(make<Select>(t.a), make<Select>(t.b))), "near/b:0 near/a:0");
  EXPECT_EQ(planned(chain_of(make<Select>(t.a), make<Select>(t.b), make<Select>(t.a))),
            "near/a:0 near/b:0");
}

TEST_F(ChainTest, FallbackAppendsOnlyWhatIsNotThere) {
  EXPECT_EQ(planned(chain_of(make<Select>(t.b), fallback({&t.a, &t.b, &t.c}))),
            "near/b:0 near/a:0 far/c:0");
  EXPECT_EQ(planned(chain_of(fallback({&t.c}), fallback({&t.c_again, &t.a}))), "far/c:0 near/a:0");
}

TEST_F(ChainTest, AListedTargetKeepsItsPlaceAndTakesTheNewerPolicy) {
  EXPECT_EQ(planned(chain_of(make<Select>(t.b), make<RetryTimes>(2), fallback({&t.a, &t.b}))),
            "near/b:2 near/a:2");
}

TEST_F(ChainTest, ASelectorAfterFallbackMovesAnEqualTarget) {
  EXPECT_EQ(planned(chain_of(fallback({&t.a, &t.c}), make<Select>(t.c_again))), "far/c:0 near/a:0");
}

TEST_F(ChainTest, TheFloorIsKeptApart) {
  const auto chain = chain_of(fallback({&t.a}), make<FloorText>());
  Exchange exchange;
  chain.plan(exchange);
  EXPECT_EQ(spell(exchange.plan), "near/a:0");
  ASSERT_NE(exchange.plan.floor, nullptr);
  EXPECT_EQ(exchange.plan.floor->entries.front().message, "sorry");
}

TEST_F(ChainTest, WrappersNestInOrderAroundAllThatFollows) {
  const auto chain = chain_of(fallback({&t.a}), make<Recorder>("outer", log), fallback({&t.b}),
                              make<Recorder>("inner", log), make<Select>(t.c));
  Exchange exchange;
  RecordingDispatcher dispatcher(log);
  const auto reply = pontage::test::run_now(chain.run(exchange, dispatcher));
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(log, (std::vector<std::string>{"outer in 1", "inner in 2", "dispatch 3",
                                           "inner out 200", "outer out 200"}));
}

TEST_F(ChainTest, AWrapperMayAnswerItself) {
  const auto chain =
      chain_of(make<Recorder>("outer", log), make<ShortCut>(), make<Recorder>("inner", log));
  Exchange exchange;
  RecordingDispatcher dispatcher(log);
  EXPECT_EQ(pontage::test::run_now(chain.run(exchange, dispatcher)).status, 204);
  EXPECT_EQ(log, (std::vector<std::string>{"outer in 0", "outer out 204"}));
}

TEST_F(ChainTest, NextGoesOnWhereItStands) {
  const auto chain = chain_of(fallback({&t.a}), fallback({&t.b}));
  Exchange exchange;
  RecordingDispatcher dispatcher(log);
  pontage::test::run_now(Next(chain, 1, dispatcher)(exchange));
  EXPECT_EQ(spell(exchange.plan), "near/b:0") << "the entry before it has had its turn";
  EXPECT_EQ(log, std::vector<std::string>{"dispatch 1"});
}

TEST_F(ChainTest, PlanAloneDispatchesNothingAndSkipsWrappers) {
  const auto chain = chain_of(make<Recorder>("outer", log), fallback({&t.a}));
  EXPECT_EQ(planned(chain), "near/a:0");
  EXPECT_TRUE(log.empty());
}

TEST_F(ChainTest, AnEmptyChainDispatches) {
  Exchange exchange;
  RecordingDispatcher dispatcher(log);
  EXPECT_EQ(pontage::test::run_now(Chain().run(exchange, dispatcher)).status, 200);
}

TEST_F(ChainTest, TheMostTokensThatAnyEntryWants) {
  EXPECT_EQ(Chain().tokens_wanted(), 0);
  EXPECT_EQ(chain_of(fallback({&t.a}), make<Select>(t.b)).tokens_wanted(), 500);
}

TEST(Plan, DefaultsOfAnUntouchedPolicy) {
  const Plan plan;
  EXPECT_EQ(plan.policy->retry_max, 0);
  EXPECT_FALSE(plan.policy->first_token);
  EXPECT_EQ(plan.leave, nullptr);
  EXPECT_FALSE(plan.total);
}

TEST(Outcome, NamesAreTheMetricsLabels) {
  EXPECT_EQ(outcome_name(Outcome::kOk), "ok");
  EXPECT_EQ(outcome_name(Outcome::kError), "error");
  EXPECT_EQ(outcome_name(Outcome::kTruncated), "truncated");
  EXPECT_EQ(outcome_name(Outcome::kClientClosed), "client_closed");
  EXPECT_EQ(outcome_name(Outcome::kCache), "cache");
  EXPECT_EQ(outcome_name(Outcome::kFloor), "floor");
  EXPECT_EQ(outcome_name(Outcome::kRejected), "rejected");
}

}  // namespace
}  // namespace pontage::chain::test
