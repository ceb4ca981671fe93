// What conditions reveal about single names: a bound that can become a timer, and the constant past
// which counting tokens cannot change any answer.
#include <algorithm>
#include <cmath>
#include <limits>

#include "expr/code.hpp"

namespace pontage::expr {
namespace {

bool is_comparison(Op op) {
  return op >= Op::kEqual && op <= Op::kGreaterEqual;
}

std::optional<double> as_number(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::kInt:
      return static_cast<double>(value.as_int());
    case Value::Kind::kUint:
      return static_cast<double>(value.as_uint());
    case Value::Kind::kDouble:
      return value.as_double();
    default:
      return std::nullopt;
  }
}

/// The smallest integer not below a numeric constant, within int64; 0 for what is below 0, NaN or
/// no number at all.
std::int64_t ceiling(const Value& value) {
  constexpr std::int64_t kTop = std::numeric_limits<std::int64_t>::max();
  switch (value.kind()) {
    case Value::Kind::kInt:
      return std::max<std::int64_t>(value.as_int(), 0);
    case Value::Kind::kUint:
      return value.as_uint() > static_cast<std::uint64_t>(kTop)
                 ? kTop
                 : static_cast<std::int64_t>(value.as_uint());
    case Value::Kind::kDouble:
      if (!(value.as_double() > 0)) return 0;
      if (value.as_double() >= 0x1p63) return kTop;
      return static_cast<std::int64_t>(std::ceil(value.as_double()));
    default:
      return 0;
  }
}

class ConstantSearch {
 public:
  ConstantSearch(const Code& code, int id) : code_(code), id_(id) {}

  /// False when the name is used in a way that a bound does not answer.
  bool visit(const Node& node) {
    if (is_comparison(node.op) || node.op == Op::kIn) {
      const Node& left = code_.child(node, 0);
      const Node& right = code_.child(node, 1);
      if (is_name(left) && right.op == Op::kConst) return note(right.value);
      if (is_name(right) && left.op == Op::kConst && node.op != Op::kIn) return note(left.value);
    }
    if (is_name(node)) return false;
    if (node.op == Op::kHasFact && node.id == id_) return note(Value::integer(0));
    for (std::size_t i = 0; i < node.count; ++i) {
      if (!visit(code_.child(node, i))) return false;
    }
    return true;
  }
  std::optional<std::int64_t> largest() const { return largest_; }

 private:
  bool is_name(const Node& node) const { return node.op == Op::kFact && node.id == id_; }
  bool note(const Value& constant) {
    if (constant.is(Value::Kind::kList)) {
      for (const Value& item : constant.items()) note(item);
      if (constant.items().empty()) note(Value::integer(0));
      return true;
    }
    largest_ = std::max(largest_.value_or(0), ceiling(constant));
    return true;
  }

  const Code& code_;
  int id_;
  std::optional<std::int64_t> largest_;
};

}  // namespace

std::optional<double> Program::bare_upper_bound(int id) const {
  const Node& root = code_->nodes[code_->root];
  if (!is_comparison(root.op)) return std::nullopt;
  const bool upright = root.op == Op::kGreater || root.op == Op::kGreaterEqual;
  const bool turned = root.op == Op::kLess || root.op == Op::kLessEqual;
  if (!upright && !turned) return std::nullopt;
  const Node& name = code_->child(root, upright ? 0 : 1);
  const Node& bound = code_->child(root, upright ? 1 : 0);
  if (name.op != Op::kFact || name.id != id || bound.op != Op::kConst) return std::nullopt;
  const std::optional<double> number = as_number(bound.value);
  return number && std::isfinite(*number) ? number : std::nullopt;
}

std::optional<std::int64_t> Program::largest_constant(int id) const {
  ConstantSearch search(*code_, id);
  if (!search.visit(code_->nodes[code_->root])) return std::nullopt;
  return search.largest();
}

}  // namespace pontage::expr
