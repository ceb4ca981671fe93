// What the ledger keeps of an exchange, at dispatch and at its end.
#pragma once

#include "gateway/journal_gate.hpp"
#include "gateway/settle.hpp"

namespace pontage::gateway {

/// What the exchange will have cost when the target answers: what was billed already, the input,
/// and of the output what is asked for, at most 4,096 tokens (agents ask for 128,000 and use
/// hundreds).
ledger::Cost expected_cost(const Snapshot& snapshot, const chain::Exchange& exchange,
                           const chain::Target& target, bool only_metered);

/// At dispatch: what holds if nothing more is heard of it. `co_await` the result before a byte goes
/// to the provider.
JournalGate::Written record_open(WorkerState& state, const Snapshot& snapshot,
                                 const chain::Exchange& exchange, const chain::Target& target,
                                 bool only_metered);

/// At the end, once.
void record_settlement(WorkerState& state, const Snapshot& snapshot,
                       const chain::Exchange& exchange, const Settlement& settlement,
                       const ledger::Cost& cost);

/// `co_await` it before the last piece of an answer is released.
inline JournalGate::Written recorded(WorkerState& state) {
  return {state.journal.get()};
}

}  // namespace pontage::gateway
