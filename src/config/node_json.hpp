// A node tree as JSON text: what a configuration hands on to a provider as it is.
#pragma once

#include <string>

#include "config/node.hpp"

namespace pontage::config {

/// Quoted scalars, and plain ones that JSON would not know, become strings.
std::string to_json(const Node& node);

}  // namespace pontage::config
