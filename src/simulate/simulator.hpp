// The simulated provider: a real server on a real port that speaks OpenAI chat and Anthropic
// messages, answers seeded text at a set pace, and misbehaves exactly as a fault script says. Its
// request log tells what a client really sent.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.hpp"
#include "simulate/logged_request.hpp"

namespace pontage::simulate {

struct Options {
  std::string host = "127.0.0.1";      ///< an IPv4 or IPv6 address
  std::uint16_t port = 0;              ///< 0: a free one
  std::uint64_t seed = 1;              ///< same seed, model and messages: same answer
  Millis ttft{0};                      ///< from the whole request to the first content
  double tokens_per_second = 0;        ///< 0: as fast as possible
  int tokens = 32;                     ///< length of an answer
  std::string name = "simulated";      ///< in `Server:` and in `/_sim/health`
  std::size_t log_limit = 10'000;      ///< requests kept; the oldest go first
  std::size_t log_bytes = 64UL << 20;  ///< bytes of bodies and headers kept in all
  bool delay_plain = true;  ///< a non-streamed answer waits as long as its stream would take
  std::string require_key;  ///< when set, another credential gets 401
  std::string fault;        ///< script for every model that has none of its own
};

struct Stats {
  std::uint64_t connections_accepted = 0;
  std::uint64_t connections_open = 0;
  std::uint64_t requests = 0;  ///< since the start; clear() does not reset it
};

/// Thread-safe. Everything on the network happens on one thread of its own.
class Simulator {
 public:
  static std::expected<std::unique_ptr<Simulator>, std::string> start(const Options& options);
  ~Simulator();  ///< stops and joins
  Simulator(const Simulator&) = delete;
  Simulator& operator=(const Simulator&) = delete;

  [[nodiscard]] std::uint16_t port() const;
  [[nodiscard]] std::string base_url() const;  ///< `http://127.0.0.1:PORT`, without `/v1`
  void stop();                                 ///< closes every connection; the log stays readable

  [[nodiscard]] std::vector<LoggedRequest> requests() const;  ///< oldest first
  [[nodiscard]] std::vector<LoggedRequest> requests(std::string_view model) const;
  [[nodiscard]] Stats stats() const;
  void clear();  ///< empties the log; counters of `times` and `every` start again

  /// For one model (with or without its own `!…`), or for all others (`*`). An empty script takes
  /// the fault away. A script that does not parse is kept too: every request it concerns gets a 400
  /// that quotes the mistake.
  std::expected<void, std::string> set_fault(std::string_view model, std::string_view script);
  std::expected<void, std::string> set_default_fault(std::string_view script);

  /// False: new connections are refused by the kernel, open ones go on. True: listens on the same
  /// port again.
  std::expected<void, std::string> set_listening(bool on);

  /// Waits until `count` requests stand in the log (ended: until they are over too). False when
  /// `limit` passes first.
  bool wait_for(std::size_t count, Millis limit) const;
  bool wait_for_ended(std::size_t count, Millis limit) const;

 private:
  struct Parts;
  explicit Simulator(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

/// The fault language as a table for `--help`; docs/simulate.md has the same rows.
std::string describe_faults();

}  // namespace pontage::simulate
