// The conditions that rules are made of, as sets: `request.tokens < 500` is the set of values for
// which it is true.
#pragma once

#include <compare>

#include "expr/domain.hpp"

namespace pontage::expr {

/// What a set is about. One subject can be seen in several views; it is absent in all of them or in
/// none.
struct Axis {
  std::string subject;
  View view;

  auto operator<=>(const Axis&) const = default;
};

struct Atom {
  Axis axis;
  Domain yes;  ///< where the condition is true
  Domain no;   ///< where it is false; the rest is absence or error
};

Atom read_atom(const Code& code, const Node& node);

}  // namespace pontage::expr
