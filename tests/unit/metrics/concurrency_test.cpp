// Workers count and make new series while somebody scrapes. Meant for ThreadSanitizer; the sums
// must be right anyway.
#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <string>
#include <thread>
#include <vector>

#include "metrics/metrics.hpp"

namespace pontage::metrics {
namespace {

TEST(Concurrency, NothingIsLostWhileSomebodyScrapes) {
  constexpr int kWorkers = 4;
  constexpr int kRounds = 3'000;
  constexpr std::size_t kLimit = 200;
  Registry registry(kLimit);
  std::latch start(kWorkers + 1);
  std::vector<std::jthread> workers;
  std::atomic<int> running{kWorkers};
  for (int w = 0; w < kWorkers; ++w) {
    workers.emplace_back([&registry, &start, &running] {
      Shard& shard = registry.add_shard();
      Counter& known = shard.counter(k_attempts, {"openai", "gpt-4o", "ok"});
      Gauge& inflight = shard.gauge(k_inflight, {"openai"});
      Histogram& overhead = shard.histogram(k_overhead);
      start.arrive_and_wait();
      for (int i = 0; i < kRounds; ++i) {
        inflight.add();
        known.add();
        overhead.observe(0.0001);
        // The same label sets from all workers, more of them than the limit.
        shard.counter(k_unpriced_requests, {"openai", std::to_string(i % 300)}).add();
        inflight.sub();
      }
      running.fetch_sub(1);
    });
  }
  start.arrive_and_wait();
  int scrapes = 0;
  std::string text;
  while (running.load() > 0 || scrapes == 0) {
    text = registry.scrape();
    registry.set(k_config_reload_success, 1);
    ++scrapes;
  }
  workers.clear();
  text = registry.scrape();
  EXPECT_EQ(registry.total(k_attempts), static_cast<std::uint64_t>(kWorkers * kRounds));
  EXPECT_EQ(registry.total(k_unpriced_requests), static_cast<std::uint64_t>(kWorkers * kRounds));
  EXPECT_NE(text.find(R"(pontage_inflight{provider="openai"} 0)"), std::string::npos);
  EXPECT_NE(text.find("pontage_overhead_seconds_count 12000\n"), std::string::npos);
  EXPECT_NE(text.find(R"(pontage_unpriced_requests_total{provider="other",model="other"})"),
            std::string::npos);
}

}  // namespace
}  // namespace pontage::metrics
