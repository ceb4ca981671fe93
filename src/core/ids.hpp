// Request ids: ULIDs (26 characters, Crockford base 32, sortable by time to the millisecond).
// Source: github.com/ulid/spec.
#pragma once

#include <array>
#include <cstdint>
#include <random>
#include <string_view>

#include "core/clock.hpp"

namespace pontage {

struct Ulid {
  std::array<char, 26> text{};
  [[nodiscard]] std::string_view view() const { return {text.data(), text.size()}; }
};

/// One per worker; not thread-safe. Ids of one source are strictly increasing within and across
/// milliseconds.
class UlidSource {
 public:
  UlidSource();                             ///< seeded by the operating system
  explicit UlidSource(std::uint64_t seed);  ///< repeatable, for tests
  Ulid next(WallTime now);

 private:
  std::mt19937_64 random_;
  std::uint64_t last_ms_ = 0;
  std::uint64_t low_ = 0;
  std::uint32_t high_ = 0;
};

/// xorshift-grade randomness for jitter, weights and span ids; one per worker, never for secrets.
class FastRandom {
 public:
  explicit FastRandom(std::uint64_t seed) : state_(seed | 1) {}
  std::uint64_t next() {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return state_;
  }
  /// Uniform in [0, bound); bound 0 gives 0.
  std::uint64_t below(std::uint64_t bound) { return bound == 0 ? 0 : next() % bound; }
  /// Uniform in [0, 1).
  double unit() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }

 private:
  std::uint64_t state_;
};

}  // namespace pontage
