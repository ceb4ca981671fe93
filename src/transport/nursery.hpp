// Side tasks of one exchange, joined before it settles: nothing that an exchange started outlives
// it.
#pragma once

#include <coroutine>
#include <utility>

#include "transport/worker.hpp"

namespace pontage::transport {

class Nursery {
 public:
  explicit Nursery(Worker& worker) : worker_(worker) {}
  Nursery(const Nursery&) = delete;
  Nursery& operator=(const Nursery&) = delete;

  void start(Task<void> task) {
    ++running_;
    worker_.spawn(watch(std::move(task)));
  }
  [[nodiscard]] int running() const { return running_; }

  /// `co_await nursery.join()`: goes on when no task is left.
  struct Join {
    Nursery& nursery;
    [[nodiscard]] bool await_ready() const { return nursery.running_ == 0; }
    void await_suspend(std::coroutine_handle<> waiter) { nursery.waiter_ = waiter; }
    void await_resume() const {}
  };
  Join join() { return Join{*this}; }

 private:
  Task<void> watch(Task<void> task) {
    try {
      co_await task;
    } catch (...) {
      ended();
      throw;  // to the worker, which reports it
    }
    ended();
  }
  void ended() {
    if (--running_ == 0 && waiter_) std::exchange(waiter_, nullptr).resume();
  }
  Worker& worker_;
  int running_ = 0;
  std::coroutine_handle<> waiter_;
};

}  // namespace pontage::transport
