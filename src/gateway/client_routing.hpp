// OpenRouter's request fields (`models`, `provider`, …): read from the body, applied to the plan,
// and what its clients expect of answers. A route that decides the target itself reads none of
// them, and then they pass like any other field.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "gateway/snapshot.hpp"

namespace pontage::gateway {

/// Null when the body has none of the fields. Errors name the field.
Result<std::unique_ptr<chain::ClientRouting>> read_client_routing(std::string_view body,
                                                                  std::string_view model);

/// Puts what the client chose at the head of the plan, drops what it excluded.
void apply_client_routing(chain::Exchange& exchange, const Snapshot& snapshot);

/// The client's body with what the target overrides, and without the fields that its provider would
/// refuse or misread (OpenRouter itself gets them all). Kept in `edited` where it differs.
std::string_view body_for(const chain::Exchange& exchange, const chain::Target& target,
                          std::string& edited);

/// `"cost":0.0012` into the usage objects of an answer: a whole body, or whole SSE events.
std::string with_cost(std::string_view body, const std::string& usd);
std::string with_cost_events(std::string_view events, const std::string& usd);

/// A stream that breaks ends with a chunk that says so, as OpenRouter's does.
std::string broken_chunk(const chain::Exchange& exchange, const chain::Target& target,
                         const Error& error);

}  // namespace pontage::gateway
