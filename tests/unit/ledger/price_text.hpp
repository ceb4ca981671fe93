// A price file from the text of a test.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/load.hpp"
#include "ledger/prices.hpp"

namespace pontage::ledger::test {

struct Read {
  std::shared_ptr<const PriceBook> book;
  std::vector<std::string> problems;
};

inline Read read_prices(const std::string& yaml) {
  config::Diagnostics diagnostics;
  const auto nothing_set = [](std::string_view) { return std::optional<std::string>(); };
  const auto loaded = config::load_text({"p.yaml", yaml}, nothing_set, diagnostics);
  Read result;
  if (loaded) result.book = PriceBook::load(loaded->root, diagnostics);
  diagnostics.sort();
  for (const auto& each : diagnostics.all()) result.problems.push_back(each.text());
  return result;
}

/// A file with one model; `price` are the keys of its only price row.
inline std::string one_model(const std::string& price) {
  return "version: 1\ncurrency: USD\nunit: per_million_tokens\nmodels:\n"
         "  - provider: p\n    model: m\n    prices:\n"
         "      - { source: s, as_of: 2026-07-01, " +
         price + " }\n";
}

inline WallTime day(int year, unsigned month, unsigned day_of_month) {
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month),
                                         std::chrono::day(day_of_month)};
  return std::chrono::sys_days(date);
}

}  // namespace pontage::ledger::test
