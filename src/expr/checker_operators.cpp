// Types of operators. Stricter than evaluation on purpose: a rule that compares a string with a
// number can only be a mistake, and is refused when the configuration loads.
#include "expr/checker.hpp"
#include "expr/literal.hpp"

namespace pontage::expr {
namespace {

bool is_number(Type type) {
  return type == Type::kInt || type == Type::kUint || type == Type::kDouble;
}
bool is_scalar(Type type) {
  return is_number(type) || type == Type::kBool || type == Type::kString;
}

bool equatable(Type a, Type b) {
  if (a == Type::kAny || b == Type::kAny || a == b) return true;
  if (is_number(a) && is_number(b)) return true;
  if (a == Type::kDynamic) return is_scalar(b);
  return b == Type::kDynamic && is_scalar(a);
}

bool has_order(Type type) {
  return type != Type::kNull && type != Type::kList;
}

std::optional<Op> comparison(Word word) {
  switch (word) {
    case Word::kEqual:
      return Op::kEqual;
    case Word::kNotEqual:
      return Op::kNotEqual;
    case Word::kLess:
      return Op::kLess;
    case Word::kLessEqual:
      return Op::kLessEqual;
    case Word::kGreater:
      return Op::kGreater;
    case Word::kGreaterEqual:
      return Op::kGreaterEqual;
    default:
      return std::nullopt;
  }
}

Op arithmetic_of(Word word) {
  switch (word) {
    case Word::kPlus:
      return Op::kAdd;
    case Word::kMinus:
      return Op::kSubtract;
    case Word::kTimes:
      return Op::kMultiply;
    case Word::kDivide:
      return Op::kDivide;
    default:
      return Op::kModulo;
  }
}

/// The static type that a constant of this kind has, when looking for something that could ever be
/// equal.
Type scalar_type(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::kBool:
      return Type::kBool;
    case Value::Kind::kInt:
      return Type::kInt;
    case Value::Kind::kUint:
      return Type::kUint;
    case Value::Kind::kDouble:
      return Type::kDouble;
    case Value::Kind::kString:
      return Type::kString;
    case Value::Kind::kBytes:
      return Type::kBytes;
    case Value::Kind::kList:
      return Type::kList;
    default:
      return Type::kNull;
  }
}

}  // namespace

Checker::Lowered Checker::lower_binary(const Syntax& syntax) {
  if (syntax.word == Word::kIn) return lower_in(syntax);
  const Lowered left = lower(syntax.children[0]);
  const Lowered right = lower(syntax.children[1]);
  if (!left || !right) return std::nullopt;
  if (comparison(syntax.word)) return lower_compare(syntax, *left, *right);
  return lower_arithmetic(syntax, *left, *right);
}

Checker::Lowered Checker::lower_arithmetic(const Syntax& syntax, NodeIndex left, NodeIndex right) {
  const Op op = arithmetic_of(syntax.word);
  const Type a = type(left);
  const Type b = type(right);
  const auto joins = [](Type t) {
    return t == Type::kString || t == Type::kBytes || t == Type::kList || t == Type::kDynamic;
  };
  if (op == Op::kAdd && joins(a) && joins(b)) {
    if (a == b && node(left).op == Op::kConst && node(right).op == Op::kConst) {
      return join_constants(syntax, node(left).value, node(right).value);
    }
    return complain(syntax.mark, Cause::kSubset,
                    "joining takes memory, which rules have none of when they run; only constants "
                    "can be joined");
  }
  const bool loose = a == Type::kAny || b == Type::kAny;
  const Type of = a == Type::kAny ? b : a;
  const bool fits = is_number(of) && (op != Op::kModulo || of != Type::kDouble);
  if ((a == b || loose) && (fits || of == Type::kAny)) {
    return emit({.op = op, .type = of}, {left, right});
  }
  std::string message = "`" + std::string(1, tree_.source[syntax.mark]) + "` does not take " +
                        std::string(name_of(a)) + " and " + std::string(name_of(b));
  if (a == Type::kDynamic || b == Type::kDynamic) {
    const NodeIndex which = syntax.children[a == Type::kDynamic ? 0 : 1];
    const std::string text = quote(tree_.nodes[which]);
    message += "; write `int(" + text.substr(1, text.size() - 2) + ")`";
  } else if (is_number(a) && is_number(b)) {
    message += a == b ? "; convert with int()" : "; convert one with double() or int()";
  }
  return complain(syntax.mark, Cause::kType, std::move(message));
}

Checker::Lowered Checker::join_constants(const Syntax& syntax, const Value& left,
                                         const Value& right) {
  if (left.is(Value::Kind::kList)) {
    std::vector<Value> items(left.items().begin(), left.items().end());
    items.insert(items.end(), right.items().begin(), right.items().end());
    return constant(Value::list(code_.lists.emplace_back(std::move(items))));
  }
  if (left.kind() != right.kind()) return complain(syntax.mark, Cause::kType, "unlike types");
  const std::string_view kept = code_.keep(std::string(left.text()) + std::string(right.text()));
  const bool is_bytes = left.is(Value::Kind::kBytes);
  return constant(is_bytes ? Value::bytes(kept) : Value::text(kept));
}

Checker::Lowered Checker::lower_compare(const Syntax& syntax, NodeIndex left, NodeIndex right) {
  const Op op = *comparison(syntax.word);
  const Type a = type(left);
  const Type b = type(right);
  const bool equality = op == Op::kEqual || op == Op::kNotEqual;
  if (!equatable(a, b)) {
    return complain(syntax.mark, Cause::kType,
                    "cannot compare " + quote(tree_.nodes[syntax.children[0]]) + " (" +
                        std::string(name_of(a)) + ") with " +
                        quote(tree_.nodes[syntax.children[1]]) + " (" + std::string(name_of(b)) +
                        ")" + hint_for(syntax, left, right));
  }
  if (!equality && (!has_order(a) || !has_order(b))) {
    return complain(syntax.mark, Cause::kType,
                    std::string(name_of(has_order(a) ? b : a)) +
                        " has no order; only `==` and `!=` compare it");
  }
  return emit({.op = op, .adapt_left = a == Type::kDynamic, .adapt_right = b == Type::kDynamic},
              {left, right});
}

/// "did you mean" for a name of one type beside a constant of another.
std::string Checker::hint_for(const Syntax& syntax, NodeIndex left, NodeIndex right) const {
  if (type(left) == Type::kNull || type(right) == Type::kNull) {
    return "; nothing here is ever null: what may be missing is tested with has()";
  }
  const bool constant_left = node(left).op == Op::kConst;
  if (constant_left == (node(right).op == Op::kConst)) return "";
  const NodeIndex constant = constant_left ? left : right;
  const Type other = type(constant_left ? right : left);
  const std::string written = quote(tree_.nodes[syntax.children[constant_left ? 0 : 1]]);
  const std::string inner = written.substr(1, written.size() - 2);
  if (other == Type::kString && type(constant) != Type::kString) {
    return "; did you mean `'" + inner + "'`?";
  }
  if (type(constant) != Type::kString) return "";
  const std::string text(node(constant).value.text());
  const bool fits = is_number(other) ? to_double(text).has_value() : to_bool(text).has_value();
  return fits ? "; did you mean `" + text + "`, without quotes?" : "";
}

Checker::Lowered Checker::lower_in(const Syntax& syntax) {
  const Lowered item = lower(syntax.children[0]);
  if (const Name* map = whole_name(syntax.children[1]); map != nullptr && map->is_map) {
    if (!item) return std::nullopt;
    const Type of = type(*item);
    if (of != Type::kString && of != Type::kDynamic && of != Type::kAny) {
      return complain(syntax.mark, Cause::kType,
                      "the keys of `" + std::string(map->name) + "` are strings, not " +
                          std::string(name_of(of)));
    }
    return emit({.op = Op::kHasLookup, .id = map->id, .label = code_.keep(std::string(map->name))},
                {*item});
  }
  const Lowered list = lower(syntax.children[1]);
  if (!item || !list) return std::nullopt;
  if (type(*list) != Type::kList && type(*list) != Type::kAny) {
    return complain(syntax.mark, Cause::kType,
                    "`in` takes a list or a map on its right, as in `x in ['a', 'b']`; this is " +
                        std::string(name_of(type(*list))));
  }
  if (const Value& known = node(*list).value; known.is(Value::Kind::kList)) {
    bool possible = known.items().empty();
    for (const Value& element : known.items()) {
      possible = possible || equatable(type(*item), scalar_type(element));
    }
    if (!possible) {
      return complain(syntax.mark, Cause::kType,
                      quote(tree_.nodes[syntax.children[0]]) + " is " +
                          std::string(name_of(type(*item))) +
                          ", and no element of the list can be equal to it");
    }
  }
  return emit({.op = Op::kIn, .adapt_left = type(*item) == Type::kDynamic}, {*item, *list});
}

}  // namespace pontage::expr
