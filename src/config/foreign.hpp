// Files of other gateways: recognised by what stands in them, and rewritten to the native tree with
// their own marks, so that every later message points into the file that the user wrote.
#pragma once

#include <optional>

#include "config/load.hpp"

namespace pontage::config {

Format detect_format(const Node& root);

/// The native tree of any root map; nothing, with errors, for what is recognised but not understood
/// yet.
std::optional<Loaded> to_native(Node root, Diagnostics& diagnostics);

/// One file each; `root` has been recognised by detect_format.
Node portkey_to_native(Node root, Diagnostics& diagnostics);
Node claude_code_router_to_native(Node root, Diagnostics& diagnostics);

}  // namespace pontage::config
