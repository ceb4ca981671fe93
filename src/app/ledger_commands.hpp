// `pontage report` and `pontage audit`: reading the ledger from the command line, beside a running
// daemon or without one.
#pragma once

#include <cstdint>
#include <string>

namespace pontage::app {

struct ReportOptions {
  std::string file;
  std::string by = "model";
  std::string since = "7d";
  std::string until;
  std::string format = "table";  ///< `table`, `json`, `csv`
};
int report(const ReportOptions& options);

/// 1 when anything differs; each difference is named.
int audit(const std::string& file, const std::string& admin, bool json);

}  // namespace pontage::app
