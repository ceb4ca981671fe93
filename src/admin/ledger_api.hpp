// The ledger over the admin API: requests, one request, spend, and the counters of this boot for
// `pontage audit`. Everything here reads the store: on the helper thread, never on a worker.
#pragma once

#include <expected>
#include <functional>
#include <string>
#include <string_view>

#include "core/clock.hpp"

namespace pontage::admin {

struct ApiAnswer {
  int status = 200;
  std::string body;  ///< JSON
};

struct LedgerAccess {
  std::string path;  ///< of the store; empty: the ledger is off
  /// JSON: what the store, the journals and /metrics say about this boot; or why nobody knows.
  std::function<std::expected<std::string, std::string>()> boot_totals;
};

bool is_ledger_path(std::string_view path);
ApiAnswer ledger_answer(const LedgerAccess& access, std::string_view path, std::string_view query,
                        WallTime now);

/// Milliseconds since 1970 of `7d`, `12h` (ago), `2026-03-01`, `2026-03-01T12:00:00Z` (UTC) or
/// plain milliseconds.
std::expected<std::int64_t, std::string> parse_moment(std::string_view text, WallTime now);

}  // namespace pontage::admin
