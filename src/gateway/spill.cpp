// Targets at their provider's cap: passed over for the next, and waited for when no other is left.
#include <algorithm>

#include "gateway/dispatch_progress.hpp"
#include "gateway/places.hpp"

namespace pontage::gateway {

using chain::Candidate;
using chain::Exchange;

// Takes a place for the candidate's next attempt; true: there is none, and it is kept in mind.
bool Dispatch::at_cap(Exchange& exchange, const Candidate& candidate, std::size_t index,
                      Progress& progress) {
  progress.place.release();
  auto* gate = gate_of(state_, *candidate.target->provider);
  if (gate == nullptr) return false;
  progress.place = state_.shared.gates.take(*gate);
  if (progress.place.held()) return false;
  exchange.trace.decide("dispatch", candidate.target->label, " skipped: at its cap of ",
                        std::to_string(gate->limit()));
  progress.capped.push_back(index);
  return true;
}

// The first of those at their cap whose provider has a place now; `usable.size()`: none got one in
// time.
Task<std::size_t> Dispatch::wait_at_cap(Exchange& exchange, std::span<const Candidate> usable,
                                        Progress& progress) {
  const auto none = usable.size();
  if (!progress.spilled) {  // a floor that has to be asked keeps a share of the time
    const auto kept = progress.floor_target ? progress.total / 4 : Millis(0);
    progress.wait_until =
        std::min(std::chrono::steady_clock::now() + snapshot_.queue_wait, progress.deadline - kept);
  }
  progress.spilled = true;
  while (!progress.capped.empty() && progress.attempts_left > 0 && !exchange.client_gone) {
    Wait wait{{}, "provider", progress.wait_until};
    for (const std::size_t i : progress.capped) {
      auto* gate = gate_of(state_, *usable[i].target->provider);
      if (std::ranges::find(wait.gates, gate) == wait.gates.end()) wait.gates.push_back(gate);
    }
    progress.place.release();
    const auto waited =
        co_await wait_for_place(state_, snapshot_, exchange, std::move(wait), progress.place);
    if (waited == Waited::kGone) co_return none;
    if (waited != Waited::kGot) {
      progress.crowded =
          overloaded(snapshot_, "every target that may be asked is at its cap", waited);
      exchange.trace.decide("dispatch", progress.crowded->detail);
      co_return none;
    }
    const auto free = std::ranges::find_if(progress.capped, [&](std::size_t i) {
      return gate_of(state_, *usable[i].target->provider) == progress.place.gate();
    });
    const std::size_t index = *free;
    progress.capped.erase(free);
    if (progress.overflowed && usable[index].target->context_tokens <= *progress.overflowed)
      continue;
    if (passed_over(exchange, *usable[index].target, progress)) continue;
    exchange.trace.note("dispatch", usable[index].target->label, " has a place now");
    progress.untried = progress.capped.size();
    co_return index;
  }
  co_return none;
}

}  // namespace pontage::gateway
