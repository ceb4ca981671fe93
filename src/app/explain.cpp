// explain: the decision for a request, by the same code that serves, and nothing is sent.
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <limits>

#include "app/commands.hpp"
#include "app/daemon.hpp"
#include "core/strings.hpp"
#include "gateway/client_routing.hpp"
#include "gateway/directory.hpp"
#include "gateway/outlook.hpp"
#include "gateway/tokens.hpp"

namespace pontage::app {
namespace {

constexpr std::string_view kExample =
    R"({"model":"gpt-4o","messages":[{"role":"user","content":"Hello"}]})";

void append_candidate(std::string& out, const chain::Candidate& candidate, bool json) {
  const auto& target = *candidate.target;
  const std::string& skipped = target.provider->not_configured;
  if (json) {
    out.append(out.back() == '[' ? "{\"target\":" : ",{\"target\":");
    append_json_string(out, target.label);
    out.append(",\"retries\":").append(std::to_string(candidate.policy->retry_max));
    if (!skipped.empty()) {
      out.append(",\"skipped\":");
      append_json_string(out, skipped);
    }
    out.push_back('}');
    return;
  }
  out.append("  ").append(target.label);
  if (candidate.policy->retry_max > 0)
    out.append(" (up to ").append(std::to_string(candidate.policy->retry_max)).append(" retries)");
  if (!skipped.empty()) out.append(", skipped: ").append(skipped);
  out.push_back('\n');
}

std::string as_text(const chain::Exchange& exchange) {
  std::string out = "route: " + std::string(exchange.route_name) + "\n";
  for (const auto& entry : exchange.trace.entries()) {
    out.append(entry.step).append(": ").append(entry.text).push_back('\n');
  }
  if (exchange.facts.tokens >= 0)
    out.append("request.tokens: ").append(std::to_string(exchange.facts.tokens)).push_back('\n');
  out.append("targets, in order:\n");
  for (const auto& candidate : exchange.plan.candidates) append_candidate(out, candidate, false);
  if (exchange.plan.candidates.empty()) out.append("  none\n");
  out.append("floor:\n");
  if (exchange.plan.floor == nullptr)
    out.append("  none: when all targets fail, the client gets a 503\n");
  if (exchange.plan.floor != nullptr) {
    for (const auto& entry : exchange.plan.floor->entries) {
      out.append("  ")
          .append(entry.target != nullptr ? entry.target->label : "fixed message")
          .push_back('\n');
    }
  }
  return out;
}

std::string as_json(const chain::Exchange& exchange) {
  std::string out = "{\"route\":";
  append_json_string(out, exchange.route_name);
  out.append(",\"trace\":[");
  for (const auto& entry : exchange.trace.entries()) {
    out.append(out.back() == '[' ? "{\"step\":" : ",{\"step\":");
    append_json_string(out, entry.step);
    out.append(",\"text\":");
    append_json_string(out, entry.text);
    out.push_back('}');
  }
  out.append("],\"candidates\":[");
  for (const auto& candidate : exchange.plan.candidates) append_candidate(out, candidate, true);
  out.append("],\"floor\":[");
  if (exchange.plan.floor != nullptr) {
    for (const auto& entry : exchange.plan.floor->entries) {
      if (out.back() != '[') out.push_back(',');
      append_json_string(
          out, entry.target != nullptr ? std::string_view(entry.target->label) : "fixed message");
    }
  }
  out.append("]}\n");
  return out;
}

int refuse(const std::string& message) {
  std::fprintf(stderr, "pontage: %s\n", message.c_str());
  return 1;
}

}  // namespace

int explain(const ExplainOptions& options) {
  const auto config = load_for(options.file, {}, {}, true);
  if (!config) return 1;
  std::string body(kExample);
  if (options.request_file == "-") {
    body.assign(std::istreambuf_iterator<char>(std::cin), {});
  } else if (!options.request_file.empty()) {
    std::ifstream in(options.request_file, std::ios::binary);
    if (!in) return refuse("cannot read " + options.request_file);
    body.assign(std::istreambuf_iterator<char>(in), {});
  }
  chain::Exchange exchange;
  std::vector<http::HeaderView> headers;
  for (const auto& written : options.headers) {
    const auto equals = written.find('=');
    if (equals == std::string::npos)
      return refuse("--header takes name=value, not \"" + written + "\"");
    headers.push_back({std::string_view(written).substr(0, equals),
                       std::string_view(written).substr(equals + 1)});
  }
  exchange.dialect = gateway::dialect_of(options.path, headers);
  auto view = dialects::make_count_reader(exchange.dialect)->read(body, body.size());
  if (!view) return refuse("the request: " + view.error().detail);
  const gateway::Snapshot& snapshot = *config->snapshot;
  exchange.view = std::move(*view);
  exchange.body = body;
  exchange.headers = headers;
  exchange.path = options.path;
  exchange.facts.view = &exchange.view;
  exchange.facts.headers = headers;
  exchange.facts.path = options.path;
  exchange.facts.body = exchange.body;
  const auto* route = gateway::pick_route(snapshot, exchange.facts);
  if (route == nullptr) return refuse("no route takes this request");
  exchange.route_name = route->name;
  gateway::apply_alias(snapshot, exchange);
  if (route->tokens_wanted > 0) {
    exchange.facts.tokens =
        gateway::count_input_tokens_now(exchange, std::numeric_limits<std::int64_t>::max());
  }
  gateway::LiveOutlook outlook(nullptr, snapshot);
  exchange.outlook = &outlook;
  route->chain.plan(exchange);
  if (route->client_routing) {
    auto routing = gateway::read_client_routing(body, exchange.view.model);
    if (!routing) return refuse("the request: " + routing.error().detail);
    exchange.routing = std::move(*routing);
  }
  if (exchange.routing) {
    gateway::apply_client_routing(exchange, snapshot);
  } else if (exchange.plan.candidates.empty()) {
    if (const auto* named = gateway::target_by_name(snapshot, exchange))
      exchange.plan.append(*named);
  }
  std::fputs((options.json ? as_json(exchange) : as_text(exchange)).c_str(), stdout);
  return 0;
}

}  // namespace pontage::app
