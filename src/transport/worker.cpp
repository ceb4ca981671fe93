#include "transport/worker.hpp"

#include <boost/asio/post.hpp>
#include <boost/version.hpp>

#include "transport/worker_loop.hpp"

namespace pontage::transport {
namespace {

// Owns itself: the frame is freed when the task has ended.
struct Detached {
  struct promise_type {
    Detached get_return_object() noexcept { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() noexcept {}
    void unhandled_exception() noexcept { std::terminate(); }  // drive() catches everything
  };
};

Detached drive(Worker& worker, Task<void> task) {
  ++worker.loop().tasks;
  try {
    co_await task;
  } catch (const std::exception& problem) {
    if (worker.on_escaped_exception) worker.on_escaped_exception(problem.what());
  } catch (...) {
    if (worker.on_escaped_exception) worker.on_escaped_exception("unknown exception");
  }
  if (--worker.loop().tasks == 0 && worker.loop().stopping) worker.loop().release();
}

}  // namespace

void WorkerLoop::arm_wake() {
  if (!guard) return;
  const SteadyTime at = wheel.next_wake();
  if (at == SteadyTime::max() || at >= armed_for) return;  // an earlier wake-up will look again
  armed_for = at;
  wake.expires_at(at);
  wake.async_wait([this](boost::system::error_code problem) {
    if (problem) return;  // replaced by an earlier one
    armed_for = SteadyTime::max();
    wheel.advance(std::chrono::steady_clock::now());
    arm_wake();
  });
}

void WorkerLoop::release() {
  guard.reset();
  wheel.on_earlier = nullptr;
  wake.cancel();
}

Worker::Worker(int index) : index_(index), loop_(std::make_unique<WorkerLoop>()) {
  loop_->wheel.on_earlier = [loop = loop_.get()] { loop->arm_wake(); };
}

Worker::~Worker() = default;

void Worker::run() {
  loop_->io.run();
}

void Worker::stop() {
  asio::post(loop_->io, [this] {
    loop_->stopping = true;
    if (loop_->tasks == 0) loop_->release();
  });
}

void Worker::post(std::function<void()> work) {
  asio::post(loop_->io, std::move(work));
}
void Worker::spawn(Task<void> task) {
  drive(*this, std::move(task));
}
std::string library_version() {
  return std::to_string(BOOST_VERSION / 100000) + "." + std::to_string(BOOST_VERSION / 100 % 1000);
}
std::size_t Worker::tasks() const {
  return loop_->tasks;
}
TimerWheel& Worker::timers() {
  return loop_->wheel;
}

}  // namespace pontage::transport
