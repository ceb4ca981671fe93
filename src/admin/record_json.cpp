#include "admin/record_json.hpp"

#include "observe/json_line.hpp"

namespace pontage::admin {
namespace {

using ledger::Record;
using observe::JsonLine;

void text(JsonLine& json, std::string_view key, std::string_view value) {
  if (value.empty()) return;
  json.key(key);
  json.text(value, ledger::kMaxTextBytes);
}

void integer(JsonLine& json, std::string_view key, std::int64_t value) {
  json.key(key);
  json.integer(value);
}

void flag(JsonLine& json, std::string_view key, bool set) {
  if (!set) return;
  json.key(key);
  json.boolean(true);
}

// What is unknown is not zero (law 6).
void cost(JsonLine& json, ledger::NanoUsd amount, bool unpriced) {
  json.key("\"cost_usd\":");
  if (unpriced) {
    json.null();
  } else {
    json.text(ledger::format_usd(amount));
  }
  integer(json, "\"cost_nanousd\":", amount.value);
  flag(json, "\"unpriced\":", unpriced);
}

void append_summary(JsonLine& json, const Record& record) {
  text(json, "\"id\":", record.id.view());
  json.key("\"time\":");
  json.time(WallTime(Micros(record.time_us)));
  text(json, "\"outcome\":", record.outcome);
  integer(json, "\"status\":", record.status);
  text(json, "\"error_code\":", record.error_code);
  text(json, "\"route\":", record.route);
  text(json, "\"key\":", record.key);
  text(json, "\"user\":", record.user);
  text(json, "\"session\":", record.session);
  text(json, "\"model_requested\":", record.model_requested);
  text(json, "\"provider\":", record.provider);
  text(json, "\"model\":", record.model);
  text(json, "\"tier\":", record.tier);
  if (!record.tags.empty()) {
    json.key("\"tags\":");
    json.open('{');
    std::string key;
    for (const auto& [name, value] : record.tags) {
      key.clear();
      JsonLine(key).text(name);
      json.key(key + ':');
      json.text(value);
    }
    json.close('}');
  }
  flag(json, "\"stream\":", record.stream);
  integer(json, "\"input_tokens\":", record.input_tokens());
  integer(json, "\"output_tokens\":", record.output_tokens());
  cost(json, record.cost, record.unpriced);
  flag(json, "\"estimated\":", record.estimated);
  integer(json, "\"attempt_count\":", std::ssize(record.attempts));
  json.key("\"duration_ms\":");
  json.millis(record.duration_us);
  if (record.ttft_us >= 0) {
    json.key("\"ttft_ms\":");
    json.millis(record.ttft_us);
  }
}

void append_attempts(JsonLine& json, const Record& record) {
  json.key("\"attempts\":");
  json.open('[');
  for (const auto& attempt : record.attempts) {
    json.open('{');
    text(json, "\"provider\":", attempt.provider);
    text(json, "\"model\":", attempt.model);
    text(json, "\"outcome\":", attempt.outcome);
    integer(json, "\"status\":", attempt.status);
    text(json, "\"error\":", attempt.error);
    flag(json, "\"floor\":", attempt.floor);
    integer(json, "\"latency_ms\":", attempt.latency_ms);
    if (attempt.ttft_ms >= 0) integer(json, "\"ttft_ms\":", attempt.ttft_ms);
    json.key("\"tokens\":");
    json.open('{');
    for (std::size_t i = 0; i < ledger::kTokenClasses; ++i) {
      if (attempt.tokens[i] == 0) continue;
      const auto name = ledger::token_class_name(static_cast<ledger::TokenClass>(i));
      integer(json, '"' + std::string(name) + "\":", attempt.tokens[i]);
    }
    json.close('}');
    cost(json, attempt.cost, attempt.unpriced);
    json.close('}');
  }
  json.close(']');
}

// Each line can be checked by hand: tokens × rate ÷ 1,000,000, halves up.
void append_lines(JsonLine& json, const Record& record) {
  json.key("\"cost_lines\":");
  json.open('[');
  for (const auto& line : record.lines) {
    json.open('{');
    text(json, "\"class\":", ledger::token_class_name(line.token_class));
    integer(json, "\"tokens\":", line.tokens);
    if (line.rate) integer(json, "\"nanousd_per_million\":", *line.rate);
    integer(json, "\"nanousd\":", line.amount.value);
    flag(json, "\"fallback_rate\":", line.fallback_rate);
    json.close('}');
  }
  json.close(']');
}

}  // namespace

void append_record_json(std::string& out, const Record& record, bool whole) {
  JsonLine json(out);
  json.open('{');
  append_summary(json, record);
  if (whole) {
    text(json, "\"decision\":", record.decision);
    text(json, "\"dialect\":", record.dialect);
    text(json, "\"response_model\":", record.response_model);
    text(json, "\"config_version\":", record.config_version);
    text(json, "\"price_version\":", record.price_version);
    if (record.context_tier >= 0) integer(json, "\"context_tier\":", record.context_tier);
    if (record.counted_tokens >= 0) integer(json, "\"counted_tokens\":", record.counted_tokens);
    flag(json, "\"fallback_rate\":", record.fallback_rate);
    flag(json, "\"nominal\":", record.nominal);
    flag(json, "\"local\":", record.local);
    json.key("\"overhead_ms\":");
    json.millis(record.overhead_us);
    integer(json, "\"bytes_in\":", record.bytes_in);
    integer(json, "\"bytes_out\":", record.bytes_out);
    append_attempts(json, record);
    append_lines(json, record);
  }
  json.close('}');
}

}  // namespace pontage::admin
