// One helper thread for work that would hold a worker longer than a millisecond (long token counts,
// scrapes).
#pragma once

#include <condition_variable>
#include <coroutine>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>

#include "transport/worker.hpp"

namespace pontage::transport {

class Background {
 public:
  Background();
  ~Background();  ///< finishes what is queued
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;
  void submit(std::function<void()> work);  ///< thread-safe

  /// `co_await background.run(worker, work)`: `work` runs on the helper, the coroutine goes on on
  /// its worker.
  struct Run {
    Background& background;
    Worker& worker;
    std::function<void()> work;
    [[nodiscard]] bool await_ready() const { return false; }
    void await_suspend(std::coroutine_handle<> waiter) {
      background.submit([this, waiter] {
        try {
          work();
        } catch (...) {
          thrown = std::current_exception();
        }
        worker.post([waiter] { waiter.resume(); });
      });
    }
    void await_resume() const {
      if (thrown) std::rethrow_exception(thrown);
    }
    std::exception_ptr thrown{};
  };
  Run run(Worker& worker, std::function<void()> work) {
    return Run{*this, worker, std::move(work), {}};
  }

 private:
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> queue_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace pontage::transport
