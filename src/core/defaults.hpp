// Every default and limit that a user can feel, in one place; tests/unit/core/defaults_test.cpp and
// docs/configuration.md hold the same numbers. Times in milliseconds, sizes in bytes.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/clock.hpp"

namespace pontage::defaults {

// Deadlines of an attempt and a request.
inline constexpr Millis kConnectTimeout{5'000};
inline constexpr Millis kTotalTimeout{600'000};
inline constexpr Millis kFirstByteTimeout{30'000};   // streams whose chain has somewhere to go
inline constexpr Millis kFirstTokenTimeout{30'000};  // the same
inline constexpr Millis kFirstTokenTimeoutReasoning{120'000};
inline constexpr Millis kStreamIdleTimeout{60'000};
inline constexpr Millis kRateWindow{10'000};  // waited for tokens, before a stream is too slow
inline constexpr Millis kCountTokensTimeout{5'000};  // then the gateway's own estimate answers

// Retries and fallback.
inline constexpr int kAttemptsPerRequest = 6;
inline constexpr int kRetryMax = 2;
inline constexpr Millis kBackoffBase{250};
inline constexpr Millis kBackoffCap{8'000};
inline constexpr Millis kRetryAfterPatience{5'000};
inline constexpr double kRetryShare = 0.20;
inline constexpr int kRetryFloorPerSecond =
    10;  // same-target retries that a quiet process may always do

// Going on elsewhere, and starting a second target.
inline constexpr int kResumeMax = 1;
inline constexpr int kHedgeMax = 1;
inline constexpr int kHedgePercentile = 95;
inline constexpr int kHedgeSamples = 20;     // measured first tokens, before a percentile is one
inline constexpr Millis kHedgeAfter{5'000};  // until then

// Breakers: when a target is left alone, and for how long.
inline constexpr int kBreakerFailures = 5;
inline constexpr double kBreakerErrorRate = 0.5;
inline constexpr int kBreakerRequests = 20;
inline constexpr Millis kBreakerWindow{30'000};
inline constexpr Millis kBreakerOpen{15'000};
inline constexpr Millis kRateLimitRest{1'000};

// Balancing: for how long a measurement holds, and for how long after its last request a session
// stays where it had to move to (a vendor's prompt cache lives five minutes).
inline constexpr Millis kPaceMemory{30'000};
inline constexpr Millis kMoveMemory{300'000};

// Requests that wait where `max_concurrency` is reached, over the process.
inline constexpr int kQueueMax = 1'000;
inline constexpr Millis kQueueWait{10'000};

// Active checks: how long the answer may take.
inline constexpr Millis kCheckTimeout{5'000};

// The response cache: all of it, one answer; for how long one is given again, and for how much
// longer when nothing else answers.
inline constexpr std::uint64_t kCacheBytes = 64ULL * 1024 * 1024;
inline constexpr std::uint64_t kCacheEntryBytes = 1024ULL * 1024;
inline constexpr Millis kCacheTtl{3'600'000};
inline constexpr Millis kCacheStale{24 * 3'600'000};

// The floor's targets are asked whether they are there.
inline constexpr Millis kFloorProbe{60'000};
inline constexpr Millis kFloorProbeTimeout{5'000};

// Several keys of a provider: how long one rests that was told to wait, and one that was refused.
inline constexpr Millis kKeyRest{5'000};
inline constexpr Millis kRefusedKeyRest{600'000};

// The commit point.
inline constexpr Millis kHoldBackTime{15'000};
inline constexpr std::size_t kHoldBackBytes = 64 * 1024;
inline constexpr std::size_t kHeldAnswerBytes = 1024 * 1024;

// The server's limits.
inline constexpr std::uint64_t kBodyLimit = 32ULL * 1024 * 1024;
inline constexpr std::uint64_t kHeadLimit = 64 * 1024;
inline constexpr int kHeaderCountLimit = 128;
inline constexpr Millis kHeadTimeout{10'000};
inline constexpr Millis kBodyTimeout{60'000};
inline constexpr Millis kReceiveTimeout{300'000};
inline constexpr Millis kIdleTimeout{75'000};
inline constexpr Millis kWriteTimeout{60'000};
inline constexpr Millis kDrainTimeout{30'000};
inline constexpr int kConnectionLimit = 10'000;

// The upstream side.
inline constexpr std::uint64_t kUpstreamHeadLimit = 64 * 1024;
inline constexpr std::uint64_t kUpstreamBodyLimit = 64ULL * 1024 * 1024;
inline constexpr std::size_t kStreamEventLimit = 4 * 1024 * 1024;
inline constexpr int kPoolIdlePerTarget = 64;
inline constexpr Millis kPoolIdleTimeout{50'000};
inline constexpr Millis kDnsTtl{30'000};

// The ledger.
inline constexpr std::uint64_t kJournalLimit = 1024ULL * 1024 * 1024;
inline constexpr std::size_t kJournalSegmentBytes = 4 * 1024 * 1024;
inline constexpr Millis kJournalFsync{1'000};
inline constexpr Millis kJournalPatience{10'000};  // an answer waits so long for a failing disk
inline constexpr Millis kLedgerRetention{400LL * 24 * 3'600'000};

inline constexpr int kJsonDepth = 256;
inline constexpr std::size_t kTokenCountOffThreadBytes = 16 * 1024;

}  // namespace pontage::defaults
