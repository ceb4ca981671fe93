#include "transport/timer_wheel.hpp"

#include <algorithm>

namespace pontage::transport {

void Timer::arm(TimerWheel& wheel, SteadyTime deadline) {
  deadline_ = deadline;
  if (wheel_ == &wheel && wheel.tick_of(deadline) >= tick_)
    return;  // later: its slot will look again
  disarm();
  wheel_ = &wheel;
  wheel.insert(*this);
}

void Timer::disarm() {
  if (wheel_ == nullptr) return;
  wheel_->remove(*this);
  wheel_ = nullptr;
}

std::uint64_t TimerWheel::tick_of(SteadyTime time) const {
  if (time <= start_) return current_;
  // Rounded up: a timer never fires early. (No overflow, for deadlines that mean "never".)
  const auto after = time - start_ - SteadyTime::duration(1);
  return std::max(static_cast<std::uint64_t>(after / kTick) + 1, current_);
}

void TimerWheel::insert(Timer& timer) {
  // A deadline beyond one turn waits in a late slot of this turn and is moved on from there. The
  // slot before current_ may be the one that advance() is emptying: nothing is put there.
  timer.tick_ = std::min(tick_of(timer.deadline_), current_ + kSlots - 2);
  Timer*& head = slots_[timer.tick_ % kSlots];
  timer.previous_ = nullptr;
  timer.next_ = head;
  if (head != nullptr) head->previous_ = &timer;
  head = &timer;
  ++armed_;
  if (timer.tick_ < earliest_) {
    earliest_ = timer.tick_;
    if (on_earlier) on_earlier();
  }
}

void TimerWheel::remove(Timer& timer) {
  if (timer.previous_ != nullptr) {
    timer.previous_->next_ = timer.next_;
  } else {
    slots_[timer.tick_ % kSlots] = timer.next_;
  }
  if (timer.next_ != nullptr) timer.next_->previous_ = timer.previous_;
  timer.previous_ = timer.next_ = nullptr;
  --armed_;
}

void TimerWheel::advance(SteadyTime now) {
  if (now < start_) return;
  const auto due = static_cast<std::uint64_t>((now - start_) / kTick);
  while (current_ <= due) {
    if (armed_ == 0) {
      current_ = due + 1;
      break;
    }
    Timer*& head = slots_[current_ % kSlots];
    ++current_;  // what is armed from here on waits for a later slot
    while (head != nullptr) {
      Timer& timer = *head;
      remove(timer);
      if (timer.deadline_ > now) {  // moved on since it was armed, or more than a turn away
        insert(timer);
        continue;
      }
      timer.wheel_ = nullptr;
      timer.on_expiry_();
    }
  }
  earliest_ = ~0ULL;
  for (std::uint64_t tick = current_; armed_ > 0 && tick < current_ + kSlots; ++tick) {
    if (slots_[tick % kSlots] != nullptr) {
      earliest_ = tick;
      break;
    }
  }
}

SteadyTime TimerWheel::next_wake() const {
  if (armed_ == 0 || earliest_ == ~0ULL) return SteadyTime::max();
  return start_ + kTick * earliest_;
}

}  // namespace pontage::transport
