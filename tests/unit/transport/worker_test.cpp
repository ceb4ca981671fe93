// Worker, Sleep, Nursery and Background: what starts on a worker ends on it.
#include "transport/worker.hpp"

#include <gtest/gtest.h>

#include "transport/background.hpp"
#include "transport/nursery.hpp"
#include "unit/transport/worker_thread.hpp"

namespace pontage::transport {
namespace {

SteadyTime in(Millis time) {
  return std::chrono::steady_clock::now() + time;
}

TEST(Worker, StopWaitsForWhatWasSpawned) {
  WorkerThread thread;
  bool ended = false;
  thread.start();
  thread.call([&] {
    thread.worker.spawn([](Worker& worker, bool& done) -> Task<void> {
      Sleep sleep(worker, in(Millis(30)));
      done = co_await sleep;
    }(thread.worker, ended));
  });
  thread.stop();
  EXPECT_TRUE(ended);
  EXPECT_EQ(thread.worker.tasks(), 0U);
}

TEST(Worker, ReportsExceptionsAndGoesOn) {
  WorkerThread thread;
  thread.start();
  thread.call([&] {
    thread.worker.spawn([]() -> Task<void> {
      throw std::runtime_error("first");
      co_return;
    }());
    thread.worker.spawn([]() -> Task<void> {
      throw 7;
      co_return;
    }());
  });
  EXPECT_EQ(thread.call([&] { return thread.worker.tasks(); }), 0U);
  thread.stop();
  EXPECT_EQ(thread.escaped, (std::vector<std::string>{"first", "unknown exception"}));
}

TEST(Sleep, EndsByTimeOrByCancel) {
  WorkerThread thread;
  thread.start();
  const auto slept = [&](Millis time, int cancels, bool before) {
    return thread
        .start_task<bool>([&, time, cancels, before]() -> Task<bool> {
          Sleep sleep(thread.worker, in(time));
          const auto cancel = [&sleep, cancels] {
            for (int i = 0; i < cancels; ++i) sleep.cancel();
          };
          if (before) {
            cancel();
          } else if (cancels > 0) {
            thread.worker.post(cancel);
          }
          co_return co_await sleep;
        })
        .get();
  };
  EXPECT_TRUE(slept(Millis(0), 0, false));
  EXPECT_TRUE(slept(Millis(20), 0, false));
  EXPECT_TRUE(slept(Millis(-5), 0, false));
  EXPECT_FALSE(slept(Millis(600'000), 1, false));
  EXPECT_FALSE(slept(Millis(600'000), 2, false));
  EXPECT_FALSE(slept(Millis(600'000), 1, true));
}

TEST(Sleep, ManyInTheOrderOfTheirTimes) {
  WorkerThread thread;
  thread.start();
  std::vector<int> order;
  thread.call([&] {
    const auto start = std::chrono::steady_clock::now();
    for (const int ms : {90, 30, 60, 0}) {
      thread.worker.spawn(
          [](Worker& worker, SteadyTime until, int which, std::vector<int>& out) -> Task<void> {
            Sleep sleep(worker, until);
            co_await sleep;
            out.push_back(which);
          }(thread.worker, start + Millis(ms), ms, order));
    }
  });
  thread.stop();
  EXPECT_EQ(order, (std::vector<int>{0, 30, 60, 90}));
}

TEST(Nursery, JoinWaitsForAll) {
  WorkerThread thread;
  thread.start();
  const int sum = thread
                      .start_task<int>([&]() -> Task<int> {
                        Nursery nursery(thread.worker);
                        int total = 0;
                        co_await nursery.join();  // nothing to wait for
                        for (const int ms : {20, 0, 10}) {
                          nursery.start([](Worker& worker, int wait, int& out) -> Task<void> {
                            Sleep sleep(worker, in(Millis(wait)));
                            if (wait > 0) co_await sleep;
                            out += wait;
                          }(thread.worker, ms, total));
                        }
                        EXPECT_EQ(nursery.running(), 2);
                        co_await nursery.join();
                        co_return total;
                      })
                      .get();
  EXPECT_EQ(sum, 30);
}

TEST(Nursery, ATaskThatThrowsHasEndedToo) {
  WorkerThread thread;
  thread.start();
  thread
      .start_task<bool>([&]() -> Task<bool> {
        Nursery nursery(thread.worker);
        nursery.start([](Worker& worker) -> Task<void> {
          Sleep sleep(worker, in(Millis(10)));
          co_await sleep;
          throw std::runtime_error("side task");
        }(thread.worker));
        co_await nursery.join();
        co_return true;
      })
      .get();
  thread.stop();
  EXPECT_EQ(thread.escaped, std::vector<std::string>{"side task"});
}

TEST(Background, RunsElsewhereAndComesBack) {
  WorkerThread thread;
  thread.start();
  Background background;
  const bool right =
      thread
          .start_task<bool>([&]() -> Task<bool> {
            const auto here = std::this_thread::get_id();
            std::thread::id there = here;
            std::function<void()> work = [&there] { there = std::this_thread::get_id(); };
            co_await background.run(thread.worker, work);
            co_return there != here&& std::this_thread::get_id() == here;
          })
          .get();
  EXPECT_TRUE(right);
}

TEST(Background, AnExceptionComesBackToo) {
  WorkerThread thread;
  thread.start();
  Background background;
  const std::string what =
      thread
          .start_task<std::string>([&]() -> Task<std::string> {
            std::function<void()> work = [] { throw std::runtime_error("too long"); };
            try {
              co_await background.run(thread.worker, work);
            } catch (const std::exception& problem) {
              co_return problem.what();
            }
            co_return "";
          })
          .get();
  EXPECT_EQ(what, "too long");
}

TEST(Background, FinishesWhatIsQueued) {
  int done = 0;
  {
    Background background;
    for (int i = 0; i < 100; ++i) background.submit([&done] { ++done; });
  }
  EXPECT_EQ(done, 100);
}

}  // namespace
}  // namespace pontage::transport
