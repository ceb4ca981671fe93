#include "gateway/journal_gate.hpp"

#include "core/defaults.hpp"

namespace pontage::gateway {

void JournalGate::append(ledger::FrameKind kind, const ledger::Record& record) {
  shard_.append(kind, record);
  if (scheduled_) return;
  if (under_way_ <= 1 && write(std::chrono::steady_clock::now())) return;
  scheduled_ = true;
  worker_.post([this] { flush(); });
}

bool JournalGate::write(SteadyTime now) {
  written_ = shard_.flush();
  if (written_) {
    failing_since_.reset();
  } else if (!failing_since_) {
    failing_since_ = now;
  }
  return written_;
}

void JournalGate::flush(SteadyTime now) {
  // The next tick tries again.
  if (!write(now) && now - *failing_since_ < defaults::kJournalPatience) return;
  scheduled_ = false;
  going_on_.swap(waiters_);
  for (const auto waiter : going_on_) waiter.resume();
  going_on_.clear();
}

}  // namespace pontage::gateway
