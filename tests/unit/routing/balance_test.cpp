// Orders of balanced steps: shares over many picks, who stands in, and what is last.
#include "routing/balance.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "routing/health.hpp"

namespace pontage::routing {
namespace {

constexpr int kPicks = 10'000;
using Order = std::vector<std::size_t>;

// How often each target came at `place`.
std::vector<int> counts_at(std::size_t place, Balance by, const std::vector<Standing>& targets,
                           std::uint64_t seed = 1) {
  FastRandom random(seed);
  std::vector<int> counts(targets.size());
  for (int i = 0; i < kPicks; ++i)
    ++counts[balanced(by, targets, static_cast<std::uint64_t>(i), random)[place]];
  return counts;
}

// Three standard deviations of a share in kPicks draws are at most 1.5 %: 2 % is no bad luck.
void expect_share(int count, double share) {
  EXPECT_NEAR(static_cast<double>(count) / kPicks, share, 0.02);
}

std::vector<Standing> of_weights(std::initializer_list<int> weights) {
  std::vector<Standing> out;
  for (const int weight : weights) out.push_back({.weight = weight});
  return out;
}

std::vector<Standing> of_waits(std::initializer_list<int> waits_ms) {
  std::vector<Standing> out;
  for (const int wait : waits_ms) out.push_back({.wait = Micros(wait * 1'000)});
  return out;
}

TEST(Balance, EveryOrderHoldsEachTargetOnceAndTheOpenOnesLast) {
  FastRandom random(7);
  for (const Balance by : {Balance::kInOrder, Balance::kWeighted, Balance::kRoundRobin,
                           Balance::kLeastInFlight, Balance::kLatency, Balance::kCheapest}) {
    for (unsigned open = 0; open < 32; ++open) {
      std::vector<Standing> targets(5);
      for (std::size_t i = 0; i < targets.size(); ++i) {
        targets[i] = {.open = (open >> i & 1U) != 0,
                      .in_flight = static_cast<int>(random.below(3)),
                      .wait = Micros(random.below(1'000) + 1),
                      .weight = static_cast<std::int64_t>(random.below(3)),
                      .cost = static_cast<std::int64_t>(random.below(9))};
      }
      auto order = balanced(by, targets, random.next(), random);
      bool seen_open = false;
      for (const std::size_t i : order) {
        EXPECT_FALSE(seen_open && !targets[i].open) << balance_name(by) << " " << open;
        seen_open = seen_open || targets[i].open;
      }
      std::ranges::sort(order);
      EXPECT_EQ(order, (Order{0, 1, 2, 3, 4})) << balance_name(by) << " " << open;
    }
  }
}

TEST(Balance, NothingToChooseFrom) {
  FastRandom random(1);
  for (const Balance by : {Balance::kWeighted, Balance::kRoundRobin, Balance::kLatency}) {
    EXPECT_EQ(balanced(by, {}, 3, random), Order{});
    EXPECT_EQ(balanced(by, std::vector<Standing>(1), 3, random), Order{0});
  }
}

TEST(Balance, WeightsAreShares) {
  const auto counts = counts_at(0, Balance::kWeighted, of_weights({6, 3, 1}));
  expect_share(counts[0], 0.6);
  expect_share(counts[1], 0.3);
  expect_share(counts[2], 0.1);
}

TEST(Balance, WhoStandsInSharesByWeightToo) {
  std::vector<Standing> targets = of_weights({6, 3, 1});
  targets[0].open = true;
  const auto counts = counts_at(0, Balance::kWeighted, targets);
  EXPECT_EQ(counts[0], 0);
  expect_share(counts[1], 0.75);
  expect_share(counts[2], 0.25);
}

TEST(Balance, WithoutAWeightATargetOnlyStandsIn) {
  const auto targets = of_weights({0, 1, 0});
  EXPECT_EQ(counts_at(0, Balance::kWeighted, targets), (std::vector<int>{0, kPicks, 0}));
  EXPECT_EQ(counts_at(1, Balance::kWeighted, targets), (std::vector<int>{kPicks, 0, 0}));
}

TEST(Balance, InTurnEachGetsTheSame) {
  const auto counts = counts_at(0, Balance::kRoundRobin, std::vector<Standing>(4));
  EXPECT_EQ(counts, (std::vector<int>(4, kPicks / 4)));
  FastRandom random(1);
  EXPECT_EQ(balanced(Balance::kRoundRobin, std::vector<Standing>(3), 4, random), (Order{1, 2, 0}));
}

TEST(Balance, TheFewestUnderWayComesFirstAndEqualsShare) {
  FastRandom random(1);
  const std::vector<Standing> targets = {{.in_flight = 5}, {.in_flight = 0}, {.in_flight = 2}};
  EXPECT_EQ(balanced(Balance::kLeastInFlight, targets, 0, random), (Order{1, 2, 0}));
  for (const int count : counts_at(0, Balance::kLeastInFlight, std::vector<Standing>(3)))
    expect_share(count, 1.0 / 3);
}

TEST(Balance, TheFasterOfTwoIsPicked) {
  EXPECT_EQ(counts_at(0, Balance::kLatency, of_waits({300, 100})), (std::vector<int>{0, kPicks}));
  // Of three: the fastest whenever it is drawn (2 of 3 pairs), the slowest never.
  const auto counts = counts_at(0, Balance::kLatency, of_waits({100, 200, 300}));
  expect_share(counts[0], 2.0 / 3);
  expect_share(counts[1], 1.0 / 3);
  EXPECT_EQ(counts[2], 0);
  FastRandom random(1);
  for (int i = 0; i < 100; ++i) {
    const auto order = balanced(Balance::kLatency, of_waits({400, 300, 200, 100}), 0, random);
    EXPECT_TRUE(std::ranges::is_sorted(order.begin() + 1, order.end(), std::greater<>{}))
        << "the fastest of the others stands in first";
  }
}

TEST(Balance, WhatWasNotMeasuredIsFoundOutByOneRequestAtATime) {
  std::vector<Standing> targets = of_waits({1, 0});
  targets[1].wait.reset();
  EXPECT_EQ(counts_at(0, Balance::kLatency, targets), (std::vector<int>{0, kPicks}));
  targets[1].in_flight = 1;
  EXPECT_EQ(counts_at(0, Balance::kLatency, targets), (std::vector<int>{kPicks, 0}));
}

TEST(Balance, TheCheapestFirstAndTheUnpricedLast) {
  FastRandom random(1);
  const std::vector<Standing> targets = {{}, {.cost = 30}, {.cost = 0}, {.cost = 20}, {}};
  EXPECT_EQ(balanced(Balance::kCheapest, targets, 0, random), (Order{2, 3, 1, 0, 4}));
}

TEST(Pace, ForgetsAndStartsAnew) {
  Pace pace;
  SteadyTime now{std::chrono::hours(50)};
  EXPECT_EQ(pace.lately(now), std::nullopt);
  pace.add(now, Millis(100));
  EXPECT_EQ(pace.lately(now), Micros(100'000));
  pace.add(now, Millis(200));
  EXPECT_EQ(pace.lately(now), Micros(120'000));
  for (int i = 0; i < 40; ++i) pace.add(now, Millis(500));
  EXPECT_NEAR(static_cast<double>(pace.lately(now)->count()), 500'000, 1'000);
  now += defaults::kPaceMemory + Millis(1);
  EXPECT_EQ(pace.lately(now), std::nullopt) << "it may have changed";
  pace.add(now, Millis(10));
  EXPECT_EQ(pace.lately(now), Micros(10'000)) << "what was long ago does not count";
  Pace instant;
  instant.add(now, Millis(0));
  EXPECT_EQ(instant.lately(now), Micros(1)) << "measured, if short";
}

}  // namespace
}  // namespace pontage::routing
