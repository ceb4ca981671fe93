// What an attempt may take, and what its outcome means for the candidate.
#include <algorithm>

#include "gateway/dispatch_progress.hpp"

namespace pontage::gateway {

using chain::Exchange;

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
  limits.min_rate = policy.min_tokens_per_second;
  limits.rate_window = policy.rate_window;
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
      result.timed_out || never_sent(result))
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

}  // namespace pontage::gateway
