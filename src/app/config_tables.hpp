// The key tables of the top level and of `server`, `admin`, `observability`, `keys`.
#pragma once

#include "app/config.hpp"
#include "config/fields.hpp"

namespace pontage::app {

const config::Struct<ServerOptions>& server_table();
const config::Struct<LimitOptions>& limits_table();
const config::Struct<AdminOptions>& admin_table();

struct ObservabilityOptions {
  LogOptions log;
  std::string metrics_path = "/metrics";
};
const config::Struct<ObservabilityOptions>& observability_table();

struct KeyOptions {
  std::string name;
  std::string secret_hash;
  std::map<std::string, std::string> tags;
  std::vector<std::string> models;
  int max_concurrency = 0;
};
const config::Struct<KeyOptions>& key_table();

/// Bounds of the response cache.
struct CacheOptions {
  std::uint64_t max_bytes = defaults::kCacheBytes;
  std::uint64_t max_entry = defaults::kCacheEntryBytes;
};
const config::Struct<CacheOptions>& cache_table();

/// Files over the compiled-in catalogue.
struct CatalogueFiles {
  std::string providers;
  std::string models;
};
const config::Struct<CatalogueFiles>& catalogue_table();

const config::Struct<ledger::LedgerOptions>& ledger_table();
void read_ledger(const config::Node& node, ledger::LedgerOptions& out,
                 config::Diagnostics& diagnostics);

/// All tables of the application, in the documented order.
std::vector<config::StructDoc> application_docs();

}  // namespace pontage::app
