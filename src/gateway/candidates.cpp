// Which targets a request is tried on, and in which order.
#include "gateway/client_routing.hpp"
#include "gateway/directory.hpp"
#include "gateway/dispatch_progress.hpp"

namespace pontage::gateway {

using chain::Candidate;
using chain::Exchange;
using chain::Target;

std::span<const Candidate> usable_candidates(Exchange& exchange, const Snapshot& snapshot) {
  auto& candidates = exchange.plan.candidates;
  if (exchange.routing) {
    apply_client_routing(exchange, snapshot);
  } else if (candidates.empty()) {
    if (const Target* named = target_by_name(snapshot, exchange)) exchange.plan.append(*named);
  }
  std::size_t kept = 0;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const Target& target = *candidates[i].target;
    if (const auto why = target.provider->why_skipped(); !why.empty()) {
      exchange.trace.decide("dispatch", target.label, kSkippedNotConfigured, why);
    } else if (kept++ != i) {
      candidates[kept - 1] = candidates[i];
    }
  }
  return std::span(candidates).first(kept);
}

}  // namespace pontage::gateway
