// The dollars of one request (law 2): a target that would take it over its limit is passed over,
// whether by its own price or by what failed attempts have cost already.
#include "gateway/dispatch_progress.hpp"
#include "gateway/record.hpp"

namespace pontage::gateway {

bool Dispatch::too_dear(chain::Exchange& exchange, const chain::Target& target,
                        Progress& progress) const {
  if (!max_cost_) return false;
  const auto expected = expected_cost(snapshot_, exchange, target, false);
  if (expected.total <= *max_cost_) return false;
  const std::string said = "some $" + ledger::format_usd(expected.total) +
                           " are expected, and the route allows $" + ledger::format_usd(*max_cost_);
  exchange.trace.decide("dispatch", target.label, " skipped: ", said);
  progress.dear = Error{Code::k_budget_exceeded,
                        Origin::kClient,
                        Retry::kNever,
                        target.label + ": " + said +
                            " a request; ask for less output (max_tokens) or a cheaper model",
                        {},
                        {}};
  return true;
}

}  // namespace pontage::gateway
