// The breaker on a clock of the test's: what opens it, what closes it, and who may ask meanwhile.
#include "routing/breaker.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "routing/health.hpp"

namespace pontage::routing {
namespace {

using Admission = Breaker::Admission;
using State = Breaker::State;

class BreakerTest : public ::testing::Test {
 protected:
  void fail(int times, std::optional<Millis> retry_after = {}) {
    for (int i = 0; i < times; ++i) opened = breaker.failed(now, settings, retry_after);
  }
  void pass(Millis time) { now += time; }
  Breaker breaker;
  BreakerSettings settings;
  SteadyTime now{std::chrono::hours(50)};
  bool opened = false;
};

TEST_F(BreakerTest, TheNumbersOfTheDocumentation) {
  EXPECT_EQ(settings.failures, 5);
  EXPECT_EQ(settings.error_rate, 0.5);
  EXPECT_EQ(settings.requests, 20);
  EXPECT_EQ(settings.open, Millis(15'000));
}

TEST_F(BreakerTest, OpensAtFiveInARowAndNotBefore) {
  fail(4);
  EXPECT_FALSE(opened);
  EXPECT_EQ(breaker.admit(now), Admission::kYes);
  fail(1);
  EXPECT_TRUE(opened);
  EXPECT_EQ(breaker.admit(now), Admission::kOpen);
  EXPECT_EQ(breaker.state(now), State::kOpen);
  EXPECT_EQ(breaker.openings(), 1U);
}

TEST_F(BreakerTest, ASuccessBetweenStartsTheRowAnew) {
  fail(4);
  breaker.succeeded(now, settings);
  fail(4);
  EXPECT_EQ(breaker.state(now), State::kClosed);
}

TEST_F(BreakerTest, OpensAtHalfOfTwentyInTheWindow) {
  for (int i = 0; i < 10; ++i) {
    breaker.succeeded(now, settings);
    fail(1);
    EXPECT_EQ(opened, i == 9) << i;
  }
  EXPECT_EQ(breaker.state(now), State::kOpen);
}

TEST_F(BreakerTest, WhatIsOlderThanTheWindowDoesNotCount) {
  for (int i = 0; i < 9; ++i) {
    breaker.succeeded(now, settings);
    fail(1);
  }
  pass(settings.window + Millis(1));
  breaker.succeeded(now, settings);
  fail(1);
  EXPECT_EQ(breaker.state(now), State::kClosed);
}

TEST_F(BreakerTest, HalfOpenLetsOneThroughAndClosesWithItsSuccess) {
  fail(5);
  pass(settings.open);
  EXPECT_EQ(breaker.state(now), State::kHalfOpen);
  EXPECT_EQ(breaker.look(now), Admission::kProbe) << "a look takes no place";
  EXPECT_EQ(breaker.admit(now), Admission::kProbe);
  EXPECT_EQ(breaker.admit(now), Admission::kOpen) << "one at a time";
  breaker.succeeded(now, settings);
  EXPECT_EQ(breaker.state(now), State::kClosed);
  fail(4);
  EXPECT_EQ(breaker.state(now), State::kClosed) << "the past is forgotten";
}

TEST_F(BreakerTest, AFailedProbeOpensForTwiceAsLongUpToEightTimes) {
  fail(5);
  for (const int times : {2, 4, 8, 8}) {
    now = breaker.available(now);
    ASSERT_EQ(breaker.admit(now), Admission::kProbe);
    fail(1);
    EXPECT_EQ(breaker.available(now) - now, settings.open * times);
  }
  now = breaker.available(now);
  breaker.succeeded(now, settings);
  fail(5);
  EXPECT_EQ(breaker.available(now) - now, settings.open) << "after a recovery from the start";
}

TEST_F(BreakerTest, AProbeWithoutAVerdictGivesItsPlaceBack) {
  fail(5);
  pass(settings.open);
  EXPECT_EQ(breaker.admit(now), Admission::kProbe);
  breaker.undecided();
  EXPECT_EQ(breaker.admit(now), Admission::kProbe);
  pass(Millis(60'001));
  EXPECT_EQ(breaker.admit(now), Admission::kProbe) << "one that never reports does not block";
}

TEST_F(BreakerTest, RetryAfterSetsTheTimeInBounds) {
  fail(5, Millis(40'000));
  EXPECT_EQ(breaker.available(now) - now, Millis(40'000));
  Breaker other;
  for (int i = 0; i < 5; ++i) other.failed(now, settings, Millis(1));
  EXPECT_EQ(other.available(now) - now, settings.open);
  Breaker third;
  for (int i = 0; i < 5; ++i) third.failed(now, settings, std::chrono::hours(24 * 30));
  EXPECT_EQ(third.available(now) - now, settings.open * 20);
}

TEST_F(BreakerTest, LateFailuresOfTheSameOutageDoNotProlongIt) {
  fail(5);
  const auto until = breaker.available(now);
  pass(Millis(5'000));
  fail(10);
  EXPECT_EQ(breaker.available(now), until);
  EXPECT_EQ(breaker.openings(), 1U);
}

TEST_F(BreakerTest, ARestIsNoFailureAndOnlyGrows) {
  breaker.rest(now, Millis(2'000));
  breaker.rest(now, Millis(1'000));
  EXPECT_EQ(breaker.admit(now), Admission::kResting);
  EXPECT_EQ(breaker.state(now), State::kClosed);
  pass(Millis(2'000));
  EXPECT_EQ(breaker.admit(now), Admission::kYes);
}

TEST_F(BreakerTest, OffMeansNever) {
  settings.on = false;
  fail(100);
  EXPECT_EQ(breaker.admit(now), Admission::kYes);
}

TEST_F(BreakerTest, OnlyOneOfManyThreadsGetsTheProbe) {
  fail(5);
  pass(settings.open);
  std::atomic<int> probes{0};
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        for (int n = 0; n < 1000; ++n) probes += breaker.admit(now) == Admission::kProbe ? 1 : 0;
      });
    }
  }
  EXPECT_EQ(probes, 1);
}

TEST(HealthTable, AProviderThatIsDownTakesAllItsTargets) {
  HealthTable table;
  const SteadyTime now{std::chrono::hours(50)};
  auto& known = table.of("p", "a").breaker;
  table.mark_down("p", "", now + Millis(1'000));
  EXPECT_EQ(known.admit(now), Admission::kDown);
  EXPECT_EQ(table.of("p", "later").breaker.admit(now), Admission::kDown);
  EXPECT_EQ(table.of("q", "a").breaker.admit(now), Admission::kYes);
  table.mark_down("p", "", SteadyTime{});
  EXPECT_EQ(known.admit(now), Admission::kYes);
  table.mark_down("q", "b", now + Millis(1'000));
  EXPECT_EQ(table.of("q", "a").breaker.admit(now), Admission::kYes);
  EXPECT_EQ(table.of("q", "b").breaker.admit(now), Admission::kDown);
}

TEST(HealthTable, HoldsSoManyAndNoMore) {
  HealthTable table;
  for (int i = 0; i < 5000; ++i) table.of("p", "model-" + std::to_string(i));
  EXPECT_LE(table.rows().size(), 4097U);
  EXPECT_EQ(&table.of("p", "another"), &table.of("p", "and-another"));
}

}  // namespace
}  // namespace pontage::routing
