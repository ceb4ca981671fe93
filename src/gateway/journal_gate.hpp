// A worker's way into the ledger: frames are collected, written once a turn of the loop, and
// whoever waits for them goes on after that. A worker with one exchange under way writes at once:
// there is nobody to share the write with.
#pragma once

#include <coroutine>
#include <optional>
#include <vector>

#include "ledger/journal.hpp"
#include "metrics/metrics.hpp"
#include "transport/worker.hpp"

namespace pontage::gateway {

class JournalGate {
 public:
  JournalGate(transport::Worker& worker, ledger::JournalShard& shard, metrics::Counter& records)
      : worker_(worker), shard_(shard), records_(records) {}
  JournalGate(const JournalGate&) = delete;
  JournalGate& operator=(const JournalGate&) = delete;

  /// False: the ledger can keep no more records, so nothing may be spent.
  [[nodiscard]] bool accepts() { return shard_.accepts(); }
  void begin() { ++under_way_; }
  void open(const ledger::Record& record) { append(ledger::FrameKind::kOpen, record); }
  void settle(const ledger::Record& record) {
    append(ledger::FrameKind::kSettle, record);
    --under_way_;
    records_.add();
  }
  /// Writes what is there and lets everybody go on; also called by the worker's tick.
  void flush(SteadyTime now = std::chrono::steady_clock::now());
  [[nodiscard]] ledger::JournalShard& shard() { return shard_; }

  /// `co_await`: what has been appended is written (true). While the disk takes nothing everybody
  /// waits, up to kJournalPatience; then false: it is kept in memory, and its answer must not end.
  struct Written {
    JournalGate* gate;  ///< null: there is no ledger
    [[nodiscard]] bool await_ready() const { return gate == nullptr || !gate->scheduled_; }
    void await_suspend(std::coroutine_handle<> waiter) const { gate->waiters_.push_back(waiter); }
    [[nodiscard]] bool await_resume() const { return gate == nullptr || gate->written_; }
  };

 private:
  void append(ledger::FrameKind kind, const ledger::Record& record);
  bool write(SteadyTime now);

  transport::Worker& worker_;
  ledger::JournalShard& shard_;
  metrics::Counter& records_;
  std::size_t under_way_ = 0;
  bool scheduled_ = false;
  bool written_ = true;
  std::optional<SteadyTime> failing_since_;
  std::vector<std::coroutine_handle<>> waiters_;
  std::vector<std::coroutine_handle<>> going_on_;
};

}  // namespace pontage::gateway
