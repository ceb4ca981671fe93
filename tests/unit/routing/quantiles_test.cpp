// What is late is what the slow end of the samples says, within the width of a bucket.
#include "routing/quantiles.hpp"

#include <gtest/gtest.h>

namespace pontage::routing {
namespace {

TEST(Quantiles, NothingBeforeThereIsEnough) {
  Quantiles seen;
  EXPECT_EQ(seen.at(95, 0), std::nullopt);
  for (int i = 0; i < 19; ++i) seen.add(Millis(100));
  EXPECT_EQ(seen.at(95, 20), std::nullopt);
  seen.add(Millis(100));
  EXPECT_TRUE(seen.at(95, 20).has_value());
}

TEST(Quantiles, WithinASeventh) {
  for (const int each : {1, 2, 10, 333, 5'000, 60'000, 600'000}) {
    Quantiles seen;
    for (int i = 0; i < 100; ++i) seen.add(Millis(each));
    EXPECT_GE(seen.at(50, 1)->count() + 1, each);
    EXPECT_LE(seen.at(50, 1)->count(), each + each / 6 + 1);
  }
}

TEST(Quantiles, TheSlowEnd) {
  Quantiles seen;
  for (int i = 0; i < 94; ++i) seen.add(Millis(100));
  for (int i = 0; i < 6; ++i) seen.add(Millis(9'000));
  EXPECT_LT(seen.at(94, 1)->count(), 130);
  EXPECT_GT(seen.at(95, 1)->count(), 8'000);
}

TEST(Quantiles, ForgetsByHalves) {
  Quantiles seen;
  for (int i = 0; i < 1'000; ++i) seen.add(Millis(9'000));
  for (int i = 0; i < 10'000; ++i) seen.add(Millis(100));
  EXPECT_LT(seen.at(95, 1)->count(), 130);
}

TEST(Quantiles, TheEndsOfTheScale) {
  Quantiles seen;
  seen.add(Millis(0));
  seen.add(Millis(24LL * 3'600'000));
  EXPECT_EQ(seen.at(50, 1), Millis(1));
  EXPECT_GT(*seen.at(100, 1), Millis(900'000));
}

}  // namespace
}  // namespace pontage::routing
