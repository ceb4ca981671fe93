#include "gateway/settle.hpp"

#include <algorithm>
#include <vector>

#include "gateway/directory.hpp"
#include "gateway/pass_through.hpp"
#include "gateway/tokens.hpp"

namespace pontage::gateway {
namespace {

using chain::Exchange;
using chain::Outcome;

// Rough, and marked as an estimate: four bytes of text a token.
constexpr std::int64_t kBytesPerToken = 4;

void count(WorkerState& state, const void* route, const Exchange& exchange,
           const Settlement& settlement, const ledger::Cost& cost, double seconds) {
  const std::string_view route_name = exchange.route_name;
  if (settlement.outcome == Outcome::kClientClosed) state.handles.client_disconnects.add();
  if (settlement.target == nullptr) {
    state.shard
        .counter(metrics::k_requests,
                 {route_name, "none", "none", "unknown", outcome_name(settlement.outcome)})
        .add();
    return;
  }
  const auto& target = *settlement.target;
  const std::string_view model = model_for(exchange, target);
  auto& handles =
      state.handles.of(route, route_name, target, exchange.view.model,
                       settlement.response_model.empty() ? model : settlement.response_model);
  state.handles.requests(handles, route_name, target, settlement.outcome).add();
  handles.duration->observe(seconds);
  if (exchange.view.stream && exchange.committed != SteadyTime{}) {
    const double first =
        std::chrono::duration<double>(exchange.committed - exchange.started).count();
    handles.first_token->observe(first);
    const auto after_first = settlement.usage.total_output() - 1;
    if (after_first > 0)
      handles.per_token->observe((seconds - first) / static_cast<double>(after_first));
  }
  if (settlement.usage.present || settlement.usage.estimated) {
    handles.usage_input->observe(static_cast<double>(settlement.usage.total_input()));
    handles.usage_output->observe(static_cast<double>(settlement.usage.total_output()));
  }
  for (std::size_t i = 0; i < ledger::kTokenClasses; ++i) {
    const auto& line = cost.lines[i];
    if (line.tokens > 0) handles.tokens[i]->add(static_cast<std::uint64_t>(line.tokens));
    if (line.amount.value > 0) handles.cost[i]->add(static_cast<std::uint64_t>(line.amount.value));
  }
  if (cost.unpriced)
    state.shard.counter(metrics::k_unpriced_requests, {target.provider->name, model}).add();
  if (settlement.skipped_events > 0) {
    state.shard.counter(metrics::k_skipped_events, {target.provider->name})
        .add(static_cast<std::uint64_t>(settlement.skipped_events));
  }
}

// How fast the target that answered made its tokens: of a stream after its first one, of a whole
// answer over all of its time.
void measure(WorkerState& state, const Exchange& exchange, const Settlement& settlement,
             SteadyTime now) {
  if (settlement.target == nullptr || exchange.attempts.empty()) return;
  const auto billed = [](const chain::AttemptRecord& attempt) { return attempt.billed(); };
  if (std::ranges::any_of(exchange.attempts, billed)) return;  // the time was not its alone
  if (settlement.outcome != Outcome::kOk && settlement.outcome != Outcome::kTruncated) return;
  const bool streamed = exchange.view.stream && exchange.committed != SteadyTime{};
  const std::int64_t tokens = settlement.usage.total_output() - (streamed ? 1 : 0);
  const auto took = streamed ? std::chrono::duration_cast<Micros>(now - exchange.committed)
                             : Micros(Millis(exchange.attempts.back().latency_ms));
  if (tokens < 1 || took.count() < 1) return;
  state.health_of(*settlement.target->provider, model_for(exchange, *settlement.target))
      .token.add(now, took / tokens);
}

bool rerouted(const Exchange& exchange) {
  return std::ranges::any_of(exchange.attempts, [&](const chain::AttemptRecord& attempt) {
    return attempt.target != exchange.attempts.front().target && attempt.outcome != "cancelled";
  });
}

void write_log(WorkerState& state, const Snapshot& snapshot, const Exchange& exchange,
               const Settlement& settlement, const ledger::Cost& cost, std::string_view method,
               std::string_view peer, SteadyTime now) {
  auto& attempts = state.attempt_rows;
  attempts.clear();
  attempts.reserve(exchange.attempts.size());
  for (const auto& attempt : exchange.attempts) {
    attempts.push_back({attempt.target->provider->name, model_for(exchange, *attempt.target),
                        attempt.outcome, attempt.status_code, attempt.latency_ms * 1000,
                        attempt.ttft_ms < 0 ? -1 : attempt.ttft_ms * 1000, attempt.reason});
  }
  const std::string& decision = exchange.trace.line();
  const auto elapsed = std::chrono::duration_cast<Micros>(now - exchange.started);
  observe::AccessRecord record;
  record.time = std::chrono::system_clock::now() - elapsed;
  record.request_id = exchange.id.view();
  record.client_request_id = http::find(exchange.headers, "x-request-id");
  if (record.client_request_id.empty())
    record.client_request_id = http::find(exchange.headers, "x-portkey-trace-id");
  record.peer = peer;
  record.method = method;
  record.path = exchange.path;
  record.status = settlement.status;
  record.outcome = outcome_name(settlement.outcome);
  record.error_code = settlement.error_code;
  record.route = exchange.route_name;
  record.key = exchange.facts.key_name;
  const auto user_header = http::find(exchange.headers, "x-pontage-user");
  record.user = user_header.empty() ? std::string_view(exchange.view.user) : user_header;
  record.model_requested = exchange.view.model;
  if (settlement.target != nullptr) {
    record.provider = settlement.target->provider->name;
    record.model = model_for(exchange, *settlement.target);
    record.tier = settlement.target->tier;
    record.priced = !cost.unpriced;
    record.unpriced = cost.unpriced;
  }
  record.stream = exchange.view.stream;
  record.cache =
      settlement.outcome == Outcome::kFloor ? "floor" : cache_use_name(exchange.cache_use);
  if (settlement.outcome == Outcome::kCache) record.priced = true;  // at nothing
  record.decision = decision;
  record.attempts = attempts;
  record.usage = settlement.usage;
  for (const auto& attempt : exchange.attempts) record.usage.add(attempt.usage);
  record.cost = cost.total;
  record.estimated = cost.estimated;
  record.fallback_rate = cost.fallback_rate;
  record.nominal = cost.nominal;
  record.duration_us = elapsed.count();
  if (exchange.view.stream && exchange.committed != SteadyTime{}) {
    record.ttft_us =
        std::chrono::duration_cast<Micros>(exchange.committed - exchange.started).count();
  }
  record.overhead_us = overhead_us(exchange, now);
  record.bytes_in = static_cast<std::int64_t>(exchange.body.size());
  record.bytes_out = settlement.bytes_out;
  record.config_version = snapshot.version;
  state.log.write(record);
}

}  // namespace

std::int64_t overhead_us(const Exchange& exchange, SteadyTime now) {
  const auto all = std::chrono::duration_cast<Micros>(now - exchange.started).count();
  return std::max<std::int64_t>(0, all - exchange.upstream_wait_us);
}

void estimate(const Exchange& exchange, std::int64_t output_text_bytes, llm::Usage& usage) {
  usage.estimated = true;
  // A cut stream may have reported its input already; then only the output is a guess.
  if (usage.total_input() == 0) {
    const auto guess = static_cast<std::int64_t>(exchange.body.size()) / kBytesPerToken;
    usage.input = exchange.facts.tokens >= 0 ? exchange.facts.tokens : guess;
  }
  usage.output = (output_text_bytes + kBytesPerToken - 1) / kBytesPerToken;
}

ledger::Cost price_of(const Snapshot& snapshot, const Exchange& exchange,
                      const chain::Target& target, const llm::Usage& usage) {
  const auto listing = target.model.empty()
                           ? listing_of(snapshot, *target.provider, model_for(exchange, target))
                           : target.listing;
  const auto* found = ledger::price_at(listing.priced ? listing.model : nullptr,
                                       WallTime(std::chrono::seconds(exchange.created_s)));
  auto cost = ledger::price_usage(found, usage);
  cost.fallback_rate = cost.fallback_rate || (listing.borrowed && cost.total.value > 0);
  return cost;
}

ledger::Cost price(const Snapshot& snapshot, const Exchange& exchange, Settlement& settlement) {
  if (settlement.target == nullptr) return ledger::Cost{};
  llm::Usage& usage = settlement.usage;
  if (!usage.present && settlement.only_metered) {
    ledger::Cost unsaid;  // no silent zero for what was made and whose tokens nobody counted
    unsaid.unpriced = settlement.status < 300 && keeps_nothing(exchange.path);
    return unsaid;
  }
  if (!usage.present) estimate(exchange, settlement.output_text_bytes, usage);
  auto cost = price_of(snapshot, exchange, *settlement.target, usage);
  for (const auto& attempt : exchange.attempts) {
    if (attempt.billed()) cost.add(price_of(snapshot, exchange, *attempt.target, attempt.usage));
  }
  return cost;
}

void settle(WorkerState& state, const Snapshot& snapshot, const void* route, Exchange& exchange,
            const Settlement& settlement, const ledger::Cost& cost, std::string_view method,
            std::string_view peer) {
  const auto now = std::chrono::steady_clock::now();
  const double seconds = std::chrono::duration<double>(now - exchange.started).count();
  count(state, route, exchange, settlement, cost, seconds);
  measure(state, exchange, settlement, now);
  state.handles.overhead.observe(static_cast<double>(overhead_us(exchange, now)) / 1e6);
  if (exchange.retried)
    state.shard.counter(metrics::k_requests_retried, {exchange.route_name}).add();
  if (rerouted(exchange))
    state.shard.counter(metrics::k_requests_rerouted, {exchange.route_name}).add();
  if (state.log.enabled())
    write_log(state, snapshot, exchange, settlement, cost, method, peer, now);
}

}  // namespace pontage::gateway
