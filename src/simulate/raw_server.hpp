// A TCP server with full control over bytes: one thread, one epoll loop, a script a connection. It
// can do what a proper HTTP server must not: reset, fall silent, close half-way, write single
// bytes. What to say is the scripts' business.
#pragma once

#include <atomic>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "simulate/connection.hpp"
#include "simulate/request_parser.hpp"
#include "simulate/script.hpp"
#include "simulate/socket.hpp"
#include "simulate/timer_queue.hpp"

namespace pontage::simulate {

class RawServer {
 public:
  struct Settings {
    std::string host = "127.0.0.1";
    std::uint16_t port = 0;
    std::function<std::unique_ptr<Script>(WireRequest&&)> plan;  ///< on the loop; never null
    std::function<std::unique_ptr<Script>(int status)>
        plan_bad;  ///< what is no request; the script must end in kFin
  };

  /// Binds and listens; nothing is accepted before run().
  static std::expected<std::unique_ptr<RawServer>, std::string> create(Settings settings);
  void run();  ///< starts the thread; once
  ~RawServer();
  RawServer(const RawServer&) = delete;
  RawServer& operator=(const RawServer&) = delete;

  void stop();  ///< closes everything and joins; may be called twice
  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::uint64_t accepted() const { return accepted_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t open() const { return open_.load(std::memory_order_relaxed); }

  std::expected<void, std::string> set_listening(bool on);  ///< from any other thread
  void wake(std::uint64_t connection);  ///< only on the loop: asks a waiting script again

 private:
  explicit RawServer(Settings settings);
  std::expected<void, std::string> prepare();
  std::expected<void, std::string> listen_now();
  void loop();
  void on_wake_up();
  void accept_all();
  void on_connection(std::uint64_t id, std::uint32_t events);
  void fire_timers(SteadyTime now);
  void arm_timer();
  void settle(Connection& connection, Connection::Turn turn);

  Settings settings_;
  std::uint16_t port_ = 0;
  Descriptor epoll_;
  Descriptor timer_;
  Descriptor wake_;
  Descriptor listener_;
  Descriptor reserve_;  // given up for a moment when there are no descriptors left, so that accept
                        // cannot spin
  TimerQueue timers_;
  SteadyTime armed_{};
  std::unordered_map<std::uint64_t, std::unique_ptr<Connection>> connections_;
  std::vector<std::uint64_t> ready_;  // connections to go on with before the next wait
  std::uint64_t last_id_ = 0;
  std::atomic<std::uint64_t> accepted_{0};
  std::atomic<std::uint64_t> open_{0};
  std::atomic<bool> stopping_{false};
  std::mutex posted_mutex_;
  std::vector<std::function<void()>> posted_;
  std::thread thread_;
};

}  // namespace pontage::simulate
