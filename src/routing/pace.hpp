// How long something took lately: a moving average that forgets, shared by all workers. Atomics,
// no lock, no I/O; the clock is the caller's. A race between two samples may cost one of them.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>

#include "core/clock.hpp"
#include "core/defaults.hpp"

namespace pontage::routing {

class Pace {
 public:
  /// A fifth of the average is the newest sample; after a gap it is all of it.
  void add(SteadyTime now, Micros took) {
    const std::int64_t sample = took.count() > 0 ? took.count() : 1;
    const bool fresh = is_fresh(now);
    std::int64_t held = average_us_.load(std::memory_order_relaxed);
    std::int64_t next = 0;
    do {
      next = fresh && held > 0 ? held + (sample - held) / kShare : sample;
    } while (!average_us_.compare_exchange_weak(held, next, std::memory_order_relaxed));
    at_us_.store(us(now), std::memory_order_relaxed);
  }
  /// Nothing when it was never measured, or not for a while: it may have changed.
  [[nodiscard]] std::optional<Micros> lately(SteadyTime now) const {
    const std::int64_t held = average_us_.load(std::memory_order_relaxed);
    if (held == 0 || !is_fresh(now)) return std::nullopt;
    return Micros(held);
  }

 private:
  static constexpr std::int64_t kShare = 5;
  static std::int64_t us(SteadyTime time) {
    return std::chrono::duration_cast<Micros>(time.time_since_epoch()).count();
  }
  [[nodiscard]] bool is_fresh(SteadyTime now) const {
    return us(now) - at_us_.load(std::memory_order_relaxed) <=
           std::chrono::duration_cast<Micros>(defaults::kPaceMemory).count();
  }

  std::atomic<std::int64_t> average_us_{0};  // 0: never
  std::atomic<std::int64_t> at_us_{0};
};

}  // namespace pontage::routing
