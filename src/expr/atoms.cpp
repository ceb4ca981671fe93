// Reads comparisons of a name with constants as sets. Whatever is not understood becomes an atom of
// its own, known only by its text: true in one rule, it is true in every other that has the same
// condition.
#include "expr/atoms.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace pontage::expr {
namespace {

using Kind = Value::Kind;

/// Below this, integers are doubles exactly, so that comparing across the two is comparing numbers.
constexpr double kExact = 0x1p53;

bool is_comparison(Op op) {
  return op >= Op::kEqual && op <= Op::kGreaterEqual;
}

Op turned(Op op) {
  switch (op) {
    case Op::kLess:
      return Op::kGreater;
    case Op::kLessEqual:
      return Op::kGreaterEqual;
    case Op::kGreater:
      return Op::kLess;
    case Op::kGreaterEqual:
      return Op::kLessEqual;
    default:
      return op;
  }
}

std::string constant_text(const Value& value) {
  switch (value.kind()) {
    case Kind::kBool:
      return value.as_bool() ? "true" : "false";
    case Kind::kInt:
      return std::to_string(value.as_int());
    case Kind::kUint:
      return std::to_string(value.as_uint()) + "u";
    case Kind::kDouble:
      return "d" + std::to_string(double_key(value.as_double()));
    case Kind::kString:
      return "s" + std::to_string(value.text().size()) + ":" + std::string(value.text());
    case Kind::kBytes:
      return "b" + std::to_string(value.text().size()) + ":" + std::string(value.text());
    case Kind::kList: {
      std::string out = "[";
      for (const Value& item : value.items()) out += constant_text(item) + ",";
      return out + "]";
    }
    default:
      return "null";
  }
}

/// The same text for the same condition, and for no other.
std::string node_text(const Code& code, const Node& node) {
  if (node.op == Op::kConst) return constant_text(node.value);
  std::string out = std::to_string(static_cast<int>(node.op)) + "#" + std::to_string(node.id);
  if (node.adapt_left) out += "l";
  if (node.adapt_right) out += "r";
  if (node.pattern != nullptr) out += constant_text(Value::text(node.pattern->pattern()));
  out += "(";
  for (std::size_t i = 0; i < node.count; ++i) out += node_text(code, code.child(node, i)) + ",";
  return out + ")";
}

Atom opaque(const Code& code, const Node& node) {
  Domain yes = nothing(View::kTruth, false);
  Domain no = yes;
  yes.ranges = {{1, 1}};
  no.ranges = {{0, 0}};
  // `a != b` is `!(a == b)`: one atom for both.
  if (node.op == Op::kNotEqual) {
    Node positive = node;
    positive.op = Op::kEqual;
    return {{"?" + node_text(code, positive), View::kTruth}, no, yes};
  }
  return {{"?" + node_text(code, node), View::kTruth}, yes, no};
}

/// A fact, or a map's value under a constant key: what sets can be about.
std::optional<std::string> subject_of(const Code& code, const Node& node) {
  const std::string id = std::to_string(node.id);
  if (node.op == Op::kFact || node.op == Op::kHasFact) return id;
  if (node.op != Op::kLookup && node.op != Op::kHasLookup) return std::nullopt;
  const Node& key = code.child(node, 0);
  if (key.op != Op::kConst || !key.value.is(Kind::kString)) return std::nullopt;
  return id + "." + std::string(key.value.text());
}

Atom closed(std::string subject, Domain yes) {
  Domain no = present_rest(yes);
  const View view = yes.view;
  return {{std::move(subject), view}, std::move(yes), std::move(no)};
}

struct Span {
  std::int64_t low;   ///< the key at or below the constant
  std::int64_t high;  ///< the key at or above it: another one if the constant lies between two keys
};

void add_range(Domain& set, Op op, Span at) {
  const std::vector<Interval> all = everything(set.view, false).ranges;
  const auto [lowest, highest] = all.front();
  const auto add = [&](std::int64_t low, std::int64_t high) {
    if (low <= high) set.ranges = {{low, high}};
  };
  switch (op) {
    case Op::kEqual:
      return at.low == at.high ? add(at.low, at.low) : void();
    case Op::kLess:
      return at.high > lowest ? add(lowest, at.high - 1) : void();
    case Op::kLessEqual:
      return add(lowest, at.low);
    case Op::kGreater:
      return at.low < highest ? add(at.low + 1, highest) : void();
    case Op::kGreaterEqual:
      return add(at.high, highest);
    default:
      return;
  }
}

std::optional<double> exact_double(const Value& value) {
  if (value.is(Kind::kDouble)) {
    if (std::isnan(value.as_double())) return std::nullopt;
    return value.as_double();
  }
  double number = kExact;
  if (value.is(Kind::kInt)) number = static_cast<double>(value.as_int());
  if (value.is(Kind::kUint)) number = static_cast<double>(value.as_uint());
  return std::abs(number) < kExact ? std::optional(number) : std::nullopt;
}

/// Where the constant stands among the keys of the view; nothing if that cannot be said exactly.
std::optional<Span> place(View view, const Value& constant) {
  if (view == View::kBool) {
    if (!constant.is(Kind::kBool)) return std::nullopt;
    return Span{constant.as_bool(), constant.as_bool()};
  }
  if (view == View::kInt && constant.is(Kind::kInt)) {
    return Span{constant.as_int(), constant.as_int()};
  }
  const std::optional<double> number = exact_double(constant);
  if (!number) return std::nullopt;
  if (view == View::kDouble) return Span{double_key(*number), double_key(*number)};
  if (!(std::abs(*number) < kExact)) return std::nullopt;
  return Span{static_cast<std::int64_t>(std::floor(*number)),
              static_cast<std::int64_t>(std::ceil(*number))};
}

/// The view in which a name of this type is compared with this constant.
std::optional<View> view_of(Type type, const Value& constant) {
  switch (type) {
    case Type::kBool:
      return View::kBool;
    case Type::kInt:
      return View::kInt;
    case Type::kDouble:
      return View::kDouble;
    case Type::kString:
      return View::kText;
    case Type::kDynamic:
      if (constant.is(Kind::kBool)) return View::kBool;
      if (constant.is(Kind::kString)) return View::kText;
      if (constant.is_numeric()) return View::kDouble;
      return std::nullopt;
    default:
      return std::nullopt;
  }
}

bool has_other(Type type, View view) {
  return type == Type::kDouble || (type == Type::kDynamic && view != View::kText);
}

/// The values for which `name op constant` is true; `op` is not `!=`.
std::optional<Domain> values_for(Type type, Op op, const Value& constant) {
  const std::optional<View> view = view_of(type, constant);
  if (!view) return std::nullopt;
  Domain yes = nothing(*view, has_other(type, *view));
  if (*view == View::kText) {
    if (op != Op::kEqual || !constant.is(Kind::kString)) return std::nullopt;
    yes.texts = {std::string(constant.text())};
    return yes;
  }
  const std::optional<Span> at = place(*view, constant);
  if (!at) return std::nullopt;
  add_range(yes, op, *at);
  return yes;
}

std::optional<Atom> read_comparison(const Code& code, const Node& node) {
  const Node* name = &code.child(node, 0);
  const Node* constant = &code.child(node, 1);
  Op op = node.op;
  if (name->op == Op::kConst) {
    std::swap(name, constant);
    op = turned(op);
  }
  const std::optional<std::string> subject = subject_of(code, *name);
  if (!subject || constant->op != Op::kConst) return std::nullopt;
  const bool negative = op == Op::kNotEqual;
  const auto yes = values_for(name->type, negative ? Op::kEqual : op, constant->value);
  if (!yes) return std::nullopt;
  Atom atom = closed(*subject, *yes);
  if (negative) std::swap(atom.yes, atom.no);
  return atom;
}

std::optional<Atom> read_membership(const Code& code, const Node& node) {
  const Node& name = code.child(node, 0);
  const Node& list = code.child(node, 1);
  const std::optional<std::string> subject = subject_of(code, name);
  if (!subject || list.op != Op::kConst || list.value.items().empty()) return std::nullopt;
  std::optional<Domain> yes;
  for (const Value& item : list.value.items()) {
    const std::optional<Domain> one = values_for(name.type, Op::kEqual, item);
    if (!one || (yes && yes->view != one->view)) return std::nullopt;
    if (yes) unite(*yes, *one);
    if (!yes) yes = one;
  }
  return closed(*subject, *yes);
}

std::optional<Atom> read_presence(const Code& code, const Node& node) {
  const std::optional<std::string> subject = subject_of(code, node);
  if (!subject) return std::nullopt;
  Domain yes = present_rest(nothing(View::kPresence, false));
  Domain no = complement(yes);
  return Atom{{*subject, View::kPresence}, std::move(yes), std::move(no)};
}

/// A name that is itself the condition: `request.stream`, or a metadata value, which must be true
/// or false then.
std::optional<Atom> read_flag(const Code& code, const Node& name) {
  const std::optional<std::string> subject = subject_of(code, name);
  if (!subject || (name.type != Type::kBool && name.type != Type::kDynamic)) return std::nullopt;
  Domain yes = nothing(View::kBool, has_other(name.type, View::kBool));
  Domain no = yes;
  yes.ranges = {{1, 1}};
  no.ranges = {{0, 0}};
  return Atom{{*subject, View::kBool}, std::move(yes), std::move(no)};
}

}  // namespace

Atom read_atom(const Code& code, const Node& node) {
  std::optional<Atom> atom;
  if (is_comparison(node.op)) atom = read_comparison(code, node);
  if (node.op == Op::kIn) atom = read_membership(code, node);
  if (node.op == Op::kHasFact || node.op == Op::kHasLookup) atom = read_presence(code, node);
  if (node.op == Op::kFact || node.op == Op::kLookup) atom = read_flag(code, node);
  if (node.op == Op::kTruth) atom = read_flag(code, code.child(node, 0));
  return atom ? *std::move(atom) : opaque(code, node);
}

}  // namespace pontage::expr
