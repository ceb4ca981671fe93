// Files of other gateways: recognised by what stands in them, and rewritten to the native tree with
// their own marks, so that every later message points into the file that the user wrote. What has
// no counterpart is a warning at its place, never dropped in silence.
#pragma once

#include <optional>
#include <string>

#include "config/load.hpp"

namespace pontage::config {

Format detect_format(const Node& root);

/// The native tree of any root map; nothing, with errors, for what is not understood.
std::optional<Loaded> to_native(Node root, const Environment& environment,
                                Diagnostics& diagnostics);

/// One file each; `root` has been recognised by detect_format.
Node portkey_to_native(Node root, const PortkeyOptions& options, Diagnostics& diagnostics);
Node claude_code_router_to_native(Node root, const Environment& environment,
                                  Diagnostics& diagnostics);
Node agentgateway_to_native(Node root, const Environment& environment, Diagnostics& diagnostics);
Node litellm_to_native(Node root, const Environment& environment, Diagnostics& diagnostics);

/// A condition of Portkey's query language as a rule; nothing, with a warning, where no rule can
/// say it.
std::optional<std::string> portkey_query(const Node& query, Diagnostics& diagnostics);

/// A text as a literal of the rule language.
std::string rule_text(std::string_view text);

}  // namespace pontage::config
