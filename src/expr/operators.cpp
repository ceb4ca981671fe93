// Arithmetic with overflow as an error, the conversions, and what texts can do.
#include "expr/operators.hpp"

#include <cstring>
#include <limits>
#include <optional>

#include "expr/literal.hpp"

namespace pontage::expr {
namespace {

using Kind = Value::Kind;

constexpr std::string_view kNotANumber = "the text is not a number of this type";
constexpr std::string_view kNotABool = "the text is neither true nor false";
constexpr std::string_view kNotUtf8 = "the bytes are not UTF-8";
constexpr std::string_view kBadIndex = "the index is outside of the list";

/// memmem is linear in both; std::string_view::find is not, and both texts may come from a client.
bool has_part(std::string_view text, std::string_view part) {
  return part.empty() || memmem(text.data(), text.size(), part.data(), part.size()) != nullptr;
}

Value int_arithmetic(Op op, std::int64_t a, std::int64_t b) {
  std::int64_t out = 0;
  switch (op) {
    case Op::kAdd:
      return __builtin_add_overflow(a, b, &out) ? Value::error(kOverflow) : Value::integer(out);
    case Op::kSubtract:
      return __builtin_sub_overflow(a, b, &out) ? Value::error(kOverflow) : Value::integer(out);
    case Op::kMultiply:
      return __builtin_mul_overflow(a, b, &out) ? Value::error(kOverflow) : Value::integer(out);
    default:
      break;
  }
  if (b == 0) return Value::error(kDivisionByZero);
  if (a == std::numeric_limits<std::int64_t>::min() && b == -1) return Value::error(kOverflow);
  return Value::integer(op == Op::kDivide ? a / b : a % b);
}

Value uint_arithmetic(Op op, std::uint64_t a, std::uint64_t b) {
  std::uint64_t out = 0;
  switch (op) {
    case Op::kAdd:
      return __builtin_add_overflow(a, b, &out) ? Value::error(kOverflow) : Value::natural(out);
    case Op::kSubtract:
      return __builtin_sub_overflow(a, b, &out) ? Value::error(kOverflow) : Value::natural(out);
    case Op::kMultiply:
      return __builtin_mul_overflow(a, b, &out) ? Value::error(kOverflow) : Value::natural(out);
    default:
      break;
  }
  if (b == 0) return Value::error(kDivisionByZero);
  return Value::natural(op == Op::kDivide ? a / b : a % b);
}

[[clang::no_sanitize("float-divide-by-zero")]] Value double_arithmetic(Op op, double a, double b) {
  switch (op) {
    case Op::kAdd:
      return Value::number(a + b);
    case Op::kSubtract:
      return Value::number(a - b);
    case Op::kMultiply:
      return Value::number(a * b);
    case Op::kDivide:
      return Value::number(a / b);  // IEEE 754: infinity or NaN, as CEL says
    default:
      return Value::error(kNoOverload);
  }
}

Value to_int_value(const Value& value) {
  switch (value.kind()) {
    case Kind::kInt:
      return value;
    case Kind::kUint:
      if (value.as_uint() > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
        break;
      return Value::integer(static_cast<std::int64_t>(value.as_uint()));
    case Kind::kDouble:
      if (!(value.as_double() > -0x1p63 && value.as_double() < 0x1p63)) break;
      return Value::integer(static_cast<std::int64_t>(value.as_double()));
    case Kind::kString: {
      const auto number = to_int(value.text());
      return number ? Value::integer(*number) : Value::error(kNotANumber);
    }
    default:
      return Value::error(kNoOverload);
  }
  return Value::error(kRange);
}

Value to_uint_value(const Value& value) {
  switch (value.kind()) {
    case Kind::kUint:
      return value;
    case Kind::kInt:
      if (value.as_int() < 0) break;
      return Value::natural(static_cast<std::uint64_t>(value.as_int()));
    case Kind::kDouble:
      if (!(value.as_double() >= 0 && value.as_double() < 0x1p64)) break;
      return Value::natural(static_cast<std::uint64_t>(value.as_double()));
    case Kind::kString: {
      const auto number = to_uint(value.text());
      return number ? Value::natural(*number) : Value::error(kNotANumber);
    }
    default:
      return Value::error(kNoOverload);
  }
  return Value::error(kRange);
}

Value to_double_value(const Value& value) {
  switch (value.kind()) {
    case Kind::kDouble:
      return value;
    case Kind::kInt:
      return Value::number(static_cast<double>(value.as_int()));
    case Kind::kUint:
      return Value::number(static_cast<double>(value.as_uint()));
    case Kind::kString: {
      const auto number = to_double(value.text());
      return number ? Value::number(*number) : Value::error(kNotANumber);
    }
    default:
      return Value::error(kNoOverload);
  }
}

Value to_bool_value(const Value& value) {
  if (value.is(Kind::kBool)) return value;
  if (!value.is(Kind::kString)) return Value::error(kNoOverload);
  const std::optional<bool> flag = to_bool(value.text());
  return flag ? Value::boolean(*flag) : Value::error(kNotABool);
}

Value to_string_value(const Value& value) {
  switch (value.kind()) {
    case Kind::kString:
      return value;
    case Kind::kBool:
      return Value::text(value.as_bool() ? "true" : "false");
    case Kind::kBytes:
      return is_utf8(value.text()) ? Value::text(value.text()) : Value::error(kNotUtf8);
    default:
      return Value::error(kNoOverload);  // numbers: the checker folds constants, else refuses
  }
}

}  // namespace

Value arithmetic(Op op, const Value& left, const Value& right) noexcept {
  if (left.kind() != right.kind()) return Value::error(kNoOverload);
  switch (left.kind()) {
    case Kind::kInt:
      return int_arithmetic(op, left.as_int(), right.as_int());
    case Kind::kUint:
      return uint_arithmetic(op, left.as_uint(), right.as_uint());
    case Kind::kDouble:
      return double_arithmetic(op, left.as_double(), right.as_double());
    default:
      return Value::error(kNoOverload);
  }
}

Value negate(const Value& value) noexcept {
  if (value.is(Kind::kDouble)) return Value::number(-value.as_double());
  if (!value.is(Kind::kInt)) return Value::error(kNoOverload);
  return int_arithmetic(Op::kSubtract, 0, value.as_int());
}

Value truth(const Value& value) noexcept {
  return to_bool_value(value);
}

Value convert(Op op, const Value& value) noexcept {
  switch (op) {
    case Op::kToBool:
      return to_bool_value(value);
    case Op::kToInt:
      return to_int_value(value);
    case Op::kToUint:
      return to_uint_value(value);
    case Op::kToDouble:
      return to_double_value(value);
    case Op::kToString:
      return to_string_value(value);
    case Op::kToBytes:
      if (!value.is(Kind::kString) && !value.is(Kind::kBytes)) return Value::error(kNoOverload);
      return Value::bytes(value.text());
    default:
      return value;
  }
}

Value size_of(const Value& value) noexcept {
  switch (value.kind()) {
    case Kind::kString:
      return Value::integer(count_characters(value.text()));
    case Kind::kBytes:
      return Value::integer(static_cast<std::int64_t>(value.text().size()));
    case Kind::kList:
      return Value::integer(static_cast<std::int64_t>(value.items().size()));
    default:
      return Value::error(kNoOverload);
  }
}

Value index_list(const Value& list, const Value& index) noexcept {
  if (!list.is(Kind::kList)) return Value::error(kNoOverload);
  if (!index.is_numeric()) return Value::error(kBadIndex);
  const Value whole = to_int_value(index);
  if (!whole.is(Kind::kInt) || !equal(whole, index)) return Value::error(kBadIndex);
  const std::span<const Value> items = list.items();
  if (whole.as_int() < 0 || static_cast<std::uint64_t>(whole.as_int()) >= items.size()) {
    return Value::error(kBadIndex);
  }
  return items[static_cast<std::size_t>(whole.as_int())];
}

Value text_op(Op op, const Value& text, const Value& part) noexcept {
  if (!text.is(Kind::kString) || !part.is(Kind::kString)) return Value::error(kNoOverload);
  switch (op) {
    case Op::kContains:
      return Value::boolean(has_part(text.text(), part.text()));
    case Op::kStartsWith:
      return Value::boolean(text.text().starts_with(part.text()));
    case Op::kEndsWith:
      return Value::boolean(text.text().ends_with(part.text()));
    default:
      return Value::error(kNoOverload);
  }
}

}  // namespace pontage::expr
