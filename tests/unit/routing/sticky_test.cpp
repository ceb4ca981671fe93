// Where sessions belong: shares, who moves when a target goes, what is remembered and for how long.
#include "routing/sticky.hpp"

#include <gtest/gtest.h>

#include <string>
#include <thread>

#include "core/defaults.hpp"

namespace pontage::routing {
namespace {

constexpr int kSessions = 10'000;
const SteadyTime kNow{std::chrono::hours(50)};

std::vector<Home> homes(std::initializer_list<const char*> labels) {
  std::vector<Home> out;
  for (const char* label : labels) out.push_back({.hash = stable_hash(label)});
  return out;
}

std::uint64_t session(int i) {
  return stable_hash("session-" + std::to_string(i));
}

std::size_t home_of(int i, const std::vector<Home>& targets, Moves* moves = nullptr,
                    SteadyTime now = kNow) {
  return sticky_order(session(i), targets, moves, now).front();
}

// A session of the first target's.
int one_of(std::size_t target, const std::vector<Home>& targets) {
  int i = 0;
  while (home_of(i, targets) != target) ++i;
  return i;
}

TEST(Sticky, TheHashIsTheSameInEveryProcess) {
  EXPECT_EQ(stable_hash("openai/gpt-4o"), stable_hash(std::string("openai/gpt-") + "4o"));
  EXPECT_EQ(stable_hash(""), 0xF52A15E9A9B5E89BULL);
}

TEST(Sticky, SessionsAreShared) {
  const auto targets = homes({"p1/m", "p2/m", "p3/m"});
  std::vector<int> counts(3);
  for (int i = 0; i < kSessions; ++i) ++counts[home_of(i, targets)];
  for (const int count : counts) EXPECT_NEAR(static_cast<double>(count) / kSessions, 1.0 / 3, 0.02);
}

TEST(Sticky, WeightsAreShares) {
  auto targets = homes({"p1/m", "p2/m", "p3/m"});
  targets[0].weight = 9;
  targets[2].weight = 0;
  std::vector<int> counts(3);
  for (int i = 0; i < kSessions; ++i) ++counts[home_of(i, targets)];
  EXPECT_NEAR(static_cast<double>(counts[0]) / kSessions, 0.9, 0.02);
  EXPECT_EQ(counts[2], 0);
}

TEST(Sticky, ATargetThatGoesMovesItsOwnSessionsOnly) {
  const auto all = homes({"p1/m", "p2/m", "p3/m", "p4/m"});
  const auto three = homes({"p1/m", "p2/m", "p3/m"});
  const auto reordered = homes({"p3/m", "p1/m", "p2/m"});
  for (int i = 0; i < 1000; ++i) {
    const std::size_t before = home_of(i, all);
    if (before != 3) {
      EXPECT_EQ(home_of(i, three), before);
    }
    EXPECT_EQ(three[home_of(i, three)].hash, reordered[home_of(i, reordered)].hash)
        << "the order of the file means nothing";
  }
}

TEST(Sticky, AForcedMoveIsRememberedAndEnds) {
  auto targets = homes({"p1/m", "p2/m", "p3/m"});
  const int mine = one_of(0, targets);
  Moves moves;
  EXPECT_EQ(home_of(mine, targets, &moves), 0U);
  EXPECT_EQ(moves.size(), 0U) << "who is at home needs no memory";
  targets[0].open = true;
  const std::size_t moved = home_of(mine, targets, &moves);
  EXPECT_NE(moved, 0U);
  EXPECT_EQ(moves.size(), 1U);
  targets[0].open = false;
  SteadyTime now = kNow + Millis(10'000);
  EXPECT_EQ(home_of(mine, targets, &moves, now), moved) << "its prompt cache is there now";
  int other = mine + 1;
  while (home_of(other, targets) != 0) ++other;
  EXPECT_EQ(home_of(other, targets, &moves, now), 0U) << "who had not moved is not concerned";
  now += defaults::kMoveMemory;
  EXPECT_EQ(home_of(mine, targets, &moves, now), 0U) << "unused for so long: back home";
  EXPECT_EQ(moves.size(), 0U);
}

TEST(Sticky, WhereItMovedToMayFailAsWell) {
  auto targets = homes({"p1/m", "p2/m", "p3/m"});
  const int mine = one_of(0, targets);
  Moves moves;
  targets[0].open = true;
  const std::size_t first = home_of(mine, targets, &moves);
  targets[first].open = true;
  const std::size_t second = home_of(mine, targets, &moves);
  EXPECT_EQ(second, 3 - first);
  targets[0].open = targets[first].open = false;
  EXPECT_EQ(home_of(mine, targets, &moves), second);
  targets[second].open = true;
  EXPECT_EQ(home_of(mine, targets, &moves), 0U) << "home can be asked again";
  for (auto& each : targets) each.open = true;
  EXPECT_EQ(sticky_order(session(mine), targets, &moves, kNow).size(), 3U);
}

TEST(Moves, HoldSoManyAndNoMore) {
  Moves moves;
  for (std::uint64_t i = 1; i <= Moves::kMost + 100; ++i) moves.remember(i, 7, kNow);
  EXPECT_LE(moves.size(), Moves::kMost);
  EXPECT_EQ(moves.find(Moves::kMost + 100, kNow), 7U);
  moves.remember(1'000'000, 8, kNow + defaults::kMoveMemory + Millis(1));
  EXPECT_EQ(moves.size(), 1U) << "all others had expired";
}

TEST(Moves, AreSharedByThreads) {
  Moves moves;
  std::vector<std::jthread> threads;
  for (std::uint64_t t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (std::uint64_t i = 0; i < 2'000; ++i) {
        moves.remember(i, t + 1, kNow);
        EXPECT_NE(moves.find(i, kNow), 0U);
      }
    });
  }
  threads.clear();
  EXPECT_EQ(moves.size(), 2'000U);
}

}  // namespace
}  // namespace pontage::routing
