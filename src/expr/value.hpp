// What an expression computes with: one small value of a CEL kind. Trivially copyable; texts and
// lists are views whose owner is the compiled program or the facts of the request, so evaluation
// never allocates.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

namespace pontage::expr {

/// What the checker knows of an expression before it runs.
enum class Type : std::uint8_t {
  kBool,
  kInt,
  kUint,
  kDouble,
  kString,
  kBytes,
  kNull,
  kList,
  kDynamic,  ///< a metadata value: a text that takes the type of what it is compared with
  kAny,      ///< `dyn(x)`: the kind is looked at when the rule runs
};

std::string_view name_of(Type type);

class Value {
 public:
  enum class Kind : std::uint8_t {
    kAbsent,  ///< the key is not there; `text()` is its name
    kError,   ///< the evaluation failed; `text()` says why
    kNull,
    kBool,
    kInt,
    kUint,
    kDouble,
    kString,
    kBytes,
    kList,
  };

  constexpr Value() : kind_(Kind::kAbsent), size_(0), text_("") {}

  static constexpr Value absent(std::string_view name = {}) { return {Kind::kAbsent, name}; }
  static constexpr Value error(std::string_view why) { return {Kind::kError, why}; }
  static constexpr Value null() { return {Kind::kNull, std::string_view{}}; }
  static constexpr Value text(std::string_view value) { return {Kind::kString, value}; }
  static constexpr Value bytes(std::string_view value) { return {Kind::kBytes, value}; }
  static constexpr Value boolean(bool value) {
    Value out(Kind::kBool, {});
    out.bool_ = value;
    return out;
  }
  static constexpr Value integer(std::int64_t value) {
    Value out(Kind::kInt, {});
    out.int_ = value;
    return out;
  }
  static constexpr Value natural(std::uint64_t value) {
    Value out(Kind::kUint, {});
    out.uint_ = value;
    return out;
  }
  static constexpr Value number(double value) {
    Value out(Kind::kDouble, {});
    out.double_ = value;
    return out;
  }
  static constexpr Value list(std::span<const Value> items) {
    Value out(Kind::kList, {});
    out.list_ = items.data();
    out.size_ = items.size();
    return out;
  }

  constexpr Kind kind() const { return kind_; }
  constexpr bool is(Kind kind) const { return kind_ == kind; }
  constexpr bool is_true() const { return kind_ == Kind::kBool && bool_; }
  constexpr bool is_false() const { return kind_ == Kind::kBool && !bool_; }
  /// Absent or in error: what `&&` and `||` may absorb.
  constexpr bool is_trouble() const { return kind_ == Kind::kAbsent || kind_ == Kind::kError; }
  constexpr bool is_numeric() const {
    return kind_ == Kind::kInt || kind_ == Kind::kUint || kind_ == Kind::kDouble;
  }

  // Each is for its own kind only.
  constexpr bool as_bool() const { return bool_; }
  constexpr std::int64_t as_int() const { return int_; }
  constexpr std::uint64_t as_uint() const { return uint_; }
  constexpr double as_double() const { return double_; }
  constexpr std::string_view text() const { return {text_, size_}; }
  constexpr std::span<const Value> items() const { return {list_, size_}; }

 private:
  constexpr Value(Kind kind, std::string_view text)
      : kind_(kind), size_(text.size()), text_(text.data()) {}

  Kind kind_;
  std::size_t size_;
  union {
    bool bool_;
    std::int64_t int_;
    std::uint64_t uint_;
    double double_;
    const char* text_;
    const Value* list_;
  };
};

static_assert(std::is_trivially_copyable_v<Value> && sizeof(Value) <= 24);

std::string_view name_of(Value::Kind kind);

}  // namespace pontage::expr
