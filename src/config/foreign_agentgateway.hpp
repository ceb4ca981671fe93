// The AI backends of agentgateway, in both of its styles: `llm.models` and `backends: [ { ai } ]`.
#pragma once

#include <string>
#include <vector>

#include "config/foreign_tree.hpp"

namespace pontage::config {

/// A model of `llm.models`, or of one provider behind `ai`: its native target. Null, with an
/// error, when it names no provider.
Node gateway_target(const Node& model, const Node* providers, ProviderBook& book,
                    Diagnostics& diagnostics);
/// The steps of an `ai` backend: one provider, or groups in order of priority.
std::vector<Node> gateway_ai(const Node& ai, ProviderBook& book, Diagnostics& diagnostics);
/// `policies` of a route (retry, timeout); everything else is warned of.
void gateway_policies(const Node& policies, std::vector<Node>& steps, Diagnostics& diagnostics);
/// A condition of theirs as a rule; nothing, with a warning, where its names have no counterpart.
std::optional<std::string> gateway_rule(const Node& when, Diagnostics& diagnostics);

}  // namespace pontage::config
