// One write a turn of the loop, and whoever waits goes on only after it.
#include "gateway/journal_gate.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <random>

#include "core/defaults.hpp"
#include "core/ids.hpp"

namespace pontage::gateway::test {
namespace {

struct CountedFiles : ledger::JournalFiles {
  int write(int fd, std::string_view bytes, std::size_t offset) override {
    ++writes;
    return failing ? ENOSPC : JournalFiles::write(fd, bytes, offset);
  }
  int writes = 0;
  bool failing = false;
};

struct Turn {
  transport::Worker& worker;
  [[nodiscard]] bool await_ready() const { return false; }
  void await_suspend(std::coroutine_handle<> waiter) const {
    worker.post([waiter] { waiter.resume(); });
  }
  void await_resume() const {}
};

class JournalGateTest : public ::testing::Test {
 protected:
  JournalGateTest() {
    shared.files = &files;
    shared.folder = std::filesystem::temp_directory_path() /
                    ("pontage-gate-" + std::to_string(std::random_device{}()));
    shared.boot = ids.next(WallTime(Millis(1'700'000'000'000))).view();
    shared.segment_bytes = 1 << 20;
    shared.limit_bytes = 1 << 30;
    std::filesystem::create_directories(shared.folder);
    shard.prepare();
    files.writes = 0;
  }
  ~JournalGateTest() override { std::filesystem::remove_all(shared.folder); }

  Task<void> exchange() {
    ledger::Record record;
    record.id = ids.next(WallTime(Millis(1'700'000'000'000)));
    record.outcome = "ok";
    gate.begin();
    co_await Turn{worker};  // as if for a provider: the others begin
    gate.open(record);
    if (!co_await JournalGate::Written{&gate}) ++unwritten;
    EXPECT_GE(files.writes, 1) << "nothing is sent before it is written";
    gate.settle(record);
    if (!co_await JournalGate::Written{&gate}) ++unwritten;
    EXPECT_GE(files.writes, 2) << "nothing is released before it is written";
    ++ended;
  }
  void run(int exchanges) {
    begin(exchanges);
    worker.post([this] { worker.stop(); });
    worker.run();
  }

  void begin(int exchanges) {
    worker.post([this, exchanges] {
      for (int i = 0; i < exchanges; ++i) worker.spawn(exchange());
    });
  }
  // So many turns of the loop, with the tick's work in each.
  void in_turns(int turns, const std::function<void(int)>& work) {
    int at = 0;
    std::function<void()> turn = [&] {
      work(at);
      if (++at < turns) {
        worker.post(turn);
      } else {
        worker.stop();
      }
    };
    worker.post(turn);
    worker.run();
  }

  CountedFiles files;
  ledger::JournalShared shared;
  UlidSource ids{1};
  ledger::JournalShard shard{shared, 0};
  metrics::Registry registry;
  metrics::Counter& records = registry.add_shard().counter(metrics::k_ledger_records);
  transport::Worker worker{0};
  JournalGate gate{worker, shard, records};
  int ended = 0;
  int unwritten = 0;
};

TEST_F(JournalGateTest, AloneItWritesAtOnce) {
  run(1);
  EXPECT_EQ(ended, 1);
  EXPECT_EQ(files.writes, 2);
  EXPECT_EQ(records.value(), 1U);
}

TEST_F(JournalGateTest, ManyShareAWrite) {
  run(50);
  EXPECT_EQ(ended, 50);
  EXPECT_EQ(files.writes, 2) << "all open, all settle";
  EXPECT_EQ(records.value(), 50U);
}

// Law 5: no answer ends without its record, so that a kill leaves none behind.
TEST_F(JournalGateTest, ADiskThatFailsHoldsTheEndBackUntilItTakesTheRecord) {
  files.failing = true;
  begin(3);
  in_turns(60, [this](int turn) {
    if (turn == 30) {
      EXPECT_EQ(ended, 0);
      EXPECT_TRUE(shard.pending());
      EXPECT_FALSE(gate.accepts());
      files.failing = false;
    }
    gate.flush();
  });
  EXPECT_EQ(ended, 3);
  EXPECT_EQ(unwritten, 0);
  EXPECT_FALSE(shard.pending());
}

TEST_F(JournalGateTest, AfterItsPatienceTheAnswerIsRefusedAndTheRecordKept) {
  files.failing = true;
  begin(3);
  const auto now = std::chrono::steady_clock::now();
  in_turns(60, [&](int turn) {
    if (turn == 30) EXPECT_EQ(ended, 0);
    gate.flush(turn < 30 ? now : now + defaults::kJournalPatience + Millis(60'000));
  });
  EXPECT_EQ(ended, 3);
  EXPECT_EQ(unwritten, 6) << "neither frame of any";
  EXPECT_TRUE(shard.pending());
  files.failing = false;
  EXPECT_TRUE(gate.accepts());
  EXPECT_FALSE(shard.pending());
}

}  // namespace
}  // namespace pontage::gateway::test
