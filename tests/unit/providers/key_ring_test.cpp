// Which of several keys is picked, and when one is not.
#include "providers/key_ring.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <thread>

namespace pontage::providers {
namespace {

constexpr SteadyTime kNow{std::chrono::hours(100)};

KeyRing ring_of(const std::vector<KeyOptions>& keys) {
  KeyRing ring;
  for (const auto& key : keys) ring.keys.emplace_back().options = key;
  return ring;
}
KeyOptions key(const std::string& name, int weight = 1) {
  KeyOptions made;
  made.secret = "secret-" + name;
  made.name = name;
  made.weight = weight;
  return made;
}

TEST(KeyRing, PicksByWeight) {
  const auto ring = ring_of({key("a", 3), key("b", 1)});
  std::array<int, 2> picked{};
  for (int i = 0; i < 1000; ++i) ++picked[ring.pick("m", kNow, i / 1000.0).index()];
  EXPECT_EQ(picked, (std::array<int, 2>{750, 250}));
}

TEST(KeyRing, OneThatRestsIsPassedOverUntilItsTime) {
  const auto ring = ring_of({key("a"), key("b")});
  ring.keys[0].state->rest_until(kNow + Millis(500));
  ring.keys[0].state->rest_until(kNow + Millis(100));  // a shorter rest does not wake it
  for (const double unit : {0.0, 0.4, 0.99}) EXPECT_EQ(ring.pick("m", kNow, unit).index(), 1U);
  EXPECT_EQ(ring.shortest_rest(kNow), Millis(500));
  EXPECT_EQ(ring.pick("m", kNow + Millis(500), 0.0).index(), 0U);
  EXPECT_EQ(ring.shortest_rest(kNow + Millis(500)), std::nullopt);
}

TEST(KeyRing, NoneIsHeldWhenAllRest) {
  const auto ring = ring_of({key("a"), key("b")});
  for (const auto& each : ring.keys) each.state->rest_until(kNow + Millis(1));
  EXPECT_FALSE(ring.usable("m", kNow));
  EXPECT_FALSE(ring.pick("m", kNow, 0.5).held());
}

TEST(KeyRing, ConcurrencyIsGivenBackWithTheLease) {
  auto limited = key("a");
  limited.concurrency = 2;
  const auto ring = ring_of({limited});
  auto first = ring.pick("m", kNow, 0);
  {
    const auto second = ring.pick("m", kNow, 0);
    EXPECT_TRUE(second.held());
    EXPECT_FALSE(ring.pick("m", kNow, 0).held());
  }
  auto third = ring.pick("m", kNow, 0);
  EXPECT_TRUE(third.held());
  first = KeyLease();
  EXPECT_TRUE(ring.usable("m", kNow));
}

TEST(KeyRing, AMinuteHoldsSoManyAndTheNextOneAgain) {
  auto limited = key("a");
  limited.requests_per_minute = 3;
  const auto ring = ring_of({limited});
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(ring.pick("m", kNow, 0).held());
  EXPECT_FALSE(ring.pick("m", kNow + std::chrono::seconds(59), 0).held());
  EXPECT_TRUE(ring.pick("m", kNow + std::chrono::seconds(60), 0).held());
}

TEST(KeyRing, ModelsAreGlobs) {
  auto small = key("a");
  small.models = {"gpt-4o-*", "o3"};
  const auto ring = ring_of({small, key("b")});
  EXPECT_EQ(ring.pick("gpt-4o-mini", kNow, 0).index(), 0U);
  EXPECT_EQ(ring.pick("gpt-4o", kNow, 0).index(), 1U);
}

TEST(KeyRing, WhatHappenedIsKeptForTheSameSecret) {
  const auto before = ring_of({key("a"), key("b")});
  before.keys[1].state->rest_until(kNow + Millis(100));
  auto renamed = key("b");
  renamed.name = "other";
  auto after = ring_of({renamed, key("c")});
  after.adopt(before);
  EXPECT_EQ(after.pick("m", kNow, 0).index(), 1U);
}

TEST(KeyRing, TheLimitsHoldBetweenThreads) {
  auto limited = key("a");
  limited.concurrency = 4;
  limited.requests_per_minute = 500;
  const auto ring = ring_of({limited});
  std::atomic<int> taken{0};
  std::atomic<bool> over{false};
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        for (int n = 0; n < 1000; ++n) {
          const auto lease = ring.pick("m", kNow, 0);
          if (!lease.held()) continue;
          ++taken;
          if (ring.keys[0].state->under_way > 4 + 4) over = true;  // takes that were undone
        }
      });
    }
  }
  EXPECT_EQ(taken, 500);
  EXPECT_FALSE(over);
  EXPECT_EQ(ring.keys[0].state->under_way, 0);
}

}  // namespace
}  // namespace pontage::providers
