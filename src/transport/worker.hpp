// A worker: one thread, one event loop, one timer wheel. Whatever starts on a worker ends on it;
// the only thing another thread may do is post.
#pragma once

#include <coroutine>
#include <functional>
#include <memory>
#include <string>

#include "core/clock.hpp"
#include "pontage/core/task.hpp"
#include "transport/timer_wheel.hpp"

namespace pontage::transport {

struct WorkerLoop;  // the Asio side, seen only inside this room

class Worker {
 public:
  explicit Worker(int index);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  void
  run();  ///< on the worker's own thread; returns after stop(), when everything spawned has ended
  void stop();                            ///< thread-safe; no new work keeps the loop alive
  void post(std::function<void()> work);  ///< thread-safe
  /// Starts a coroutine on this worker (worker's thread only). An exception that escapes it is
  /// logged, not thrown.
  void spawn(Task<void> task);
  [[nodiscard]] int index() const { return index_; }
  [[nodiscard]] std::size_t tasks() const;  ///< spawned and not ended; worker's thread only
  TimerWheel& timers();
  WorkerLoop& loop() { return *loop_; }
  /// Called on the worker's thread with what() of an exception that escaped a spawned task.
  std::function<void(const char*)> on_escaped_exception;

 private:
  int index_;
  std::unique_ptr<WorkerLoop> loop_;
};

std::string library_version();  ///< of Boost, "1.81"

/// Suspends a coroutine until a time, or until cancel().
class Sleep {
 public:
  Sleep(Worker& worker, SteadyTime until)
      : worker_(worker), until_(until), timer_([this] { wake(); }) {}
  /// From the loop, never from inside this call, so that a callback may cancel whatever it does not
  /// know.
  void cancel() {
    if (cancelled_) return;
    cancelled_ = true;
    timer_.disarm();
    if (waiter_) worker_.post([this] { wake(); });
  }
  [[nodiscard]] bool await_ready() const { return cancelled_; }
  void await_suspend(std::coroutine_handle<> waiter) {
    waiter_ = waiter;
    timer_.arm(worker_.timers(), until_);
  }
  bool await_resume() const { return !cancelled_; }  ///< true: the time has come

 private:
  void wake() {
    if (waiter_) std::exchange(waiter_, nullptr).resume();
  }
  Worker& worker_;
  SteadyTime until_;
  Timer timer_;
  std::coroutine_handle<> waiter_;
  bool cancelled_ = false;
};

}  // namespace pontage::transport
