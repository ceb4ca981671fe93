// How the past of a target decides whether it is asked, and what an attempt adds to that past.
#include "gateway/directory.hpp"
#include "gateway/dispatch_progress.hpp"
#include "observe/events.hpp"

namespace pontage::gateway {

using chain::Exchange;
using chain::Target;
using routing::Breaker;

namespace {

bool says_nothing_of_the_target(const AttemptResult& result) {
  if (result.client_gone || result.unsupported || never_sent(result)) return true;
  if (result.context_overflow || result.content_filter) return true;
  const bool answered = result.error_kind.empty() || result.error_kind == "error_event";
  return answered && result.status_code < 500 && !result.our_key_refused;
}

}  // namespace

Breaker& Dispatch::breaker_of(const Exchange& exchange, const Target& target) const {
  return state_.health_of(*target.provider, model_for(exchange, target)).breaker;
}

// When none may be asked, the one that may be asked soonest is asked all the same; what the
// operator marked as down is not. Null: one may be.
const Target* Dispatch::least_bad(const Exchange& exchange,
                                  std::span<const chain::Candidate> usable) const {
  const auto now = std::chrono::steady_clock::now();
  const Target* best = nullptr;
  SteadyTime soonest = SteadyTime::max();
  for (const auto& candidate : usable) {
    const Breaker& breaker = breaker_of(exchange, *candidate.target);
    const auto seen = breaker.look(now);
    if (seen == Breaker::Admission::kYes || seen == Breaker::Admission::kProbe) return nullptr;
    if (seen == Breaker::Admission::kDown || breaker.available(now) >= soonest) continue;
    soonest = breaker.available(now);
    best = candidate.target;
  }
  return best;
}

bool Dispatch::passed_over(Exchange& exchange, const Target& target, Progress& progress) {
  const auto now = std::chrono::steady_clock::now();
  Breaker& breaker = breaker_of(exchange, target);
  if (&target == progress.least_bad) {
    exchange.trace.note("dispatch", target.label, " is tried although ",
                        routing::why_not(breaker, now) + ": no other may be asked either");
    return false;
  }
  const auto admission = breaker.admit(now);
  if (admission == Breaker::Admission::kYes) return false;
  if (admission == Breaker::Admission::kProbe) {
    exchange.trace.note("dispatch", target.label, " is asked to find out whether it is back");
    return false;
  }
  exchange.trace.decide("dispatch", target.label, " skipped: ", routing::why_not(breaker, now));
  const auto wait = std::chrono::ceil<Millis>(breaker.available(now) - now);
  progress.retry_after = std::min(progress.retry_after.value_or(wait), wait);
  return true;
}

void Dispatch::report(const Exchange& exchange, const Target& target, const AttemptResult& result) {
  const auto& settings = snapshot_.breaker;
  const auto now = std::chrono::steady_clock::now();
  if (result.committed || result.timed_out) {  // what timed out took that long at least
    auto& health = state_.health_of(*target.provider, model_for(exchange, target));
    if (!exchange.view.stream) {
      health.whole.add(now, Millis(result.latency_ms));
    } else {
      health.first_token.add(now, Millis(std::max(result.ttft_ms, result.latency_ms)));
    }
  }
  if (!settings.on) return;
  Breaker& breaker = breaker_of(exchange, target);
  if (result.committed) {
    breaker.succeeded(now, settings);
  } else if (result.status_code == 429 && !never_sent(result) && !result.another_key) {
    breaker.rest(now, result.retry_after.value_or(settings.rest));
  } else if (says_nothing_of_the_target(result)) {
    breaker.undecided();
  } else {
    report_failure(state_, settings, target, model_for(exchange, target), result.retry_after);
  }
}

void report_failure(WorkerState& state, const routing::BreakerSettings& settings,
                    const Target& target, std::string_view model,
                    std::optional<Millis> retry_after) {
  if (!settings.on) return;
  const auto now = std::chrono::steady_clock::now();
  Breaker& breaker = state.health_of(*target.provider, model).breaker;
  if (!breaker.failed(now, settings, retry_after)) return;
  state.shard.counter(metrics::k_breaker_openings, {target.provider->name, model}).add();
  observe::events::warn("the breaker of " + target.provider->name + "/" + std::string(model) +
                        " is open: it is passed over, and asked again in " +
                        format_duration(std::chrono::ceil<Millis>(breaker.available(now) - now)));
}

}  // namespace pontage::gateway
