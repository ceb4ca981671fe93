// How long something takes at the slow end: counts by length on a logarithmic scale, that forget by
// halves. Shared by all workers: atomics, no lock, no I/O. A race may cost a sample.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <optional>

#include "core/clock.hpp"

namespace pontage::routing {

class Quantiles {
 public:
  void add(Millis took) {
    counts_[bucket(took)].fetch_add(1, std::memory_order_relaxed);
    if (total_.fetch_add(1, std::memory_order_relaxed) + 1 >= kMost) halve();
  }
  /// `percent` of the samples took no longer; nothing while there are fewer than `least`. At most a
  /// seventh too long.
  [[nodiscard]] std::optional<Millis> at(int percent, std::uint32_t least) const {
    std::array<std::uint32_t, kBuckets> seen{};
    std::uint64_t total = 0;
    for (std::size_t i = 0; i < kBuckets; ++i)
      total += seen[i] = counts_[i].load(std::memory_order_relaxed);
    if (total == 0 || total < least) return std::nullopt;
    const std::uint64_t wanted = (total * static_cast<std::uint64_t>(percent) + 99) / 100;
    std::uint64_t below = 0;
    for (std::size_t i = 0; i < kBuckets; ++i) {
      below += seen[i];
      if (below >= wanted) return end_of(i);
    }
    return end_of(kBuckets - 1);
  }

 private:
  static constexpr std::size_t kBuckets = 100;  // the last ends after twenty minutes
  static constexpr double kStep = 0.14;
  static constexpr std::uint32_t kMost = 1024;

  static std::size_t bucket(Millis took) {
    const double ms = static_cast<double>(std::max<std::int64_t>(took.count(), 1));
    return std::min(static_cast<std::size_t>(std::ceil(std::log(ms) / kStep)), kBuckets - 1);
  }
  static Millis end_of(std::size_t bucket) {
    return Millis(static_cast<std::int64_t>(std::exp(kStep * static_cast<double>(bucket))));
  }
  void halve() {
    std::uint32_t left = 0;
    for (auto& count : counts_) {
      const std::uint32_t half = count.load(std::memory_order_relaxed) / 2;
      count.store(half, std::memory_order_relaxed);
      left += half;
    }
    total_.store(left, std::memory_order_relaxed);
  }

  std::array<std::atomic<std::uint32_t>, kBuckets> counts_{};
  std::atomic<std::uint32_t> total_{0};
};

}  // namespace pontage::routing
