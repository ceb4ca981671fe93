// Evaluation allocates nothing: counted through the global operator new.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "unit/expr/expr_support.hpp"

namespace {

std::atomic<std::size_t> allocations = 0;

}  // namespace

// The sanitizers' own operator new is replaced too; it comes down to malloc in either case.
void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  ++allocations;
  return std::malloc(size == 0 ? 1 : size);
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

namespace pontage::expr::test {
namespace {

/// Facts without a map of strings, whose lookups must not count.
class FixedFacts final : public Facts {
 public:
  Value get(int id) const override {
    switch (id) {
      case kTokens:
        return Value::integer(700);
      case kModel:
        return Value::text("a-model-with-a-name-that-fits-into-no-small-string");
      case kStream:
        return Value::boolean(true);
      case kLatency:
        return Value::number(12.5);
      default:
        return Value::absent();
    }
  }
  Value lookup(int, std::string_view key) const override {
    if (key == "n") return Value::text("12.75");
    if (key == "team") return Value::text("a-team-with-a-name-that-fits-into-no-small-string");
    return Value::absent();
  }
};

class WithoutAllocation : public testing::TestWithParam<const char*> {};

TEST_P(WithoutAllocation, Evaluates) {
  const FixedFacts facts;
  const Program rule = program(GetParam());
  const std::size_t before = allocations;
  const Program::Outcome outcome = rule.evaluate(facts);
  const std::size_t after = allocations;
  EXPECT_EQ(after - before, 0U) << GetParam();
  EXPECT_TRUE(outcome.value || outcome.absent || outcome.error) << GetParam();
}

INSTANTIATE_TEST_SUITE_P(
    Rules, WithoutAllocation,
    testing::Values(
        "request.tokens > 500 && request.tokens < 4000", "latency_ms < 5000",
        "request.metadata.n > 5", "request.metadata.n in [1, 12.75, 3]",
        "request.metadata.team in ['x', 'a-team-with-a-name-that-fits-into-no-small-string']",
        "request.model.contains('name') && request.model.endsWith('string')",
        "request.metadata.nothing == 'x'", "request.headers['nothing'] == 'x'",
        "1 / (request.tokens - 700) == 1",
        "has(request.metadata.n) ? double(request.metadata.n) > 1.0 : false",
        "string(request.model) == string(request.model)", "size(request.model) > 3",
        "int(latency_ms) == 12", "[1, 2, 3][request.tokens - 698] == 3",
        "dyn(request.tokens) == 700.0", "'n' in request.metadata",
        "request.metadata['n'] < request.tokens"));

TEST(WithoutAllocation, MatchesAfterItsAutomatonHasSeenTheText) {
  const FixedFacts facts;
  const Program rule = program("request.model.matches('name.*small')");
  EXPECT_TRUE(rule.evaluate(facts).value);
  const std::size_t before = allocations;
  EXPECT_TRUE(rule.evaluate(facts).value);
  EXPECT_EQ(allocations - before, 0U);
}

TEST(WithoutAllocation, TheCounterCounts) {
  const std::size_t before = allocations;
  delete new int(5);
  const std::string text(100, 'x');
  EXPECT_GT(allocations - before, 0U) << text;
}

}  // namespace
}  // namespace pontage::expr::test
