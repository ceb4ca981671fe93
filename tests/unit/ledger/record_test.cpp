// Records as bytes and as sums.
#include "ledger/record.hpp"

#include "unit/ledger/book_bench.hpp"

namespace pontage::ledger::test {
namespace {

std::string encoded(const Record& record) {
  std::string out;
  append_record(out, record);
  return out;
}

TEST(Record, EveryFieldComesBack) {
  UlidSource ids(1);
  const Record record = full_record(ids, FakeClock().wall());
  const std::string bytes = encoded(record);
  Record read;
  ASSERT_TRUE(read_record(bytes, read));
  EXPECT_EQ(encoded(read), bytes);
  EXPECT_EQ(read.id.view(), record.id.view());
  EXPECT_EQ(read.time_us, record.time_us);
  EXPECT_EQ(read.decision, record.decision);
  EXPECT_EQ(read.tier, "standard");
  EXPECT_EQ(read.tags, record.tags);
  EXPECT_EQ(read.attempts, record.attempts);
  EXPECT_EQ(read.lines, record.lines);
  EXPECT_EQ(read.cost, record.cost);
  EXPECT_EQ(read.context_tier, 2);
  EXPECT_TRUE(read.stream && read.estimated && read.nominal);
  EXPECT_FALSE(read.unpriced || read.local || read.fallback_rate);
  EXPECT_EQ(read.input_tokens(), 15);
  EXPECT_EQ(read.output_tokens(), 7);
  EXPECT_EQ(read.bytes_out, 2'000);
  EXPECT_LT(bytes.size(), 400U);
}

TEST(Record, WhatIsCutIsNoRecord) {
  UlidSource ids(1);
  const std::string bytes = encoded(full_record(ids, FakeClock().wall()));
  Record read;
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(read_record(std::string_view(bytes).substr(0, size), read)) << size;
  EXPECT_FALSE(read_record(bytes + "x", read));
  EXPECT_FALSE(read_record("\x02" + bytes.substr(1), read)) << "a newer version";
}

TEST(Record, ALongTextIsCutAndManyTagsAreLeftOut) {
  UlidSource ids(1);
  Record record = full_record(ids, FakeClock().wall());
  const std::string text(5'000, 'x');
  record.decision = text;
  record.tags.assign(40, {"name", "value"});
  const std::string bytes = encoded(record);
  Record read;
  ASSERT_TRUE(read_record(bytes, read));
  EXPECT_EQ(read.decision.size(), kMaxTextBytes);
  EXPECT_EQ(read.tags.size(), kMaxTags);
}

TEST(Record, TheTimeStandsInTheId) {
  UlidSource ids(1);
  const Ulid id = ids.next(WallTime(Millis(1'700'000'000'123)));
  EXPECT_EQ(ulid_ms(id.view()), 1'700'000'000'123);
  EXPECT_LE(ulid_floor(1'700'000'000'123), id.view());
  EXPECT_GT(ulid_floor(1'700'000'000'124), id.view());
  EXPECT_EQ(ulid_ms("not an id"), -1);
  EXPECT_EQ(ulid_ms(std::string(26, 'U')), -1);
}

TEST(Rollup, ARecordCountsOnceInEachDimension) {
  UlidSource ids(1);
  const Record record = full_record(ids, FakeClock().wall());
  Rollups sums;
  roll_up(sums, record);
  EXPECT_EQ(sums.size(), 8U + 2);
  sums.merge(days_of(sums));
  EXPECT_EQ(sums.size(), 2U * (8 + 2));
  std::int64_t cost = 0;
  for (const auto& [key, each] : sums) {
    EXPECT_TRUE(is_dimension(key.dimension)) << key.dimension;
    if (key.span == Span::kDay && key.dimension == "tag:team") cost += each.cost.value;
  }
  EXPECT_EQ(cost, 95'000);
  EXPECT_EQ(sums.begin()->second.rerouted, 1) << "azure, then openai";
  EXPECT_FALSE(is_dimension("tag:"));
  EXPECT_FALSE(is_dimension("colour"));
}

}  // namespace
}  // namespace pontage::ledger::test
