// Series, shards and the scrape: what is counted comes out once, under the right name, and never
// more than the limit.
#include "metrics/metrics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <set>

#include "core/strings.hpp"

namespace pontage::metrics {
namespace {

using testing::HasSubstr;
using testing::Not;

std::vector<std::string> lines_with(const std::string& text, std::string_view prefix) {
  std::vector<std::string> result;
  for (const std::string_view line : split(text, '\n')) {
    if (line.starts_with(prefix)) result.emplace_back(line);
  }
  return result;
}

TEST(Names, AreUniqueLegalAndExplained) {
  std::set<std::string_view> seen;
  for (const FamilyInfo& info : families()) {
    EXPECT_TRUE(seen.insert(info.name).second) << info.name;
    EXPECT_EQ(info.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_"), std::string_view::npos)
        << info.name;
    EXPECT_TRUE(info.help.ends_with('.')) << info.name;
    const bool counts = info.kind == Kind::kCounter || info.kind == Kind::kTotal;
    const bool total = info.name.ends_with("_total");
    EXPECT_EQ(counts, total) << info.name;
    for (std::size_t i = 1; i < info.buckets.size(); ++i) {
      EXPECT_LT(info.buckets[i - 1], info.buckets[i]) << info.name;
    }
    EXPECT_EQ(info.kind == Kind::kHistogram, !info.buckets.empty()) << info.name;
  }
}

// Dashboards and alerts hold on to these.
TEST(Names, HoldWhatTheContractPromises) {
  const std::map<std::string_view, std::string_view> promised = {
      {"gen_ai_client_token_usage",
       "gen_ai_operation_name,gen_ai_provider_name,gen_ai_request_model,gen_ai_response_model,gen_"
       "ai_token_type"},
      {"gen_ai_server_request_duration_seconds",
       "gen_ai_operation_name,gen_ai_provider_name,gen_ai_request_model,gen_ai_response_model"},
      {"gen_ai_server_time_to_first_token_seconds",
       "gen_ai_operation_name,gen_ai_provider_name,gen_ai_request_model,gen_ai_response_model"},
      {"gen_ai_server_time_per_output_token_seconds",
       "gen_ai_operation_name,gen_ai_provider_name,gen_ai_request_model,gen_ai_response_model"},
      {"pontage_requests_total", "route,provider,model,tier,outcome"},
      {"pontage_attempts_total", "provider,model,outcome"},
      {"pontage_requests_rerouted_total", "route"},
      {"pontage_requests_retried_total", "route"},
      {"pontage_tokens_total", "model,token_type"},
      {"pontage_fallbacks_total", "route,from_provider,from_model,to_provider,to_model,reason"},
      {"pontage_cost_usd_total", "provider,model,token_type"},
      {"pontage_unpriced_requests_total", "provider,model"},
      {"pontage_overhead_seconds", ""},
      {"pontage_inflight", "provider"},
      {"pontage_streams_open", ""},
      {"pontage_floor_ready", "route"},
      {"pontage_drill_last_success_timestamp_seconds", "route"},
      {"pontage_config_info", "version"},
      {"pontage_config_reload_success", ""},
  };
  std::map<std::string_view, std::string_view> have;
  for (const FamilyInfo& info : families()) have[info.name] = info.labels;
  for (const auto& [name, labels] : promised) {
    ASSERT_TRUE(have.contains(name)) << name;
    EXPECT_EQ(have[name], labels) << name;
  }
}

TEST(Scrape, AddsTheShardsUp) {
  Registry registry;
  Shard& one = registry.add_shard();
  Shard& two = registry.add_shard();
  one.counter(k_attempts, {"openai", "gpt-4o", "ok"}).add(2);
  two.counter(k_attempts, {"openai", "gpt-4o", "ok"}).add(3);
  two.counter(k_attempts, {"openai", "gpt-4o", "http_429"}).add();
  one.gauge(k_inflight, {"openai"}).add(5);
  two.gauge(k_inflight, {"openai"}).sub(2);
  const std::string text = registry.scrape();
  EXPECT_THAT(
      lines_with(text, "pontage_attempts_total"),
      testing::UnorderedElementsAre(
          R"(pontage_attempts_total{provider="openai",model="gpt-4o",outcome="ok"} 5)",
          R"(pontage_attempts_total{provider="openai",model="gpt-4o",outcome="http_429"} 1)"));
  EXPECT_THAT(lines_with(text, "pontage_inflight"),
              testing::ElementsAre(R"(pontage_inflight{provider="openai"} 3)"));
  EXPECT_EQ(registry.total(k_attempts), 6U);
}

TEST(Scrape, HistogramsAreCumulative) {
  Registry registry;
  Shard& one = registry.add_shard();
  Shard& two = registry.add_shard();
  // 25 us belongs to the bucket whose upper bound it is.
  for (const double value : {0.000025, 0.00003, 0.3}) one.histogram(k_overhead).observe(value);
  two.histogram(k_overhead).observe(7);
  const std::string text = registry.scrape();
  EXPECT_THAT(text, HasSubstr("# TYPE pontage_overhead_seconds histogram\n"));
  EXPECT_THAT(text, HasSubstr("pontage_overhead_seconds_bucket{le=\"2.5e-05\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("pontage_overhead_seconds_bucket{le=\"5e-05\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("pontage_overhead_seconds_bucket{le=\"0.1\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("pontage_overhead_seconds_bucket{le=\"0.5\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("pontage_overhead_seconds_bucket{le=\"1\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("pontage_overhead_seconds_bucket{le=\"+Inf\"} 4\n"));
  EXPECT_THAT(text, HasSubstr("pontage_overhead_seconds_count 4\n"));
}

TEST(Histogram, CountsWhatIsNoTimeAsZero) {
  Histogram histogram(kOverheadBuckets);
  histogram.observe(-1);
  histogram.observe(std::numeric_limits<double>::quiet_NaN());
  EXPECT_EQ(histogram.count(0), 2U);
  EXPECT_EQ(histogram.sum(), 0);
}

TEST(Scrape, ShowsMoneyInDollars) {
  Registry registry;
  Shard& shard = registry.add_shard();
  shard.counter(k_cost, {"openai", "gpt-4o", "output"}).add(123'400);
  shard.counter(k_cost, {"openai", "gpt-4o", "input"}).add(2'500'000'001);
  EXPECT_EQ(registry.total(k_cost), 2'500'123'401U);
  std::map<std::string, double> values;
  for (const std::string& line : lines_with(registry.scrape(), "pontage_cost_usd_total")) {
    values[line.substr(0, line.rfind(' '))] = *parse_double(line.substr(line.rfind(' ') + 1));
  }
  EXPECT_DOUBLE_EQ(
      values[R"(pontage_cost_usd_total{provider="openai",model="gpt-4o",token_type="output"})"],
      0.0001234);
  EXPECT_DOUBLE_EQ(
      values[R"(pontage_cost_usd_total{provider="openai",model="gpt-4o",token_type="input"})"],
      2.500000001);
}

TEST(Scrape, ShowsCountersWithoutLabelsFromTheStart) {
  Registry registry;
  const std::string text = registry.scrape();
  EXPECT_THAT(text, HasSubstr("\npontage_log_dropped_total 0\n"));
  EXPECT_THAT(text, HasSubstr("\npontage_client_disconnects_total 0\n"));
  EXPECT_THAT(text, HasSubstr("\npontage_config_reload_failures_total 0\n"));
  EXPECT_THAT(text, HasSubstr("\npontage_overhead_seconds_count 0\n"));
  // What was never set is not invented.
  EXPECT_THAT(text, Not(HasSubstr("\npontage_config_reload_success ")));
}

TEST(Scrape, ReadsTheProcess) {
  const std::string text = Registry().scrape();
  for (const char* name : {"process_cpu_seconds_total", "process_resident_memory_bytes",
                           "process_virtual_memory_bytes", "process_open_fds", "process_max_fds",
                           "process_threads", "process_start_time_seconds"}) {
    const auto lines = lines_with(text, std::string(name) + " ");
    ASSERT_EQ(lines.size(), 1U) << name;
    const auto value = parse_double(lines[0].substr(lines[0].find(' ') + 1));
    ASSERT_TRUE(value.has_value()) << lines[0];
    if (std::string_view(name) != "process_cpu_seconds_total") EXPECT_GT(*value, 0) << name;
  }
}

TEST(Values, SetReplaceAndCount) {
  Registry registry;
  registry.set(k_floor_ready, {"chat"}, 1);
  registry.set(k_floor_ready, {"embed"}, 0);
  registry.set(k_floor_ready, {"chat"}, 0);
  registry.set_only(k_config_info, {"aaa"}, 1);
  registry.set_only(k_config_info, {"bbb"}, 1);
  registry.set(k_config_reload_success, 1);
  registry.add(k_config_reload_failures);
  registry.add(k_config_reload_failures);
  const std::string text = registry.scrape();
  EXPECT_THAT(lines_with(text, "pontage_floor_ready"),
              testing::UnorderedElementsAre(R"(pontage_floor_ready{route="chat"} 0)",
                                            R"(pontage_floor_ready{route="embed"} 0)"));
  EXPECT_THAT(lines_with(text, "pontage_config_info"),
              testing::ElementsAre(R"(pontage_config_info{version="bbb"} 1)"));
  EXPECT_THAT(text, HasSubstr("\npontage_config_reload_success 1\n"));
  EXPECT_THAT(text, HasSubstr("\npontage_config_reload_failures_total 2\n"));
  registry.clear(k_floor_ready);
  EXPECT_TRUE(lines_with(registry.scrape(), "pontage_floor_ready").empty());
}

TEST(Shard, FindsTheSameCellAgain) {
  Registry registry;
  Shard& shard = registry.add_shard();
  Counter& first = shard.counter(k_requests_retried, {"chat"});
  for (int i = 0; i < 500; ++i) shard.counter(k_requests_retried, {"r" + std::to_string(i)}).add();
  EXPECT_EQ(&first, &shard.counter(k_requests_retried, {"chat"}));
  // Labels are told apart one by one, not glued together.
  EXPECT_NE(&shard.counter(k_tokens, {"ab", "c"}), &shard.counter(k_tokens, {"a", "bc"}));
}

TEST(Limit, WhatComesTooLateIsCountedAsOther) {
  constexpr std::size_t kLimit = 10;
  Registry registry(kLimit);
  Shard& one = registry.add_shard();
  Shard& two = registry.add_shard();
  for (int i = 0; i < 100; ++i) {
    // The limit is the process's, not the worker's.
    (i % 2 == 0 ? one : two)
        .counter(k_unpriced_requests, {"openai", "made-up-" + std::to_string(i)})
        .add();
  }
  one.counter(k_unpriced_requests, {"openai", "made-up-3"})
      .add();  // known to the process, new to this worker
  const auto lines = lines_with(registry.scrape(), "pontage_unpriced_requests_total");
  EXPECT_EQ(lines.size(), kLimit + 1);
  EXPECT_THAT(lines, testing::Contains(
                         R"(pontage_unpriced_requests_total{provider="other",model="other"} 90)"));
  EXPECT_THAT(lines,
              testing::Contains(
                  R"(pontage_unpriced_requests_total{provider="openai",model="made-up-3"} 2)"));
  EXPECT_EQ(registry.total(k_unpriced_requests), 101U);
  // Another family has a limit of its own.
  one.counter(k_requests_retried, {"chat"}).add();
  EXPECT_THAT(registry.scrape(), HasSubstr(R"(pontage_requests_retried_total{route="chat"} 1)"));
}

TEST(Limit, ValuesOverflowToo) {
  Registry registry(3);
  for (int i = 0; i < 10; ++i) registry.set(k_floor_ready, {"route-" + std::to_string(i)}, 1);
  EXPECT_EQ(lines_with(registry.scrape(), "pontage_floor_ready").size(), 4U);
}

TEST(Labels, LongOrBrokenOnesBecomeOther) {
  Registry registry;
  Shard& shard = registry.add_shard();
  shard.counter(k_requests_retried, {std::string(kMaxLabelBytes, 'x')}).add();
  shard.counter(k_requests_retried, {std::string(kMaxLabelBytes + 1, 'x')}).add();
  shard.counter(k_requests_retried, {"\xff\xfe"})
      .add();  // no UTF-8: one such label fails a whole scrape
  shard.counter(k_requests_retried, {"\xc3\xa9t\xc3\xa9"}).add();  // été
  EXPECT_THAT(
      lines_with(registry.scrape(), "pontage_requests_retried_total"),
      testing::UnorderedElementsAre(
          "pontage_requests_retried_total{route=\"" + std::string(kMaxLabelBytes, 'x') + "\"} 1",
          R"(pontage_requests_retried_total{route="other"} 2)",
          "pontage_requests_retried_total{route=\"\xc3\xa9t\xc3\xa9\"} 1"));
}

TEST(Labels, AreEscaped) {
  Registry registry;
  registry.add_shard().counter(k_requests_retried, {"a\"b\\c\nd"}).add();
  EXPECT_THAT(registry.scrape(),
              HasSubstr(R"(pontage_requests_retried_total{route="a\"b\\c\nd"} 1)"));
}

}  // namespace
}  // namespace pontage::metrics
