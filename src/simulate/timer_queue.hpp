// Deadlines of connections, earliest first. A connection has at most one that counts: an older
// entry is recognised by its generation and skipped, so nothing is ever searched for or removed
// from the middle.
#pragma once

#include <cstdint>
#include <optional>
#include <queue>
#include <vector>

#include "core/clock.hpp"

namespace pontage::simulate {

class TimerQueue {
 public:
  struct Entry {
    SteadyTime when;
    std::uint64_t connection = 0;
    std::uint64_t generation = 0;
  };

  void add(Entry entry) { heap_.push(entry); }

  /// The next entry that is due, taken out.
  std::optional<Entry> pop_due(SteadyTime now) {
    if (heap_.empty() || heap_.top().when > now) return std::nullopt;
    const Entry entry = heap_.top();
    heap_.pop();
    return entry;
  }

  [[nodiscard]] std::optional<SteadyTime> earliest() const {
    return heap_.empty() ? std::nullopt : std::optional(heap_.top().when);
  }

 private:
  struct Later {
    bool operator()(const Entry& a, const Entry& b) const { return a.when > b.when; }
  };
  std::priority_queue<Entry, std::vector<Entry>, Later> heap_;
};

}  // namespace pontage::simulate
