// The access log on real descriptors: every line is written or counted as dropped, and no worker
// waits for a reader.
#include "observe/access_log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "core/strings.hpp"
#include "pipe.hpp"

namespace pontage::observe {
namespace {

using test::Pipe;

AccessRecord record_with(std::string_view id) {
  AccessRecord record;
  record.request_id = id;
  record.method = "POST";
  record.path = "/v1/chat/completions";
  return record;
}

std::size_t line_count(const std::string& text) {
  return static_cast<std::size_t>(std::ranges::count(text, '\n'));
}

std::string slurp(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

class AccessLogFile : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path(testing::TempDir()) /
              ("access_log." + std::to_string(getpid()) + "." +
               testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path folder_;
  metrics::Registry registry_;
};

TEST(AccessLogOptions, ReadsItsTarget) {
  using Target = AccessLogOptions::Target;
  EXPECT_EQ(access_log_options("off").target, Target::kOff);
  EXPECT_EQ(access_log_options("stdout").target, Target::kStdout);
  EXPECT_EQ(access_log_options("stderr").target, Target::kStderr);
  EXPECT_EQ(access_log_options("/var/log/x.log").target, Target::kFile);
  EXPECT_EQ(access_log_options("/var/log/x.log").path, "/var/log/x.log");
}

TEST_F(AccessLogFile, StopWritesWhatTheWorkersStillHold) {
  const auto path = folder_ / "access.log";
  auto log = AccessLog::open(access_log_options(path.string()), registry_);
  ASSERT_TRUE(log.has_value());
  AccessLogShard& one = (*log)->add_shard(registry_.add_shard());
  AccessLogShard& two = (*log)->add_shard(registry_.add_shard());
  ASSERT_TRUE(one.enabled());
  one.write(record_with("a"));
  one.flush();
  one.write(record_with("b"));
  two.write(record_with("c"));
  (*log)->stop();
  (*log)->stop();  // twice is as good as once
  std::vector<std::string> ids;
  const std::string text = slurp(path);
  ASSERT_TRUE(text.ends_with('\n'));
  for (const auto line : split(std::string_view(text).substr(0, text.size() - 1), '\n')) {
    ids.push_back(nlohmann::json::parse(line).at("request_id"));
  }
  EXPECT_THAT(ids, testing::UnorderedElementsAre("a", "b", "c"));
  EXPECT_EQ(registry_.total(metrics::k_log_dropped), 0U);
  EXPECT_EQ(std::filesystem::status(path).permissions() & std::filesystem::perms::others_all,
            std::filesystem::perms::none);
}

TEST_F(AccessLogFile, GivesLinesAwayByTheBatchWithoutATick) {
  Pipe pipe;
  AccessLogOptions options;
  options.batch_bytes = 1000;
  options.stop_patience = Millis(0);
  AccessLog log(options, LogOutput(pipe.writer()), registry_);
  AccessLogShard& shard = log.add_shard(registry_.add_shard());
  for (int i = 0; i < 20; ++i) shard.write(record_with("x"));  // some 150 bytes each
  EXPECT_GE(line_count(pipe.read_lines(7)), 7U);  // blocks for ever if nothing was given away
}

TEST_F(AccessLogFile, AFileThatCannotBeOpenedIsAnError) {
  const auto log =
      AccessLog::open(access_log_options((folder_ / "no" / "such" / "x.log").string()), registry_);
  ASSERT_FALSE(log.has_value());
  EXPECT_THAT(log.error(), testing::HasSubstr("No such file or directory"));
}

TEST_F(AccessLogFile, ReopenFollowsALogRotation) {
  const auto path = folder_ / "access.log";
  auto log = AccessLog::open(access_log_options(path.string()), registry_);
  ASSERT_TRUE(log.has_value());
  AccessLogShard& shard = (*log)->add_shard(registry_.add_shard());
  shard.write(record_with("before"));
  shard.flush();
  // Wait for the line itself, not for a time.
  while (line_count(slurp(path)) < 1) std::this_thread::yield();
  std::filesystem::rename(path, folder_ / "access.log.1");
  (*log)->reopen();
  while (!std::filesystem::exists(path)) std::this_thread::yield();
  shard.write(record_with("after"));
  (*log)->stop();
  EXPECT_THAT(slurp(folder_ / "access.log.1"), testing::HasSubstr("before"));
  EXPECT_EQ(line_count(slurp(folder_ / "access.log.1")), 1U);
  EXPECT_THAT(slurp(path), testing::HasSubstr("after"));
}

TEST_F(AccessLogFile, OffTakesNothing) {
  auto log = AccessLog::open(access_log_options("off"), registry_);
  ASSERT_TRUE(log.has_value());
  AccessLogShard& shard = (*log)->add_shard(registry_.add_shard());
  EXPECT_FALSE(shard.enabled());
  shard.write(record_with("x"));
  shard.flush();
  EXPECT_EQ(registry_.total(metrics::k_log_dropped), 0U);
}

// The workers of this test would hang here for ever if a full pipe could block them.
TEST_F(AccessLogFile, AFullPipeBlocksNoWorkerAndEveryLineIsAccountedFor) {
  constexpr std::uint64_t kLines = 20'000;
  Pipe pipe;  // nobody reads
  AccessLogOptions options;
  options.batch_bytes = 4096;
  options.queue_bytes = 64 * 1024;
  options.stop_patience = Millis(0);
  std::string written;
  {
    AccessLog log(options, LogOutput(pipe.writer()), registry_);
    AccessLogShard& shard = log.add_shard(registry_.add_shard());
    for (std::uint64_t i = 0; i < kLines; ++i) shard.write(record_with("x"));
    const std::uint64_t dropped = registry_.total(metrics::k_log_dropped);
    EXPECT_GT(dropped, kLines / 2);
    EXPECT_LT(dropped, kLines);
    log.stop();
  }
  pipe.close_writer();
  written = pipe.read_all();
  EXPECT_EQ(line_count(written) + registry_.total(metrics::k_log_dropped), kLines);
  EXPECT_GT(line_count(written), 0U);
}

TEST_F(AccessLogFile, WorksAgainWhenTheReaderComesBack) {
  Pipe pipe;
  AccessLogOptions options;
  options.batch_bytes = 4096;
  options.queue_bytes = 16 * 1024;
  AccessLog log(options, LogOutput(pipe.writer()), registry_);
  AccessLogShard& shard = log.add_shard(registry_.add_shard());
  std::uint64_t lines = 0;
  while (registry_.total(metrics::k_log_dropped) == 0) {
    shard.write(record_with("x"));
    ++lines;
  }
  std::string written;
  std::jthread reader([&] { written = pipe.read_all(); });
  // Lines are taken again as soon as there is room, so this ends.
  std::uint64_t dropped = 0;
  do {
    dropped = registry_.total(metrics::k_log_dropped);
    for (int i = 0; i < 100; ++i) shard.write(record_with("late"));
    lines += 100;
    shard.flush();
  } while (registry_.total(metrics::k_log_dropped) != dropped);
  log.stop();
  pipe.close_writer();
  reader.join();
  EXPECT_EQ(line_count(written) + registry_.total(metrics::k_log_dropped), lines);
  EXPECT_THAT(written, testing::HasSubstr("late"));
}

TEST_F(AccessLogFile, AReaderThatHasGoneCostsLinesAndNoSignal) {
  Pipe pipe;
  AccessLog log({}, LogOutput(pipe.writer()), registry_);
  AccessLogShard& shard = log.add_shard(registry_.add_shard());
  pipe.close_reader();
  for (int i = 0; i < 5; ++i) shard.write(record_with("x"));
  log.stop();  // SIGPIPE would have ended the test program
  EXPECT_EQ(registry_.total(metrics::k_log_dropped), 5U);
}

TEST_F(AccessLogFile, ManyWorkersOneLog) {
  constexpr int kWorkers = 4;
  constexpr int kLines = 2'000;
  const auto path = folder_ / "access.log";
  auto options = access_log_options(path.string());
  options.batch_bytes = 2048;
  auto log = AccessLog::open(options, registry_);
  ASSERT_TRUE(log.has_value());
  std::vector<AccessLogShard*> shards;
  for (int w = 0; w < kWorkers; ++w) shards.push_back(&(*log)->add_shard(registry_.add_shard()));
  {
    std::vector<std::jthread> workers;
    for (AccessLogShard* shard : shards) {
      workers.emplace_back([shard] {
        for (int i = 0; i < kLines; ++i) {
          shard->write(record_with("x"));
          if (i % 100 == 0) shard->flush();
        }
      });
    }
    (*log)->reopen();  // while they write
  }
  (*log)->stop();
  const std::string text = slurp(path);
  EXPECT_EQ(line_count(text) + registry_.total(metrics::k_log_dropped),
            std::size_t{kWorkers * kLines});
  for (const auto line : split(std::string_view(text).substr(0, text.size() - 1), '\n')) {
    ASSERT_TRUE(nlohmann::json::accept(line)) << line;  // lines are never mixed
  }
}

}  // namespace
}  // namespace pontage::observe
