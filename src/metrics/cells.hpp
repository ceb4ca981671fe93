// The cells that are counted into. A cell has one writer, the worker that owns its shard, so an
// increment is a plain load and store; the atomic only makes the scraper's concurrent read defined.
// Nothing here may lock or allocate.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

#include "metrics/names.hpp"

namespace pontage::metrics {

class Counter {
 public:
  void add(std::uint64_t by = 1) noexcept {
    cell_.store(cell_.load(std::memory_order_relaxed) + by, std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t value() const noexcept {
    return cell_.load(std::memory_order_relaxed);
  }

 private:
  std::atomic<std::uint64_t> cell_{0};
};

class Gauge {
 public:
  void add(std::int64_t by = 1) noexcept {
    cell_.store(cell_.load(std::memory_order_relaxed) + by, std::memory_order_relaxed);
  }
  void sub(std::int64_t by = 1) noexcept { add(-by); }
  [[nodiscard]] std::int64_t value() const noexcept {
    return cell_.load(std::memory_order_relaxed);
  }

 private:
  std::atomic<std::int64_t> cell_{0};
};

class Histogram {
 public:
  explicit Histogram(std::span<const double> bounds) : bounds_(bounds) {}

  /// What is negative or no number counts as 0: a stepped clock must not poison the sum for good.
  void observe(double value) noexcept {
    if (!(value >= 0)) value = 0;
    std::size_t bucket = 0;
    while (bucket < bounds_.size() && value > bounds_[bucket]) ++bucket;
    auto& count = counts_[bucket];
    count.store(count.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    sum_.store(sum_.load(std::memory_order_relaxed) + value, std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t count(std::size_t bucket) const noexcept {
    return counts_[bucket].load(std::memory_order_relaxed);
  }
  [[nodiscard]] double sum() const noexcept { return sum_.load(std::memory_order_relaxed); }

 private:
  std::span<const double> bounds_;
  std::array<std::atomic<std::uint64_t>, kMaxBuckets + 1> counts_{};
  std::atomic<double> sum_{0};
};

}  // namespace pontage::metrics
