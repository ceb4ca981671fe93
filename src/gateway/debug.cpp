#include "gateway/debug.hpp"

#include "core/strings.hpp"

namespace pontage::gateway {
namespace {

void append_attempt(std::string& out, const chain::AttemptRecord& attempt) {
  out.append("{\"target\":");
  append_json_string(out, attempt.target->label);
  out.append(",\"outcome\":");
  append_json_string(out, attempt.outcome);
  out.append(",\"status\":").append(std::to_string(attempt.status_code));
  if (!attempt.error.empty()) {
    out.append(",\"error\":");
    append_json_string(out, attempt.error);
  }
  if (!attempt.reason.empty()) {
    out.append(",\"reason\":");
    append_json_string(out, attempt.reason);
  }
  if (attempt.floor) out.append(",\"floor\":true");
  out.append(",\"latency_ms\":").append(std::to_string(attempt.latency_ms));
  if (attempt.ttft_ms >= 0) out.append(",\"ttft_ms\":").append(std::to_string(attempt.ttft_ms));
  out.push_back('}');
}

void append_cost(std::string& out, const ledger::Cost& cost, const llm::Usage& usage) {
  out.append("\"usage\":{\"input\":").append(std::to_string(usage.total_input()));
  out.append(",\"output\":").append(std::to_string(usage.total_output()));
  if (usage.estimated) out.append(",\"estimated\":true");
  out.append("},\"cost\":{\"usd\":\"");
  ledger::append_usd(out, cost.total);
  out.push_back('"');
  if (cost.unpriced) out.append(",\"unpriced\":true");
  if (cost.nominal) out.append(",\"nominal\":true");
  if (cost.local) out.append(",\"local\":true");
  if (cost.estimated) out.append(",\"estimated\":true");
  out.append(",\"lines\":[");
  bool first = true;
  for (std::size_t i = 0; i < ledger::kTokenClasses; ++i) {
    const auto& line = cost.lines[i];
    if (line.tokens == 0) continue;
    if (!first) out.push_back(',');
    first = false;
    out.append("{\"class\":");
    append_json_string(out, ledger::token_class_name(static_cast<ledger::TokenClass>(i)));
    out.append(",\"tokens\":").append(std::to_string(line.tokens));
    if (line.rate) {
      out.append(",\"nanousd_per_million\":")
          .append(std::to_string(line.rate->nanousd_per_million));
    }
    out.append(",\"nanousd\":").append(std::to_string(line.amount.value)).push_back('}');
  }
  out.append("]}");
}

}  // namespace

std::string debug_object(const chain::Exchange& exchange, const ledger::Cost& cost,
                         const llm::Usage& usage) {
  std::string out = "{\"request_id\":\"";
  out.append(exchange.id.view()).append("\",\"route\":");
  append_json_string(out, exchange.route_name);
  out.append(",\"trace\":[");
  bool first = true;
  for (const auto& entry : exchange.trace.entries()) {
    if (!first) out.push_back(',');
    first = false;
    out.append("{\"step\":");
    append_json_string(out, entry.step);
    out.append(",\"text\":");
    append_json_string(out, entry.text);
    out.push_back('}');
  }
  out.append("],\"attempts\":[");
  first = true;
  for (const auto& attempt : exchange.attempts) {
    if (!first) out.push_back(',');
    first = false;
    append_attempt(out, attempt);
  }
  out.append("],");
  append_cost(out, cost, usage);
  out.push_back('}');
  return out;
}

std::string with_debug(std::string body, const std::string& object) {
  const auto end = body.find_last_not_of(" \t\r\n");
  if (end == std::string::npos || body[end] != '}') return body;
  const auto before = body.find_last_not_of(" \t\r\n", end - 1);
  const bool empty = before != std::string::npos && body[before] == '{';
  body.insert(end, (empty ? "\"pontage\":" : ",\"pontage\":") + object);
  return body;
}

}  // namespace pontage::gateway
