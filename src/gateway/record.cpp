#include "gateway/record.hpp"

#include <algorithm>

namespace pontage::gateway {
namespace {

using chain::Exchange;
using ledger::Record;

// Of the output, until more is known.
constexpr std::int64_t kReservedOutput = 4'096;
constexpr std::int64_t kBytesPerToken = 4;

void add_tag(Record& record, std::string_view name, std::string_view value) {
  name = name.substr(0, ledger::kMaxTagBytes);
  const auto same = [&](const auto& tag) { return tag.first == name; };
  if (name.empty() || record.tags.size() >= ledger::kMaxTags ||
      std::ranges::any_of(record.tags, same))
    return;
  record.tags.emplace_back(name, value);
}

// The key's own tags cannot be overruled by who uses it.
void add_tags(Record& record, const Exchange& exchange) {
  if (exchange.facts.key_tags != nullptr) {
    for (const auto& [name, value] : *exchange.facts.key_tags) add_tag(record, name, value);
  }
  std::string_view rest = http::find(exchange.headers, "x-pontage-tags");
  while (!rest.empty()) {
    const auto comma = std::min(rest.find(','), rest.size());
    const auto pair = trim(rest.substr(0, comma));
    const auto equals = pair.find('=');
    if (equals != std::string_view::npos)
      add_tag(record, trim(pair.substr(0, equals)), trim(pair.substr(equals + 1)));
    rest.remove_prefix(std::min(comma + 1, rest.size()));
  }
  for (const auto& [name, value] : exchange.view.metadata) add_tag(record, name, value);
}

void take(ledger::RecordAttempt& made, const ledger::Cost& cost) {
  for (std::size_t i = 0; i < ledger::kTokenClasses; ++i) made.tokens[i] = cost.lines[i].tokens;
  made.cost = cost.total;
  made.unpriced = cost.unpriced;
}

void add_attempts(Record& record, const Snapshot& snapshot, const Exchange& exchange) {
  for (const auto& attempt : exchange.attempts) {
    auto& made = record.attempts.emplace_back();
    made.provider = attempt.target->provider->name;
    made.model = model_for(exchange, *attempt.target);
    made.outcome = attempt.outcome;
    made.error = attempt.error;
    made.status = attempt.status_code;
    made.floor = attempt.floor;
    made.latency_ms = attempt.latency_ms;
    made.ttft_ms = attempt.ttft_ms;
    if (attempt.billed()) take(made, price_of(snapshot, exchange, *attempt.target, attempt.usage));
  }
}

// What is known at any time.
void fill(Record& record, const Snapshot& snapshot, const Exchange& exchange,
          const chain::Target* target, SteadyTime now) {
  record.clear();
  record.id = exchange.id;
  const auto elapsed = std::chrono::duration_cast<Micros>(now - exchange.started);
  record.time_us = std::chrono::duration_cast<Micros>(
                       (std::chrono::system_clock::now() - elapsed).time_since_epoch())
                       .count();
  record.duration_us = elapsed.count();
  record.key = exchange.facts.key_name;
  const auto user = http::find(exchange.headers, "x-pontage-user");
  record.user = user.empty() ? std::string_view(exchange.view.user) : user;
  record.session = http::find(exchange.headers, "x-pontage-session");
  record.route = exchange.route_name;
  record.config_version = snapshot.version;
  record.price_version = snapshot.price_version;
  record.decision = exchange.trace.line();
  record.dialect = dialects::dialect_name(exchange.dialect);
  record.model_requested = exchange.view.model;
  record.stream = exchange.view.stream;
  record.counted_tokens = exchange.facts.tokens;
  record.bytes_in = static_cast<std::int64_t>(exchange.body.size());
  if (target != nullptr) {
    record.provider = target->provider->name;
    record.model = model_for(exchange, *target);
    record.tier = target->tier;
  }
  add_tags(record, exchange);
  add_attempts(record, snapshot, exchange);
}

// What the answer used, the attempt used that gave it.
void give_to_attempt(Record& record, const Snapshot& snapshot, const Exchange& exchange,
                     const Settlement& settlement, const ledger::Cost& cost) {
  if (record.attempts.empty()) return;
  const auto billed = [](const chain::AttemptRecord& attempt) { return attempt.billed(); };
  if (std::ranges::none_of(exchange.attempts, billed)) {
    auto& last = record.attempts.back();
    if (last.provider == record.provider && last.model == record.model) take(last, cost);
    return;
  }
  for (std::size_t i = exchange.attempts.size(); i-- > 0 && settlement.target != nullptr;) {
    const auto& attempt = exchange.attempts[i];
    if (attempt.target != settlement.target || attempt.billed()) continue;
    if (attempt.outcome != "ok" && attempt.outcome != "resumed") continue;
    take(record.attempts[i], price_of(snapshot, exchange, *settlement.target, settlement.usage));
    return;
  }
}

}  // namespace

ledger::Cost expected_cost(const Snapshot& snapshot, const Exchange& exchange,
                           const chain::Target& target, bool only_metered) {
  Settlement reserved;
  reserved.target = &target;
  reserved.only_metered = only_metered;
  reserved.output_text_bytes =
      std::min(exchange.view.max_tokens.value_or(kReservedOutput), kReservedOutput) *
      kBytesPerToken;
  return price(snapshot, exchange, reserved);
}

JournalGate::Written record_open(WorkerState& state, const Snapshot& snapshot,
                                 const Exchange& exchange, const chain::Target& target,
                                 bool only_metered) {
  if (!state.journal) return {nullptr};
  Record& record = state.record;
  fill(record, snapshot, exchange, &target, std::chrono::steady_clock::now());
  record.outcome = ledger::kLost;
  record.take_cost(expected_cost(snapshot, exchange, target, only_metered));
  record.estimated = true;
  state.journal->open(record);
  return {state.journal.get()};
}

void record_settlement(WorkerState& state, const Snapshot& snapshot, const Exchange& exchange,
                       const Settlement& settlement, const ledger::Cost& cost) {
  if (!state.journal) return;
  Record& record = state.record;
  const auto now = std::chrono::steady_clock::now();
  fill(record, snapshot, exchange, settlement.target, now);
  record.outcome = outcome_name(settlement.outcome);
  record.error_code = settlement.error_code;
  record.status = settlement.status;
  record.response_model = settlement.response_model;
  record.take_cost(cost);
  give_to_attempt(record, snapshot, exchange, settlement, cost);
  if (exchange.view.stream && exchange.committed != SteadyTime{}) {
    record.ttft_us =
        std::chrono::duration_cast<Micros>(exchange.committed - exchange.started).count();
  }
  record.overhead_us = overhead_us(exchange, now);
  record.bytes_out = settlement.bytes_out;
  state.journal->settle(record);
}

}  // namespace pontage::gateway
