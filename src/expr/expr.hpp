// The rule language: a subset of CEL (docs/expressions.md), parsed and type-checked when the
// configuration loads, evaluated without allocation. A `Program` is what routing keeps of a rule;
// it also answers what `check` asks about rules (can it match, is it shadowed) and what lets a
// condition become a timer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "expr/scope.hpp"
#include "expr/value.hpp"

namespace pontage::expr {

inline constexpr std::size_t kMaxSourceBytes = 4096;
inline constexpr int kMaxDepth = 64;  ///< nesting of an expression; chains of && and || count once

/// What a rule is evaluated against. Called during evaluation, so it neither throws nor allocates;
/// the views that it returns stay valid until the evaluation's outcome has been read.
class Facts {
 public:
  virtual ~Facts() = default;
  virtual Value get(int id) const = 0;
  virtual Value lookup(int id, std::string_view key) const = 0;  ///< absent if there is no such key
};

struct Problem {
  enum class Cause : std::uint8_t { kSyntax, kName, kType, kFunction, kPattern, kLimit, kSubset };

  int line;             ///< 1-based, inside the expression
  int column;           ///< 1-based, in characters
  std::string message;  ///< what is wrong and what would be right
  Cause cause = Cause::kSyntax;
};

struct Code;  // the compiled form; expr/code.hpp

/// Immutable and safe to share between threads; a copy shares the compiled form.
class Program {
 public:
  enum class Result : std::uint8_t { kBool, kAny };

  /// All problems that can be found, in the order of the text. `kAny` is for tools and tests: rules
  /// are `kBool`.
  static std::expected<Program, std::vector<Problem>> compile(std::string_view source,
                                                              const Scope& scope,
                                                              Result wanted = Result::kBool);

  struct Outcome {
    bool value = false;   ///< false also when absent or error
    bool absent = false;  ///< the rule is false because a key that it needs is not there
    bool error = false;   ///< the rule is false because it could not be evaluated
    std::string_view absent_name = {};  ///< `request.metadata.team`; lives as long as the program
    std::string_view error_text = {};   ///< lives as long as the program
  };
  /// Allocates nothing (but see `matches` in docs/expressions.md); visits each node at most once.
  Outcome evaluate(const Facts& facts) const noexcept;
  /// The plain result, of any kind, with absence and errors as values.
  Value evaluate_value(const Facts& facts) const noexcept;

  bool uses(int id) const noexcept;
  std::string_view source() const noexcept;

  /// The rule is exactly `name > constant` (also `>=`, or the same turned round): the constant.
  /// Such a rule on a duration can be a timer that fires, instead of a question asked afterwards.
  std::optional<double> bare_upper_bound(int id) const;
  /// The largest integer that matters to the comparisons of `id` with constants: counting may stop
  /// once past it. Empty if `id` is not used, or is used in any other way.
  std::optional<std::int64_t> largest_constant(int id) const;

  // Reasoning over comparisons of names with constants. All of it is sound: it may fail to see
  // something, but what it says holds for all facts whose values have the types of their names.
  enum class Truth : std::uint8_t { kAlways, kNever, kSometimes };
  Truth satisfiable() const;
  /// All facts that make `a` true make `b` true; so `a` after `b` is shadowed.
  static bool implies(const Program& a, const Program& b);
  /// The same against several: whatever makes `rule` true makes one of `earlier` true.
  static bool covered(const Program& rule, std::span<const Program* const> earlier);
  /// Some facts may make both true. False only when that is impossible.
  static bool overlaps(const Program& earlier, const Program& later);

 private:
  explicit Program(std::shared_ptr<const Code> code) : code_(std::move(code)) {}

  std::shared_ptr<const Code> code_;
};

}  // namespace pontage::expr
