// Which of a provider's several keys an attempt goes with, and what its answer means for that key.
#pragma once

#include <string_view>

#include "gateway/attempt.hpp"

namespace pontage::gateway {

/// The attempt is counted for its target, and holds its place there and the key until it ends.
/// False: the provider is at its cap, or all its keys rest or are at their limits, as `result`
/// says. Providers with one key have nothing to choose.
bool take_key(WorkerState& state, const providers::Provider& provider, std::string_view model,
              Inflight& inflight, AttemptResult& result);

/// After a refusal: a key that was told to wait, or was refused, is put aside for as long.
void rest_key(WorkerState& state, const providers::Provider& provider, std::string_view model,
              const Inflight& inflight, AttemptResult& result);

}  // namespace pontage::gateway
