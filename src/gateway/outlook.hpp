// The gateway's answers to a chain that plans: the health of targets over all workers, and what a
// request would cost.
#pragma once

#include "gateway/worker_state.hpp"

namespace pontage::gateway {

class LiveOutlook final : public chain::Outlook {
 public:
  /// `state` null: nothing is running, so only prices are known.
  LiveOutlook(WorkerState* state, const Snapshot& snapshot) : state_(state), snapshot_(snapshot) {}
  const routing::TargetHealth* health(const chain::Exchange& exchange,
                                      const chain::Target& target) override;
  std::optional<std::int64_t> cost(const chain::Exchange& exchange,
                                   const chain::Target& target) override;
  routing::Moves* moves() override { return state_ != nullptr ? &state_->shared.moves : nullptr; }

 private:
  WorkerState* state_;
  const Snapshot& snapshot_;
};

}  // namespace pontage::gateway
