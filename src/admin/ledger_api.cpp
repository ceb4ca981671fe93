#include "admin/ledger_api.hpp"

#include <charconv>

#include "admin/parameters.hpp"
#include "admin/record_json.hpp"
#include "core/strings.hpp"
#include "ledger/reader.hpp"
#include "observe/json_line.hpp"

namespace pontage::admin {
namespace {

using ledger::Reader;
using observe::JsonLine;

constexpr std::string_view kRequests = "/api/v1/requests";
constexpr std::string_view kSpend = "/api/v1/spend";
constexpr std::string_view kBoot = "/api/v1/ledger/boot";

std::string take_moment(Parameters& parameters, std::string_view name, WallTime now,
                        std::int64_t& out) {
  const auto text = take(parameters, name);
  if (text.empty()) return {};
  const auto moment = parse_moment(text, now);
  if (!moment) return std::string(name) + ": " + moment.error();
  out = *moment;
  return {};
}

ApiAnswer list_requests(Reader& reader, std::string_view query, WallTime now) {
  auto parameters = parameters_of(query);
  ledger::RequestFilter filter;
  const auto limit = take(parameters, "limit");
  const auto parsed = limit.empty() ? filter.limit : parse_int(limit).value_or(0);
  std::string problem = parsed > 0 && parsed <= 1'000 ? "" : "limit is 1 to 1000";
  filter.limit = parsed;
  filter.cursor = take(parameters, "cursor");
  filter.user = take(parameters, "user");
  filter.model = take(parameters, "model");
  filter.outcome = take(parameters, "outcome");
  filter.key = take(parameters, "key");
  filter.provider = take(parameters, "provider");
  filter.route = take(parameters, "route");
  if (problem.empty()) problem = take_moment(parameters, "since", now, filter.since_ms);
  if (problem.empty()) problem = unknown(parameters);
  if (!problem.empty()) return refuse(400, "invalid_value", problem);
  const auto page = reader.requests(filter);
  if (!page) return refuse(503, "ledger_unavailable", page.error());
  ApiAnswer answer{200, "{\"requests\":["};
  ledger::Record record;
  for (const auto& each : page->records) {
    if (!ledger::read_record(each, record)) continue;
    if (answer.body.back() != '[') answer.body.push_back(',');
    append_record_json(answer.body, record, false);
  }
  answer.body.append("],\"next_cursor\":");
  if (page->next_cursor.empty()) {
    answer.body.append("null");
  } else {
    append_json_string(answer.body, page->next_cursor);
  }
  answer.body.append("}\n");
  return answer;
}

ApiAnswer one_request(Reader& reader, std::string_view id) {
  const auto found = reader.request(id);
  if (!found) return refuse(503, "ledger_unavailable", found.error());
  ledger::Record record;
  if (!*found || !ledger::read_record(**found, record)) {
    return refuse(404, "not_found",
                  "the ledger has no request " + std::string(id) +
                      "; a record is there some tenths of a second after its answer");
  }
  ApiAnswer answer;
  append_record_json(answer.body, record, true);
  answer.body.push_back('\n');
  return answer;
}

void append_sums(JsonLine& json, const ledger::Sums& sums) {
  const auto integer = [&](std::string_view key, std::int64_t value) {
    json.key(key);
    json.integer(value);
  };
  integer("\"requests\":", sums.requests);
  integer("\"failed\":", sums.failed);
  integer("\"rerouted\":", sums.rerouted);
  integer("\"input_tokens\":", sums.input);
  integer("\"cached_tokens\":", sums.cached);
  integer("\"output_tokens\":", sums.output);
  json.key("\"cost_usd\":");
  json.text(ledger::format_usd(sums.cost));
  integer("\"cost_nanousd\":", sums.cost.value);
  integer("\"estimated_requests\":", sums.estimated);
  integer("\"unpriced_requests\":", sums.unpriced);
}

ApiAnswer spend(Reader& reader, std::string_view query, WallTime now) {
  auto parameters = parameters_of(query);
  ledger::SpendQuery asked;
  if (auto by = take(parameters, "by"); !by.empty()) asked.dimension = std::move(by);
  const auto step = take(parameters, "step");
  std::string problem = take_moment(parameters, "since", now, asked.since_ms);
  if (problem.empty()) problem = take_moment(parameters, "until", now, asked.until_ms);
  if (problem.empty()) problem = unknown(parameters);
  if (!ledger::is_dimension(asked.dimension))
    problem = "by is model, provider, user, key, route, outcome, tier, tag:NAME or all";
  if (step == "hour" || step == "1h") {
    asked.step_ms = ledger::kHourMs;
  } else if (step == "day" || step == "1d") {
    asked.step_ms = ledger::kDayMs;
  } else if (!step.empty()) {
    problem = "step is hour or day";
  }
  if (!problem.empty()) return refuse(400, "invalid_value", problem);
  const auto rows = reader.spend(asked);
  if (!rows) return refuse(503, "ledger_unavailable", rows.error());
  ApiAnswer answer;
  JsonLine json(answer.body);
  json.open('{');
  json.key("\"by\":");
  json.text(asked.dimension);
  json.key("\"spend\":");
  json.open('[');
  for (const auto& row : *rows) {
    json.open('{');
    if (asked.step_ms > 0) {
      json.key("\"start\":");
      json.time(WallTime(Millis(row.start_ms)));
    }
    json.key("\"value\":");
    json.text(row.value);
    append_sums(json, row.sums);
    json.close('}');
  }
  json.close(']');
  json.close('}');
  answer.body.push_back('\n');
  return answer;
}

}  // namespace

bool is_ledger_path(std::string_view path) {
  return path == kRequests || path == kSpend || path == kBoot ||
         path.starts_with("/api/v1/requests/");
}

ApiAnswer ledger_answer(const LedgerAccess& access, std::string_view path, std::string_view query,
                        WallTime now) {
  if (access.path.empty()) return refuse(404, "ledger_off", "the configuration says `ledger: off`");
  if (path == kBoot) {
    auto totals = access.boot_totals();
    if (!totals) return refuse(503, "ledger_unavailable", totals.error());
    return {200, std::move(*totals)};
  }
  const auto reader = Reader::open(access.path);
  if (!reader) return refuse(503, "ledger_unavailable", reader.error());
  if (path == kRequests) return list_requests(**reader, query, now);
  if (path == kSpend) return spend(**reader, query, now);
  return one_request(**reader, path.substr(kRequests.size() + 1));
}

std::expected<std::int64_t, std::string> parse_moment(std::string_view text, WallTime now) {
  const auto ms = [](WallTime time) {
    return std::chrono::duration_cast<Millis>(time.time_since_epoch()).count();
  };
  if (const auto ago = parse_duration(text)) return ms(now - *ago);
  if (const auto plain = parse_int(text)) return *plain;
  const std::string bad =
      "\"" + std::string(text) + "\" is no time: say 7d, 12h, 2026-03-01 or 2026-03-01T12:00:00Z";
  const auto part = [&](std::size_t from, std::size_t size) -> int {
    int value = -1;
    const auto piece = text.substr(std::min(from, text.size()), size);
    const auto end = std::from_chars(piece.data(), piece.data() + piece.size(), value);
    return piece.size() == size && end.ptr == piece.data() + piece.size() ? value : -1;
  };
  const bool timed = text.size() == 20 && text[10] == 'T' && text[19] == 'Z';
  if ((text.size() != 10 && !timed) || text[4] != '-' || text[7] != '-')
    return std::unexpected(bad);
  const std::chrono::year_month_day date{std::chrono::year(part(0, 4)),
                                         std::chrono::month(static_cast<unsigned>(part(5, 2))),
                                         std::chrono::day(static_cast<unsigned>(part(8, 2)))};
  const int hour = timed ? part(11, 2) : 0;
  const int minute = timed ? part(14, 2) : 0;
  const int second = timed ? part(17, 2) : 0;
  if (!date.ok() || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59)
    return std::unexpected(bad);
  const auto day = std::chrono::sys_days(date);
  return ms(day) + ((hour * 60LL + minute) * 60 + second) * 1'000;
}

}  // namespace pontage::admin
