#include "gateway/client_routing.hpp"

#include <simdjson.h>

#include <algorithm>
#include <array>

#include "dialects/body_edit.hpp"
#include "dialects/json_splice.hpp"

namespace pontage::gateway {
namespace {

using chain::ClientRouting;
using simdjson::dom::element;

constexpr std::size_t kMostModels = 16;
constexpr std::size_t kMostNames = 64;

// What steers the router: nobody but OpenRouter knows these.
constexpr std::array<std::string_view, 13> kSteering = {"models",
                                                        "provider",
                                                        "plugins",
                                                        "route",
                                                        "session_id",
                                                        "trace",
                                                        "transforms",
                                                        "usage",
                                                        "fallbacks",
                                                        "preset",
                                                        "debug",
                                                        "image_config",
                                                        "stop_server_tools_when"};
// Sampling that many servers know, and OpenAI refuses.
constexpr std::array<std::string_view, 4> kSampling = {"top_k", "top_a", "min_p",
                                                       "repetition_penalty"};

Error wrong(std::string_view param, std::string_view expected) {
  return {
      Code::k_invalid_value, Origin::kClient,
      Retry::kNever,         "'" + std::string(param) + "' must be " + std::string(expected) + ".",
      std::string(param),    {}};
}

Status read_names(const element& value, std::string_view param, std::size_t most,
                  std::vector<std::string>& out) {
  simdjson::dom::array list;
  if (value.is_null()) return {};
  if (value.get(list) != simdjson::SUCCESS || list.size() > most)
    return std::unexpected(wrong(param, "a list of at most " + std::to_string(most) + " strings"));
  for (const element each : list) {
    std::string_view text;
    simdjson::dom::object object;  // `fallbacks` of the Messages API: { "model": … }
    if (each.get(object) == simdjson::SUCCESS) static_cast<void>(object["model"].get(text));
    if (text.empty() && (each.get(text) != simdjson::SUCCESS || text.empty()))
      return std::unexpected(wrong(param, "a list of strings"));
    out.emplace_back(text);
  }
  return {};
}

Status read_flag(const element& value, std::string_view param, bool& out) {
  if (value.is_null() || value.get(out) == simdjson::SUCCESS) return {};
  return std::unexpected(wrong(param, "true or false"));
}

// Dollars per million tokens, as a number or in quotes.
Status read_limit(const element& value, std::string_view param, std::optional<std::int64_t>& out) {
  if (value.is_null()) return {};
  std::string_view text;
  std::string spelt;
  if (value.get(text) != simdjson::SUCCESS) {
    spelt = simdjson::minify(value);
    text = spelt;
  }
  const auto usd = ledger::parse_usd(text);
  if (!usd) return std::unexpected(wrong(param, "an amount in dollars per million tokens"));
  out = usd->value;
  return {};
}

Status read_max_price(const element& value, ClientRouting& out) {
  simdjson::dom::object limits;
  if (value.is_null()) return {};
  if (value.get(limits) != simdjson::SUCCESS)
    return std::unexpected(wrong("provider.max_price", "an object"));
  for (const auto [key, limit] : limits) {
    Status read;
    if (key == "prompt") read = read_limit(limit, "provider.max_price.prompt", out.max_prompt);
    if (key == "completion")
      read = read_limit(limit, "provider.max_price.completion", out.max_completion);
    if (!read) return read;
  }
  return {};
}

Status read_sort(const element& value, ClientRouting& out) {
  std::string_view by;
  simdjson::dom::object object;
  if (value.is_null()) return {};
  if (value.get(object) == simdjson::SUCCESS) {
    static_cast<void>(object["by"].get(by));
  } else if (value.get(by) != simdjson::SUCCESS) {
    return std::unexpected(wrong("provider.sort", "price, throughput or latency"));
  }
  out.sort_name = by;
  out.sort = by == "price"        ? ClientRouting::Sort::kPrice
             : by == "latency"    ? ClientRouting::Sort::kLatency
             : by == "throughput" ? ClientRouting::Sort::kThroughput
                                  : ClientRouting::Sort::kUnknown;
  return {};
}

Status read_provider(const element& value, ClientRouting& out) {
  simdjson::dom::object object;
  if (value.is_null()) return {};
  if (value.get(object) != simdjson::SUCCESS)
    return std::unexpected(wrong("provider", "an object"));
  for (const auto [key, member] : object) {
    Status read;
    if (key == "order") read = read_names(member, "provider.order", kMostNames, out.order);
    if (key == "only") read = read_names(member, "provider.only", kMostNames, out.only);
    if (key == "ignore") read = read_names(member, "provider.ignore", kMostNames, out.ignore);
    if (key == "sort") read = read_sort(member, out);
    if (key == "max_price") read = read_max_price(member, out);
    if (key == "allow_fallbacks")
      read = read_flag(member, "provider.allow_fallbacks", out.allow_fallbacks);
    if (key == "require_parameters")
      read = read_flag(member, "provider.require_parameters", out.require_parameters);
    if (!read) return read;
  }
  return {};
}

bool has(const ClientRouting& routing, std::string_view field) {
  return std::ranges::find(routing.fields, field) != routing.fields.end();
}

std::vector<std::string_view> fields_to_drop(const ClientRouting& routing,
                                             const providers::Provider& provider) {
  std::vector<std::string_view> out;
  if (provider.vendor == "openrouter" || provider.url.host == "openrouter.ai") return out;
  const bool strict = provider.vendor == "openai" || provider.url.host == "api.openai.com";
  for (const auto field : routing.fields) {
    const bool sampling = std::ranges::find(kSampling, field) != kSampling.end();
    if (!sampling || strict) out.push_back(field);
  }
  return out;
}

}  // namespace

Result<std::unique_ptr<ClientRouting>> read_client_routing(std::string_view body,
                                                           std::string_view model) {
  std::unique_ptr<ClientRouting> out;
  const std::size_t open = dialects::skip_blanks(body, 0);
  if (open >= body.size() || body[open] != '{') return out;
  simdjson::dom::parser parser;
  std::vector<std::string_view> sampling;
  dialects::MemberWalk walk(body, open);
  while (walk.next()) {
    for (const auto name : kSampling) {
      if (walk.key_is(name)) sampling.push_back(name);
    }
    const auto field =
        std::ranges::find_if(kSteering, [&](std::string_view name) { return walk.key_is(name); });
    if (field == kSteering.end()) continue;
    if (!out) out = std::make_unique<ClientRouting>();
    if (has(*out, *field)) {
      return std::unexpected(Error{Code::k_duplicate_field,
                                   Origin::kClient,
                                   Retry::kNever,
                                   "'" + std::string(*field) + "' stands twice; send it once.",
                                   std::string(*field),
                                   {}});
    }
    out->fields.push_back(*field);
    const bool models = *field == "models" || *field == "fallbacks";
    if (!models && *field != "provider") continue;
    element value;
    const auto span = walk.value();
    if (parser.parse(body.data() + span.begin, span.end - span.begin).get(value) !=
        simdjson::SUCCESS)
      return std::unexpected(wrong(*field, "JSON"));
    if (out->models.empty() && models && !model.empty()) out->models.emplace_back(model);
    const auto read =
        models ? read_names(value, *field, kMostModels, out->models) : read_provider(value, *out);
    if (!read) return std::unexpected(read.error());
  }
  if (!out) return out;
  if (out->models.empty() && !model.empty()) out->models.emplace_back(model);
  out->fields.insert(out->fields.end(), sampling.begin(), sampling.end());
  return out;
}

std::string_view body_for(const chain::Exchange& exchange, const chain::Target& target,
                          std::string& edited) {
  std::vector<std::string_view> drop;
  if (exchange.routing) drop = fields_to_drop(*exchange.routing, *target.provider);
  if (target.overrides.empty() && drop.empty()) return exchange.body;
  edited = dialects::edit_body(exchange.body, target.overrides, drop);
  return edited;
}

std::string with_cost(std::string_view body, const std::string& usd) {
  std::string out(body);
  const std::size_t open = dialects::skip_blanks(body, 0);
  if (open >= body.size() || body[open] != '{') return out;
  dialects::MemberWalk walk(body, open);
  while (walk.next()) {
    if (!walk.key_is("usage") || body[walk.value().begin] != '{') continue;
    const std::size_t inside = walk.value().begin + 1;
    const std::size_t first = dialects::skip_blanks(body, inside);
    const bool empty = first < body.size() && body[first] == '}';
    out.insert(inside, "\"cost\":" + usd + (empty ? "" : ","));
    break;
  }
  return out;
}

std::string with_cost_events(std::string_view events, const std::string& usd) {
  constexpr std::string_view kData = "data:";
  std::string out;
  while (!events.empty()) {
    const std::size_t end = std::min(events.find('\n'), events.size() - 1) + 1;
    const std::string_view line = events.substr(0, end);
    events.remove_prefix(end);
    if (line.starts_with(kData) && line.find("\"usage\"") != std::string_view::npos) {
      out.append(kData).append(with_cost(line.substr(kData.size()), usd));
    } else {
      out.append(line);
    }
  }
  return out;
}

std::string broken_chunk(const chain::Exchange& exchange, const chain::Target& target,
                         const Error& error) {
  std::string out = "data: {\"id\":\"chatcmpl-";
  out.append(exchange.id.view()).append("\",\"object\":\"chat.completion.chunk\",\"created\":");
  out.append(std::to_string(exchange.created_s)).append(",\"model\":");
  append_json_string(out, target.model.empty() ? exchange.view.model : target.model);
  out.append(",\"provider\":");
  append_json_string(out, target.provider->name);
  out.append(",\"error\":{\"code\":").append(std::to_string(http_status(error.code)));
  out.append(",\"message\":");
  append_json_string(out, error.detail);
  out.append(",\"metadata\":{\"error_type\":");
  append_json_string(out, code_name(error.code));
  return out.append(
      "}},\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\"},"
      "\"finish_reason\":\"error\"}]}\n\n");
}

}  // namespace pontage::gateway
