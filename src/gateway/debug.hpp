// What `x-pontage-debug: 1` adds to an answer: the decision trace, the attempts and the cost, as
// one JSON object.
#pragma once

#include <string>

#include "ledger/cost.hpp"
#include "pontage/chain/exchange.hpp"

namespace pontage::gateway {

std::string debug_object(const chain::Exchange& exchange, const ledger::Cost& cost,
                         const llm::Usage& usage);
/// `body` with `"pontage": object` as its last member; unchanged when it is no JSON object.
std::string with_debug(std::string body, const std::string& object);

}  // namespace pontage::gateway
