#include "app/ledger_commands.hpp"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "admin/ledger_api.hpp"
#include "app/admin_client.hpp"
#include "app/daemon.hpp"
#include "ledger/ledger.hpp"
#include "ledger/reader.hpp"

namespace pontage::app {
namespace {

using ledger::SpendRow;
using nlohmann::json;

int fail(const std::string& message) {
  std::fprintf(stderr, "pontage: %s\n", message.c_str());
  return 1;
}

std::unique_ptr<ledger::Reader> open_reader(const Config& config) {
  if (!config.ledger.enabled) {
    fail("the configuration says `ledger: off`");
    return nullptr;
  }
  auto reader = ledger::Reader::open(config.ledger.path);
  if (reader) return std::move(*reader);
  fail(reader.error());
  return nullptr;
}

std::string usd(ledger::NanoUsd amount, std::int64_t unpriced) {
  return ledger::format_usd(amount) + (unpriced > 0 ? " + ?" : "");
}

void print_table(const std::vector<SpendRow>& rows, const std::string& by) {
  std::size_t width = std::max<std::size_t>(by.size(), 8);
  ledger::Sums all;
  for (const auto& row : rows) {
    width = std::max(width, row.value.size());
    all += row.sums;
  }
  const int wide = static_cast<int>(std::min<std::size_t>(width, 60));
  const auto line = [&](const std::string& name, const ledger::Sums& sums) {
    std::printf("%-*s %10lld %8lld %14lld %14lld %16s\n", wide, name.c_str(),
                static_cast<long long>(sums.requests), static_cast<long long>(sums.failed),
                static_cast<long long>(sums.input), static_cast<long long>(sums.output),
                usd(sums.cost, sums.unpriced).c_str());
  };
  std::printf("%-*s %10s %8s %14s %14s %16s\n", wide, by.c_str(), "requests", "failed", "input",
              "output", "USD");
  for (const auto& row : rows) line(row.value.empty() ? "(none)" : row.value, row.sums);
  // Requests with several tags, or none, would make a sum over tags a lie.
  if (!by.starts_with("tag:")) line("all", all);
  if (all.estimated > 0)
    std::printf("%lld of the requests have estimated tokens\n",
                static_cast<long long>(all.estimated));
  if (all.unpriced > 0)
    std::printf("%lld of the requests have no price: their cost is unknown (?), not zero\n",
                static_cast<long long>(all.unpriced));
}

json as_json(const SpendRow& row) {
  const auto& sums = row.sums;
  return {{"value", row.value},
          {"requests", sums.requests},
          {"failed", sums.failed},
          {"rerouted", sums.rerouted},
          {"input_tokens", sums.input},
          {"cached_tokens", sums.cached},
          {"output_tokens", sums.output},
          {"cost_usd", ledger::format_usd(sums.cost)},
          {"cost_nanousd", sums.cost.value},
          {"estimated_requests", sums.estimated},
          {"unpriced_requests", sums.unpriced}};
}

// A cell that a spreadsheet would take for a formula begins with an apostrophe.
std::string csv_cell(const std::string& text) {
  std::string out = "\"";
  if (!text.empty() && std::string_view("=+-@\t\r").find(text[0]) != std::string_view::npos)
    out.push_back('\'');
  for (const char c : text) {
    if (c == '"') out.push_back('"');
    out.push_back(c);
  }
  return out + '"';
}

void print_csv(const std::vector<SpendRow>& rows, const std::string& by) {
  std::printf(
      "%s,requests,failed,rerouted,input_tokens,cached_tokens,output_tokens,cost_usd,"
      "estimated_requests,unpriced_requests\n",
      csv_cell(by).c_str());
  for (const auto& [start, value, sums] : rows) {
    std::printf("%s,%lld,%lld,%lld,%lld,%lld,%lld,%s,%lld,%lld\n", csv_cell(value).c_str(),
                static_cast<long long>(sums.requests), static_cast<long long>(sums.failed),
                static_cast<long long>(sums.rerouted), static_cast<long long>(sums.input),
                static_cast<long long>(sums.cached), static_cast<long long>(sums.output),
                ledger::format_usd(sums.cost).c_str(), static_cast<long long>(sums.estimated),
                static_cast<long long>(sums.unpriced));
  }
}

// What the daemon's counters say; true: it was asked and has answered.
bool compare_with_daemon(const json& said, std::vector<std::string>& differences) {
  for (const char* name : {"records", "tokens", "nanousd", "requests"}) {
    if (!said.contains(name)) return false;
    const auto in_ledger = said[name].value("ledger", std::uint64_t{0});
    const auto counted = said[name].value("counters", std::uint64_t{0});
    if (in_ledger == counted) continue;
    differences.push_back("this boot, " + std::string(name) + ": the ledger says " +
                          std::to_string(in_ledger) + ", /metrics " + std::to_string(counted));
  }
  return true;
}

}  // namespace

int report(const ReportOptions& options) {
  const auto config = load_for(options.file, "", "", true);
  if (!config) return 1;
  if (!ledger::is_dimension(options.by))
    return fail("--by is model, provider, user, key, route, outcome, tier, tag:NAME or all");
  ledger::SpendQuery query;
  query.dimension = options.by;
  const auto now = std::chrono::system_clock::now();
  const auto since = admin::parse_moment(options.since, now);
  if (!since) return fail("--since: " + since.error());
  query.since_ms = *since;
  if (!options.until.empty()) {
    const auto until = admin::parse_moment(options.until, now);
    if (!until) return fail("--until: " + until.error());
    query.until_ms = *until;
  }
  const auto reader = open_reader(*config);
  if (!reader) return 1;
  const auto rows = reader->spend(query);
  if (!rows) return fail(rows.error());
  if (options.format == "json") {
    json out = {{"by", options.by}, {"spend", json::array()}};
    for (const auto& row : *rows) out["spend"].push_back(as_json(row));
    std::printf("%s\n", out.dump(-1, ' ', false, json::error_handler_t::replace).c_str());
  } else if (options.format == "csv") {
    print_csv(*rows, options.by);
  } else {
    print_table(*rows, options.by);
  }
  return 0;
}

int audit(const std::string& file, const std::string& admin_address, bool as_json_text) {
  const auto config = load_for(file, "", admin_address, true);
  if (!config) return 1;
  std::vector<std::string> differences;
  std::string counters = "no daemon was asked: none keeps this ledger";
  if (config->ledger.enabled && ledger::is_kept(config->ledger.path)) {
    const auto body = ask_admin(config->admin.listen, config->admin.token, "/api/v1/ledger/boot");
    const auto said = body ? json::parse(*body, nullptr, false) : json();
    if (body && said.is_object() && compare_with_daemon(said, differences)) {
      counters = "the daemon's counters were compared";
    } else {
      differences.push_back("a daemon keeps this ledger and cannot be asked at " +
                            config->admin.listen + ": " + (body ? *body : body.error()) +
                            "; name its admin address with --admin");
    }
  }
  const auto reader = open_reader(*config);
  if (!reader) return 1;
  const auto result = reader->audit();
  if (!result) return fail(result.error());
  differences.insert(differences.end(), result->differences.begin(), result->differences.end());
  const bool good = differences.empty();
  if (as_json_text) {
    const json out = {{"agrees", good},
                      {"records", result->records.records},
                      {"cost_nanousd", result->records.cost.value},
                      {"tokens", result->records.tokens},
                      {"expired_records", result->expired.records},
                      {"counters", counters},
                      {"differences", differences}};
    std::printf("%s\n", out.dump(-1, ' ', false, json::error_handler_t::replace).c_str());
  } else {
    for (const auto& each : differences) std::fprintf(stderr, "%s\n", each.c_str());
    std::printf("%s: %lld records of %lld boots, %s USD; %s; %s\n", config->ledger.path.c_str(),
                static_cast<long long>(result->records.records),
                static_cast<long long>(result->boots),
                ledger::format_usd(result->records.cost).c_str(), counters.c_str(),
                good ? "everything agrees" : "it does not agree");
  }
  return good ? 0 : 1;
}

}  // namespace pontage::app
