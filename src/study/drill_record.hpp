// When each route's drill last passed: a small file beside the ledger's store, written whole, read
// by the running gateway for its metric.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace pontage::study {

/// `drills.json` in the folder of the ledger's store.
std::string drill_record_path(const std::string& store_path);

/// Route to seconds since 1970. No file, or one that cannot be read: none.
std::map<std::string, std::int64_t> read_drill_record(const std::string& path);

/// Adds `routes` at `now_s` to what the file holds. Empty: it is written; else what went wrong.
std::string write_drill_record(const std::string& path, const std::vector<std::string>& routes,
                               std::int64_t now_s);

}  // namespace pontage::study
