// Claude Code Router: the flat scenario file ("provider,model" under each scenario's name) and the
// file of its version 2 (`Providers`, `Router`, `fallback` and the settings around them).
#include "config/foreign_router.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "config/describe.hpp"
#include "config/foreign.hpp"
#include "config/foreign_tree.hpp"

namespace pontage::config {
namespace {

constexpr std::string_view kPath = "/v1";

void check_target(const Node& target, const std::string& name, Diagnostics& diagnostics) {
  const std::size_t comma = target.is_scalar() ? target.text.find(',') : std::string::npos;
  if (comma == std::string::npos || comma == 0 || comma + 1 == target.text.size()) {
    diagnostics.error(
        target.mark, quote(name) + " must be a text \"provider,model\", found " + describe(target));
  }
}

void check_routes(const Node& routes, Diagnostics& diagnostics) {
  if (!routes.is_map()) {
    diagnostics.error(
        routes.mark,
        "\"routes\" must be a map of task to \"provider,model\", found " + describe(routes));
  }
  for (const Node::Entry& entry : routes.entries) check_target(entry.value, entry.key, diagnostics);
}

Node flat_to_native(Node root, Diagnostics& diagnostics) {
  const std::vector<std::string> known = {"default",     "background", "think",
                                          "longContext", "webSearch",  "longContextThreshold",
                                          "routes"};
  Node native = make_map(root.mark);
  Node scenario = make_map(root.mark);
  for (Node::Entry& entry : root.entries) {
    if (is_native_part(entry.key)) {
      native.entries.push_back(std::move(entry));
      continue;
    }
    if (std::find(known.begin(), known.end(), entry.key) == known.end()) {
      unknown_key(entry, "a Claude Code Router configuration", known, diagnostics);
      continue;
    }
    if (entry.key == "routes") {
      check_routes(entry.value, diagnostics);
    } else if (entry.key != "longContextThreshold") {
      check_target(entry.value, entry.key, diagnostics);
    }
    scenario.entries.push_back(std::move(entry));
  }
  if (scenario.find("default") == nullptr) {
    diagnostics.error(root.mark, "a Claude Code Router configuration needs \"default\"");
  }
  put_route(native, root.mark, std::string(kPath), "scenario", std::move(scenario));
  return native;
}

// `Router`: the scenarios. An empty text means that a scenario is not used.
Node scenarios(const Node& router, Diagnostics& diagnostics) {
  constexpr std::array<std::string_view, 6> kScenarios = {
      "default", "background", "think", "longContext", "webSearch", "longContextThreshold"};
  Node scenario = make_map(router.mark);
  if (!expect_kind(router, Node::Kind::kMap, "Router", diagnostics)) return scenario;
  for (const Node::Entry& entry : router.entries) {
    if (std::find(kScenarios.begin(), kScenarios.end(), entry.key) == kScenarios.end()) {
      not_carried(entry, "Claude Code Router",
                  entry.key == "image" ? "there is no scenario for images; the default answers"
                                       : "there is no such scenario",
                  diagnostics);
    } else if (entry.key == "longContextThreshold") {
      scenario.entries.push_back(entry);
    } else if (!(entry.value.is_null() || (entry.value.is_scalar() && entry.value.text.empty()))) {
      check_target(entry.value, entry.key, diagnostics);
      scenario.entries.push_back(entry);
    }
  }
  if (scenario.find("default") == nullptr)
    diagnostics.error(router.mark, "\"Router\" needs \"default\"");
  return scenario;
}

Node to_targets(const Node& list, Diagnostics& diagnostics) {
  Node targets = make_sequence(list.mark);
  if (!expect_kind(list, Node::Kind::kSequence, "fallback", diagnostics)) return targets;
  for (const Node& item : list.items) {
    const auto errors = diagnostics.error_count();
    check_target(item, "fallback", diagnostics);
    if (diagnostics.error_count() != errors) continue;
    const std::size_t comma = item.text.find(',');
    targets.items.push_back(
        make_target(item.mark, item.text.substr(0, comma), item.text.substr(comma + 1)));
  }
  return targets;
}

// Version 2 leaves a target on any failure; only the default scenario's list has a place here.
void fallback_step(const Node& fallback, std::vector<Node>& steps, Diagnostics& diagnostics) {
  if (!expect_kind(fallback, Node::Kind::kMap, "fallback", diagnostics)) return;
  for (const Node::Entry& entry : fallback.entries) {
    if (entry.key != "default") {
      not_carried(entry, "Claude Code Router",
                  "a chain has one list of stand-ins; the one of \"default\" serves all scenarios",
                  diagnostics);
      continue;
    }
    Node targets = to_targets(entry.value, diagnostics);
    if (targets.items.empty()) continue;
    Node on = make_sequence(entry.mark);
    on.items.push_back(make_text(entry.mark, "status_code >= 400"));
    Node step = make_step(entry.mark, "on", std::move(on));
    put(step, entry.mark, "targets", std::move(targets));
    steps.push_back(make_step(entry.mark, "fallback", std::move(step)));
  }
}

constexpr NotCarried kSettings[] = {
    {"API_TIMEOUT_MS", "it is only the client's own timeout; `timeout` stands in a chain"},
    {"PROXY_URL", "providers are reached directly"},
    {"HTTPS_PROXY", "providers are reached directly"},
    {"https_proxy", "providers are reached directly"},
    {"httpsProxy", "providers are reached directly"},
    {"LOG", "see observability.log; bodies are never logged"},
    {"LOG_LEVEL", "see observability.log"},
    {"NON_INTERACTIVE_MODE", "it is a setting of the client"},
    {"CLAUDE_PATH", "it is a setting of the client"},
    {"StatusLine", "it is a setting of the client"},
    {"CUSTOM_ROUTER_PATH", "no JavaScript is run; write a rule, `conditional`"},
    {"transformers", "no JavaScript is run"},
    {"plugins", "no JavaScript is run; token rates are in /metrics"},
    {"forceUseImageAgent", "there is no image agent"},
    {"REWRITE_SYSTEM_PROMPT", "prompts are not rewritten"},
    {"tokenizer", "tokens are counted by the model's own encoder"},
};

class VersionTwo {
 public:
  VersionTwo(const Environment& environment, Diagnostics& diagnostics)
      : environment_(environment), diagnostics_(diagnostics) {}
  Node read(Node root);

 private:
  void setting(const Node::Entry& entry);
  void listen(const Node& root);

  const Environment& environment_;
  Diagnostics& diagnostics_;
  Node native_;
  std::vector<Node> steps_;
};

void VersionTwo::setting(const Node::Entry& entry) {
  if (not_carried(entry, "Claude Code Router", kSettings, diagnostics_)) return;
  if (entry.key == "APIKEY") {
    put_key(native_, "claude-code", entry.value, diagnostics_);
  } else if (entry.key == "fallback") {
    return;  // after Router, below
  } else if (entry.key != "Providers" && entry.key != "Router" && entry.key != "PORT" &&
             entry.key != "HOST") {
    diagnostics_.warning(entry.mark, "unknown key " + quote(entry.key) +
                                         " in a Claude Code Router configuration: it is ignored");
  }
}

// It listens on loopback unless it has a key, whatever HOST says.
void VersionTwo::listen(const Node& root) {
  const Node* port = root.find("PORT");
  const Node* host = root.find("HOST");
  if (port == nullptr && host == nullptr) return;
  const Node* key = root.find("APIKEY");
  const bool keyed = key != nullptr && !key->text.empty();
  std::string address = host != nullptr && keyed ? host->text : "127.0.0.1";
  put_listen(native_, port != nullptr ? port->mark : host->mark,
             address + ":" + (port != nullptr ? port->text : "3456"));
}

Node VersionTwo::read(Node root) {
  native_ = make_map(root.mark);
  router_variables(root, environment_, diagnostics_);
  std::erase_if(root.entries, [&](Node::Entry& entry) {
    if (!is_native_part(entry.key)) return false;
    native_.entries.push_back(std::move(entry));
    return true;
  });
  for (const Node::Entry& entry : root.entries) setting(entry);
  listen(root);
  if (const Node* providers = root.find("Providers")) {
    Node made = router_providers(*providers, diagnostics_);
    if (!made.entries.empty() && native_.find("providers") == nullptr)
      put(native_, providers->mark, "providers", std::move(made));
  }
  const Node* router = root.find("Router");
  if (router == nullptr) return native_;  // models are named "provider/model" then
  steps_.push_back(make_step(router->mark, "scenario", scenarios(*router, diagnostics_)));
  if (const Node* fallback = root.find("fallback")) fallback_step(*fallback, steps_, diagnostics_);
  add_route(native_, router->mark, make_step(router->mark, "path", make_text(router->mark, "/v1")),
            std::move(steps_));
  return native_;
}

}  // namespace

Node claude_code_router_to_native(Node root, const Environment& environment,
                                  Diagnostics& diagnostics) {
  if (root.find("Router") == nullptr && root.find("Providers") == nullptr)
    return flat_to_native(std::move(root), diagnostics);
  return VersionTwo(environment, diagnostics).read(std::move(root));
}

}  // namespace pontage::config
