// The accounts of Claude Code Router's version 2.
#pragma once

#include "config/environment.hpp"
#include "config/foreign_tree.hpp"

namespace pontage::config {

/// It knows `$NAME` beside `${NAME}`; both are expanded here, in every value of the file.
void router_variables(Node& node, const Environment& environment, Diagnostics& diagnostics);
/// `Providers` as the native `providers`.
Node router_providers(const Node& providers, Diagnostics& diagnostics);

}  // namespace pontage::config
