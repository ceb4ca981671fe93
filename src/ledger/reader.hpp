// Reading the book beside a running daemon: a page of records, one record, sums over time, and the
// proof that all of it agrees. A connection of its own; one thread at a time; never on a worker.
#pragma once

#include <cstdint>
#include <expected>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/rollup.hpp"
#include "ledger/store.hpp"

namespace pontage::ledger {

/// Empty texts do not filter.
struct RequestFilter {
  std::int64_t limit = 50;
  std::string cursor;  ///< as the page before gave it
  std::int64_t since_ms = 0;
  std::string user;
  std::string model;
  std::string outcome;
  std::string key;
  std::string provider;
  std::string route;
};

struct RequestPage {
  std::vector<std::string> records;  ///< encoded, newest first
  std::string next_cursor;           ///< empty: there are no more
};

struct SpendQuery {
  std::string dimension = "all";
  std::int64_t since_ms = 0;  ///< the hour that it lies in is whole
  std::int64_t until_ms = std::numeric_limits<std::int64_t>::max();
  std::int64_t step_ms = 0;  ///< an hour, a day; 0: one sum
};

struct SpendRow {
  std::int64_t start_ms = 0;
  std::string value;
  Sums sums;
};

struct AuditResult {
  BootTotals records;  ///< what the book holds now
  BootTotals expired;  ///< what retention has taken (its tokens are not known)
  std::int64_t boots = 0;
  std::vector<std::string> differences;  ///< none: all agrees
};

class Reader {
 public:
  static std::expected<std::unique_ptr<Reader>, std::string> open(const std::string& path);
  ~Reader();

  /// Reads no more than some ten thousand records: a page of a rare filter may be short or empty
  /// and still have a cursor.
  std::expected<RequestPage, std::string> requests(const RequestFilter& filter);
  /// Null: there is none.
  std::expected<std::optional<std::string>, std::string> request(std::string_view id);
  /// By start, then the dearest first.
  std::expected<std::vector<SpendRow>, std::string> spend(const SpendQuery& query);
  /// Records against sums against what each boot has stored; every record is read.
  std::expected<AuditResult, std::string> audit();

 private:
  struct Impl;
  explicit Reader(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace pontage::ledger
