// Time as a value that tests can hold in their hand. Everything that waits or measures asks a
// Clock.
#pragma once

#include <chrono>
#include <cstdint>

namespace pontage {

using Millis = std::chrono::milliseconds;
using Micros = std::chrono::microseconds;
using SteadyTime = std::chrono::steady_clock::time_point;
using WallTime = std::chrono::system_clock::time_point;

/// Thread-safe; the real one is a process-wide constant.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual SteadyTime steady() const = 0;
  [[nodiscard]] virtual WallTime wall() const = 0;
};

const Clock& system_clock();

/// Moves only when told to.
class FakeClock final : public Clock {
 public:
  [[nodiscard]] SteadyTime steady() const override { return steady_; }
  [[nodiscard]] WallTime wall() const override { return wall_; }
  void advance(Micros by) {
    steady_ += by;
    wall_ += by;
  }

 private:
  SteadyTime steady_{std::chrono::hours(1)};
  WallTime wall_{std::chrono::seconds(1'700'000'000)};
};

}  // namespace pontage
