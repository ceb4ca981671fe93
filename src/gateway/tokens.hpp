// Counts the input tokens of a request when a rule, a limit or a missing usage needs them: short
// bodies at once, long ones on the helper thread.
#pragma once

#include <cstdint>

#include "gateway/worker_state.hpp"
#include "pontage/chain/exchange.hpp"

namespace pontage::gateway {

/// `most`: counting may stop past it. The answer is then some number above it.
Task<std::int64_t> count_input_tokens(WorkerState& state, const chain::Exchange& exchange,
                                      std::int64_t most);
/// The same, here and now; for `explain`.
std::int64_t count_input_tokens_now(const chain::Exchange& exchange, std::int64_t most);

}  // namespace pontage::gateway
