// The book itself, in SQLite: records, sums, and how far each journal segment has been read, all in
// one transaction a batch, so that a death at any moment neither loses nor doubles. One thread
// writes; others read over connections of their own.
#pragma once

#include <cstdint>
#include <expected>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/rollup.hpp"

namespace pontage::ledger {

/// What one boot has put into the book.
struct BootTotals {
  std::int64_t records = 0;
  std::int64_t tokens = 0;
  NanoUsd cost;

  void add(const Record& record);
  friend bool operator==(const BootTotals&, const BootTotals&) = default;
};

struct StoredSegment {
  std::string name;
  std::size_t offset = 0;
};

struct OpenExchange {
  std::string boot;
  std::string record;  ///< encoded: what holds if nothing more is heard
};

struct Batch {
  struct Item {
    std::string boot;
    std::string record;  ///< encoded
  };
  std::vector<Item> records;
  std::vector<StoredSegment> segments;         ///< read to there
  std::vector<std::string> deleted_segments;   ///< their files are gone
  std::map<std::string, OpenExchange> opened;  ///< by id: their segment goes, they have not ended
  std::vector<std::string> closed;             ///< ids of such that have
  struct Gap {
    std::string segment;
    std::int64_t bytes = 0;
    std::string reason;
  };
  std::vector<Gap> gaps;

  [[nodiscard]] bool empty() const {
    return records.empty() && segments.empty() && deleted_segments.empty() && opened.empty() &&
           closed.empty() && gaps.empty();
  }
};

class Store {
 public:
  /// The error is a sentence.
  static std::expected<std::unique_ptr<Store>, std::string> open(const std::string& path);
  ~Store();

  /// All of it or nothing; empty: stored, else why not.
  std::string commit(const Batch& batch);
  std::vector<StoredSegment> segments();
  std::map<std::string, OpenExchange> open_exchanges();
  BootTotals boot(std::string_view boot);
  /// Deletes at most `limit` records older than `before_ms`, and notes that sums older than it
  /// stand alone from now on. How many; negative: it failed.
  std::int64_t expire(std::int64_t before_ms, std::int64_t limit);

 private:
  struct Impl;
  explicit Store(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace pontage::ledger
