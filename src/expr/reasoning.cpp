// Reasoning about rules: a rule is unfolded into alternatives ("this set for that name, and ..."),
// and alternatives that contradict themselves are dropped. What is left empty is impossible.
// Everything is an over-approximation of what can happen, so "impossible" is certain and "possible"
// is not; all answers are built from "impossible".
#include <map>
#include <utility>

#include "expr/atoms.hpp"

namespace pontage::expr {
namespace {

/// More alternatives than this are not worth a warning in `check`.
constexpr std::size_t kMaxAlternatives = 64;

using Alternative = std::map<Axis, Domain>;
/// Nothing: too many to say.
using Alternatives = std::optional<std::vector<Alternative>>;

/// What an alternative asks of a condition. "Not true" is false, absent or an error.
struct Wish {
  bool truth;    ///< true or false
  bool negated;  ///< not that
};

bool possible(const Alternative& alternative) {
  for (auto at = alternative.begin(); at != alternative.end();) {
    // A subject is absent in all of its views or present in all of them.
    bool absent = true;
    bool present = true;
    const std::string& subject = at->first.subject;
    for (; at != alternative.end() && at->first.subject == subject; ++at) {
      absent = absent && at->second.absent;
      present = present && at->second.has_present();
    }
    if (!absent && !present) return false;
  }
  return true;
}

Alternatives either(Alternatives a, const Alternatives& b) {
  if (!a || !b) return std::nullopt;
  a->insert(a->end(), b->begin(), b->end());
  if (a->size() > kMaxAlternatives) return std::nullopt;
  return a;
}

Alternatives both(const Alternatives& a, const Alternatives& b) {
  // An impossible side makes the whole impossible, however large the other is.
  if (a && a->empty()) return a;
  if (b && b->empty()) return b;
  if (!a || !b) return std::nullopt;
  std::vector<Alternative> out;
  for (const Alternative& left : *a) {
    for (const Alternative& right : *b) {
      Alternative joined = left;
      for (const auto& [axis, domain] : right) {
        const auto [at, added] = joined.emplace(axis, domain);
        if (!added) at->second = intersection(at->second, domain);
      }
      if (!possible(joined)) continue;
      if (out.size() == kMaxAlternatives) return std::nullopt;
      out.push_back(std::move(joined));
    }
  }
  return out;
}

Alternatives unfold(const Code& code, const Node& node, Wish wish);

Alternatives unfold_constant(const Value& value, Wish wish) {
  const bool fits = value.is(Value::Kind::kBool) && value.as_bool() == wish.truth;
  if (fits != wish.negated) return std::vector<Alternative>{{}};
  return std::vector<Alternative>{};
}

/// `&&` is true if all sides are, and false if one side is, whatever the others are; `||` the other
/// way round. So the wish for a side is the wish for the whole, and only "all" or "one" remains to
/// be found.
Alternatives unfold_logical(const Code& code, const Node& node, Wish wish) {
  const bool all = ((node.op == Op::kAnd) == wish.truth) != wish.negated;
  Alternatives out = std::vector<Alternative>(all ? 1 : 0);
  for (std::size_t i = 0; i < node.count; ++i) {
    const Alternatives side = unfold(code, code.child(node, i), wish);
    out = all ? both(out, side) : either(std::move(out), side);
  }
  return out;
}

/// (test and yes) or (not test and no); its negation side by side.
Alternatives unfold_condition(const Code& code, const Node& node, Wish wish) {
  const Node& test = code.child(node, 0);
  const Alternatives first = unfold(code, test, {true, wish.negated});
  const Alternatives second = unfold(code, test, {false, wish.negated});
  const Alternatives yes = unfold(code, code.child(node, 1), wish);
  const Alternatives no = unfold(code, code.child(node, 2), wish);
  if (!wish.negated) return either(both(first, yes), both(second, no));
  return both(either(first, yes), either(second, no));
}

bool depends_on_facts(const Code& code, const Node& node) {
  if (reads_facts(node.op)) return true;
  for (std::size_t i = 0; i < node.count; ++i) {
    if (depends_on_facts(code, code.child(node, i))) return true;
  }
  return false;
}

Alternatives unfold(const Code& code, const Node& node, Wish wish) {
  switch (node.op) {
    case Op::kConst:
      return unfold_constant(node.value, wish);
    case Op::kNot:
      return unfold(code, code.child(node, 0), {!wish.truth, wish.negated});
    case Op::kAnd:
    case Op::kOr:
      return unfold_logical(code, node, wish);
    case Op::kCondition:
      return unfold_condition(code, node, wish);
    default:
      break;
  }
  // Constants that are left are those that fail whenever they run.
  if (!depends_on_facts(code, node)) return unfold_constant(Value::error({}), wish);
  const Atom atom = read_atom(code, node);
  const Domain& set = wish.truth ? atom.yes : atom.no;
  Alternative one{{atom.axis, wish.negated ? complement(set) : set}};
  std::vector<Alternative> out;
  if (possible(one)) out.push_back(std::move(one));
  return out;
}

bool impossible(const Alternatives& alternatives) {
  return alternatives && alternatives->empty();
}

}  // namespace

Program::Truth Program::satisfiable() const {
  const Node& root = code_->nodes[code_->root];
  if (impossible(unfold(*code_, root, {true, false}))) return Truth::kNever;
  if (impossible(unfold(*code_, root, {true, true}))) return Truth::kAlways;
  return Truth::kSometimes;
}

bool Program::covered(const Program& rule, std::span<const Program* const> earlier) {
  const Code& code = *rule.code_;
  Alternatives left = unfold(code, code.nodes[code.root], {true, false});
  for (const Program* other : earlier) {
    if (impossible(left)) return true;
    const Code& theirs = *other->code_;
    const Alternatives rest = both(left, unfold(theirs, theirs.nodes[theirs.root], {true, true}));
    // Where it grows too large, leaving one rule out only leaves more that may be uncovered.
    if (rest) left = rest;
  }
  return impossible(left);
}

bool Program::implies(const Program& a, const Program& b) {
  const Program* const other = &b;
  return covered(a, {&other, 1});
}

bool Program::overlaps(const Program& earlier, const Program& later) {
  const Code& first = *earlier.code_;
  const Code& second = *later.code_;
  return !impossible(both(unfold(first, first.nodes[first.root], {true, false}),
                          unfold(second, second.nodes[second.root], {true, false})));
}

}  // namespace pontage::expr
