#include "ledger/audit.hpp"

#include <utility>

namespace pontage::ledger {
namespace {

constexpr std::size_t kMostDifferences = 20;

class Audit {
 public:
  explicit Audit(Database& database) : database_(database) {}

  bool run() {
    // One view of everything, whatever is stored meanwhile.
    const bool good = database_.execute("BEGIN") && read_meta() && read_records() &&
                      compare_rollups() && compare_boots() && read_gaps();
    database_.execute("COMMIT");
    return good;
  }
  AuditResult result;

 private:
  void differ(std::string what) {
    if (result.differences.size() < kMostDifferences) result.differences.push_back(std::move(what));
  }
  void compare(const std::string& name, std::int64_t records, std::int64_t other,
               std::string_view where) {
    if (records == other) return;
    differ(name + ": the records say " + std::to_string(records) + ", " + std::string(where) + " " +
           std::to_string(other));
  }

  bool read_meta() {
    auto rows = database_.prepare("SELECT name,value FROM meta");
    while (rows.row()) {
      if (rows.text(0) == "retained_from_ms") retained_from_ = rows.number(1);
      if (rows.text(0) == "expired_records") result.expired.records = rows.number(1);
      if (rows.text(0) == "expired_cost") result.expired.cost.value = rows.number(1);
    }
    return !rows.failed();
  }

  bool read_records() {
    auto rows = database_.prepare("SELECT id,cost,record FROM records ORDER BY id");
    Record record;
    while (rows.row()) {
      const std::string id(rows.text(0));
      if (!read_record(rows.text(2), record) || record.id.view() != id) {
        differ("record " + id + " cannot be read");
        continue;
      }
      compare("record " + id + ": nano-dollars", record.cost.value, rows.number(1), "its column");
      result.records.add(record);
      if (record.id_ms() >= retained_from_) roll_up(expected_, record);
    }
    expected_.merge(days_of(expected_));
    return !rows.failed();
  }

  bool compare_rollups() {
    auto rows = database_.prepare(
        "SELECT span,dimension,start,value,requests,failed,rerouted,input,cached,output,cost,"
        "estimated,unpriced FROM rollups WHERE start>=?");
    rows.bind(retained_from_);
    while (rows.row()) {
      RollupKey key{static_cast<Span>(rows.number(0)), std::string(rows.text(1)), rows.number(2),
                    std::string(rows.text(3))};
      const Sums stored{rows.number(4),    rows.number(5),  rows.number(6),
                        rows.number(7),    rows.number(8),  rows.number(9),
                        {rows.number(10)}, rows.number(11), rows.number(12)};
      compare_sums(key, expected_[key], stored);
      expected_.erase(key);
    }
    for (const auto& [key, sums] : expected_) {
      if (key.start_ms >= retained_from_) compare_sums(key, sums, Sums{});
    }
    return !rows.failed();
  }

  void compare_sums(const RollupKey& key, const Sums& expected, const Sums& stored) {
    if (expected == stored) return;
    const std::string name = std::string(key.span == Span::kHour ? "hour " : "day ") +
                             std::to_string(key.start_ms) + " " + key.dimension + " \"" +
                             key.value + "\": ";
    compare(name + "requests", expected.requests, stored.requests, "the sums");
    compare(name + "nano-dollars", expected.cost.value, stored.cost.value, "the sums");
    compare(name + "tokens", expected.input + expected.output, stored.input + stored.output,
            "the sums");
    const auto rest = [](const Sums& sums) {
      return sums.failed + sums.rerouted + sums.cached + sums.estimated + sums.unpriced;
    };
    compare(name + "flags", rest(expected), rest(stored), "the sums");
  }

  bool compare_boots() {
    auto rows = database_.prepare(
        "SELECT count(*),coalesce(sum(records),0),coalesce(sum(cost),0) FROM boots");
    if (!rows.row()) return false;
    result.boots = rows.number(0);
    compare("records", result.records.records + result.expired.records, rows.number(1),
            "the journals");
    compare("nano-dollars", (result.records.cost + result.expired.cost).value, rows.number(2),
            "the journals");
    return true;
  }

  bool read_gaps() {
    auto rows = database_.prepare("SELECT segment,bytes,reason FROM gaps");
    while (rows.row()) {
      differ("a gap: " + std::to_string(rows.number(1)) + " bytes of " + std::string(rows.text(0)) +
             " were " + std::string(rows.text(2)));
    }
    return !rows.failed();
  }

  Database& database_;
  std::int64_t retained_from_ = 0;
  Rollups expected_;
};

}  // namespace

std::expected<AuditResult, std::string> audit_book(Database& database) {
  Audit audit(database);
  if (!audit.run()) return std::unexpected("cannot read the ledger: " + database.problem());
  return std::move(audit.result);
}

}  // namespace pontage::ledger
