// Which format a root map is of, by the keys that only that format has.
#include "config/foreign.hpp"

#include <algorithm>
#include <array>

#include "config/describe.hpp"

namespace pontage::config {
namespace {

constexpr std::array<std::string_view, 5> kScenarioKeys = {"default", "background", "longContext",
                                                           "think", "webSearch"};
constexpr std::array<std::string_view, 4> kLiteLlmKeys = {"model_list", "litellm_settings",
                                                          "router_settings", "general_settings"};
constexpr std::array<std::string_view, 7> kAgentGatewayKeys = {
    "binds", "gateways", "llm", "mcp", "backends", "frontendPolicies", "ui"};

template <std::size_t N>
const Node::Entry* first_of(const Node& root, const std::array<std::string_view, N>& keys) {
  for (const Node::Entry& entry : root.entries) {
    if (std::find(keys.begin(), keys.end(), entry.key) != keys.end()) return &entry;
  }
  return nullptr;
}

/// A configuration of Portkey's without a strategy: one account, and perhaps its options.
bool is_portkey_account(const Node& root) {
  const Node* provider = root.find("provider");
  return provider != nullptr && provider->is_scalar() && root.find("routes") == nullptr;
}

bool is_scenario_file(const Node& root) {
  if (root.find("Router") != nullptr || root.find("Providers") != nullptr) return true;
  const Node* routes = root.find("routes");
  if (routes != nullptr && routes->is_sequence()) return false;
  return std::any_of(root.entries.begin(), root.entries.end(), [](const Node::Entry& entry) {
    const bool is_scenario =
        std::find(kScenarioKeys.begin(), kScenarioKeys.end(), entry.key) != kScenarioKeys.end();
    return is_scenario && entry.value.is_scalar();
  });
}

/// The project's own files also have `routes`, but with backends and policies in place of a chain.
const Node::Entry* agentgateway_key(const Node& root) {
  if (const Node::Entry* entry = first_of(root, kAgentGatewayKeys)) return entry;
  const Node* routes = root.find("routes");
  if (routes == nullptr || !routes->is_sequence()) return nullptr;
  for (const Node& route : routes->items) {
    for (const Node::Entry& entry : route.entries) {
      if (entry.key == "backends" || entry.key == "policies") return &entry;
    }
  }
  return nullptr;
}

}  // namespace

Format detect_format(const Node& root) {
  const Node* strategy = root.find("strategy");
  const bool has_mode = strategy != nullptr && strategy->find("mode") != nullptr;
  if (has_mode || root.find("targets") != nullptr || is_portkey_account(root))
    return Format::kPortkey;
  if (first_of(root, kLiteLlmKeys) != nullptr) return Format::kLiteLlm;
  if (is_scenario_file(root)) return Format::kClaudeCodeRouter;
  if (agentgateway_key(root) != nullptr) return Format::kAgentGateway;
  return Format::kNative;
}

std::optional<Loaded> to_native(Node root, const Environment& environment,
                                Diagnostics& diagnostics) {
  const Format format = detect_format(root);
  switch (format) {
    case Format::kNative:
      return Loaded{std::move(root), format};
    case Format::kPortkey:
      return Loaded{portkey_to_native(std::move(root), {}, diagnostics), format};
    case Format::kClaudeCodeRouter:
      return Loaded{claude_code_router_to_native(std::move(root), environment, diagnostics),
                    format};
    case Format::kAgentGateway:
      return Loaded{agentgateway_to_native(std::move(root), environment, diagnostics), format};
    case Format::kLiteLlm:
      return Loaded{litellm_to_native(std::move(root), environment, diagnostics), format};
  }
  return std::nullopt;
}

}  // namespace pontage::config
