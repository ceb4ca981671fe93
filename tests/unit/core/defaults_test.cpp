// Every default that a user can feel, as a literal: a number changes here and in
// docs/configuration.md, or not at all.
#include "core/defaults.hpp"

#include <gtest/gtest.h>

namespace pontage::defaults {
namespace {

TEST(Defaults, Times) {
  struct Row {
    const char* name;
    Millis value;
    std::int64_t ms;
  };
  const Row rows[] = {
      {"connect", kConnectTimeout, 5'000},
      {"total", kTotalTimeout, 600'000},
      {"first byte", kFirstByteTimeout, 30'000},
      {"first token", kFirstTokenTimeout, 30'000},
      {"first token, reasoning", kFirstTokenTimeoutReasoning, 120'000},
      {"stream idle", kStreamIdleTimeout, 60'000},
      {"rate window", kRateWindow, 10'000},
      {"hedge", kHedgeAfter, 5'000},
      {"count_tokens", kCountTokensTimeout, 5'000},
      {"backoff base", kBackoffBase, 250},
      {"backoff cap", kBackoffCap, 8'000},
      {"patience", kRetryAfterPatience, 5'000},
      {"hold-back", kHoldBackTime, 15'000},
      {"head", kHeadTimeout, 10'000},
      {"body", kBodyTimeout, 60'000},
      {"receive", kReceiveTimeout, 300'000},
      {"idle", kIdleTimeout, 75'000},
      {"write", kWriteTimeout, 60'000},
      {"drain", kDrainTimeout, 30'000},
      {"pool idle", kPoolIdleTimeout, 50'000},
      {"dns", kDnsTtl, 30'000},
      {"journal fsync", kJournalFsync, 1'000},
      {"journal patience", kJournalPatience, 10'000},
      {"ledger retention", kLedgerRetention, 34'560'000'000},
      {"pace memory", kPaceMemory, 30'000},
      {"queue wait", kQueueWait, 10'000},
      {"check", kCheckTimeout, 5'000},
      {"move memory", kMoveMemory, 300'000},
      {"cache ttl", kCacheTtl, 3'600'000},
      {"cache stale", kCacheStale, 86'400'000},
      {"floor probe", kFloorProbe, 60'000},
      {"floor probe's own time", kFloorProbeTimeout, 5'000},
  };
  for (const auto& row : rows) EXPECT_EQ(row.value.count(), row.ms) << row.name;
}

TEST(Defaults, Counts) {
  EXPECT_EQ(kAttemptsPerRequest, 6);
  EXPECT_EQ(kRetryMax, 2);
  EXPECT_DOUBLE_EQ(kRetryShare, 0.20);
  EXPECT_EQ(kRetryFloorPerSecond, 10);
  EXPECT_EQ(kHeaderCountLimit, 128);
  EXPECT_EQ(kConnectionLimit, 10'000);
  EXPECT_EQ(kPoolIdlePerTarget, 64);
  EXPECT_EQ(kJsonDepth, 256);
  EXPECT_EQ(kQueueMax, 1'000);
}

TEST(Defaults, Sizes) {
  EXPECT_EQ(kHoldBackBytes, 65'536U);
  EXPECT_EQ(kHeldAnswerBytes, 1'048'576U);
  EXPECT_EQ(kBodyLimit, 33'554'432U);
  EXPECT_EQ(kHeadLimit, 65'536U);
  EXPECT_EQ(kUpstreamHeadLimit, 65'536U);
  EXPECT_EQ(kUpstreamBodyLimit, 67'108'864U);
  EXPECT_EQ(kStreamEventLimit, 4'194'304U);
  EXPECT_EQ(kTokenCountOffThreadBytes, 16'384U);
  EXPECT_EQ(kCacheBytes, 67'108'864U);
  EXPECT_EQ(kCacheEntryBytes, 1'048'576U);
  EXPECT_EQ(kJournalLimit, 1'073'741'824U);
  EXPECT_EQ(kJournalSegmentBytes, 4'194'304U);
}

}  // namespace
}  // namespace pontage::defaults
