// The durable book of a running daemon: a journal for each worker, a thread that carries it into
// the store, and one that makes it safe against a loss of power. One daemon a store: it is locked.
#pragma once

#include <condition_variable>
#include <expected>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "ledger/bookkeeper.hpp"
#include "ledger/options.hpp"

namespace pontage::ledger {

struct LedgerStats {
  std::int64_t journal_bytes = 0;  ///< written and not stored yet
  double lag_seconds = 0;          ///< since the store had everything
};

/// True: a daemon has the store at `path` locked.
bool is_kept(const std::string& path);

class Ledger {
 public:
  struct Hooks {
    /// A sentence for the operator: true: something is wrong, false: it is right again.
    std::function<void(bool, const std::string&)> on_event;
    std::function<void(const LedgerStats&)> on_stats;  ///< after each pass
    JournalFiles* files = nullptr;                     ///< null: the real ones
    std::size_t segment_bytes = defaults::kJournalSegmentBytes;
    const Clock* clock = nullptr;
  };

  /// Locks, opens, and reads what a dead process left. The error is a sentence.
  static std::expected<std::unique_ptr<Ledger>, std::string> open(const LedgerOptions& options,
                                                                  int workers, Hooks hooks);
  ~Ledger();
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;

  [[nodiscard]] JournalShard& shard(int worker) {
    return *shards_[static_cast<std::size_t>(worker)];
  }
  [[nodiscard]] const std::string& boot() const { return shared_.boot; }
  [[nodiscard]] const std::string& path() const { return options_.path; }

  /// When the workers have ended: stores what is left and closes.
  void stop();

  /// Stores now all that is written, on the caller's thread; empty: good.
  std::string store_all();
  /// Halts the store, asks `positions` how far each worker is (one of each), stores exactly that,
  /// and gives the totals of this boot. Blocks: never on a worker.
  std::expected<BootTotals, std::string> totals_at(
      const std::function<std::vector<JournalPosition>()>& positions);

 private:
  Ledger(LedgerOptions options, Hooks hooks);
  std::string start(int workers);
  std::string lock();
  void write_loop();
  void sync_loop();
  void work();
  void tell() const;
  void expire();
  void report(const std::string& problem);
  bool wait(Millis time);

  const LedgerOptions options_;
  Hooks hooks_;
  JournalFiles real_files_;
  JournalShared shared_;
  std::vector<std::unique_ptr<JournalShard>> shards_;
  int lock_ = -1;
  std::unique_ptr<Store> store_;
  std::unique_ptr<Bookkeeper> bookkeeper_;

  std::mutex pass_;  // the store is one thread's at a time
  SteadyTime caught_up_{};
  SteadyTime next_expiry_{};
  std::string problem_;

  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread writer_;
  std::thread syncer_;
};

}  // namespace pontage::ledger
