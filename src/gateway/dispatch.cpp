#include "gateway/dispatch.hpp"

#include <algorithm>

#include "gateway/dispatch_progress.hpp"

namespace pontage::gateway {

using chain::Candidate;
using chain::Exchange;
using chain::Reply;
using chain::Target;

void Dispatch::record(Exchange& exchange, const Target& target, const AttemptResult& result,
                      bool floor, std::string_view why) {
  chain::AttemptRecord entry;
  entry.target = &target;
  entry.floor = floor;
  entry.status_code = result.status_code;
  entry.error = result.error_kind;
  entry.latency_ms = result.latency_ms;
  entry.ttft_ms = result.ttft_ms;
  entry.outcome = result.committed     ? "ok"
                  : result.client_gone ? "cancelled"
                  : result.timed_out   ? "timeout"
                                       : "error";
  entry.reason = std::string(why);
  state_.handles.attempts(*target.provider, model_for(exchange, target), entry.outcome).add();
  if (result.our_key_refused) {
    state_.shard.counter(metrics::k_upstream_auth_failures, {target.provider->name}).add();
  }
  exchange.attempts.push_back(std::move(entry));
}

void Dispatch::count_hop(const Exchange& exchange, const Target& from, const Target& to) {
  const auto& failed = exchange.attempts.back();
  const std::string status = std::to_string(failed.status_code);
  const std::string_view reason = !failed.error.empty() ? failed.error : std::string_view(status);
  state_.shard
      .counter(metrics::k_fallbacks, {exchange.route_name, from.provider->name, from.model,
                                      to.provider->name, to.model, reason})
      .add();
}

Task<bool> Dispatch::wait_before_retry(Exchange& exchange, const chain::AttemptPolicy& policy,
                                       int tries, const AttemptResult& failed,
                                       SteadyTime not_after) {
  Millis wait = policy.backoff_base;
  if (policy.backoff == chain::Backoff::kExponential) {
    wait = std::min(policy.backoff_cap, Millis(policy.backoff_base.count() << std::min(tries, 20)));
  }
  wait = Millis(static_cast<std::int64_t>(state_.random.unit() *
                                          static_cast<double>(wait.count())));  // full jitter
  if (failed.retry_after) {
    if (*failed.retry_after > policy.patience) co_return false;
    wait = std::max(wait, *failed.retry_after);
  }
  const auto until = std::chrono::steady_clock::now() + wait;
  if (until >= not_after) co_return false;
  transport::Sleep sleep(state_.worker, until);
  exchange.cancel_current = [&sleep] { sleep.cancel(); };
  if (exchange.client_gone) co_return false;
  co_await sleep;
  exchange.cancel_current = nullptr;
  co_return !exchange.client_gone;
}

Task<Dispatch::Verdict> Dispatch::try_candidate(Exchange& exchange, const Candidate& candidate,
                                                Progress& progress) {
  const auto& policy = *candidate.policy;
  const std::string& label = candidate.target->label;
  progress.leave = candidate.leave != nullptr ? candidate.leave : exchange.plan.leave;
  ++progress.targets_tried;
  for (int tries = 0;; ++tries) {
    progress.last = candidate.target;
    progress.answering = &candidate;
    --progress.attempts_left;
    const auto limits = limits_for(exchange, policy, progress);
    AttemptResult& result = progress.last_result.emplace();
    if (tries == 0 && policy.hedge.max > 0 && exchange.view.stream) {
      co_await run_hedged(exchange, candidate, progress);
    } else {
      result.place = std::move(progress.place);
      co_await run_attempt(state_, snapshot_, exchange, *candidate.target, limits, result);
    }
    result.place.release();  // an attempt that came to nothing before it took it
    const Target& target = *progress.last;
    std::string why;
    const Verdict verdict = judge(exchange, result, progress, why);
    report(exchange, target, result);
    if (!result.key.empty() && !why.empty()) why.append(" (").append(result.key).append(")");
    record(exchange, target, result, false, why);
    if (progress.loser != nullptr) {
      record_loser(exchange, *progress.loser, progress.loser_result);
      progress.loser = nullptr;
    }
    if (verdict == Verdict::kAnswer || verdict == Verdict::kStop) co_return verdict;
    if (result.retry_after) {
      progress.retry_after =
          std::min(progress.retry_after.value_or(*result.retry_after), *result.retry_after);
    }
    exchange.trace.decide("dispatch", target.label, " failed: ", why);
    progress.last_why = why;
    if (result.committed) result = AttemptResult{};  // left by a rule although it had answered
    const bool spare = progress.attempts_left >
                       static_cast<int>(progress.untried) + (progress.floor_target ? 1 : 0);
    if (result.another_key && spare) {  // at once: that one has not been told to wait
      exchange.trace.note("dispatch", label, " is tried with another key");
      --tries;
      continue;
    }
    const bool again = tries < policy.retry_max && may_retry(policy, result) && spare;
    if (!again) co_return verdict;
    if (!state_.shared.retries.take(std::chrono::steady_clock::now(), snapshot_.retries_a_second)) {
      exchange.trace.note("dispatch", "no retry: the process-wide retry budget is used up");
      co_return verdict;
    }
    if (!co_await wait_before_retry(exchange, policy, tries, result, limits.total)) {
      co_return exchange.client_gone ? Verdict::kStop : verdict;
    }
    exchange.retried = true;
    exchange.trace.note("dispatch", label, " is tried again");
  }
}

bool Dispatch::skipped(Exchange& exchange, std::span<const Candidate> usable, std::size_t index,
                       Progress& progress) {
  const Target& target = *usable[index].target;
  progress.untried = usable.size() - index - 1;
  progress.rest = usable.subspan(index + 1);
  if (&target == progress.hedged) return true;  // has failed as the second of a hedge
  progress.largest_context_left = 0;
  for (const auto& each : usable.subspan(index + 1)) {
    progress.largest_context_left =
        std::max(progress.largest_context_left, each.target->context_tokens);
  }
  if (progress.overflowed && target.context_tokens <= *progress.overflowed) {
    exchange.trace.decide("dispatch", target.label, " skipped: its context is no larger");
    return true;
  }
  return too_dear(exchange, target, progress) || at_cap(exchange, usable[index], index, progress) ||
         passed_over(exchange, target, progress);
}

// Whether the candidate had the last word, which then stands in `progress.reply`.
bool Dispatch::concluded(Exchange& exchange, std::span<const Candidate> usable, std::size_t index,
                         Verdict verdict, Progress& progress) {
  const Target& target = *usable[index].target;
  if (verdict == Verdict::kAnswer) {
    exchange.trace.decide("dispatch", progress.last->label, " answered");
    progress.reply =
        resumable(exchange, usable, *progress.answering, std::move(progress.last_result->reply));
    return true;
  }
  if (verdict == Verdict::kStop || exchange.client_gone) return true;
  if (progress.last_result->context_overflow)
    progress.overflowed = std::max(progress.overflowed.value_or(0), target.context_tokens);
  if (verdict == Verdict::kNext && index + 1 < usable.size() && !progress.spilled)
    count_hop(exchange, target, *usable[index + 1].target);
  if (verdict != Verdict::kPass) return false;
  progress.targets_tried = 1;  // its word is the last one, whatever failed before it
  finish(exchange, progress);
  if (progress.reply.source == Reply::Source::kGateway) {
    progress.reply.error = progress.last_result->error;
    progress.reply.status = progress.last_result->status_code;
  }
  return true;
}

Task<Reply> Dispatch::dispatch(Exchange& exchange) {
  Progress progress;
  progress.attempts_left = snapshot_.attempts;
  progress.total = exchange.plan.total.value_or(defaults::kTotalTimeout);
  progress.deadline = exchange.started + progress.total;
  const auto usable = usable_candidates(exchange, snapshot_);
  exchange.attempts.reserve(2);
  if (exchange.plan.floor != nullptr) {
    progress.floor_target = std::ranges::any_of(
        exchange.plan.floor->entries, [](const auto& entry) { return entry.target != nullptr; });
  }
  state_.shared.retries.on_request(snapshot_.retry_share);
  progress.least_bad = least_bad(exchange, usable);
  for (std::size_t i = 0; i < usable.size() && progress.attempts_left > 0; ++i) {
    if (skipped(exchange, usable, i, progress)) continue;
    const Verdict verdict = co_await try_candidate(exchange, usable[i], progress);
    if (concluded(exchange, usable, i, verdict, progress)) co_return std::move(progress.reply);
  }
  while (!progress.capped.empty()) {
    const std::size_t i = co_await wait_at_cap(exchange, usable, progress);
    if (exchange.client_gone) co_return Reply{};
    if (i == usable.size()) break;
    const Verdict verdict = co_await try_candidate(exchange, usable[i], progress);
    if (concluded(exchange, usable, i, verdict, progress)) co_return std::move(progress.reply);
  }
  progress.place.release();
  if (exchange.plan.floor != nullptr && co_await try_floor(exchange, progress))
    co_return std::move(progress.reply);
  finish(exchange, progress);
  co_return std::move(progress.reply);
}

}  // namespace pontage::gateway
