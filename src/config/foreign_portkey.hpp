// The parts of Portkey's format: what a single configuration says beside its strategy.
#pragma once

#include <string>
#include <vector>

#include "config/foreign_tree.hpp"
#include "config/load.hpp"

namespace pontage::config {

/// What a configuration hands down to its targets. Credentials are not among it.
struct PortkeyInherited {
  Node override_params;
  Node custom_host;
  Node forward_headers;
};

/// `setCache` and `set_cache` are one key to Portkey: all become the latter, except inside of
/// `override_params`.
void portkey_spelling(Node& node);
/// retry, request_timeout, cache; what has no counterpart is warned of here, once a configuration.
void portkey_policies(const Node& node, bool top, std::vector<Node>& steps,
                      Diagnostics& diagnostics);
void portkey_inherit(const Node& node, PortkeyInherited& inherited, Diagnostics& diagnostics);
/// `429, 500` of a list of status codes.
std::string portkey_codes(const Node& codes, Diagnostics& diagnostics);
/// Portkey's weights are any numbers (0.7 and 0.3), ours whole ones: `scaled` takes them times
/// 1000.
Node portkey_weight(const Node& weight, bool scaled, Diagnostics& diagnostics);
bool is_fraction(const Node& weight);
/// The native target of a configuration without a strategy; its account goes into `book`.
Node portkey_target(const Node& node, const PortkeyInherited& inherited,
                    const PortkeyOptions& options, ProviderBook& book, Diagnostics& diagnostics);

}  // namespace pontage::config
