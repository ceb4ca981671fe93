// TimerWheel with times that the test makes up: never early, never lost, cheap to move.
#include "transport/timer_wheel.hpp"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <random>
#include <vector>

namespace pontage::transport {
namespace {

SteadyTime at(std::int64_t ms) {
  return SteadyTime{} + std::chrono::hours(1) + Millis(ms);
}

struct Fired {
  explicit Fired(TimerWheel& on) : wheel(on) {}
  TimerWheel& wheel;
  int count = 0;
  Timer timer{[this] { ++count; }};
};

TEST(TimerWheel, FiresOnceAndNeverEarly) {
  TimerWheel wheel(at(0));
  Fired fired(wheel);
  fired.timer.arm(wheel, at(25));
  EXPECT_TRUE(fired.timer.armed());
  wheel.advance(at(20));
  wheel.advance(at(24));
  EXPECT_EQ(fired.count, 0);
  wheel.advance(at(30));
  EXPECT_EQ(fired.count, 1);
  EXPECT_FALSE(fired.timer.armed());
  wheel.advance(at(20'000));
  EXPECT_EQ(fired.count, 1);
  EXPECT_EQ(wheel.armed(), 0U);
}

TEST(TimerWheel, SaysWhenToComeBack) {
  TimerWheel wheel(at(0));
  EXPECT_EQ(wheel.next_wake(), SteadyTime::max());
  Fired late(wheel);
  Fired early(wheel);
  int earlier = 0;
  wheel.on_earlier = [&] { ++earlier; };
  late.timer.arm(wheel, at(500));
  EXPECT_EQ(wheel.next_wake(), at(500));
  early.timer.arm(wheel, at(41));
  EXPECT_EQ(wheel.next_wake(), at(50));
  EXPECT_EQ(earlier, 2);
  early.timer.disarm();
  wheel.advance(at(60));
  EXPECT_EQ(early.count, 0);
  EXPECT_EQ(wheel.next_wake(), at(500));
  late.timer.disarm();
  EXPECT_EQ(wheel.next_wake(), SteadyTime::max());
}

TEST(TimerWheel, DeadlinesMoveBothWays) {
  TimerWheel wheel(at(0));
  Fired fired(wheel);
  fired.timer.arm(wheel, at(100));
  fired.timer.arm(wheel, at(300));
  wheel.advance(at(299));
  EXPECT_EQ(fired.count, 0);
  fired.timer.arm(wheel, at(900));
  fired.timer.arm(wheel, at(320));
  wheel.advance(at(319));
  EXPECT_EQ(fired.count, 0);
  wheel.advance(at(320));
  EXPECT_EQ(fired.count, 1);
  EXPECT_EQ(wheel.armed(), 0U);
}

TEST(TimerWheel, WaitsForManyTurns) {
  for (const std::int64_t deadline : {5'090, 5'100, 5'110, 5'120, 5'130, 10'240, 75'000, 600'000}) {
    TimerWheel wheel(at(0));
    Fired fired(wheel);
    fired.timer.arm(wheel, at(deadline));
    SteadyTime now = at(0);
    while (wheel.next_wake() < at(deadline)) {
      ASSERT_GT(wheel.next_wake(), now) << "no way forward with " << deadline;
      now = wheel.next_wake();
      wheel.advance(now);
      ASSERT_EQ(fired.count, 0) << deadline;
    }
    wheel.advance(at(deadline + 10));
    EXPECT_EQ(fired.count, 1) << deadline;
  }
}

TEST(TimerWheel, NeverIsADeadlineToo) {
  TimerWheel wheel(SteadyTime{});
  Fired fired(wheel);
  fired.timer.arm(wheel, SteadyTime::max());
  wheel.advance(at(1'000'000));
  EXPECT_EQ(fired.count, 0);
  EXPECT_TRUE(fired.timer.armed());
}

TEST(TimerWheel, TimesOfThePastFireAtTheNextLook) {
  TimerWheel wheel(at(0));
  wheel.advance(at(1'000));
  Fired fired(wheel);
  fired.timer.arm(wheel, at(10));
  EXPECT_EQ(fired.count, 0);
  wheel.advance(at(1'010));
  EXPECT_EQ(fired.count, 1);
}

TEST(TimerWheel, CallbacksArmAndDisarm) {
  TimerWheel wheel(at(0));
  int beats = 0;
  std::unique_ptr<Timer> beat;
  beat = std::make_unique<Timer>([&] {
    ++beats;
    beat->arm(wheel, at(10 * beats));  // already past: fires again with the next tick, not now
  });
  beat->arm(wheel, at(10));
  wheel.advance(at(10));
  EXPECT_EQ(beats, 1);
  wheel.advance(at(100));
  EXPECT_GE(beats, 2);
  EXPECT_LE(beats, 11);
  beat->disarm();

  // Two of one slot: the first to fire takes the other away.
  std::vector<std::unique_ptr<Timer>> pair;
  int fired = 0;
  for (std::size_t i = 0; i < 2; ++i) {
    pair.push_back(std::make_unique<Timer>([&, i] {
      ++fired;
      pair[1 - i]->disarm();
    }));
  }
  for (auto& each : pair) each->arm(wheel, at(200));
  wheel.advance(at(200));
  EXPECT_EQ(fired, 1);
  EXPECT_EQ(wheel.armed(), 0U);

  // A callback that moves another one of its slot away, and a turn further.
  Fired other(wheel);
  Timer mover([&] { other.timer.arm(wheel, at(300 + 5'120)); });
  other.timer.arm(wheel, at(300));
  mover.arm(wheel, at(300));
  wheel.advance(at(300));
  EXPECT_EQ(other.count, 0);
  wheel.advance(at(300 + 5'120));
  EXPECT_EQ(other.count, 1);
}

TEST(TimerWheel, ATimerTakesItselfAwayWhenItDies) {
  TimerWheel wheel(at(0));
  int fired = 0;
  {
    Timer timer([&] { ++fired; });
    timer.arm(wheel, at(50));
    EXPECT_EQ(wheel.armed(), 1U);
  }
  EXPECT_EQ(wheel.armed(), 0U);
  wheel.advance(at(100));
  EXPECT_EQ(fired, 0);
}

// Against a map of deadlines: after each advance exactly those have fired that were due at a tick.
TEST(TimerWheel, AgreesWithANaiveModel) {
  std::mt19937 random(7);
  TimerWheel wheel(at(0));
  constexpr std::size_t kTimers = 200;
  std::vector<std::unique_ptr<Timer>> timers;
  std::vector<int> fired(kTimers, 0);
  std::map<std::size_t, std::int64_t> model;
  std::int64_t now = 0;
  for (std::size_t i = 0; i < kTimers; ++i) {
    timers.push_back(std::make_unique<Timer>([&, i] {
      ++fired[i];
      ASSERT_TRUE(model.contains(i)) << "fired twice, or was disarmed";
      ASSERT_LE(model[i], now) << "early";
      model.erase(i);
    }));
  }
  for (int step = 0; step < 3'000; ++step) {
    const std::size_t i = random() % kTimers;
    if (random() % 4 == 0) {
      timers[i]->disarm();
      model.erase(i);
    } else {
      const std::int64_t deadline =
          now + static_cast<std::int64_t>(random() % (random() % 3 == 0 ? 20'000 : 300));
      timers[i]->arm(wheel, at(deadline));
      model[i] = deadline;
    }
    ASSERT_EQ(wheel.armed(), model.size());
    now += static_cast<std::int64_t>(random() % (random() % 50 == 0 ? 9'000 : 40));
    wheel.advance(at(now));
    for (const auto& [which, deadline] : model) {
      ASSERT_GT(deadline + 20, now) << "timer " << which << " is late";
    }
    if (!model.empty()) ASSERT_LT(wheel.next_wake(), SteadyTime::max());
  }
}

}  // namespace
}  // namespace pontage::transport
