// One accepted socket: reads requests, plays their scripts, and tells its server when to come back.
// It never blocks and never closes the descriptor itself except by being destroyed.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "simulate/request_parser.hpp"
#include "simulate/script.hpp"
#include "simulate/socket.hpp"

namespace pontage::simulate {

class Connection {
 public:
  /// What the server does next with this connection.
  struct Turn {
    enum class Kind : std::uint8_t { kIdle, kTimer, kAgain, kClose };
    Kind kind = Kind::kIdle;
    SteadyTime at{};  ///< kTimer
  };
  using Plan = std::function<std::unique_ptr<Script>(WireRequest&&)>;
  using PlanBad = std::function<std::unique_ptr<Script>(int)>;

  Connection(std::uint64_t id, Descriptor fd, const Plan& plan, const PlanBad& plan_bad);
  ~Connection();  ///< a script that still plays ends as kStopped
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  Turn on_readable();
  Turn on_writable();
  Turn on_timer();
  Turn go_on();  ///< after kAgain, or when a waiting script shall be asked again

  [[nodiscard]] std::uint64_t id() const { return id_; }
  [[nodiscard]] int fd() const { return fd_.get(); }
  [[nodiscard]] std::uint32_t wanted_events() const;

  std::uint64_t generation = 0;      ///< of its timer; the server's
  std::uint32_t watched_events = 0;  ///< registered with epoll; the server's

 private:
  enum class State : std::uint8_t { kReading, kPlaying, kDraining };
  enum class Sent : std::uint8_t { kAll, kBlocked, kGone };
  bool fill();
  Turn run();
  bool next_request(Turn& turn);
  bool play(Turn& turn);
  bool perform(Turn& turn);
  Sent flush();
  void end_script(Ending::Kind kind);
  Turn lost();

  std::uint64_t id_;
  Descriptor fd_;
  const Plan& plan_;
  const PlanBad& plan_bad_;
  State state_ = State::kReading;
  RequestParser parser_;
  std::string in_;
  std::string out_;
  std::size_t out_at_ = 0;
  std::unique_ptr<Script> script_;
  Step step_;               // the step in force; kMore when the script is to be asked
  std::uint64_t sent_ = 0;  // by the script in play
  std::uint32_t requests_ = 0;
  SteadyTime drain_until_{};
  SteadyTime idle_until_{};
  SteadyTime reset_until_{};
  bool blocked_ = false;
  bool end_of_input_ = false;
};

}  // namespace pontage::simulate
