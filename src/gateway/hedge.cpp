// Two attempts at once: the next target starts when the first one's answer is late, and the one
// that answers first is taken. Both are joined before anything else happens, so that nothing of the
// other outlives the exchange.
#include <utility>

#include "gateway/dispatch_progress.hpp"
#include "gateway/settle.hpp"
#include "transport/nursery.hpp"

namespace pontage::gateway {

using chain::Candidate;
using chain::Exchange;

struct Dispatch::Race {
  struct Runner {
    const Candidate* candidate = nullptr;  // null: never started
    Contest contest;
    AttemptResult result;
    bool ended = false;

    [[nodiscard]] bool answered() const { return ended && result.committed; }
    [[nodiscard]] bool running() const { return candidate != nullptr && !ended; }
    void stop() {
      contest.over = true;
      if (contest.cancel) contest.cancel();
    }
  };
  Runner first;
  Runner second;
  transport::Sleep* waiting = nullptr;

  [[nodiscard]] bool decided() const {
    return first.answered() || second.answered() || (!first.running() && !second.running());
  }
};

Task<void> Dispatch::run(Exchange& exchange, Race& race, bool second, AttemptLimits limits) {
  Race::Runner& runner = second ? race.second : race.first;
  limits.contest = &runner.contest;
  co_await run_attempt(state_, snapshot_, exchange, *runner.candidate->target, limits,
                       runner.result);
  runner.ended = true;
  if (race.waiting != nullptr) race.waiting->cancel();
}

// When the answer of a target is late.
SteadyTime Dispatch::late(const Exchange& exchange, const Candidate& candidate) const {
  const auto& hedge = candidate.policy->hedge;
  const auto now = std::chrono::steady_clock::now();
  if (hedge.percentile == 0) return now + hedge.after;
  const auto& target = *candidate.target;
  const auto& seen = state_.health_of(*target.provider, model_for(exchange, target)).first_tokens;
  return now + seen.at(hedge.percentile, defaults::kHedgeSamples).value_or(defaults::kHedgeAfter);
}

// The next target of the plan that may be asked, where the budgets allow one more.
const Candidate* Dispatch::second_for(Exchange& exchange, Progress& progress) {
  if (progress.attempts_left <= 0) return nullptr;
  for (const Candidate& candidate : progress.rest) {
    if (passed_over(exchange, *candidate.target, progress)) continue;
    if (state_.shared.retries.take(std::chrono::steady_clock::now(), snapshot_.retries_a_second))
      return &candidate;
    exchange.trace.note("hedge", "none: the process-wide retry budget is used up");
    breaker_of(exchange, *candidate.target).undecided();
    return nullptr;
  }
  exchange.trace.note("hedge", "none: there is no other target");
  return nullptr;
}

Task<void> Dispatch::wait_for(Race& race, SteadyTime until) {
  transport::Sleep sleep(state_.worker, until);
  race.waiting = &sleep;
  co_await sleep;
  race.waiting = nullptr;
}

// The one that was not taken. What it used is not known, unless it has answered too.
void Dispatch::record_loser(Exchange& exchange, const Candidate& candidate, AttemptResult& result) {
  llm::Usage usage;
  result.place.release();
  const bool stopped = result.client_gone || result.committed;
  if (result.committed && result.reply.stream) {
    usage = result.reply.stream->usage();
    if (!usage.present) estimate(exchange, result.reply.stream->output_text_bytes(), usage);
    result.reply.stream->cancel();
  } else if (stopped) {
    estimate(exchange, 0, usage);
  }
  if (stopped) {
    result.committed = false;
    result.client_gone = true;  // as an attempt ends that nobody waits for any more
  }
  report(exchange, *candidate.target, result);
  record(exchange, *candidate.target, result, false,
         stopped ? "another target answered first" : result.error.detail);
  exchange.attempts.back().usage = usage;
}

Task<void> Dispatch::run_hedged(Exchange& exchange, const Candidate& candidate,
                                Progress& progress) {
  Race race;
  race.first.candidate = &candidate;
  race.first.result.place = std::move(progress.place);
  exchange.cancel_current = [&race] {
    race.first.stop();
    race.second.stop();
  };
  const auto started = std::chrono::steady_clock::now();
  const auto waited = exchange.upstream_wait_us;
  const auto limits = limits_for(exchange, *candidate.policy, progress);
  transport::Nursery nursery(state_.worker);
  nursery.start(run(exchange, race, false, limits));
  if (race.first.running()) co_await wait_for(race, late(exchange, candidate));
  if (race.first.running() && !exchange.client_gone) {
    race.second.candidate = second_for(exchange, progress);
    if (const Candidate* other = race.second.candidate; other != nullptr) {
      --progress.attempts_left;
      progress.hedged = other->target;
      exchange.trace.decide("hedge", candidate.target->label, " is late: ", other->target->label,
                            " started too");
      nursery.start(run(exchange, race, true, limits_for(exchange, *other->policy, progress)));
    }
  }
  while (!race.decided()) co_await wait_for(race, limits.total + defaults::kDrainTimeout);
  const bool second_won = !race.first.answered() && race.second.answered();
  (second_won ? race.first : race.second).stop();
  co_await nursery.join();
  exchange.cancel_current = nullptr;
  exchange.upstream_wait_us =
      waited +
      std::chrono::duration_cast<Micros>(std::chrono::steady_clock::now() - started).count();
  end_race(exchange, race, second_won, progress);
}

// The winner's result is the attempt's; the other has a row of its own, in the order of the starts.
void Dispatch::end_race(Exchange& exchange, Race& race, bool second_won, Progress& progress) {
  const Candidate& first = *race.first.candidate;
  auto& seen =
      state_.health_of(*first.target->provider, model_for(exchange, *first.target)).first_tokens;
  const auto& result = race.first.result;
  if (result.committed || (second_won && result.client_gone))
    seen.add(Millis(result.committed ? result.ttft_ms : result.latency_ms));
  if (race.second.candidate != nullptr && !exchange.client_gone) {
    const std::string_view outcome = second_won ? "won" : result.committed ? "lost" : "failed";
    state_.shard.counter(metrics::k_hedges, {exchange.route_name, outcome}).add();
    if (outcome != "failed") {
      exchange.trace.decide("hedge",
                            second_won ? race.second.candidate->target->label : first.target->label,
                            " was first");
    }
  }
  if (second_won) {
    record_loser(exchange, first, race.first.result);
    progress.answering = race.second.candidate;
    progress.last = race.second.candidate->target;
    progress.leave =
        progress.answering->leave != nullptr ? progress.answering->leave : exchange.plan.leave;
    progress.last_result = std::move(race.second.result);
    return;
  }
  progress.last_result = std::move(race.first.result);
  if (race.second.candidate != nullptr) {
    progress.loser = race.second.candidate;
    progress.loser_result = std::move(race.second.result);
  }
}

}  // namespace pontage::gateway
