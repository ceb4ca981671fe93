// Runs compiled code against facts.
#pragma once

#include "expr/code.hpp"

namespace pontage::expr {

/// Each node at most once, no allocation, recursion no deeper than kMaxDepth.
Value evaluate_node(const Code& code, const Node& node, const Facts& facts) noexcept;

}  // namespace pontage::expr
