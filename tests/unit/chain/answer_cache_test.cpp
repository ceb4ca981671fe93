// The store of answers: time, bounds, what goes first, and flights.
#include "chain/answer_cache.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace pontage::chain::test {
namespace {

constexpr Millis kMinute{60'000};

class AnswerCacheTest : public ::testing::Test {
 protected:
  FakeClock clock_;
  AnswerCache cache_{clock_};

  static Sha256 key(const std::string& name) { return sha256(name); }
  Kept make(const std::string& text, Millis ttl = kMinute, Millis stale = Millis(0)) const {
    KeptAnswer made;
    made.bytes = text;
    made.kept = clock_.steady();
    made.fresh_until = made.kept + ttl;
    made.gone_after = made.fresh_until + stale;
    return std::make_shared<const KeptAnswer>(std::move(made));
  }
  bool has(const std::string& name) { return cache_.look(key(name)).fresh; }
};

TEST_F(AnswerCacheTest, WhatWasKeptIsFound) {
  EXPECT_EQ(cache_.look(key("a")).answer, nullptr);
  ASSERT_TRUE(cache_.keep(key("a"), make("one")));
  const auto found = cache_.look(key("a"));
  ASSERT_TRUE(found.fresh);
  EXPECT_EQ(found.answer->bytes, "one");
  EXPECT_EQ(cache_.look(key("b")).answer, nullptr);
  EXPECT_EQ(cache_.totals().entries, 1U);
}

TEST_F(AnswerCacheTest, ANewerAnswerTakesThePlaceOfTheOld) {
  cache_.keep(key("a"), make("one"));
  const auto bytes = cache_.totals().bytes;
  cache_.keep(key("a"), make("two"));
  EXPECT_EQ(cache_.look(key("a")).answer->bytes, "two");
  EXPECT_EQ(cache_.totals().entries, 1U);
  EXPECT_EQ(cache_.totals().bytes, bytes);
}

TEST_F(AnswerCacheTest, ItAgesFromFreshToStaleToGone) {
  cache_.keep(key("a"), make("one", kMinute, kMinute));
  clock_.advance(kMinute - Millis(1));
  EXPECT_TRUE(cache_.look(key("a")).fresh);
  clock_.advance(Millis(1));
  auto found = cache_.look(key("a"));
  EXPECT_FALSE(found.fresh);
  ASSERT_NE(found.answer, nullptr) << "still good for the floor";
  clock_.advance(kMinute);
  EXPECT_EQ(cache_.look(key("a")).answer, nullptr);
  EXPECT_EQ(cache_.totals().entries, 0U) << "and its memory is back";
  EXPECT_EQ(cache_.totals().bytes, 0U);
}

TEST_F(AnswerCacheTest, WhatNobodyAsksForIsSweptAway) {
  for (int i = 0; i < 100; ++i) cache_.keep(key(std::to_string(i)), make("text"));
  cache_.keep(key("longer"), make("text", 10 * kMinute));
  clock_.advance(kMinute);
  for (int i = 0; i < 16; ++i) cache_.sweep();
  EXPECT_EQ(cache_.totals().entries, 1U);
  EXPECT_TRUE(has("longer"));
}

TEST_F(AnswerCacheTest, TheLeastLatelyUsedGoesFirst) {
  cache_.limit(10'000, 10'000);
  const std::string text(2'500, 'x');  // three fit
  for (const char* name : {"a", "b", "c"}) ASSERT_TRUE(cache_.keep(key(name), make(text)));
  EXPECT_TRUE(has("a"));  // used again
  cache_.keep(key("d"), make(text));
  EXPECT_TRUE(has("a"));
  EXPECT_FALSE(has("b"));
  EXPECT_TRUE(has("c"));
  EXPECT_TRUE(has("d"));
  EXPECT_LE(cache_.totals().bytes, 10'000U);
  EXPECT_EQ(cache_.take_evictions(), 1U);
  EXPECT_EQ(cache_.take_evictions(), 0U);
}

TEST_F(AnswerCacheTest, NeverMoreBytesThanAllowed) {
  cache_.limit(50'000, 20'000);
  for (int i = 0; i < 1'000; ++i) {
    cache_.keep(key(std::to_string(i)), make(std::string(static_cast<std::size_t>(i * 7), 'x')));
    ASSERT_LE(cache_.totals().bytes, 50'000U) << i;
  }
  EXPECT_GT(cache_.totals().entries, 0U);
  cache_.limit(1'000, 20'000);
  EXPECT_LE(cache_.totals().bytes, 1'000U) << "a smaller bound holds at once";
  cache_.limit(0, 20'000);
  EXPECT_EQ(cache_.totals().entries, 0U);
  EXPECT_FALSE(cache_.keep(key("a"), make(""))) << "0 keeps nothing";
}

TEST_F(AnswerCacheTest, AnAnswerOverItsLimitIsNotKept) {
  cache_.limit(1'000'000, 100);
  EXPECT_TRUE(cache_.keep(key("a"), make(std::string(100, 'x'))));
  EXPECT_FALSE(cache_.keep(key("b"), make(std::string(101, 'x'))));
  EXPECT_FALSE(has("b"));
}

TEST_F(AnswerCacheTest, TheFirstLeadsAndTheOthersFindItsFlight) {
  auto first = cache_.look(key("a"), true);
  EXPECT_EQ(first.flight, nullptr);
  const auto second = cache_.look(key("a"), true);
  ASSERT_NE(second.flight, nullptr);
  int woken = 0;
  second.flight->wait([&] { ++woken; });
  EXPECT_EQ(second.flight->waiting(), 1U);
  const auto answer = make("one");
  cache_.keep(key("a"), answer);
  first.lead.end(answer);
  EXPECT_EQ(woken, 1);
  EXPECT_EQ(second.flight->answer(), answer);
  const auto third = cache_.look(key("a"), true);
  EXPECT_TRUE(third.fresh);
  EXPECT_EQ(third.flight, nullptr);
}

TEST_F(AnswerCacheTest, ALeaderThatIsGoneLeavesNothing) {
  std::shared_ptr<Flight> flight;
  int woken = 0;
  {
    auto first = cache_.look(key("a"), true);
    flight = cache_.look(key("a"), true).flight;
    ASSERT_NE(flight, nullptr);
    flight->wait([&] { ++woken; });
    const AnswerCache::Lead moved = std::move(first.lead);
  }
  EXPECT_EQ(woken, 1);
  EXPECT_EQ(flight->answer(), nullptr);
  flight->wait([&] { ++woken; });
  EXPECT_EQ(woken, 2) << "who comes too late is woken at once";
  EXPECT_EQ(cache_.look(key("a"), true).flight, nullptr) << "the next one leads";
}

TEST_F(AnswerCacheTest, WhoLeavesIsNotWoken) {
  auto first = cache_.look(key("a"), true);
  const auto flight = cache_.look(key("a"), true).flight;
  int woken = 0;
  const auto number = flight->wait([&] { ++woken; });
  flight->leave(number);
  first.lead.end(nullptr);
  EXPECT_EQ(woken, 0);
}

TEST_F(AnswerCacheTest, FormsFlyApart) {
  auto stream = cache_.look(key("a"), true, '2');
  EXPECT_EQ(cache_.look(key("a"), true, '0').flight, nullptr);
  EXPECT_NE(cache_.look(key("a"), true, '2').flight, nullptr);
}

TEST_F(AnswerCacheTest, WithoutCoalescingThereAreNoFlights) {
  const auto first = cache_.look(key("a"));
  EXPECT_EQ(cache_.look(key("a")).flight, nullptr);
}

TEST_F(AnswerCacheTest, ManyThreadsKeepTheBounds) {
  cache_.limit(100'000, 10'000);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([this, t] {
      for (int i = 0; i < 2'000; ++i) {
        const std::string name = std::to_string((i * 7 + t) % 97);
        auto found = cache_.look(key(name), true);
        if (found.flight) {
          found.flight->leave(found.flight->wait([] {}));
        } else if (!found.fresh) {
          const auto answer = make(std::string(1'000, 'x'));
          cache_.keep(key(name), answer);
          found.lead.end(answer);
        }
        if (i % 50 == 0) cache_.sweep();
      }
    });
  }
  for (auto& each : threads) each.join();
  EXPECT_LE(cache_.totals().bytes, 100'000U);
  EXPECT_GT(cache_.totals().entries, 0U);
  cache_.limit(0, 0);
  EXPECT_EQ(cache_.totals().bytes, 0U) << "every byte was counted in and out";
}

}  // namespace
}  // namespace pontage::chain::test
