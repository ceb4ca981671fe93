#include "ledger/reader.hpp"

#include <algorithm>
#include <filesystem>
#include <map>
#include <utility>

#include "ledger/audit.hpp"
#include "ledger/sqlite.hpp"

namespace pontage::ledger {
namespace {

constexpr std::int64_t kPageLimit = 1'000;
constexpr std::int64_t kReadLimit = 20'000;

std::int64_t up(std::int64_t value, std::int64_t step) {
  return value > std::numeric_limits<std::int64_t>::max() - step
             ? std::numeric_limits<std::int64_t>::max()
             : (value + step - 1) / step * step;
}

}  // namespace

struct Reader::Impl {
  Database database;
};

Reader::Reader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Reader::~Reader() = default;

std::expected<std::unique_ptr<Reader>, std::string> Reader::open(const std::string& path) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored))
    return std::unexpected("there is no ledger at " + path +
                           "; has `pontage serve` run with this configuration?");
  auto database = Database::open(path, Database::Mode::kRead);
  if (!database) return std::unexpected("cannot read " + path + ": " + database.error());
  {
    auto asked = database->prepare("SELECT count(*) FROM meta");
    if (!asked.row()) return std::unexpected("cannot read " + path + ": " + database->problem());
  }
  return std::unique_ptr<Reader>(new Reader(std::make_unique<Impl>(std::move(*database))));
}

std::expected<RequestPage, std::string> Reader::requests(const RequestFilter& filter) {
  RequestPage page;
  const auto limit = std::clamp<std::int64_t>(filter.limit, 1, kPageLimit);
  auto rows = impl_->database.prepare(
      "SELECT id,record,user,model,outcome,key,provider,route FROM records "
      "WHERE id<? AND id>=? ORDER BY id DESC LIMIT ?");
  const std::string from = ulid_floor(filter.since_ms);
  rows.bind(filter.cursor.empty() ? std::string_view("~") : filter.cursor)
      .bind(from)
      .bind(kReadLimit);
  const std::string* wanted[] = {&filter.user, &filter.model,    &filter.outcome,
                                 &filter.key,  &filter.provider, &filter.route};
  std::int64_t read = 0;
  std::string last;
  while (rows.row()) {
    if (std::ssize(page.records) == limit) {
      page.next_cursor = last;
      return page;
    }
    ++read;
    last = rows.text(0);
    bool fits = true;
    for (int i = 0; i < 6; ++i)
      fits = fits && (wanted[i]->empty() || rows.text(i + 2) == *wanted[i]);
    if (fits) page.records.emplace_back(rows.text(1));
  }
  if (rows.failed()) return std::unexpected(impl_->database.problem());
  if (read == kReadLimit) page.next_cursor = last;
  return page;
}

std::expected<std::optional<std::string>, std::string> Reader::request(std::string_view id) {
  auto rows = impl_->database.prepare("SELECT record FROM records WHERE id=?");
  if (rows.bind(id).row()) return std::string(rows.text(0));
  if (rows.failed()) return std::unexpected(impl_->database.problem());
  return std::nullopt;
}

// Whole days from their own sums, the hours before and after them from theirs.
std::expected<std::vector<SpendRow>, std::string> Reader::spend(const SpendQuery& query) {
  const auto since = std::max<std::int64_t>(0, query.since_ms - query.since_ms % kHourMs);
  const auto until = up(query.until_ms, kHourMs);
  auto first_day = up(since, kDayMs);
  auto last_day = std::max(first_day, until - until % kDayMs);
  if (query.step_ms == kHourMs) first_day = last_day = since;
  struct Part {
    Span span;
    std::int64_t from;
    std::int64_t to;
  };
  const Part parts[] = {{Span::kHour, since, std::min(first_day, until)},
                        {Span::kDay, first_day, last_day},
                        {Span::kHour, last_day, until}};
  std::map<std::pair<std::int64_t, std::string>, Sums> found;
  for (const auto& part : parts) {
    if (part.from >= part.to) continue;
    auto rows = impl_->database.prepare(
        "SELECT start,value,requests,failed,rerouted,input,cached,output,cost,estimated,unpriced "
        "FROM rollups WHERE span=? AND dimension=? AND start>=? AND start<?");
    rows.bind(static_cast<std::int64_t>(part.span))
        .bind(query.dimension)
        .bind(part.from)
        .bind(part.to);
    while (rows.row()) {
      const auto start = query.step_ms > 0 ? rows.number(0) - rows.number(0) % query.step_ms : 0;
      found[{start, std::string(rows.text(1))}] +=
          Sums{rows.number(2), rows.number(3),   rows.number(4), rows.number(5), rows.number(6),
               rows.number(7), {rows.number(8)}, rows.number(9), rows.number(10)};
    }
    if (rows.failed()) return std::unexpected(impl_->database.problem());
  }
  std::vector<SpendRow> out;
  for (auto& [place, sums] : found) out.push_back({place.first, place.second, sums});
  std::ranges::sort(out, [](const SpendRow& a, const SpendRow& b) {
    if (a.start_ms != b.start_ms) return a.start_ms < b.start_ms;
    return a.sums.cost != b.sums.cost ? a.sums.cost > b.sums.cost : a.value < b.value;
  });
  return out;
}

std::expected<AuditResult, std::string> Reader::audit() {
  return audit_book(impl_->database);
}

}  // namespace pontage::ledger
