// What the ledger's store, its journals and /metrics say about this boot, at one moment: the
// running half of `pontage audit`.
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "gateway/worker_state.hpp"
#include "ledger/ledger.hpp"

namespace pontage::app {

/// JSON, or why it cannot be known. Waits for every worker: never call it on one.
std::expected<std::string, std::string> boot_totals(
    ledger::Ledger& ledger, const std::vector<gateway::WorkerState*>& workers);

}  // namespace pontage::app
