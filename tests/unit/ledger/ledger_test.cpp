// The book: stored once whatever dies when, locked, limited, retained, read.
#include "ledger/ledger.hpp"

#include <condition_variable>
#include <mutex>

#include "ledger/sqlite.hpp"
#include "unit/ledger/book_bench.hpp"

namespace pontage::ledger::test {
namespace {

struct LedgerTest : BookBench {
  LedgerOptions options() const {
    LedgerOptions made;
    made.path = path;
    return made;
  }
  void settle(JournalShard& shard, const Record& what) {
    shard.append(FrameKind::kOpen, open_of(what));
    shard.append(FrameKind::kSettle, what);
    ASSERT_TRUE(shard.flush());
  }
  /// The folder as a kill at this moment would leave it, somewhere else.
  void die_here() {
    const std::string copy = folder + "-copy";
    std::filesystem::remove_all(copy);
    std::filesystem::copy(folder, copy, std::filesystem::copy_options::recursive);
    std::filesystem::remove_all(folder);
    std::filesystem::rename(copy, folder);
  }
  int count(const std::string& sql) {
    auto database = Database::open(path, Database::Mode::kRead);
    auto rows = database->prepare(sql.c_str());
    return rows.row() ? static_cast<int>(rows.number(0)) : -1;
  }
};

TEST_F(LedgerTest, StopsWithEverythingStoredAndNothingLeftBehind) {
  auto ledger = Ledger::open(options(), 2, {});
  ASSERT_TRUE(ledger.has_value()) << ledger.error();
  for (int i = 0; i < 10; ++i) settle((*ledger)->shard(i % 2), record());
  (*ledger)->shard(1).append(FrameKind::kSettle, record());  // not flushed yet
  (*ledger)->stop();
  EXPECT_EQ(audit().records.records, 11);
  EXPECT_EQ(files_left(), 0U);
}

TEST_F(LedgerTest, OneDaemonAStore) {
  auto first = Ledger::open(options(), 1, {});
  ASSERT_TRUE(first.has_value());
  const auto second = Ledger::open(options(), 1, {});
  ASSERT_FALSE(second.has_value());
  EXPECT_NE(second.error().find("another pontage keeps"), std::string::npos) << second.error();
  EXPECT_TRUE(is_kept(path));
  first->reset();
  EXPECT_FALSE(is_kept(path));
  EXPECT_TRUE(Ledger::open(options(), 1, {}).has_value());
}

TEST_F(LedgerTest, WhatIsWrittenIsSynchronisedInTheInterval) {
  struct Watched : JournalFiles {
    int sync(int fd) override {
      const std::scoped_lock lock(mutex);
      ++syncs;
      changed.notify_all();
      return JournalFiles::sync(fd);
    }
    std::mutex mutex;
    std::condition_variable changed;
    int syncs = 0;
  } watched;
  Ledger::Hooks hooks;
  hooks.files = &watched;
  auto often = options();
  often.fsync = Millis(10);
  auto ledger = Ledger::open(often, 1, std::move(hooks));
  ASSERT_TRUE(ledger.has_value());
  for (int i = 1; i <= 3; ++i) {
    settle((*ledger)->shard(0), record());
    std::unique_lock lock(watched.mutex);
    ASSERT_TRUE(watched.changed.wait_for(lock, std::chrono::seconds(20),
                                         [&] { return watched.syncs >= i; }));
  }
  (*ledger)->stop();
}

TEST_F(LedgerTest, APlaceThatCannotBeWrittenIsSaid) {
  auto nowhere = options();
  nowhere.path = "/proc/none/ledger.db";
  const auto refused = Ledger::open(nowhere, 1, {});
  ASSERT_FALSE(refused.has_value());
  EXPECT_NE(refused.error().find("cannot write /proc/none/ledger.db.lock"), std::string::npos);
  struct ReadOnly : JournalFiles {
    int create(const std::string&, std::size_t) override { return -EROFS; }
  } read_only;
  Ledger::Hooks hooks;
  hooks.files = &read_only;
  const auto second = Ledger::open(options(), 1, std::move(hooks));
  ASSERT_FALSE(second.has_value());
  EXPECT_NE(second.error().find("cannot write into"), std::string::npos) << second.error();
}

TEST_F(LedgerTest, KilledBetweenAnyTwoStepsCountsOnce) {
  auto process = start(4'096);
  std::vector<Record> all;
  for (int i = 0; i < 30; ++i) settle(process->shard(), all.emplace_back(record()));
  // Before a pass, after some passes, after all: each is a moment of death.
  for (int passes = 0; passes < 3; ++passes) {
    if (passes > 0) ASSERT_EQ(process->keeper->pass(), "");
    const std::string copy = folder + "-dead";
    std::filesystem::remove_all(copy);
    std::filesystem::copy(folder, copy, std::filesystem::copy_options::recursive);
    std::swap(folder, const_cast<std::string&>(copy));
    path = folder + "/ledger.db";
    start()->store_all();
    EXPECT_EQ(audit().records.records, 30);
    EXPECT_EQ(outcomes().size(), 30U);
    std::filesystem::remove_all(folder);
    folder = folder.substr(0, folder.size() - 5);
    path = folder + "/ledger.db";
  }
}

TEST_F(LedgerTest, ALockedStoreWaitsAndThenTakesEachOnce) {
  auto process = start();
  settle(process->shard(), record());
  {
    auto other = Database::open(path, Database::Mode::kWrite);
    ASSERT_TRUE(other->execute("BEGIN EXCLUSIVE"));
    EXPECT_NE(process->keeper->pass().find("locked"), std::string::npos);
    settle(process->shard(), record());
    EXPECT_NE(process->keeper->pass(), "");
    EXPECT_GT(process->shared.waiting_bytes.load(), 0);
  }
  process->store_all();
  EXPECT_EQ(outcomes().size(), 2U);
  EXPECT_EQ(process->shared.waiting_bytes.load(), 0);
}

TEST_F(LedgerTest, OverItsLimitTheJournalRefusesOrDropsTheOldest) {
  auto process = start(4'096);
  process->shared.limit_bytes = 10'000;
  int taken = 0;
  while (process->shard().accepts()) {
    settle(process->shard(), record());
    ASSERT_LT(++taken, 1'000);
  }
  EXPECT_GT(taken, 5);
  process->shared.refuse_when_full = false;
  EXPECT_TRUE(process->shard().accepts());
  EXPECT_GT(process->keeper->drop_oldest(), 0);
  EXPECT_LE(process->shared.waiting_bytes.load(), 10'000);
  process->store_all();
  const auto result = audit();
  EXPECT_LT(result.records.records, taken);
  ASSERT_FALSE(result.differences.empty());
  EXPECT_NE(result.differences[0].find("dropped"), std::string::npos) << result.differences[0];
}

TEST_F(LedgerTest, AGapIsStillNamedWhenItsProcessDied) {
  {
    auto process = start(4'096);
    process->shared.limit_bytes = 10'000;
    process->shared.refuse_when_full = false;
    for (int i = 0; i < 60; ++i) settle(process->shard(), record());
    EXPECT_GT(process->keeper->drop_oldest(), 0);
  }  // killed before the store knew
  start()->store_all();
  const auto result = audit();
  EXPECT_LT(result.records.records, 60);
  ASSERT_FALSE(result.differences.empty());
  EXPECT_NE(result.differences[0].find("dropped"), std::string::npos) << result.differences[0];
  EXPECT_EQ(files_left(), 0U) << "neither segments nor the marks of dropped ones";
}

TEST_F(LedgerTest, WhatIsOldGoesAndTheSumsStay) {
  auto process = start();
  for (int i = 0; i < 5; ++i) settle(process->shard(), record(100));
  process->store_all();
  clock.advance(std::chrono::hours(48));
  for (int i = 0; i < 3; ++i) settle(process->shard(), record(7));
  process->store_all();
  const auto now = std::chrono::duration_cast<Millis>(clock.wall().time_since_epoch()).count();
  EXPECT_EQ(process->store->expire(now - 24 * kHourMs, 2), 2);
  EXPECT_EQ(outcomes().size(), 6U) << "clean in the middle of it";
  EXPECT_EQ(process->store->expire(now - 24 * kHourMs, 100), 3);
  EXPECT_EQ(process->store->expire(now - 24 * kHourMs, 100), 0);
  EXPECT_EQ(outcomes().size(), 3U);
  EXPECT_EQ(audit().expired.records, 5);
  auto rows = (*Reader::open(path))->spend({});
  ASSERT_EQ(rows->size(), 1U);
  EXPECT_EQ((*rows)[0].sums.cost.value, 521);
}

TEST_F(LedgerTest, AuditNamesWhatDiffers) {
  auto process = start();
  settle(process->shard(), record(100));
  process->store_all();
  EXPECT_EQ(audit().differences, std::vector<std::string>{});
  auto database = Database::open(path, Database::Mode::kWrite);
  ASSERT_TRUE(
      database->execute("UPDATE rollups SET cost=cost+1 WHERE dimension='user' AND span=0"));
  auto differences = audit().differences;
  ASSERT_EQ(differences.size(), 1U);
  EXPECT_NE(differences[0].find("user \"anna\": nano-dollars: the records say 100, the sums 101"),
            std::string::npos)
      << differences[0];
  ASSERT_TRUE(database->execute("DELETE FROM records"));
  EXPECT_GT(audit().differences.size(), 2U);
}

TEST_F(LedgerTest, TotalsStopExactlyAtThePositions) {
  Ledger::Hooks hooks;
  auto ledger = Ledger::open(options(), 1, std::move(hooks));
  ASSERT_TRUE(ledger.has_value());
  JournalShard& shard = (*ledger)->shard(0);
  for (int i = 0; i < 4; ++i) settle(shard, record(10));
  const auto totals = (*ledger)->totals_at([&] {
    std::vector<JournalPosition> here = {shard.position()};
    settle(shard, record(10));  // behind the point
    return here;
  });
  ASSERT_TRUE(totals.has_value());
  EXPECT_EQ(totals->records, 4);
  EXPECT_EQ(totals->cost.value, 40);
  EXPECT_EQ((*ledger)->store_all(), "");
  EXPECT_EQ(audit().records.records, 5);
}

TEST_F(LedgerTest, PagesAreNewestFirstAndFiltered) {
  auto process = start();
  std::vector<std::string> written;
  for (int i = 0; i < 10; ++i) {
    Record each = record();
    each.user = i % 2 == 0 ? "anna" : "bert";
    written.insert(written.begin(), std::string(each.id.view()));
    settle(process->shard(), each);
  }
  process->store_all();
  auto reader = Reader::open(path);
  RequestFilter filter;
  filter.limit = 4;
  std::vector<std::string> seen;
  Record record;
  do {
    auto page = (*reader)->requests(filter);
    for (const auto& each : page->records) {
      ASSERT_TRUE(read_record(each, record));
      seen.emplace_back(record.id.view());
    }
    filter.cursor = page->next_cursor;
  } while (!filter.cursor.empty());
  EXPECT_EQ(seen, written);
  filter = {};
  filter.user = "bert";
  EXPECT_EQ((*reader)->requests(filter)->records.size(), 5U);
  filter.outcome = "error";
  EXPECT_EQ((*reader)->requests(filter)->records.size(), 0U);
  EXPECT_TRUE((*reader)->request(written[3])->has_value());
  EXPECT_FALSE((*reader)->request("none")->has_value());
}

// Sums over hours and days agree with each other wherever the range begins and ends.
TEST_F(LedgerTest, SpendOverAnyRangeIsTheSumOfItsHours) {
  auto process = start();
  const auto begin = std::chrono::duration_cast<Millis>(clock.wall().time_since_epoch()).count();
  for (int i = 0; i < 60; ++i) {
    settle(process->shard(), record(1 + i));
    clock.advance(std::chrono::hours(1));
  }
  process->store_all();
  auto reader = Reader::open(path);
  for (int from = 0; from < 60; from += 7) {
    for (int to = from + 1; to <= 60; to += 11) {
      SpendQuery query{"model", begin + from * kHourMs, begin / kHourMs * kHourMs + to * kHourMs,
                       0};
      std::int64_t expected = 0;
      for (int i = from; i < to; ++i) expected += 1 + i;
      const auto rows = *(*reader)->spend(query);
      ASSERT_EQ(rows.size(), 1U);
      EXPECT_EQ(rows[0].value, "openai/gpt-4o");
      EXPECT_EQ(rows[0].sums.cost.value, expected) << from << " to " << to;
      query.step_ms = kHourMs;
      EXPECT_EQ((*reader)->spend(query)->size(), static_cast<std::size_t>(to - from));
      query.step_ms = kDayMs;
      std::int64_t by_day = 0;
      for (const auto& row : *(*reader)->spend(query)) by_day += row.sums.cost.value;
      EXPECT_EQ(by_day, expected);
    }
  }
}

TEST(LedgerOptionsTest, WhatAStoreIs) {
  std::string why;
  EXPECT_EQ(store_path("sqlite:///var/lib/pontage/ledger.db", why), "/var/lib/pontage/ledger.db");
  EXPECT_EQ(store_path("sqlite://ledger.db", why), "ledger.db");
  EXPECT_EQ(store_path("ledger.db", why), "ledger.db");
  EXPECT_EQ(why, "");
  for (const auto& [store, part] : {std::pair{"postgres://h/d", "not in this version"},
                                    {"mysql://h", "no store is called \"mysql\""},
                                    {"sqlite://", "needs a path"},
                                    {"", "needs a path"}}) {
    EXPECT_EQ(store_path(store, why), "") << store;
    EXPECT_NE(why.find(part), std::string::npos) << why;
  }
}

}  // namespace
}  // namespace pontage::ledger::test
