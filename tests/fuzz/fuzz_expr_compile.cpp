// Any text as a rule: compiling must end with a program or with problems that point into the text;
// a program must evaluate, and what it says about itself must agree with what it does.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>

#include "expr/expr.hpp"

namespace pontage::expr {
namespace {

constexpr std::array<Name, 6> kNames = {{
    {"request.tokens", Type::kInt, 0},
    {"request.model", Type::kString, 1},
    {"request.stream", Type::kBool, 2},
    {"latency_ms", Type::kDouble, 3},
    {"m", Type::kDynamic, 4, true},
    {"request.headers", Type::kString, 5, true},
}};
constexpr Scope kScope{kNames};

class FixedFacts final : public Facts {
 public:
  explicit FixedFacts(std::int64_t tokens) : tokens_(tokens) {}
  Value get(int id) const override {
    switch (id) {
      case 0:
        return Value::integer(tokens_);
      case 1:
        return Value::text("gpt-4o");
      case 2:
        return Value::boolean(tokens_ > 5);
      case 3:
        return Value::number(0.5);
      default:
        return Value::absent();
    }
  }
  Value lookup(int, std::string_view key) const override {
    if (key == "a") return Value::text("true");
    if (key == "b") return Value::text("12");
    return Value::absent();
  }

 private:
  std::int64_t tokens_;
};

void check(bool holds) {
  if (!holds) std::abort();
}

void check_problems(const std::vector<Problem>& problems, std::string_view source) {
  const auto lines = std::count(source.begin(), source.end(), '\n') + 1;
  check(!problems.empty());
  for (const Problem& problem : problems) {
    check(problem.line >= 1 && problem.line <= lines && problem.column >= 1);
    check(!problem.message.empty());
  }
}

void check_program(const Program& program) {
  const Program::Truth truth = program.satisfiable();
  const bool with_itself = Program::overlaps(program, program);
  const auto largest = program.largest_constant(0);
  for (const std::int64_t tokens : {0, 7, 500}) {
    const Program::Outcome outcome = program.evaluate(FixedFacts(tokens));
    check(int{outcome.value} + int{outcome.absent} + int{outcome.error} <= 1);
    if (truth == Program::Truth::kNever) check(!outcome.value);
    if (truth == Program::Truth::kAlways) check(outcome.value);
    if (outcome.value) check(with_itself);
    // Counting may stop once past the largest constant: the answer is the same. (`stream` hangs on
    // the count here.)
    if (largest && !program.uses(2) && tokens > *largest) {
      check(program.evaluate(FixedFacts(*largest + (*largest < INT64_MAX))).value == outcome.value);
    }
  }
}

void run(std::string_view source) {
  const auto rule = Program::compile(source, kScope);
  if (rule) {
    check_program(*rule);
  } else {
    check_problems(rule.error(), source);
  }
  const auto any = Program::compile(source, kScope, Program::Result::kAny);
  check(any || !rule);
  if (any) (void)any->evaluate_value(FixedFacts(7));
}

}  // namespace
}  // namespace pontage::expr

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  pontage::expr::run(std::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
