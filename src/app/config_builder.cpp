#include "app/config_builder.hpp"

#include <algorithm>

#include "app/config_tables.hpp"
#include "gateway/access.hpp"
#include "gateway/directory.hpp"
#include "middleware/registry.hpp"
#include "transport/tls.hpp"

namespace pontage::app {

using config::Diagnostics;
using config::Mark;
using config::Node;

providers::Provider* ConfigBuilder::make(const std::string& name, const Node* entry,
                                         const Mark& mark) {
  auto made =
      providers::make_provider(name, entry, mark, environment_, diagnostics_, *snapshot_.vendors);
  if (!made) {
    broken_.insert(name);
    return nullptr;
  }
  made->index = static_cast<int>(snapshot_.providers.size());
  provider_marks_[name] = mark;
  snapshot_.providers.push_back(std::move(made));
  return snapshot_.providers.back().get();
}

providers::Provider* ConfigBuilder::provider(const std::string& name, const Mark& mark) {
  for (const auto& known : snapshot_.providers) {
    if (known->name == name) return known.get();
  }
  if (broken_.contains(name)) return nullptr;  // said once is enough
  const auto* vendor = snapshot_.vendors->find(name);
  for (const auto& known : snapshot_.providers) {  // under another spelling
    if (vendor != nullptr && known->vendor == vendor->id) return known.get();
  }
  if (vendor == nullptr) {
    std::vector<std::string> names = snapshot_.vendors->names();
    for (const auto& known : snapshot_.providers) names.push_back(known->name);
    diagnostics_.error(mark, "no provider is called \"" + name + "\"" +
                                 config::did_you_mean(name, names) +
                                 "; declare it under providers with kind and base_url");
    return nullptr;
  }
  return make(name, nullptr, mark);
}

void ConfigBuilder::read_providers(const Node* node) {
  if (node == nullptr || node->is_null()) return;
  if (!node->is_map()) {
    diagnostics_.error(node->mark, "providers is a map from names to settings");
    return;
  }
  for (const auto& entry : node->entries) make(entry.key, &entry.value, entry.mark);
}

// Of servers of one's own only those that are always meant.
void ConfigBuilder::add_catalogue() {
  for (const auto& vendor : snapshot_.vendors->rows()) {
    const bool wanted = !vendor.local || vendor.id == "ollama" || vendor.id == "simulated";
    if (wanted && snapshot_.provider(vendor.id) == nullptr) make(vendor.id, nullptr, Mark{});
  }
}

const chain::Target* ConfigBuilder::intern(const providers::Provider& provider,
                                           const std::string& model) {
  const auto*& known = interned_[provider.name + '\n' + model + '\n'];
  if (known == nullptr) {
    auto made = std::make_unique<chain::Target>();
    gateway::fill_target(*made, snapshot_, provider, model);
    known = made.get();
    snapshot_.targets.push_back(std::move(made));
  }
  return known;
}

std::optional<expr::Program> ConfigBuilder::rule(const Node& node, bool outcome) {
  std::string source;
  if (!config::read_text(node, source, diagnostics_)) return std::nullopt;
  auto program =
      expr::Program::compile(source, outcome ? routing::outcome_scope() : routing::request_scope());
  if (program) return std::move(*program);
  for (const auto& problem : program.error()) {
    Mark mark = node.mark;
    mark.line += problem.line - 1;
    mark.column = problem.line > 1 ? problem.column
                                   : mark.column + problem.column - 1 + (node.quoted ? 1 : 0);
    diagnostics_.error(mark, "in the rule \"" + source + "\": " + problem.message);
  }
  return std::nullopt;
}

// The scenarios themselves come later; until then their default answers, so that the file serves.
void ConfigBuilder::add_scenario_default(const Node& value, gateway::Route& route) {
  const Node* standard = value.find("default");
  if (standard == nullptr || !standard->is_scalar()) return;
  const auto comma = standard->text.find(',');
  if (comma == std::string::npos) {
    diagnostics_.error(standard->mark, "a scenario names its target as \"provider,model\"");
    return;
  }
  const auto scalar = [&](std::string text) {
    Node made;
    made.kind = Node::Kind::kScalar;
    made.mark = standard->mark;
    made.text = std::move(text);
    return made;
  };
  Node as_target;
  as_target.kind = Node::Kind::kMap;
  as_target.mark = standard->mark;
  as_target.entries = {{"provider", standard->mark, scalar(standard->text.substr(0, comma))},
                       {"model", standard->mark, scalar(standard->text.substr(comma + 1))}};
  Node list;
  list.kind = Node::Kind::kSequence;
  list.mark = standard->mark;
  list.items = {as_target};
  auto build = context(0);
  if (auto made = middleware::find("fallback")->make(list, build)) route.chain.add(std::move(made));
}

void ConfigBuilder::read_chain_entry(const Node& node, gateway::Route& route) {
  if (!node.is_map() || node.entries.size() != 1) {
    diagnostics_.error(node.mark,
                       "each entry of a chain is one middleware, such as { retry: { max: 2 } }");
    return;
  }
  const auto& entry = node.entries.front();
  const auto* registered = middleware::find(entry.key);
  if (registered == nullptr) {
    if (const char* reason = middleware::not_live_reason(entry.key)) {
      diagnostics_.warning(entry.mark, entry.key + " is not live in this version: " + reason);
      if (entry.key == "scenario") add_scenario_default(entry.value, route);
      return;
    }
    std::string known;
    for (const auto& row : middleware::registry())
      known.append(known.empty() ? "" : ", ").append(row.name);
    diagnostics_.error(entry.mark, "no middleware is called \"" + entry.key + "\"" +
                                       config::did_you_mean(entry.key, middleware::names()) +
                                       "; known are " + known);
    return;
  }
  auto build = context(route.chain.entries().size());
  if (auto made = registered->make(entry.value, build)) route.chain.add(std::move(made));
}

void ConfigBuilder::read_chain(const Node& node, gateway::Route& route) {
  if (!node.is_sequence()) {
    diagnostics_.error(node.mark, "a chain is a list of middlewares");
    return;
  }
  for (const auto& item : node.items) {
    placed_.clear();
    read_chain_entry(item, route);
    entry_targets_.resize(route.chain.entries().size());
    if (!entry_targets_.empty() && !placed_.empty()) entry_targets_.back() = placed_;
  }
  route.tokens_wanted = route.chain.tokens_wanted();
}

namespace {

void read_unsupported(const Node& node, gateway::Route& out, Diagnostics& diagnostics) {
  if (node.text == "error" || node.text == "drop") {
    out.drop_unsupported = node.text == "drop";
  } else {
    diagnostics.error(node.mark, "unsupported is error or drop, found \"" + node.text + '"' +
                                     config::did_you_mean(node.text, {"error", "drop"}));
  }
}

void read_tool_blocks(const Node& node, gateway::Route& out, Diagnostics& diagnostics) {
  if (node.text == "parallel" || node.text == "serial") {
    out.serial_tools = node.text == "serial";
  } else {
    diagnostics.error(node.mark, "tool_blocks is parallel or serial, found \"" + node.text + '"' +
                                     config::did_you_mean(node.text, {"parallel", "serial"}));
  }
}

void read_leaving(const Node& node, gateway::Route& out, Diagnostics& diagnostics) {
  if (node.text == "cancel" || node.text == "drain") {
    out.drain_left = node.text == "drain";
  } else {
    diagnostics.error(node.mark, "leaving is cancel or drain, found \"" + node.text + '"' +
                                     config::did_you_mean(node.text, {"cancel", "drain"}));
  }
}

void read_max_cost(const Node& node, gateway::Route& out, Diagnostics& diagnostics) {
  const auto amount = ledger::parse_usd(node.text);
  if (amount && amount->value > 0) {
    out.max_cost = amount;
  } else {
    diagnostics.error(node.mark,
                      "max_cost is an amount of dollars such as 0.25, found \"" + node.text + '"');
  }
}

}  // namespace

void ConfigBuilder::read_route(const Node& node, std::vector<std::string>& without_floor) {
  gateway::Route route;
  route.index = static_cast<int>(snapshot_.routes.size());
  route.name = "route-" + std::to_string(route.index + 1);
  const Node* chain_node = nullptr;
  std::string routing;
  config::Struct<gateway::Route> table("routes[]", "");
  table.text("name", &gateway::Route::name, "")
      .custom("unsupported", "", "", "", read_unsupported)
      .custom("tool_blocks", "", "", "", read_tool_blocks)
      .custom("leaving", "", "", "", read_leaving)
      .custom("max_cost", "", "", "", read_max_cost)
      .custom("match", "", "", "",
              [](const Node& value, gateway::Route& out, Diagnostics& diagnostics) {
                routing::match_table().parse(value, out.match, diagnostics);
              })
      .custom("chain", "", "", "",
              [&](const Node& value, gateway::Route&, Diagnostics&) { chain_node = &value; })
      .required()
      .custom("client_routing", "", "", "",
              [&](const Node& value, gateway::Route&, Diagnostics& diagnostics) {
                if (value.text == "allow" || value.text == "deny") {
                  routing = value.text;
                } else {
                  diagnostics.error(value.mark, "client_routing is allow or deny");
                }
              });
  table.parse(node, route, diagnostics_);
  if (chain_node == nullptr) return;
  for (const auto& earlier : snapshot_.routes) {
    if (earlier.name == route.name)
      diagnostics_.error(node.mark, "two routes are called \"" + route.name + "\"");
    if (earlier.match.covers(route.match)) {
      diagnostics_.error(
          node.mark,
          "route " + route.name + " is never reached: " + earlier.name +
              " before it takes every request that it would; move it up or narrow that one");
    }
  }
  entry_targets_.clear();
  read_chain(*chain_node, route);
  std::vector<const chain::Target*> targets;
  for (const auto& entry : route.chain.entries()) entry->targets(targets);
  route.client_routing = routing == "allow" || (routing.empty() && targets.empty());
  review_chain(*chain_node, route, without_floor);
  review_order(route);
  read_shape(node, route);
  snapshot_.routes.push_back(std::move(route));
}

void ConfigBuilder::read_routes(const Node* node, std::vector<std::string>& without_floor) {
  snapshot_.by_model_name.name = "by-model-name";
  snapshot_.by_model_name.client_routing = true;
  if (node == nullptr || node->is_null()) return;
  if (!node->is_sequence()) {
    diagnostics_.error(node->mark, "routes is a list of { match: …, chain: [ … ] }");
    return;
  }
  for (const auto& item : node->items) read_route(item, without_floor);
}

void ConfigBuilder::read_keys(const Node* node) {
  if (node == nullptr || node->is_null()) return;
  if (!node->is_sequence()) {
    diagnostics_.error(node->mark, "keys is a list of { name: …, secret_hash: … }");
    return;
  }
  for (const auto& item : node->items) {
    KeyOptions options;
    const auto errors = diagnostics_.error_count();
    key_table().parse(item, options, diagnostics_);
    if (diagnostics_.error_count() != errors) continue;
    const std::string digest = gateway::parse_secret_hash(options.secret_hash);
    if (digest.empty()) {
      diagnostics_.error(
          item.find("secret_hash")->mark,
          "secret_hash is `sha256:` and 64 hex digits; `pontage keys add NAME` makes one");
      continue;
    }
    for (const auto& [other, key] : snapshot_.keys) {
      if (key.name == options.name)
        diagnostics_.error(item.mark, "two keys are called \"" + options.name + "\"");
    }
    gateway::ClientKey key{options.name,
                           {options.tags.begin(), options.tags.end()},
                           options.models,
                           options.max_concurrency};
    if (!snapshot_.keys.emplace(digest, std::move(key)).second) {
      diagnostics_.error(item.mark,
                         "key \"" + options.name + "\" has the same secret as another one");
    }
  }
}

void ConfigBuilder::refuse_passthrough() {
  for (const auto& each : snapshot_.providers) {
    if (!each->passthrough) continue;
    diagnostics_.error(provider_marks_[each->name],
                       "provider \"" + each->name +
                           "\": api_key: passthrough sends the "
                           "clients' own keys on, so it needs server.auth: none");
  }
}

void ConfigBuilder::refuse_loops(const std::string& listen) {
  const auto colon = listen.rfind(':');
  if (colon == std::string::npos || listen.substr(colon + 1) == "0") return;
  const std::string host = listen.substr(0, colon);
  const bool everywhere = host == "0.0.0.0" || host == "[::]" || host == "*" || host.empty();
  for (const auto& each : snapshot_.providers) {
    if (each->in_process || std::to_string(each->url.port) != listen.substr(colon + 1)) continue;
    const bool loopback = each->url.host == "localhost" || each->url.host == "::1" ||
                          each->url.host.starts_with("127.");
    if (each->url.host == host ||
        (loopback && (everywhere || host.starts_with("127.") || host == "localhost"))) {
      const auto* vendor = snapshot_.vendors->find(each->vendor);
      if (!provider_marks_[each->name].file && vendor != nullptr &&
          vendor->base_url ==
              each->options.base_url) {  // a row of the catalogue, and nobody's wish
        each->not_configured = "its address is this gateway's own listener";
        continue;
      }
      diagnostics_.error(provider_marks_[each->name],
                         "provider \"" + each->name + "\": its address " + each->options.base_url +
                             " is this gateway's own listener, so every request would come back; "
                             "set base_url (or the "
                             "environment variable behind it) to the provider");
    }
  }
}

}  // namespace pontage::app
