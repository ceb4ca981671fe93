// What the configuration says about the ledger.
#pragma once

#include <cstdint>
#include <string>

#include "core/clock.hpp"
#include "core/defaults.hpp"

namespace pontage::ledger {

struct LedgerOptions {
  bool enabled = true;
  std::string path;  ///< of the SQLite file
  std::uint64_t journal_limit = defaults::kJournalLimit;
  Millis fsync = defaults::kJournalFsync;
  Millis retention = defaults::kLedgerRetention;  ///< 0: for ever
  enum class WhenFull : std::uint8_t { kRefuse, kDropOldest } when_full = WhenFull::kRefuse;
};

/// `sqlite:///ABSOLUTE`, `sqlite://RELATIVE` or a path. Empty: `why` says what is wrong.
std::string store_path(const std::string& store, std::string& why);
/// `pontage.db` in the state directory; that one empty: in the working directory.
std::string default_store_path(const std::string& state_directory);
std::string journal_folder(const std::string& store_path);

}  // namespace pontage::ledger
