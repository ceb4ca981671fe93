// Prometheus' own linter reads a scrape with every family in it, hostile labels included. Skipped
// where it is missing.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "metrics/metrics.hpp"

namespace pontage::metrics {
namespace {

void fill(Registry& registry) {
  Shard& shard = registry.add_shard();
  const char* provider = "openai";
  shard.histogram(k_token_usage, {"chat", provider, "gpt-4o", "gpt-4o", "input"}).observe(100);
  shard.histogram(k_request_duration, {"chat", provider, "gpt-4o", "gpt-4o"}).observe(0.5);
  shard.histogram(k_time_to_first_token, {"chat", provider, "gpt-4o", "gpt-4o"}).observe(0.2);
  shard.histogram(k_time_per_output_token, {"chat", provider, "gpt-4o", "gpt-4o"}).observe(0.02);
  shard.counter(k_requests, {"chat", provider, "gpt-4o", "standard", "ok"}).add();
  shard.counter(k_attempts, {provider, "a \"quoted\"\nname \\ \xc3\xa9", "ok"}).add();
  shard.counter(k_requests_rerouted, {"chat"}).add();
  shard.counter(k_requests_retried, {"chat"}).add();
  shard.counter(k_tokens, {"gpt-4o", "input"}).add(7);
  shard.counter(k_fallbacks, {"chat", "a", "b", "c", "d", "http_429"}).add();
  shard.counter(k_cost, {provider, "gpt-4o", "input"}).add(123);
  shard.counter(k_unpriced_requests, {provider, "x"}).add();
  shard.gauge(k_inflight, {provider}).add();
  shard.gauge(k_connections, {"api"}).add();
  registry.set(k_floor_ready, {"chat"}, 1);
  registry.set(k_config_info, {"abc"}, 1);
  registry.set(k_config_reload_success, 1);
  registry.set(k_build_info, {"0.1.0", "deadbeef"}, 1);
}

TEST(Promtool, AcceptsTheScrape) {
  if (std::system("command -v promtool >/dev/null 2>&1") != 0)
    GTEST_SKIP() << "promtool is not installed";
  Registry registry;
  fill(registry);
  const std::string log = testing::TempDir() + "promtool." + std::to_string(getpid());
  FILE* pipe = popen(("promtool check metrics >" + log + " 2>&1").c_str(), "w");
  ASSERT_NE(pipe, nullptr);
  const std::string text = registry.scrape();
  ASSERT_EQ(fwrite(text.data(), 1, text.size(), pipe), text.size());
  const int status = pclose(pipe);
  std::string said;
  if (FILE* file = fopen(log.c_str(), "r"); file != nullptr) {
    char buffer[4096];
    const std::size_t size = fread(buffer, 1, sizeof buffer, file);
    said.assign(buffer, size);
    fclose(file);
  }
  unlink(log.c_str());
  EXPECT_EQ(WEXITSTATUS(status), 0) << said;
  EXPECT_EQ(said, "");
}

}  // namespace
}  // namespace pontage::metrics
