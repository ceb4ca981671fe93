// The process-wide share of traffic that may be retries on the same target (DESIGN law 2). A token
// bucket in thousandths: each request pays in, each retry takes a whole one, and a quiet process
// may always do a few a second. Failover to another target is never bounded by it. Thread-safe,
// lock-free.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "core/clock.hpp"
#include "core/defaults.hpp"

namespace pontage::gateway {

class RetryBudget {
 public:
  void on_request(double share = defaults::kRetryShare) {
    add(static_cast<std::int64_t>(share * kOne));
  }

  /// True: the retry may be done and has been paid for. `free_a_second` of them cost nothing.
  bool take(SteadyTime now, int free_a_second = defaults::kRetryFloorPerSecond) {
    const auto second =
        std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
    if (free_second_.load(std::memory_order_relaxed) != second) {
      free_second_.store(second, std::memory_order_relaxed);
      free_left_.store(free_a_second, std::memory_order_relaxed);
    }
    if (free_left_.fetch_sub(1, std::memory_order_relaxed) > 0) return true;
    std::int64_t held = tokens_.load(std::memory_order_relaxed);
    while (held >= kOne) {
      if (tokens_.compare_exchange_weak(held, held - kOne, std::memory_order_relaxed)) return true;
    }
    return false;
  }

 private:
  static constexpr std::int64_t kOne = 1000;
  static constexpr std::int64_t kMost = 1000 * kOne;  // a burst of a thousand retries at the most

  void add(std::int64_t amount) {
    if (tokens_.load(std::memory_order_relaxed) < kMost)
      tokens_.fetch_add(amount, std::memory_order_relaxed);
  }

  std::atomic<std::int64_t> tokens_{0};
  std::atomic<std::int64_t> free_second_{0};
  std::atomic<std::int64_t> free_left_{0};
};

}  // namespace pontage::gateway
