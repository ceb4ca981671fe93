#include "gateway/dispatch.hpp"

#include <algorithm>
#include <span>

#include "gateway/client_routing.hpp"
#include "gateway/directory.hpp"

namespace pontage::gateway {

using chain::Candidate;
using chain::Exchange;
using chain::Reply;
using chain::Target;

namespace {
constexpr std::string_view kSkipped = " skipped: not configured, ";

// The plan's candidates, or the target that the model's name means; what is not configured is
// skipped with its reason.
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
      exchange.trace.decide("dispatch", target.label, kSkipped, why);
    } else if (kept++ != i) {
      candidates[kept - 1] = candidates[i];
    }
  }
  return std::span(candidates).first(kept);
}

// False: the client's dialect has no words.
bool fixed_message(const Exchange& exchange, std::string_view text, Reply& reply) {
  const std::string id =
      std::string(dialects::answer_id_prefix(exchange.dialect)) + std::string(exchange.id.view());
  reply.source = Reply::Source::kFloor;
  reply.status = 200;
  if (exchange.view.stream) reply.content_type = "text/event-stream";
  reply.body = exchange.view.stream
                   ? dialects::message_stream(exchange.dialect, text, exchange.view.model, id,
                                              exchange.created_s, exchange.view.include_usage)
                   : dialects::message_body(exchange.dialect, text, exchange.view.model, id,
                                            exchange.created_s);
  return !reply.body.empty();
}
}  // namespace

struct Dispatch::Progress {
  SteadyTime deadline;  // of the whole request
  Millis total;
  std::size_t untried = 0;    // usable candidates after the current one
  bool floor_target = false;  // the floor has a target that needs a share
  int attempts_left = defaults::kAttemptsPerRequest;
  int targets_tried = 0;
  std::int64_t largest_context_left = 0;   // of the candidates after the current one
  std::optional<std::int64_t> overflowed;  // the largest context that the prompt did not fit
  std::optional<Millis> retry_after;       // the smallest that any target named
  const Target* last = nullptr;
  std::optional<AttemptResult> last_result;  // set as soon as a target was tried
  std::string last_why;
  const chain::LeaveRules* leave = nullptr;  // what holds for the current candidate
  Reply reply;
};

// Every untried target and the floor keep a share of the time: the current one may use what is left
// after them.
AttemptLimits Dispatch::limits_for(const Exchange& exchange, const chain::AttemptPolicy& policy,
                                   const Progress& progress) const {
  const auto now = std::chrono::steady_clock::now();
  const std::size_t waiting = progress.untried + (progress.floor_target ? 1 : 0);
  AttemptLimits limits;
  limits.total = progress.deadline;
  if (waiting > 0) {
    const auto share = progress.total / static_cast<std::int64_t>(2 * (waiting + 1));
    limits.total = std::max(now + (progress.deadline - now) / 4,
                            progress.deadline - share * static_cast<std::int64_t>(waiting));
  }
  limits.connect = policy.connect.value_or(defaults::kConnectTimeout);
  limits.idle = policy.idle.value_or(defaults::kStreamIdleTimeout);
  if (exchange.view.stream) {
    const bool somewhere_to_go = waiting > 0 || exchange.plan.floor != nullptr;
    const auto token_default = exchange.view.asks_reasoning ? defaults::kFirstTokenTimeoutReasoning
                                                            : defaults::kFirstTokenTimeout;
    const auto byte_default = std::max(defaults::kFirstByteTimeout, token_default);
    if (policy.first_byte || somewhere_to_go)
      limits.first_byte = now + policy.first_byte.value_or(byte_default);
    if (policy.first_token || somewhere_to_go)
      limits.first_token = now + policy.first_token.value_or(token_default);
  }
  if (policy.attempt) limits.rule = now + *policy.attempt;
  if (progress.leave != nullptr) {
    for (const auto& rule : progress.leave->rules) {
      const auto limit = rule.latency_limit ? rule.latency_limit : rule.ttft_limit;
      if (rule.ttft_limit && !exchange.view.stream) continue;  // whole answers have no first token
      if (limit) limits.rule = std::min(limits.rule, now + *limit);
    }
  }
  return limits;
}

bool Dispatch::may_retry(const chain::AttemptPolicy& policy, const AttemptResult& result) const {
  if (result.our_key_refused || result.context_overflow || result.content_filter ||
      result.timed_out)
    return false;
  if (result.transport_failure) return policy.retry_transport;
  const int status = result.status_code;
  if (std::ranges::find(policy.retry_statuses, status) != policy.retry_statuses.end()) return true;
  if (!result.error_kind.empty() && result.error_kind != "error_event") return false;
  return (status == 429 && policy.retry_429) || (status >= 500 && policy.retry_5xx);
}

// What an outcome means for the candidate: answered, to be passed on as it is, or a reason to
// leave.
Dispatch::Verdict Dispatch::judge(const Exchange& exchange, const AttemptResult& result,
                                  const Progress& progress, std::string& why) const {
  if (result.client_gone) return Verdict::kStop;
  const auto* leave = progress.leave;
  if (leave != nullptr) {
    routing::OutcomeFacts facts(exchange.facts);
    facts.status_code = result.status_code;
    facts.latency_ms = result.latency_ms;
    facts.ttft_ms = result.ttft_ms;
    facts.error = result.error_kind;
    for (const auto& rule : leave->rules) {
      if (rule.program.evaluate(facts).value) {
        why = std::string(rule.program.source());
        return Verdict::kNext;
      }
    }
  }
  if (result.committed) return Verdict::kAnswer;
  why = result.error.detail;
  if (result.unsupported || result.our_key_refused || result.timed_out) return Verdict::kNext;
  if (result.context_overflow) {
    const std::int64_t mine = progress.last->context_tokens;
    return progress.largest_context_left > mine ? Verdict::kNext : Verdict::kPass;
  }
  if (result.content_filter)
    return leave != nullptr && leave->content_filter ? Verdict::kNext : Verdict::kPass;
  const bool provider_answered = result.error_kind.empty() || result.error_kind == "error_event";
  if (!provider_answered)
    return Verdict::kNext;  // a reply that is none is no answer, whatever the rules are
  if (leave != nullptr) return Verdict::kPass;
  return result.status_code == 429 || result.status_code >= 500 ? Verdict::kNext : Verdict::kPass;
}

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
  progress.last = candidate.target;
  progress.leave = candidate.leave != nullptr ? candidate.leave : exchange.plan.leave;
  ++progress.targets_tried;
  for (int tries = 0;; ++tries) {
    --progress.attempts_left;
    const auto limits = limits_for(exchange, policy, progress);
    AttemptResult& result = progress.last_result.emplace();
    co_await run_attempt(state_, snapshot_, exchange, *candidate.target, limits, result);
    std::string why;
    const Verdict verdict = judge(exchange, result, progress, why);
    record(exchange, *candidate.target, result, false, why);
    if (verdict == Verdict::kAnswer || verdict == Verdict::kStop) co_return verdict;
    if (result.retry_after) {
      progress.retry_after =
          std::min(progress.retry_after.value_or(*result.retry_after), *result.retry_after);
    }
    exchange.trace.decide("dispatch", label, " failed: ", why);
    progress.last_why = why;
    if (result.committed) result = AttemptResult{};  // left by a rule although it had answered
    const bool again = tries < policy.retry_max && may_retry(policy, result) &&
                       progress.attempts_left >
                           static_cast<int>(progress.untried) + (progress.floor_target ? 1 : 0);
    if (!again) co_return verdict;
    if (!state_.shared.retries.take(std::chrono::steady_clock::now())) {
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

Task<bool> Dispatch::try_floor(Exchange& exchange, Progress& progress) {
  for (const auto& entry : exchange.plan.floor->entries) {
    if (entry.target != nullptr) {
      if (const auto why = entry.target->provider->why_skipped(); !why.empty()) {
        exchange.trace.decide("floor", entry.target->label, kSkipped, why);
        continue;
      }
      progress.untried = 0;
      progress.floor_target = false;
      progress.leave = exchange.plan.leave;
      static const chain::AttemptPolicy kPlain{};
      AttemptResult result;
      co_await run_attempt(state_, snapshot_, exchange, *entry.target,
                           limits_for(exchange, kPlain, progress), result);
      record(exchange, *entry.target, result, true,
             result.committed ? std::string() : result.error.detail);
      if (result.committed) {
        exchange.trace.decide("floor", entry.target->label, " answered");
        progress.reply = std::move(result.reply);
        progress.reply.source = Reply::Source::kFloor;
        co_return true;
      }
      if (result.client_gone) co_return true;
      exchange.trace.decide("floor", entry.target->label, " failed: ", result.error.detail);
      continue;
    }
    if (exchange.view.has_tools || exchange.view.has_schema) {
      exchange.trace.decide("floor",
                            "the fixed message was passed over: the request has tools or a schema");
      continue;
    }
    if (!fixed_message(exchange, entry.message, progress.reply)) {
      exchange.trace.decide("floor",
                            "the fixed message was passed over: the answer would not be words");
      continue;
    }
    exchange.trace.decide("floor", "fixed message");
    co_return true;
  }
  co_return false;
}

// All has failed, and there is no floor: what the client is told.
void Dispatch::finish(Exchange& exchange, Progress& progress) {
  Reply& reply = progress.reply;
  reply = Reply{};
  if (progress.last == nullptr && exchange.plan.candidates.empty()) {
    const Code code = exchange.view.has_model ? Code::k_model_not_found : Code::k_missing_field;
    reply.error = Error{
        code,
        Origin::kClient,
        Retry::kNever,
        exchange.view.has_model
            ? "no route decides and no configured provider has the model \"" + exchange.view.model +
                  "\"; GET /v1/models lists what there is, provider/model names one"
            : std::string("the request names no model and no route decides; set `model`"),
        "model",
        {}};
    return;
  }
  if (progress.last == nullptr) {
    reply.error = Error{Code::k_no_target,
                        Origin::kGateway,
                        Retry::kNever,
                        "no target of the chain is usable (" + exchange.trace.line() +
                            "); set a key or add a floor",
                        {},
                        {}};
    return;
  }
  const AttemptResult& last = *progress.last_result;
  const bool single = progress.targets_tried == 1;
  if (single && last.reply.source == Reply::Source::kPassedError && !last.our_key_refused &&
      !last.reply.body.empty()) {
    reply = std::move(progress.last_result->reply);
    return;
  }
  if (last.unsupported && single) {
    reply.error = last.error;
    return;
  }
  Code code = Code::k_all_targets_failed;
  if (single && last.timed_out) code = Code::k_upstream_timeout;
  if (single && last.our_key_refused) code = Code::k_upstream_auth;
  if (single && last.status_code == 429) code = Code::k_rate_limited;
  std::string detail = single ? progress.last->label + " failed: " + progress.last_why
                              : "all " + std::to_string(progress.targets_tried) +
                                    " targets failed; the last, " + progress.last->label + ": " +
                                    progress.last_why;
  reply.error = Error{code, Origin::kUpstream, Retry::kNever, std::move(detail), {}, {}};
  if (progress.retry_after)
    reply.error.retry_after_ms = static_cast<std::uint32_t>(progress.retry_after->count());
}

Task<Reply> Dispatch::dispatch(Exchange& exchange) {
  Progress progress;
  progress.total = exchange.plan.total.value_or(defaults::kTotalTimeout);
  progress.deadline = exchange.started + progress.total;
  const auto usable = usable_candidates(exchange, snapshot_);
  exchange.attempts.reserve(2);
  if (exchange.plan.floor != nullptr) {
    progress.floor_target = std::ranges::any_of(
        exchange.plan.floor->entries, [](const auto& entry) { return entry.target != nullptr; });
  }
  state_.shared.retries.on_request();
  for (std::size_t i = 0; i < usable.size(); ++i) {
    progress.untried = usable.size() - i - 1;
    progress.largest_context_left = 0;
    for (std::size_t j = i + 1; j < usable.size(); ++j) {
      progress.largest_context_left =
          std::max(progress.largest_context_left, usable[j].target->context_tokens);
    }
    if (progress.attempts_left <= 0) break;
    if (progress.overflowed && usable[i].target->context_tokens <= *progress.overflowed) {
      exchange.trace.decide("dispatch", usable[i].target->label,
                            " skipped: its context is no larger");
      continue;
    }
    const Verdict verdict = co_await try_candidate(exchange, usable[i], progress);
    if (verdict == Verdict::kAnswer) {
      exchange.trace.decide("dispatch", usable[i].target->label, " answered");
      co_return std::move(progress.last_result->reply);
    }
    if (verdict == Verdict::kStop || exchange.client_gone) co_return Reply{};
    if (progress.last_result->context_overflow) {
      progress.overflowed =
          std::max(progress.overflowed.value_or(0), usable[i].target->context_tokens);
    }
    if (verdict == Verdict::kNext && i + 1 < usable.size())
      count_hop(exchange, *usable[i].target, *usable[i + 1].target);
    if (verdict == Verdict::kPass) {
      progress.targets_tried = 1;  // its word is the last one, whatever failed before it
      finish(exchange, progress);
      if (progress.reply.source == Reply::Source::kGateway) {
        progress.reply.error = progress.last_result->error;
        progress.reply.status = progress.last_result->status_code;
      }
      co_return std::move(progress.reply);
    }
  }
  if (exchange.plan.floor != nullptr && co_await try_floor(exchange, progress))
    co_return std::move(progress.reply);
  finish(exchange, progress);
  co_return std::move(progress.reply);
}

}  // namespace pontage::gateway
