// The one table of all middlewares by name.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pontage/chain/middleware.hpp"

namespace pontage::middleware {

std::span<const chain::Registration> registry();
const chain::Registration* find(std::string_view name);
std::vector<std::string> names();

/// Known names that a later version brings; null when the name is none of them. `check` then warns,
/// once a part.
const char* not_live_reason(std::string_view name);

}  // namespace pontage::middleware
