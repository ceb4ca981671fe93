// How a value is named in an error message; a secret is never spelt out.
#pragma once

#include <string>
#include <string_view>

#include "config/node.hpp"

namespace pontage::config {

std::string quote(std::string_view text);  ///< in double quotes, shortened, control bytes replaced
std::string describe(const Node& node);    ///< `"abc"`, `a list`, `a value from the environment`

}  // namespace pontage::config
