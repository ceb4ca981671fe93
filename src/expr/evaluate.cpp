// The evaluator: a walk over the nodes. Absence and errors are values that travel up, and that `&&`
// and `||` absorb where the other side decides (cel-spec, doc/langdef.md, "Logical Operators").
#include "expr/evaluate.hpp"

#include "expr/operators.hpp"

namespace pontage::expr {
namespace {

using Kind = Value::Kind;

Value named(Value value, const Node& node) {
  return value.is(Kind::kAbsent) ? Value::absent(node.label) : value;
}

Value lookup(const Code& code, const Node& node, const Facts& facts) {
  const Value key = evaluate_node(code, code.child(node, 0), facts);
  if (key.is_trouble()) return key;
  if (!key.is(Kind::kString)) return Value::error(kNoOverload);
  const Value found = facts.lookup(node.id, key.text());
  if (node.op == Op::kLookup) return named(found, node);
  return Value::boolean(!found.is(Kind::kAbsent));
}

/// `&&` is false as soon as one side is, `||` true: whatever the others are. Otherwise the first
/// trouble is the result.
Value logical(const Code& code, const Node& node, const Facts& facts) {
  const bool decisive = node.op == Op::kOr;
  Value result = Value::boolean(!decisive);
  for (std::size_t i = 0; i < node.count; ++i) {
    Value side = evaluate_node(code, code.child(node, i), facts);
    if (!side.is(Kind::kBool) && !side.is_trouble()) side = Value::error(kNoOverload);
    if (side.is(Kind::kBool) && side.as_bool() == decisive) return side;
    if (side.is_trouble() && !result.is_trouble()) result = side;
  }
  return result;
}

Value condition(const Code& code, const Node& node, const Facts& facts) {
  const Value test = evaluate_node(code, code.child(node, 0), facts);
  if (test.is_trouble()) return test;
  if (!test.is(Kind::kBool)) return Value::error(kNoOverload);
  return evaluate_node(code, code.child(node, test.as_bool() ? 1 : 2), facts);
}

Value matches(const Node& node, const Value& text) {
  if (!text.is(Kind::kString)) return Value::error(kNoOverload);
  const re2::StringPiece piece(text.text().data(), text.text().size());
  return Value::boolean(
      node.pattern->Match(piece, 0, piece.size(), re2::RE2::UNANCHORED, nullptr, 0));
}

Value unary(const Code& code, const Node& node, const Facts& facts) {
  const Value value = evaluate_node(code, code.child(node, 0), facts);
  if (value.is_trouble()) return value;
  switch (node.op) {
    case Op::kTruth:
      return truth(value);
    case Op::kNot:
      return value.is(Kind::kBool) ? Value::boolean(!value.as_bool()) : Value::error(kNoOverload);
    case Op::kNegate:
      return negate(value);
    case Op::kMatches:
      return matches(node, value);
    case Op::kSize:
      return size_of(value);
    default:
      return convert(node.op, value);
  }
}

Value binary(const Code& code, const Node& node, const Facts& facts) {
  const Value left = evaluate_node(code, code.child(node, 0), facts);
  if (left.is_trouble()) return left;
  const Value right = evaluate_node(code, code.child(node, 1), facts);
  if (right.is_trouble()) return right;
  switch (node.op) {
    case Op::kAdd:
    case Op::kSubtract:
    case Op::kMultiply:
    case Op::kDivide:
    case Op::kModulo:
      return arithmetic(node.op, left, right);
    case Op::kIn:
      return contains_op(node, left, right);
    case Op::kIndex:
      return index_list(left, right);
    case Op::kContains:
    case Op::kStartsWith:
    case Op::kEndsWith:
      return text_op(node.op, left, right);
    default:
      return compare_op(node, left, right);
  }
}

}  // namespace

Value evaluate_node(const Code& code, const Node& node, const Facts& facts) noexcept {
  switch (node.op) {
    case Op::kConst:
      return node.value;
    case Op::kFact:
      return named(facts.get(node.id), node);
    case Op::kHasFact:
      return Value::boolean(!facts.get(node.id).is(Kind::kAbsent));
    case Op::kLookup:
    case Op::kHasLookup:
      return lookup(code, node, facts);
    case Op::kAnd:
    case Op::kOr:
      return logical(code, node, facts);
    case Op::kCondition:
      return condition(code, node, facts);
    default:
      return node.count == 1 ? unary(code, node, facts) : binary(code, node, facts);
  }
}

}  // namespace pontage::expr
