// Carries what stands in the journal into the store: pass by pass, each one transaction. What a
// process before this one left behind goes first; what had begun there and never ended becomes
// `lost, estimated`. Not thread-safe: the ledger calls it under its mutex.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "ledger/journal.hpp"
#include "ledger/store.hpp"

namespace pontage::ledger {

class Bookkeeper {
 public:
  Bookkeeper(Store& store, JournalShared& shared,
             const std::vector<std::unique_ptr<JournalShard>>& shards)
      : store_(store), shared_(shared), shards_(shards) {}

  /// Finds what others left in the folder. Empty: good.
  std::string find_remains();
  /// Stores some of what is there, no further than `up_to` where it is given (one of each shard).
  /// Empty: good, else why not; the next pass tries again.
  std::string pass(const std::vector<JournalPosition>* up_to = nullptr);
  /// True when the last pass left nothing behind.
  [[nodiscard]] bool caught_up() const { return caught_up_; }
  /// Gives up the oldest segments until the journal is under its limit; how many.
  int drop_oldest();
  /// Of frames that were damaged, since the start.
  [[nodiscard]] std::uint64_t damaged() const { return damaged_; }

 private:
  struct Source {
    std::shared_ptr<Segment> segment;
    JournalShard* shard;  ///< null: of a process before
    std::size_t end;
  };
  struct Open {
    std::string boot;
    std::string record;
    std::string segment;
    bool stored = false;
  };
  struct Move {
    Source source;
    std::size_t to;
    bool whole;  ///< nothing of it is left
  };

  [[nodiscard]] std::vector<Source> sources(const std::vector<JournalPosition>* up_to) const;
  bool read(const Source& source);
  void take(const Segment& segment, const Frame& frame, bool stored_already);
  void keep_open(const Segment& segment);
  void write_off();
  std::string commit();
  void finish(const Move& move);
  void report_damage(const Segment& segment, std::size_t bytes);

  Store& store_;
  JournalShared& shared_;
  const std::vector<std::unique_ptr<JournalShard>>& shards_;
  std::vector<std::shared_ptr<Segment>> remains_;
  std::vector<std::string> markers_;  ///< of segments that were dropped
  std::map<std::string, Open> open_;
  Record record_;
  std::string buffer_;

  Batch batch_;
  std::size_t batch_bytes_ = 0;
  std::vector<Move> moves_;
  std::vector<std::string> deleted_;
  bool caught_up_ = false;
  bool written_off_ = false;
  std::uint64_t damaged_ = 0;
  std::string unreadable_;  ///< a segment that the disk does not give, in this pass
};

}  // namespace pontage::ledger
