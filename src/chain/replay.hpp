// A kept answer given again, in the form that the client asks for now.
#pragma once

#include <optional>

#include "chain/answer_cache.hpp"
#include "pontage/chain/exchange.hpp"

namespace pontage::chain {

/// Whether the client wants to be told the usage of a stream.
inline bool wants_usage(const Exchange& exchange) {
  return exchange.view.include_usage || exchange.routing != nullptr;
}

/// With `age` and who gave it among its headers. Nothing: it cannot be had in this form.
std::optional<Reply> replay(const KeptAnswer& kept, const Exchange& exchange, SteadyTime now);

}  // namespace pontage::chain
