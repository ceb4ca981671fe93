#include "ledger/store.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <utility>

#include "ledger/schema.hpp"
#include "ledger/sqlite.hpp"

namespace pontage::ledger {

struct Store::Impl {
  Database database;
  Record record;  // of the item at hand

  bool insert(const Batch::Item& item, Rollups& rollups, std::map<std::string, BootTotals>& boots);
  bool add(const Rollups& rollups);
  bool add(const std::map<std::string, BootTotals>& boots);
  bool move_segments(const Batch& batch);
  bool move_open(const Batch& batch);
  bool write(const Batch& batch);
  bool set_meta(std::string_view name, std::int64_t value, bool add);
};

void BootTotals::add(const Record& record) {
  ++records;
  tokens += record.input_tokens() + record.output_tokens();
  cost += record.cost;
}

Store::Store(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Store::~Store() = default;

std::expected<std::unique_ptr<Store>, std::string> Store::open(const std::string& path) {
  // Users and tags are nobody else's business; SQLite gives its own files the same permissions.
  if (const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640); fd >= 0) ::close(fd);
  auto database = Database::open(path, Database::Mode::kWrite);
  if (!database) return std::unexpected("cannot open " + path + ": " + database.error());
  // FULL: a segment is deleted once its records are stored, so stored must mean on the disk.
  if (!database->execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"))
    return std::unexpected("cannot use " + path + ": " + database->problem());
  std::int64_t version = 0;
  {
    auto asked = database->prepare("PRAGMA user_version");
    if (asked.row()) version = asked.number(0);
  }
  if (version > kSchemaVersion)
    return std::unexpected(path + " was written by a newer version of pontage");
  const std::string all = "BEGIN IMMEDIATE;" + std::string(kSchema) +
                          "PRAGMA user_version=" + std::to_string(kSchemaVersion) + ";COMMIT;";
  if (version < kSchemaVersion && !database->execute(all.c_str()))
    return std::unexpected("cannot write " + path + ": " + database->problem());
  return std::unique_ptr<Store>(new Store(std::make_unique<Impl>(std::move(*database), Record{})));
}

// Whoever is there already stays: a frame that is read twice counts once.
bool Store::Impl::insert(const Batch::Item& item, Rollups& rollups,
                         std::map<std::string, BootTotals>& boots) {
  if (!read_record(item.record, record)) return true;  // of a newer version; the frame was whole
  auto insertion = database.prepare(
      "INSERT OR IGNORE INTO records(id,outcome,provider,model,user,key,route,cost,record) "
      "VALUES(?,?,?,?,?,?,?,?,?)");
  insertion.bind(record.id.view())
      .bind(record.outcome)
      .bind(record.provider)
      .bind(record.model)
      .bind(record.user)
      .bind(record.key)
      .bind(record.route)
      .bind(record.cost.value)
      .bind_blob(item.record);
  if (!insertion.run()) return false;
  if (database.changes() == 0) return true;
  roll_up(rollups, record);
  boots[item.boot].add(record);
  return true;
}

bool Store::Impl::add(const Rollups& rollups) {
  for (const auto& [key, sums] : rollups) {
    auto upsert = database.prepare(
        "INSERT INTO rollups(span,dimension,start,value,requests,failed,rerouted,input,cached,"
        "output,cost,estimated,unpriced) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?) "
        "ON CONFLICT DO UPDATE SET requests=requests+excluded.requests,"
        "failed=failed+excluded.failed,rerouted=rerouted+excluded.rerouted,"
        "input=input+excluded.input,cached=cached+excluded.cached,"
        "output=output+excluded.output,cost=cost+excluded.cost,"
        "estimated=estimated+excluded.estimated,unpriced=unpriced+excluded.unpriced");
    upsert.bind(static_cast<std::int64_t>(key.span))
        .bind(key.dimension)
        .bind(key.start_ms)
        .bind(key.value);
    for (const auto value : {sums.requests, sums.failed, sums.rerouted, sums.input, sums.cached,
                             sums.output, sums.cost.value, sums.estimated, sums.unpriced})
      upsert.bind(value);
    if (!upsert.run()) return false;
  }
  return true;
}

bool Store::Impl::add(const std::map<std::string, BootTotals>& boots) {
  for (const auto& [boot, totals] : boots) {
    auto upsert = database.prepare(
        "INSERT INTO boots(boot,records,tokens,cost) VALUES(?,?,?,?) ON CONFLICT DO UPDATE SET "
        "records=records+excluded.records,tokens=tokens+excluded.tokens,cost=cost+excluded.cost");
    upsert.bind(boot).bind(totals.records).bind(totals.tokens).bind(totals.cost.value);
    if (!upsert.run()) return false;
  }
  return true;
}

bool Store::Impl::move_segments(const Batch& batch) {
  for (const auto& segment : batch.segments) {
    auto upsert = database.prepare(
        "INSERT INTO segments(name,offset) VALUES(?,?) "
        "ON CONFLICT DO UPDATE SET offset=max(offset,excluded.offset)");
    upsert.bind(segment.name).bind(static_cast<std::int64_t>(segment.offset));
    if (!upsert.run()) return false;
  }
  for (const auto& name : batch.deleted_segments) {
    if (!database.prepare("DELETE FROM segments WHERE name=?").bind(name).run()) return false;
  }
  for (const auto& gap : batch.gaps) {
    auto insertion =
        database.prepare("INSERT OR IGNORE INTO gaps(segment,bytes,reason) VALUES(?,?,?)");
    if (!insertion.bind(gap.segment).bind(gap.bytes).bind(gap.reason).run()) return false;
  }
  return true;
}

bool Store::Impl::move_open(const Batch& batch) {
  for (const auto& [id, open] : batch.opened) {
    auto insertion =
        database.prepare("INSERT OR REPLACE INTO open_exchanges(id,boot,record) VALUES(?,?,?)");
    if (!insertion.bind(id).bind(open.boot).bind_blob(open.record).run()) return false;
  }
  for (const auto& id : batch.closed) {
    if (!database.prepare("DELETE FROM open_exchanges WHERE id=?").bind(id).run()) return false;
  }
  return true;
}

bool Store::Impl::write(const Batch& batch) {
  Rollups rollups;
  std::map<std::string, BootTotals> boots;
  for (const auto& item : batch.records) {
    if (!insert(item, rollups, boots)) return false;
  }
  return add(rollups) && add(days_of(rollups)) && add(boots) && move_segments(batch) &&
         move_open(batch);
}

std::string Store::commit(const Batch& batch) {
  Database& database = impl_->database;
  if (!database.execute("BEGIN IMMEDIATE")) return database.problem();
  if (impl_->write(batch) && database.execute("COMMIT")) return {};
  std::string problem = database.problem();
  database.execute("ROLLBACK");
  return problem;
}

std::vector<StoredSegment> Store::segments() {
  std::vector<StoredSegment> out;
  auto rows = impl_->database.prepare("SELECT name,offset FROM segments");
  while (rows.row())
    out.push_back({std::string(rows.text(0)), static_cast<std::size_t>(rows.number(1))});
  return out;
}

std::map<std::string, OpenExchange> Store::open_exchanges() {
  std::map<std::string, OpenExchange> out;
  auto rows = impl_->database.prepare("SELECT id,boot,record FROM open_exchanges");
  while (rows.row())
    out[std::string(rows.text(0))] = {std::string(rows.text(1)), std::string(rows.text(2))};
  return out;
}

BootTotals Store::boot(std::string_view boot) {
  BootTotals totals;
  auto rows = impl_->database.prepare("SELECT records,tokens,cost FROM boots WHERE boot=?");
  rows.bind(boot);
  if (rows.row()) totals = {rows.number(0), rows.number(1), {rows.number(2)}};
  return totals;
}

bool Store::Impl::set_meta(std::string_view name, std::int64_t value, bool add) {
  auto upsert = database.prepare(
      "INSERT INTO meta(name,value) VALUES(?1,?2) ON CONFLICT DO UPDATE SET "
      "value=CASE WHEN ?3 THEN value+excluded.value ELSE max(value,excluded.value) END");
  return upsert.bind(name).bind(value).bind(add ? 1 : 0).run();
}

std::int64_t Store::expire(std::int64_t before_ms, std::int64_t limit) {
  Database& database = impl_->database;
  const std::int64_t hour = before_ms - before_ms % kHourMs;
  const std::string bound = ulid_floor(hour);
  if (!database.execute("BEGIN IMMEDIATE")) return -1;
  std::int64_t count = 0;
  std::int64_t cost = 0;
  bool good = true;
  {
    auto sums = database.prepare(
        "SELECT count(*),coalesce(sum(cost),0) FROM "
        "(SELECT cost FROM records WHERE id<? ORDER BY id LIMIT ?)");
    good = sums.bind(bound).bind(limit).row();
    count = good ? sums.number(0) : 0;
    cost = good ? sums.number(1) : 0;
  }
  if (good && count > 0) {
    auto deletion = database.prepare(
        "DELETE FROM records WHERE id IN (SELECT id FROM records WHERE id<? ORDER BY id LIMIT ?)");
    good = deletion.bind(bound).bind(limit).run() &&
           impl_->set_meta("retained_from_ms", hour, false) &&
           impl_->set_meta("expired_records", count, true) &&
           impl_->set_meta("expired_cost", cost, true);
  }
  if (good && database.execute("COMMIT")) return count;
  database.execute("ROLLBACK");
  return -1;
}

}  // namespace pontage::ledger
