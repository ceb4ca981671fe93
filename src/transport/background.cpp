#include "transport/background.hpp"

#include <csignal>

namespace pontage::transport {

Background::Background()
    : thread_([this] {
        sigset_t all;
        sigfillset(&all);
        pthread_sigmask(SIG_BLOCK, &all, nullptr);  // signals are the main thread's
        std::unique_lock lock(mutex_);
        while (true) {
          wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
          if (queue_.empty()) return;
          auto work = std::move(queue_.front());
          queue_.pop_front();
          lock.unlock();
          work();
          work = nullptr;
          lock.lock();
        }
      }) {}

Background::~Background() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void Background::submit(std::function<void()> work) {
  {
    const std::lock_guard lock(mutex_);
    queue_.push_back(std::move(work));
  }
  wake_.notify_one();
}

}  // namespace pontage::transport
