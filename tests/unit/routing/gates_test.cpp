// Caps and their queue: how many come in, who comes next, who may leave, and that no place is lost.
#include "routing/gates.hpp"

#include <gtest/gtest.h>

#include <condition_variable>
#include <thread>

namespace pontage::routing {
namespace {

class GatesTest : public ::testing::Test {
 protected:
  // A waiter that notes its name when it is woken.
  std::shared_ptr<Waiter> wait(const std::string& name, const std::string& group,
                               std::vector<Gate*> at, std::size_t most = 100) {
    auto waiter = std::make_shared<Waiter>();
    waiter->gates = std::move(at);
    waiter->group = group;
    waiter->wake = [this, name] { woken.push_back(name); };
    return gates.queue(waiter, most) ? waiter : nullptr;
  }
  Gate& gate(const char* name, int limit) {
    gates.set_limit(name, limit);
    return gates.of(name);
  }

  Gates gates;
  std::vector<std::string> woken;
};

TEST_F(GatesTest, SoManyAndNoMore) {
  Gate& door = gate("p", 2);
  Place first = gates.take(door);
  Place second = gates.take(door);
  EXPECT_TRUE(first.held() && second.held());
  EXPECT_FALSE(gates.take(door).held());
  EXPECT_EQ(door.used(), 2);
  Place moved = std::move(first);
  EXPECT_EQ(door.used(), 2);
  moved.release();
  moved.release();
  EXPECT_EQ(door.used(), 1);
  EXPECT_TRUE(gates.take(door).held());
  EXPECT_EQ(door.used(), 1);
}

TEST_F(GatesTest, WithoutALimitAllComeIn) {
  Gate& door = gates.of("p");
  std::vector<Place> places;
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(places.emplace_back(gates.take(door)).held());
}

TEST_F(GatesTest, FirstComeFirstServedWithinAKeyAndInTurnBetweenKeys) {
  Gate& door = gate("p", 1);
  Place place = gates.take(door);
  std::map<std::string, std::shared_ptr<Waiter>> all;
  for (const char* name : {"a1", "a2", "a3", "a4", "b1", "b2", "c1"})
    all[name] = wait(name, std::string(1, name[0]), {&door});
  const std::vector<std::string> expected = {"a1", "b1", "c1", "a2", "b2", "a3", "a4"};
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(woken.size(), i);
    place.release();
    ASSERT_EQ(woken.size(), i + 1);
    EXPECT_EQ(woken.back(), expected[i]);
    place = gates.leave_queue(*all[expected[i]]);
    EXPECT_TRUE(place.held());
    EXPECT_EQ(door.used(), 1);
  }
  place.release();
  EXPECT_EQ(door.used(), 0);
  EXPECT_EQ(gates.waiting(), 0U);
}

TEST_F(GatesTest, NobodyOvertakesThoseWhoWait) {
  Gate& door = gate("p", 2);
  Place first = gates.take(door);
  Place second = gates.take(door);
  auto waiter = wait("a", "", {&door});
  first.release();
  EXPECT_EQ(woken, (std::vector<std::string>{"a"}));
  EXPECT_FALSE(gates.take(door).held()) << "the place is the waiter's, also before it woke";
  EXPECT_TRUE(gates.leave_queue(*waiter).held());
  EXPECT_TRUE(gates.take(door).held());
}

TEST_F(GatesTest, TheQueueIsBounded) {
  Gate& door = gate("p", 1);
  Place place = gates.take(door);
  EXPECT_NE(wait("a", "", {&door}, 2), nullptr);
  EXPECT_NE(wait("b", "", {&door}, 2), nullptr);
  EXPECT_EQ(wait("c", "", {&door}, 2), nullptr);
  EXPECT_EQ(wait("d", "", {&door}, 0), nullptr);
  EXPECT_EQ(gates.waiting(), 2U);
}

TEST_F(GatesTest, WhoLeavesIsNotWokenAndWhoLeavesTooLateHasAPlace) {
  Gate& door = gate("p", 1);
  Place place = gates.take(door);
  auto gone = wait("gone", "", {&door});
  auto next = wait("next", "", {&door});
  EXPECT_FALSE(gates.leave_queue(*gone).held());
  place.release();
  EXPECT_EQ(woken, (std::vector<std::string>{"next"}));
  {
    const Place late = gates.leave_queue(*next);
    EXPECT_TRUE(late.held());
    EXPECT_EQ(door.used(), 1);
  }
  EXPECT_EQ(door.used(), 0);
  EXPECT_TRUE(gates.take(door).held());
}

TEST_F(GatesTest, OnePlaceOfSeveralGatesIsEnough) {
  Gate& one = gate("p", 1);
  Gate& two = gate("q", 1);
  Place at_one = gates.take(one);
  Place at_two = gates.take(two);
  auto both = wait("both", "", {&one, &two});
  auto only = wait("only", "", {&one});
  at_two.release();
  EXPECT_EQ(woken, (std::vector<std::string>{"both"}));
  const Place got = gates.leave_queue(*both);
  EXPECT_EQ(got.gate(), &two);
  at_one.release();
  EXPECT_EQ(woken, (std::vector<std::string>{"both", "only"}));
  EXPECT_EQ(gates.leave_queue(*only).gate(), &one);
  EXPECT_EQ(one.used(), 0);
  EXPECT_EQ(two.used(), 1);
}

TEST_F(GatesTest, AHigherLimitLetsWaitersIn) {
  Gate& door = gate("p", 1);
  Place place = gates.take(door);
  auto first = wait("a", "", {&door});
  auto second = wait("b", "", {&door});
  gates.set_limit("p", 2);
  EXPECT_EQ(woken, (std::vector<std::string>{"a"}));
  gates.set_limit("p", 0);
  EXPECT_EQ(woken, (std::vector<std::string>{"a", "b"}));
  gates.leave_queue(*first);
  gates.leave_queue(*second);
  EXPECT_EQ(door.used(), 1);
}

// Threads that take, wait and leave: never more than the limit, and nothing is lost at the end.
TEST_F(GatesTest, ManyThreads) {
  Gate& door = gate("p", 3);
  std::atomic<int> inside{0};
  std::atomic<int> most{0};
  std::atomic<int> served{0};
  const auto work = [&](int thread) {
    for (int i = 0; i < 2'000; ++i) {
      Place place = gates.take(door);
      if (!place.held()) {
        struct Signal {
          std::mutex mutex;
          std::condition_variable changed;
          bool on = false;
        };
        auto signal = std::make_shared<Signal>();
        auto waiter = std::make_shared<Waiter>();
        waiter->gates = {&door};
        waiter->group = std::to_string(thread);
        waiter->wake = [signal] {
          const std::lock_guard lock(signal->mutex);
          signal->on = true;
          signal->changed.notify_one();
        };
        if (!gates.queue(waiter, 100)) continue;
        if (i % 5 != 0) {  // the others leave at once
          std::unique_lock lock(signal->mutex);
          signal->changed.wait(lock, [&] { return signal->on; });
        }
        place = gates.leave_queue(*waiter);
        if (!place.held()) continue;
      }
      const int now = inside.fetch_add(1) + 1;
      int held = most.load();
      while (held < now && !most.compare_exchange_weak(held, now)) {
      }
      served.fetch_add(1);
      inside.fetch_sub(1);
    }
  };
  std::vector<std::jthread> threads;
  for (int t = 0; t < 6; ++t) threads.emplace_back(work, t);
  threads.clear();
  EXPECT_LE(most.load(), 3);
  EXPECT_GT(served.load(), 6'000);
  EXPECT_EQ(door.used(), 0);
  EXPECT_EQ(gates.waiting(), 0U);
}

}  // namespace
}  // namespace pontage::routing
