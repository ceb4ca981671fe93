// What a target's recent past says about asking it again: a circuit breaker, the rest that a 429
// asks for, and an operator's word that it is down. Process-wide and shared by all workers:
// atomics, no lock, no I/O; the clock is the caller's. A race between two outcomes may cost one
// count, never a wrong state for good.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>

#include "config/fields.hpp"
#include "core/clock.hpp"
#include "core/defaults.hpp"

namespace pontage::routing {

struct BreakerSettings {
  bool on = true;
  int failures = defaults::kBreakerFailures;        ///< in a row
  double error_rate = defaults::kBreakerErrorRate;  ///< of at least `requests` in the window
  int requests = defaults::kBreakerRequests;
  Millis window = defaults::kBreakerWindow;
  Millis open = defaults::kBreakerOpen;    ///< the first time; doubles, up to eight times
  Millis rest = defaults::kRateLimitRest;  ///< after a 429 that names no time
};

const config::StructDoc& breaker_doc();
/// A map, or `off`.
void read_breaker(const config::Node& node, BreakerSettings& out, config::Diagnostics& diagnostics);

class Breaker {
 public:
  enum class State : std::uint8_t { kClosed, kHalfOpen, kOpen };  ///< as the metric counts them
  enum class Admission : std::uint8_t {
    kYes,
    kProbe,  ///< the one request that finds out; must end in succeeded, failed or undecided
    kOpen,
    kResting,
    kDown,
  };

  [[nodiscard]] Admission admit(SteadyTime now);
  /// The same without taking the probe's place.
  [[nodiscard]] Admission look(SteadyTime now) const;

  void succeeded(SteadyTime now, const BreakerSettings& settings);
  /// True: it opened (again) by this.
  bool failed(SteadyTime now, const BreakerSettings& settings, std::optional<Millis> retry_after);
  /// The client left, or made the mistake: says nothing of the target, frees the probe's place.
  void undecided() { probe_until_us_.store(0, std::memory_order_relaxed); }
  /// It was found to be up by other means: an open breaker lets its probe through now.
  void ask_again(SteadyTime now);
  /// A 429: no failure, but not before then.
  void rest(SteadyTime now, Millis time);
  /// The operator's word (a game day); `until` in the past lifts it.
  void mark_down(SteadyTime until);

  [[nodiscard]] State state(SteadyTime now) const;
  /// When it may be asked again; `now` when it may be.
  [[nodiscard]] SteadyTime available(SteadyTime now) const;
  [[nodiscard]] int failures_in_a_row() const { return in_a_row_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t openings() const { return openings_.load(std::memory_order_relaxed); }

 private:
  void count(SteadyTime now, const BreakerSettings& settings, bool failure);
  [[nodiscard]] bool tripped(const BreakerSettings& settings) const;
  void open(SteadyTime now, const BreakerSettings& settings, std::optional<Millis> retry_after);

  std::atomic<int> in_a_row_{0};
  std::atomic<std::uint64_t> window_{0};  // failures in the upper half, all in the lower
  std::atomic<std::int64_t> window_start_us_{0};
  std::atomic<std::int64_t> open_until_us_{0};   // 0: closed
  std::atomic<std::int64_t> probe_until_us_{0};  // the place of the probe is taken until then
  std::atomic<std::int64_t> rest_until_us_{0};
  std::atomic<std::int64_t> down_until_us_{0};
  std::atomic<int> reopened_{0};
  std::atomic<std::uint64_t> openings_{0};
};

/// "closed", "half_open", "open", "resting", "down".
std::string_view state_name(const Breaker& breaker, SteadyTime now);
/// "its breaker is open for 12 s", for traces; empty: it may be asked.
std::string why_not(const Breaker& breaker, SteadyTime now);

}  // namespace pontage::routing
