// Functions and methods. Those of CEL that the subset leaves out are told apart from those that
// nobody knows.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "core/edit_distance.hpp"
#include "expr/checker.hpp"

namespace pontage::expr {
namespace {

using Kind = Syntax::Kind;

constexpr std::int64_t kPatternMemoryBytes = 1 << 20;

struct Conversion {
  std::string_view name;
  Op op;
  Type type;
};
constexpr std::array<Conversion, 7> kConversions = {{
    {"int", Op::kToInt, Type::kInt},
    {"uint", Op::kToUint, Type::kUint},
    {"double", Op::kToDouble, Type::kDouble},
    {"string", Op::kToString, Type::kString},
    {"bool", Op::kToBool, Type::kBool},
    {"bytes", Op::kToBytes, Type::kBytes},
    {"dyn", Op::kDyn, Type::kAny},
}};

constexpr std::array<std::pair<std::string_view, Op>, 3> kTextMethods = {{
    {"contains", Op::kContains},
    {"startsWith", Op::kStartsWith},
    {"endsWith", Op::kEndsWith},
}};

constexpr std::array<std::string_view, 12> kKnown = {
    "size", "contains", "startsWith", "endsWith", "matches", "has",
    "int",  "uint",     "double",     "string",   "bool",    "bytes"};

/// Of CEL or of its common extensions, and not in the subset (docs/expressions.md says why).
constexpr std::array<std::string_view, 34> kLeftOut = {"type",
                                                       "timestamp",
                                                       "duration",
                                                       "all",
                                                       "exists",
                                                       "exists_one",
                                                       "existsOne",
                                                       "map",
                                                       "filter",
                                                       "format",
                                                       "charAt",
                                                       "indexOf",
                                                       "lastIndexOf",
                                                       "join",
                                                       "lowerAscii",
                                                       "upperAscii",
                                                       "replace",
                                                       "reverse",
                                                       "split",
                                                       "substring",
                                                       "trim",
                                                       "quote",
                                                       "getDate",
                                                       "getDayOfMonth",
                                                       "getDayOfWeek",
                                                       "getDayOfYear",
                                                       "getFullYear",
                                                       "getHours",
                                                       "getMilliseconds",
                                                       "getMinutes",
                                                       "getMonth",
                                                       "getSeconds",
                                                       "bind",
                                                       "transformList"};

bool converts(Op op, Type from) {
  const bool number = from == Type::kInt || from == Type::kUint || from == Type::kDouble;
  const bool text = from == Type::kString || from == Type::kDynamic;
  switch (op) {
    case Op::kToInt:
    case Op::kToUint:
    case Op::kToDouble:
      return number || text;
    case Op::kToBool:
      return from == Type::kBool || text;
    case Op::kToBytes:
      return from == Type::kBytes || text;
    case Op::kToString:
      return number || text || from == Type::kBool || from == Type::kBytes;
    default:
      return true;
  }
}

std::optional<std::string> number_text(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::kInt:
      return fmt::format("{}", value.as_int());
    case Value::Kind::kUint:
      return fmt::format("{}", value.as_uint());
    case Value::Kind::kDouble:
      return fmt::format("{}", value.as_double());
    default:
      return std::nullopt;
  }
}

}  // namespace

Checker::Lowered Checker::lower_call(const Syntax& syntax) {
  if (syntax.text == "has") return lower_has(syntax);
  if (syntax.text == "size") return lower_size(syntax);
  if (syntax.text == "matches") return lower_matches(syntax);
  for (const auto& [name, op] : kTextMethods) {
    if (syntax.text == name) return lower_text_method(syntax, op);
  }
  for (const Conversion& conversion : kConversions) {
    if (syntax.kind == Kind::kCall && syntax.text == conversion.name) {
      return lower_conversion(syntax, conversion.op, conversion.type);
    }
  }
  return unknown_function(syntax);
}

Checker::Lowered Checker::unknown_function(const Syntax& syntax) {
  const std::string name = "`" + syntax.text + "()`";
  if (std::ranges::find(kLeftOut, syntax.text) != kLeftOut.end()) {
    return complain(syntax.mark, Cause::kSubset, name + " of CEL is not in the subset");
  }
  std::string_view near;
  std::size_t best = 3;
  for (const std::string_view known : kKnown) {
    const std::size_t distance = edit_distance(syntax.text, known, best);
    if (distance >= best || distance >= known.size()) continue;
    best = distance;
    near = known;
  }
  std::string message = "unknown function " + name;
  if (!near.empty()) message += "; did you mean `" + std::string(near) + "()`?";
  return complain(syntax.mark, Cause::kFunction, std::move(message));
}

bool Checker::takes(const Syntax& syntax, std::size_t count, bool method, bool global) {
  const bool is_method = syntax.kind == Kind::kMethod;
  if (syntax.children.size() == count && (is_method ? method : global)) return true;
  std::string how = "`";
  if (method) how += "x." + syntax.text + (count == 2 ? "(y)" : "()");
  if (method && global) how += "` or `";
  if (global) how += syntax.text + (count == 2 ? "(x, y)" : "(x)");
  complain(syntax.mark, Cause::kFunction, "`" + syntax.text + "` is called as " + how + "`");
  return false;
}

Checker::Lowered Checker::lower_size(const Syntax& syntax) {
  if (!takes(syntax, 1, true, true)) return std::nullopt;
  if (const Name* map = whole_name(syntax.children[0]); map != nullptr && map->is_map) {
    return complain(syntax.mark, Cause::kSubset,
                    "the size of `" + std::string(map->name) + "` is not known to rules");
  }
  const Lowered inner = lower(syntax.children[0]);
  if (!inner) return std::nullopt;
  switch (type(*inner)) {
    case Type::kString:
    case Type::kBytes:
    case Type::kList:
    case Type::kDynamic:
    case Type::kAny:
      return emit({.op = Op::kSize, .type = Type::kInt}, {*inner});
    default:
      break;
  }
  return complain(syntax.mark, Cause::kType,
                  std::string(name_of(type(*inner))) + " has no size; strings and lists have one");
}

Checker::Lowered Checker::lower_string_operand(NodeIndex syntax, std::string_view of) {
  const Lowered inner = lower(syntax);
  if (!inner) return std::nullopt;
  const Type found = type(*inner);
  if (found == Type::kString || found == Type::kDynamic || found == Type::kAny) return inner;
  return complain(tree_.nodes[syntax].begin, Cause::kType,
                  "`" + std::string(of) + "` takes a string, not " + std::string(name_of(found)));
}

Checker::Lowered Checker::lower_text_method(const Syntax& syntax, Op op) {
  if (!takes(syntax, 2, true, false)) return std::nullopt;
  const Lowered text = lower_string_operand(syntax.children[0], syntax.text);
  const Lowered part = lower_string_operand(syntax.children[1], syntax.text);
  if (!text || !part) return std::nullopt;
  return emit({.op = op}, {*text, *part});
}

Checker::Lowered Checker::lower_matches(const Syntax& syntax) {
  if (!takes(syntax, 2, true, true)) return std::nullopt;
  const Lowered text = lower_string_operand(syntax.children[0], syntax.text);
  const Lowered pattern = lower_string_operand(syntax.children[1], syntax.text);
  if (!text || !pattern) return std::nullopt;
  const std::size_t begin = tree_.nodes[syntax.children[1]].begin;
  const Value& source = node(*pattern).value;
  if (node(*pattern).op != Op::kConst || !source.is(Value::Kind::kString)) {
    return complain(begin, Cause::kSubset, "the pattern of matches() is a constant text");
  }
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kPatternMemoryBytes);
  auto compiled = std::make_unique<re2::RE2>(
      re2::StringPiece(source.text().data(), source.text().size()), options);
  if (!compiled->ok()) {
    return complain(begin, Cause::kPattern, "this pattern is not valid: " + compiled->error());
  }
  const re2::RE2* kept = code_.patterns.emplace_back(std::move(compiled)).get();
  return emit({.op = Op::kMatches, .pattern = kept}, {*text});
}

Checker::Lowered Checker::lower_conversion(const Syntax& syntax, Op op, Type to) {
  if (!takes(syntax, 1, false, true)) return std::nullopt;
  const Lowered inner = lower(syntax.children[0]);
  if (!inner) return std::nullopt;
  const Type from = type(*inner);
  if (from != Type::kAny && !converts(op, from)) {
    return complain(syntax.mark, Cause::kType,
                    "`" + syntax.text + "()` does not take " + std::string(name_of(from)));
  }
  if (op == Op::kToString && node(*inner).op == Op::kConst) {
    if (std::optional<std::string> text = number_text(node(*inner).value)) {
      return constant(Value::text(code_.keep(std::move(*text))));
    }
  }
  if (op == Op::kToString && (from == Type::kInt || from == Type::kUint || from == Type::kDouble)) {
    return complain(syntax.mark, Cause::kSubset,
                    "writing a number as text takes memory, which rules have none of when they "
                    "run; compare the numbers instead");
  }
  return emit({.op = op, .type = to}, {*inner});
}

}  // namespace pontage::expr
