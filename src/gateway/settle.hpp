// The last phase of every exchange, however it ended: cost, counters, the access log line. Exactly
// once a request.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "gateway/worker_state.hpp"
#include "ledger/cost.hpp"
#include "pontage/chain/exchange.hpp"

namespace pontage::gateway {

struct Settlement {
  chain::Outcome outcome = chain::Outcome::kError;
  int status = 0;
  std::string_view error_code;  ///< of ours; static text
  const chain::Target* target = nullptr;
  std::string response_model;
  llm::Usage usage;
  bool only_metered = false;           ///< as of chain::Reply
  std::int64_t output_text_bytes = 0;  ///< for estimates when the provider reported no usage
  std::int64_t bytes_out = 0;
  std::int64_t skipped_events = 0;
};

/// Usage that nobody reported: estimated from what is known, and marked.
void estimate(const chain::Exchange& exchange, std::int64_t output_text_bytes, llm::Usage& usage);

/// What an attempt costs by its own usage.
ledger::Cost price_of(const Snapshot& snapshot, const chain::Exchange& exchange,
                      const chain::Target& target, const llm::Usage& usage);

/// What the exchange costs, all its attempts together, by the usage known so far. Fills estimates
/// into `settlement.usage` where there is none.
ledger::Cost price(const Snapshot& snapshot, const chain::Exchange& exchange,
                   Settlement& settlement);

void settle(WorkerState& state, const Snapshot& snapshot, const void* route,
            chain::Exchange& exchange, const Settlement& settlement, const ledger::Cost& cost,
            std::string_view method, std::string_view peer);

/// Microseconds of the exchange less those spent waiting on upstreams.
std::int64_t overhead_us(const chain::Exchange& exchange, SteadyTime now);

}  // namespace pontage::gateway
