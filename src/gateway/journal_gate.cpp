#include "gateway/journal_gate.hpp"

namespace pontage::gateway {

void JournalGate::append(ledger::FrameKind kind, const ledger::Record& record) {
  shard_.append(kind, record);
  if (scheduled_) return;
  if (under_way_ <= 1) {
    shard_.flush();
    return;
  }
  scheduled_ = true;
  worker_.post([this] { flush(); });
}

void JournalGate::flush() {
  scheduled_ = false;
  shard_.flush();
  going_on_.swap(waiters_);
  for (const auto waiter : going_on_) waiter.resume();
  going_on_.clear();
}

}  // namespace pontage::gateway
