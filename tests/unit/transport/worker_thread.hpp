// A worker on a thread of its own, and a server on it, for tests that stand outside.
#pragma once

#include <charconv>
#include <coroutine>
#include <functional>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "support/blocking_socket.hpp"
#include "transport/listener.hpp"
#include "transport/worker.hpp"

namespace pontage::transport {

using test::body_of;
using test::has_line;
using test::status_of;
using test::unchunked;

class WorkerThread {
 public:
  WorkerThread() {
    worker.on_escaped_exception = [this](const char* what) { escaped.emplace_back(what); };
  }
  ~WorkerThread() { stop(); }
  WorkerThread(const WorkerThread&) = delete;
  WorkerThread& operator=(const WorkerThread&) = delete;

  void start() {
    thread_ = std::thread([this] { worker.run(); });
  }
  /// Returns when everything spawned has ended.
  void stop() {
    if (!thread_.joinable()) return;
    worker.stop();
    thread_.join();
  }
  /// Runs `work` on the worker and waits for its result.
  template <class F>
  auto call(F work) {
    std::packaged_task<decltype(work())()> task(std::move(work));
    auto result = task.get_future();
    worker.post([&task] { task(); });
    return result.get();
  }
  /// Starts a task on the worker.
  template <class T>
  std::future<T> start_task(std::function<Task<T>()> make) {
    auto promise = std::make_shared<std::promise<T>>();
    auto result = promise->get_future();
    worker.post(
        [this, promise, make = std::move(make)] { worker.spawn(fulfil<T>(make, promise)); });
    return result;
  }

  Worker worker{0};
  std::vector<std::string> escaped;  ///< what() of exceptions; read it after stop()

 private:
  template <class T>
  static Task<void> fulfil(std::function<Task<T>()> make,
                           std::shared_ptr<std::promise<T>> promise) {
    promise->set_value(co_await make());
  }
  std::thread thread_;
};

class TestServer {
 public:
  explicit TestServer(Handler handler, ListenerOptions options = {}) {
    options.address = "127.0.0.1:0";
    if (!options.error_body) {
      options.error_body = [](const Error& error, std::string_view path) {
        return std::string(code_name(error.code)) + " " + std::string(path) + ": " + error.detail;
      };
    }
    auto opened = Listener::open(thread.worker, options, std::move(handler));
    if (!opened) throw std::runtime_error(opened.error());
    listener = std::move(*opened);
    const std::string address = listener->address();
    const auto colon = address.rfind(':') + 1;
    std::from_chars(address.data() + colon, address.data() + address.size(), port);
    thread.start();
  }
  ~TestServer() { stop(); }
  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;

  void stop() {
    if (stopped_) return;
    stopped_ = true;
    thread.call([this] {
      listener->drain();
      listener->abort_all();
    });
    thread.stop();
  }
  [[nodiscard]] test::BlockingSocket connect(int receive_buffer = 0) const {
    return test::BlockingSocket::connect_to(port, receive_buffer);
  }
  /// One request over a connection of its own: all that came back until the end.
  [[nodiscard]] std::string ask(std::string_view request) const {
    auto client = connect();
    client.send(request);
    return client.read_to_end();
  }

  WorkerThread thread;
  std::unique_ptr<Listener> listener;
  std::uint16_t port = 0;

 private:
  bool stopped_ = false;
};

/// Waits until somebody else, on the same worker, opens it.
class Gate {
 public:
  explicit Gate(Worker& worker) : sleep_(worker, SteadyTime::max()) {}
  void open() { sleep_.cancel(); }
  Sleep& wait() { return sleep_; }

 private:
  Sleep sleep_;
};

}  // namespace pontage::transport
