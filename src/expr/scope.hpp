// The vocabulary of rules: which names exist, of which type, and what they mean. One table serves
// the checker, the documentation and "did you mean". It knows no request; `Facts` in expr.hpp
// answers for one.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "expr/value.hpp"

namespace pontage::expr {

struct Name {
  std::string_view name;  ///< dotted: `request.tokens`
  Type type;              ///< of a map: the type of its values
  int id;                 ///< what `Facts` is asked with; unique in a scope
  bool is_map = false;    ///< `request.metadata`: asked with a key of type string
  std::string_view doc = {};
};

/// A view of a constant table; the table outlives every compilation, but not necessarily the
/// compiled programs.
class Scope {
 public:
  constexpr explicit Scope(std::span<const Name> names) : names_(names) {}

  std::span<const Name> names() const { return names_; }
  const Name* find(std::string_view name) const;
  /// The known spelling nearest to an unknown dotted name, or an empty text when nothing is near.
  std::string closest(std::string_view wrong) const;

 private:
  std::span<const Name> names_;
};

}  // namespace pontage::expr
