// Places at a provider or for a client's key: taken before a request goes on, and waited for where
// all are taken.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gateway/worker_state.hpp"

namespace pontage::gateway {

/// The provider's cap; null: it has none.
routing::Gate* gate_of(WorkerState& state, const providers::Provider& provider);

enum class Waited : std::uint8_t { kGot, kFull, kLate, kGone };

struct Wait {
  std::vector<routing::Gate*> gates;  ///< a place behind any of them will do
  std::string_view cap;               ///< what the metrics call it: "provider", "key"
  SteadyTime until;
};

/// Waits in the process-wide queue; the client's leaving ends it at once.
Task<Waited> wait_for_place(WorkerState& state, const Snapshot& snapshot, chain::Exchange& exchange,
                            Wait wait, routing::Place& place);

/// What a client is told that got none: 429 with the time after which to ask again.
Error overloaded(const Snapshot& snapshot, std::string_view what, Waited why);

}  // namespace pontage::gateway
