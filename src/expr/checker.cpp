// The frame of the checker: literals, logic, folding, and what a rule must give.
#include "expr/checker.hpp"

#include <algorithm>

#include "expr/evaluate.hpp"

namespace pontage::expr {
namespace {

using Kind = Syntax::Kind;

/// Constants are folded by running them, without facts.
class NoFacts final : public Facts {
 public:
  Value get(int) const override { return Value::absent(); }
  Value lookup(int, std::string_view) const override { return Value::absent(); }
};

Type type_of(const Value& value) {
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
    case Value::Kind::kNull:
    case Value::Kind::kAbsent:
    case Value::Kind::kError:
      break;
  }
  return Type::kNull;
}

/// The type of `test ? a : b`.
std::optional<Type> join(Type a, Type b) {
  const auto is_text = [](Type type) { return type == Type::kString || type == Type::kDynamic; };
  if (a == b) return a;
  if (a == Type::kAny || b == Type::kAny) return Type::kAny;
  if (is_text(a) && is_text(b)) return Type::kDynamic;
  return std::nullopt;
}

}  // namespace

std::optional<NodeIndex> Checker::run(Program::Result wanted) {
  const Syntax& root = tree_.nodes[tree_.root];
  if (wanted == Program::Result::kAny) return lower(root);
  const Lowered result = lower(root);
  if (!result) return std::nullopt;
  switch (type(*result)) {
    case Type::kBool:
      return result;
    case Type::kDynamic:
    case Type::kAny:
      return emit({.op = Op::kTruth}, {*result});
    default:
      break;
  }
  return complain(root.begin, Cause::kType,
                  "a rule gives true or false; this gives " + std::string(name_of(type(*result))) +
                      "; is a comparison missing?");
}

Checker::Lowered Checker::lower(const Syntax& syntax) {
  switch (syntax.kind) {
    case Kind::kLiteral:
      return constant(syntax.value);
    case Kind::kText:
      return lower_text(syntax);
    case Kind::kIdent:
    case Kind::kSelect:
      return lower_name(syntax);
    case Kind::kIndex:
      return lower_index(syntax);
    case Kind::kCall:
    case Kind::kMethod:
      return lower_call(syntax);
    case Kind::kList:
      return lower_list(syntax);
    case Kind::kNot: {
      const Lowered inner = lower_truth(tree_.nodes[syntax.children[0]]);
      if (!inner) return std::nullopt;
      return emit({.op = Op::kNot}, {*inner});
    }
    case Kind::kNegate:
      return lower_negate(syntax);
    case Kind::kBinary:
      return lower_binary(syntax);
    case Kind::kAnd:
    case Kind::kOr:
      return lower_logical(syntax);
    case Kind::kCondition:
      return lower_condition(syntax);
  }
  return std::nullopt;
}

Checker::Lowered Checker::lower_text(const Syntax& syntax) {
  const std::string_view kept = code_.keep(syntax.text);
  return constant(syntax.word == Word::kBytes ? Value::bytes(kept) : Value::text(kept));
}

Checker::Lowered Checker::lower_list(const Syntax& syntax) {
  std::vector<Value> items;
  bool whole = true;
  for (const NodeIndex child : syntax.children) {
    const Lowered item = lower(child);
    whole = whole && item;
    if (!item) continue;
    if (node(*item).op != Op::kConst) {
      const Syntax& written = tree_.nodes[child];
      complain(written.begin, Cause::kSubset,
               "the elements of a list are constants; " + quote(written) +
                   " is known only when the rule runs; compare with it by `==` and `||`");
      whole = false;
      continue;
    }
    items.push_back(node(*item).value);
  }
  if (!whole) return std::nullopt;
  return constant(Value::list(code_.lists.emplace_back(std::move(items))));
}

Checker::Lowered Checker::lower_truth(const Syntax& syntax) {
  const Lowered inner = lower(syntax);
  if (!inner) return std::nullopt;
  switch (type(*inner)) {
    case Type::kBool:
      return inner;
    case Type::kDynamic:
    case Type::kAny:
      return emit({.op = Op::kTruth}, {*inner});
    default:
      break;
  }
  return complain(syntax.begin, Cause::kType,
                  quote(syntax) + " is " + std::string(name_of(type(*inner))) +
                      ", but a bool is needed here; is a comparison missing?");
}

Checker::Lowered Checker::lower_logical(const Syntax& syntax) {
  std::vector<NodeIndex> sides;
  for (const NodeIndex child : syntax.children) {
    if (const Lowered side = lower_truth(tree_.nodes[child])) sides.push_back(*side);
  }
  if (sides.size() != syntax.children.size()) return std::nullopt;
  return emit({.op = syntax.kind == Kind::kAnd ? Op::kAnd : Op::kOr}, sides);
}

Checker::Lowered Checker::lower_condition(const Syntax& syntax) {
  const Lowered test = lower_truth(tree_.nodes[syntax.children[0]]);
  Lowered yes = lower(syntax.children[1]);
  Lowered no = lower(syntax.children[2]);
  if (!test || !yes || !no) return std::nullopt;
  // A metadata value takes the type of the other side here too.
  const auto take_type = [this](Lowered& side, NodeIndex other) {
    if (type(*side) == Type::kDynamic && type(other) == Type::kBool) {
      side = emit({.op = Op::kTruth}, {*side});
    }
  };
  take_type(yes, *no);
  take_type(no, *yes);
  const std::optional<Type> joined = join(type(*yes), type(*no));
  if (joined) return emit({.op = Op::kCondition, .type = *joined}, {*test, *yes, *no});
  return complain(syntax.mark, Cause::kType,
                  "both sides of `:` have one type; here they are " +
                      std::string(name_of(type(*yes))) + " and " + std::string(name_of(type(*no))));
}

Checker::Lowered Checker::lower_negate(const Syntax& syntax) {
  const Lowered inner = lower(syntax.children[0]);
  if (!inner) return std::nullopt;
  const Type of = type(*inner);
  if (of == Type::kInt || of == Type::kDouble || of == Type::kAny) {
    return emit({.op = Op::kNegate, .type = of}, {*inner});
  }
  return complain(syntax.begin, Cause::kType,
                  "`-` takes an int or a double, not " + std::string(name_of(of)));
}

NodeIndex Checker::constant(Value value) {
  code_.nodes.push_back({.op = Op::kConst, .type = type_of(value), .value = value});
  return static_cast<NodeIndex>(code_.nodes.size() - 1);
}

NodeIndex Checker::emit(Node made, std::span<const NodeIndex> children) {
  made.first = static_cast<NodeIndex>(code_.children.size());
  made.count = static_cast<NodeIndex>(children.size());
  code_.children.insert(code_.children.end(), children.begin(), children.end());
  code_.nodes.push_back(made);
  const auto index = static_cast<NodeIndex>(code_.nodes.size() - 1);
  const auto is_constant = [this](NodeIndex child) { return node(child).op == Op::kConst; };
  if (reads_facts(made.op) || !std::ranges::all_of(children, is_constant)) return index;
  const Value value = evaluate_node(code_, code_.nodes[index], NoFacts());
  if (value.is_trouble()) return index;  // fails each time it runs; only then, as CEL says
  // dyn(1) stays of type dyn, so that what is compared with it is not refused.
  const Type kept = made.op == Op::kDyn ? Type::kAny : made.type;
  code_.nodes[index] = {.op = Op::kConst, .type = kept, .value = value};
  return index;
}

Checker::Lowered Checker::complain(std::size_t offset, Cause cause, std::string message) {
  problems_.push_back(problem_at(tree_.source, offset, cause, std::move(message)));
  return std::nullopt;
}

std::string Checker::quote(const Syntax& syntax) const {
  constexpr std::size_t kLongest = 60;
  std::string text(tree_.source.substr(syntax.begin, syntax.end - syntax.begin));
  if (text.size() > kLongest) {
    std::size_t cut = kLongest;
    while ((static_cast<unsigned char>(text[cut]) & 0xC0) == 0x80) --cut;
    text = text.substr(0, cut) + "…";
  }
  return "`" + text + "`";
}

}  // namespace pontage::expr
