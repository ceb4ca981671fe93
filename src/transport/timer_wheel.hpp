// A coarse wheel of deadlines, one per worker. Moving a deadline is an assignment: an entry sits in
// the slot of its first deadline and is looked at again when that slot comes by. Pure: the owner
// says what time it is.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>

#include "core/clock.hpp"

namespace pontage::transport {

class TimerWheel;

/// One deadline. Not movable while armed; disarms itself when destroyed. Fires once, on the worker.
class Timer {
 public:
  explicit Timer(std::function<void()> on_expiry) : on_expiry_(std::move(on_expiry)) {}
  ~Timer() { disarm(); }
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  void arm(TimerWheel& wheel, SteadyTime deadline);  ///< arming again moves the deadline
  void disarm();
  [[nodiscard]] bool armed() const { return wheel_ != nullptr; }
  [[nodiscard]] SteadyTime deadline() const { return deadline_; }

 private:
  friend class TimerWheel;
  std::function<void()> on_expiry_;
  SteadyTime deadline_{};
  TimerWheel* wheel_ = nullptr;
  Timer* previous_ = nullptr;
  Timer* next_ = nullptr;
  std::uint64_t tick_ = 0;  // the tick whose slot holds it
};

class TimerWheel {
 public:
  static constexpr Millis kTick{10};
  static constexpr std::size_t kSlots =
      512;  // one turn is 5.12 s; later deadlines wait more than one turn

  explicit TimerWheel(SteadyTime now) : start_(now) {}

  /// Fires everything due at `now`, never early. Callbacks may arm and disarm timers.
  void advance(SteadyTime now);
  /// When to call advance next; SteadyTime::max() when nothing is armed.
  [[nodiscard]] SteadyTime next_wake() const;
  [[nodiscard]] std::size_t armed() const { return armed_; }
  /// Called when an entry is armed that is due before next_wake() as it was.
  std::function<void()> on_earlier;

 private:
  friend class Timer;
  [[nodiscard]] std::uint64_t tick_of(SteadyTime time) const;
  void insert(Timer& timer);
  void remove(Timer& timer);

  SteadyTime start_;
  std::uint64_t current_ = 0;  // all ticks before this one have been served
  std::size_t armed_ = 0;
  std::uint64_t earliest_ = ~0ULL;  // a lower bound of the first occupied tick
  std::array<Timer*, kSlots> slots_{};
};

}  // namespace pontage::transport
