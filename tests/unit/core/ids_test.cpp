// ULIDs: form, order, and the parts that the specification fixes.
#include "core/ids.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace pontage {
namespace {

WallTime at_ms(std::int64_t ms) {
  return WallTime(Millis(ms));
}

TEST(Ulid, TimePartIsTheSpecifications) {
  UlidSource source(1);
  // The example of github.com/ulid/spec and its largest time.
  EXPECT_EQ(source.next(at_ms(1'469'918'176'385)).view().substr(0, 10), "01ARYZ6S41");
  EXPECT_EQ(UlidSource(1).next(at_ms(0)).view().substr(0, 10), "0000000000");
}

TEST(Ulid, CrockfordAlphabetOnly) {
  UlidSource source(7);
  for (int i = 0; i < 1000; ++i) {
    const Ulid id = source.next(at_ms(1'700'000'000'000 + i));
    EXPECT_EQ(id.view().find_first_not_of("0123456789ABCDEFGHJKMNPQRSTVWXYZ"),
              std::string_view::npos)
        << id.view();
  }
}

TEST(Ulid, StrictlyIncreasingEvenWhenTheClockStandsOrGoesBack) {
  UlidSource source(3);
  std::string last;
  for (int i = 0; i < 5000; ++i) {
    const auto id = std::string(source.next(at_ms(1'700'000'000'000 - i / 10)).view());
    EXPECT_GT(id, last);
    last = id;
  }
}

TEST(Ulid, SourcesDiffer) {
  std::set<std::string> seen;
  for (int i = 0; i < 200; ++i) {
    UlidSource source;
    EXPECT_TRUE(seen.insert(std::string(source.next(at_ms(1'700'000'000'000)).view())).second);
  }
  EXPECT_EQ(UlidSource(5).next(at_ms(9)).view(), UlidSource(5).next(at_ms(9)).view());
}

TEST(FastRandom, StaysInItsBounds) {
  FastRandom random(42);
  EXPECT_EQ(random.below(0), 0U);
  for (int i = 0; i < 10'000; ++i) {
    EXPECT_LT(random.below(3), 3U);
    const double unit = random.unit();
    EXPECT_GE(unit, 0.0);
    EXPECT_LT(unit, 1.0);
  }
}

}  // namespace
}  // namespace pontage
