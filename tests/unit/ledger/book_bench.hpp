// A folder with a book and its journals, and records to put into them.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "ledger/bookkeeper.hpp"
#include "ledger/reader.hpp"

namespace pontage::ledger::test {

/// Every field has a value of its own.
inline Record full_record(UlidSource& ids, WallTime at) {
  Record record;
  record.id = ids.next(at);
  record.time_us = 1'700'000'000'123'456;
  record.outcome = "ok";
  record.error_code = "none";
  record.status = 200;
  record.key = "search";
  record.user = "anna";
  record.session = "s-1";
  record.route = "chat";
  record.config_version = "0123456789ab";
  record.price_version = "ba9876543210";
  record.decision = "conditional: openai/gpt-4o";
  record.dialect = "openai.chat";
  record.model_requested = "gpt-4o";
  record.provider = "openai";
  record.model = "gpt-4o";
  record.response_model = "gpt-4o-2024-08-06";
  record.tier = "standard";
  record.tags = {{"team", "search"}, {"client", "acme"}};
  RecordAttempt failed{"azure", "gpt-4o", "error", "refused", 502, false, 12, -1, {}, {}, false};
  RecordAttempt good{"openai", "gpt-4o", "ok", "", 200, true, 340, 120, {10, 5, 0, 0, 0, 7, 2, 0},
                     {4'500},  true};
  record.attempts = {failed, good};
  record.lines = {{TokenClass::kInput, 10, 2'500'000'000, {25'000}, false},
                  {TokenClass::kCacheRead, 5, std::nullopt, {0}, true},
                  {TokenClass::kOutput, 7, 10'000'000'000, {70'000}, false}};
  record.cost = {95'000};
  record.context_tier = 2;
  record.stream = record.estimated = record.nominal = true;
  record.counted_tokens = 15;
  record.duration_us = 345'678;
  record.ttft_us = 120'000;
  record.overhead_us = 90;
  record.bytes_in = 1'000;
  record.bytes_out = 2'000;
  return record;
}

class BookBench : public ::testing::Test {
 protected:
  BookBench() {
    folder = std::filesystem::temp_directory_path() /
             ("pontage-book-" + std::to_string(std::random_device{}()));
    path = folder + "/ledger.db";
    std::filesystem::create_directories(journal());
  }
  ~BookBench() override {
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
  }

  [[nodiscard]] std::string journal() const { return path + ".journal"; }
  Record record(std::int64_t cost = 1'000) {
    Record made = full_record(ids, clock.wall());
    made.cost = {cost};
    return made;
  }
  Record open_of(const Record& settled) {
    Record made = settled;
    made.outcome = kLost;
    return made;
  }

  /// A process: its journals and what carries them into the book. Destroyed, it was killed.
  struct Process {
    Process(BookBench& bench, JournalFiles& files, std::size_t segment_bytes, int workers = 1) {
      shared.files = &files;
      shared.folder = bench.journal();
      bench.clock.advance(Micros(5'000));
      shared.boot = bench.ids.next(bench.clock.wall()).view();
      shared.segment_bytes = segment_bytes;
      shared.limit_bytes = 1 << 30;
      auto opened = Store::open(bench.path);
      EXPECT_TRUE(opened.has_value()) << opened.error();
      store = std::move(*opened);
      for (int i = 0; i < workers; ++i) shards.push_back(std::make_unique<JournalShard>(shared, i));
      keeper = std::make_unique<Bookkeeper>(*store, shared, shards);
      EXPECT_EQ(keeper->find_remains(), "");
    }
    JournalShard& shard(std::size_t i = 0) { return *shards[i]; }
    void store_all() {
      do {
        ASSERT_EQ(keeper->pass(), "");
      } while (!keeper->caught_up());
    }
    JournalShared shared;
    std::unique_ptr<Store> store;
    std::vector<std::unique_ptr<JournalShard>> shards;
    std::unique_ptr<Bookkeeper> keeper;
  };
  std::unique_ptr<Process> start(std::size_t segment_bytes = 1 << 20, int workers = 1) {
    return std::make_unique<Process>(*this, files, segment_bytes, workers);
  }

  AuditResult audit() {
    auto reader = Reader::open(path);
    EXPECT_TRUE(reader.has_value()) << reader.error();
    auto result = (*reader)->audit();
    EXPECT_TRUE(result.has_value()) << result.error();
    return *result;
  }
  /// The outcome of each record, oldest first; the audit must be clean.
  std::vector<std::string> outcomes() {
    EXPECT_EQ(audit().differences, std::vector<std::string>{});
    return outcomes_unchecked();
  }
  std::vector<std::string> outcomes_unchecked() {
    RequestFilter filter;
    filter.limit = 1'000;
    auto page = (*Reader::open(path))->requests(filter);
    std::vector<std::string> out;
    Record record;
    for (const auto& each : page->records) {
      EXPECT_TRUE(read_record(each, record));
      out.insert(out.begin(), std::string(record.outcome));
    }
    return out;
  }
  [[nodiscard]] std::size_t files_left() const {
    std::size_t count = 0;
    for ([[maybe_unused]] const auto& each : std::filesystem::directory_iterator(journal()))
      ++count;
    return count;
  }

  std::string folder;
  std::string path;
  FakeClock clock;
  UlidSource ids{7};
  JournalFiles files;
};

}  // namespace pontage::ledger::test
