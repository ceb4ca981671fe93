// What operators do to values: arithmetic with CEL's errors, comparison across kinds, conversion.
// Pure and noexcept; the evaluator walks, these compute.
#pragma once

#include "expr/code.hpp"

namespace pontage::expr {

// The texts of errors: constants, so that an outcome can carry views of them.
inline constexpr std::string_view kNoOverload =
    "no such overload: the operands have types that do not fit";
inline constexpr std::string_view kDivisionByZero = "division by zero";
inline constexpr std::string_view kOverflow = "integer overflow";
inline constexpr std::string_view kRange = "the number is out of range";

enum class Order : std::uint8_t { kLess, kEqual, kGreater, kUnordered, kUnlike };

/// kUnordered: a NaN is among them; kUnlike: kinds that have no order between them.
Order compare(const Value& a, const Value& b) noexcept;
/// CEL's heterogeneous equality: numbers by value, unlike kinds are unequal.
bool equal(const Value& a, const Value& b) noexcept;

/// A text as the kind of `other`; any other value, and a text beside a text, as it is. Absent: not
/// convertible.
Value adapt(const Value& value, const Value& other) noexcept;

/// The six comparisons, with the adaption of metadata values.
Value compare_op(const Node& node, Value left, Value right) noexcept;
Value contains_op(const Node& node, const Value& item, const Value& list) noexcept;

Value arithmetic(Op op, const Value& left, const Value& right) noexcept;
Value negate(const Value& value) noexcept;
Value truth(const Value& value) noexcept;
Value convert(Op op, const Value& value) noexcept;
Value size_of(const Value& value) noexcept;
Value index_list(const Value& list, const Value& index) noexcept;
Value text_op(Op op, const Value& text, const Value& part) noexcept;

}  // namespace pontage::expr
