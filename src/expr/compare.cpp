// Comparison: CEL's heterogeneous equality and ordering, and the one deviation of our rules: a
// metadata value takes the type of what it is compared with.
#include <algorithm>
#include <cmath>
#include <compare>

#include "expr/literal.hpp"
#include "expr/operators.hpp"

namespace pontage::expr {
namespace {

using Kind = Value::Kind;

template <typename T>
Order order_of(const T& a, const T& b) {
  if (a < b) return Order::kLess;
  if (b < a) return Order::kGreater;
  return a == b ? Order::kEqual : Order::kUnordered;
}

Order turned(Order order) {
  if (order == Order::kLess) return Order::kGreater;
  if (order == Order::kGreater) return Order::kLess;
  return order;
}

/// As cel-go does it: an integer beyond the double's range is decided by the range, else both are
/// doubles.
Order order_of_int_double(std::int64_t a, double b) {
  if (b < -0x1p63) return Order::kGreater;
  if (b > 0x1p63) return Order::kLess;
  return order_of(static_cast<double>(a), b);
}

Order order_of_uint_double(std::uint64_t a, double b) {
  if (b < 0) return Order::kGreater;
  if (b > 0x1p64) return Order::kLess;
  return order_of(static_cast<double>(a), b);
}

Order order_of_numbers(const Value& a, const Value& b) {
  if (a.is(Kind::kInt)) {
    switch (b.kind()) {
      case Kind::kInt:
        return order_of(a.as_int(), b.as_int());
      case Kind::kDouble:
        return order_of_int_double(a.as_int(), b.as_double());
      default:
        if (a.as_int() < 0) return Order::kLess;
        return order_of(static_cast<std::uint64_t>(a.as_int()), b.as_uint());
    }
  }
  if (a.is(Kind::kUint)) {
    switch (b.kind()) {
      case Kind::kUint:
        return order_of(a.as_uint(), b.as_uint());
      case Kind::kDouble:
        return order_of_uint_double(a.as_uint(), b.as_double());
      default:
        return turned(order_of_numbers(b, a));
    }
  }
  if (b.is(Kind::kDouble)) return order_of(a.as_double(), b.as_double());
  return turned(order_of_numbers(b, a));
}

bool equal_lists(std::span<const Value> a, std::span<const Value> b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), equal);
}

bool holds(Op op, Order order) {
  switch (op) {
    case Op::kLess:
      return order == Order::kLess;
    case Op::kLessEqual:
      return order == Order::kLess || order == Order::kEqual;
    case Op::kGreater:
      return order == Order::kGreater;
    case Op::kGreaterEqual:
      return order == Order::kGreater || order == Order::kEqual;
    default:
      return false;
  }
}

}  // namespace

Order compare(const Value& a, const Value& b) noexcept {
  if (a.is_numeric() && b.is_numeric()) return order_of_numbers(a, b);
  if (a.kind() != b.kind()) return Order::kUnlike;
  switch (a.kind()) {
    case Kind::kBool:
      return order_of(a.as_bool(), b.as_bool());
    // Bytes of UTF-8 have the order of the characters.
    case Kind::kString:
    case Kind::kBytes:
      return order_of(a.text(), b.text());
    default:
      return Order::kUnlike;
  }
}

bool equal(const Value& a, const Value& b) noexcept {
  if (a.is(Kind::kNull) && b.is(Kind::kNull)) return true;
  if (a.is(Kind::kList) && b.is(Kind::kList)) return equal_lists(a.items(), b.items());
  return compare(a, b) == Order::kEqual;
}

Value adapt(const Value& value, const Value& other) noexcept {
  if (!value.is(Kind::kString)) return value;
  if (other.is(Kind::kBool)) {
    const std::optional<bool> flag = to_bool(value.text());
    return flag ? Value::boolean(*flag) : Value::absent();
  }
  if (!other.is_numeric()) return value;
  if (const auto whole = to_int(value.text())) return Value::integer(*whole);
  if (const auto whole = to_uint(value.text())) return Value::natural(*whole);
  const std::optional<double> number = to_double(value.text());
  return number && std::isfinite(*number) ? Value::number(*number) : Value::absent();
}

Value compare_op(const Node& node, Value left, Value right) noexcept {
  const bool only_one = node.adapt_left != node.adapt_right;
  if (only_one && node.adapt_left) left = adapt(left, right);
  if (only_one && node.adapt_right) right = adapt(right, left);
  const bool convertible = !left.is(Kind::kAbsent) && !right.is(Kind::kAbsent);
  if (node.op == Op::kEqual) return Value::boolean(convertible && equal(left, right));
  if (node.op == Op::kNotEqual) return Value::boolean(!convertible || !equal(left, right));
  if (!convertible) return Value::boolean(false);
  const Order order = compare(left, right);
  if (order == Order::kUnlike) return Value::error(kNoOverload);
  return Value::boolean(holds(node.op, order));
}

Value contains_op(const Node& node, const Value& item, const Value& list) noexcept {
  if (!list.is(Kind::kList)) return Value::error(kNoOverload);
  for (const Value& element : list.items()) {
    const Value same = node.adapt_left ? adapt(item, element) : item;
    if (!same.is(Kind::kAbsent) && equal(same, element)) return Value::boolean(true);
  }
  return Value::boolean(false);
}

}  // namespace pontage::expr
