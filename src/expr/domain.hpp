// Sets of values that a name may have, for reasoning about rules. A set is over one view of a value
// (as a number, as a bool, as a text, only whether it is there); it can hold "absent", and "other":
// NaN, or a text that is no such value.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "expr/code.hpp"

namespace pontage::expr {

enum class View : std::uint8_t {
  kInt,
  kDouble,    ///< keys of doubles: as integers, in the order of the doubles
  kBool,      ///< 0 and 1
  kPresence,  ///< there or not; what it is does not matter
  kText,
  kTruth,  ///< of a condition that is not understood: 0, 1, and "absent" for neither
};

struct Interval {
  std::int64_t low;
  std::int64_t high;  ///< inclusive
};

struct Domain {
  View view = View::kTruth;
  bool has_other = false;               ///< whether `other` exists in this view
  std::vector<Interval> ranges = {};    ///< sorted and apart; unused by kText
  bool all_texts_but = false;           ///< kText: `texts` are left out, instead of in
  std::vector<std::string> texts = {};  ///< sorted
  bool other = false;
  bool absent = false;

  bool has_present() const;
};

Domain everything(View view, bool has_other);
Domain nothing(View view, bool has_other);
Domain intersection(const Domain& a, const Domain& b);
Domain complement(const Domain& set);
/// All that is present and not in `set`.
Domain present_rest(const Domain& set);
void unite(Domain& set, const Domain& more);

std::int64_t double_key(double value);

}  // namespace pontage::expr
