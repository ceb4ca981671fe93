// The configuration as the request path sees it: immutable, built by app, swapped in one step. A
// request keeps the snapshot that it started with.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/strings.hpp"
#include "ledger/prices.hpp"
#include "pontage/chain/middleware.hpp"
#include "providers/provider.hpp"
#include "routing/breaker.hpp"
#include "routing/match.hpp"
#include "transport/upstream.hpp"

namespace pontage::gateway {

struct Route {
  std::string name;
  int index = 0;
  routing::Match match;
  chain::Chain chain;
  std::int64_t tokens_wanted =
      0;  ///< count the request's tokens up to here before the chain runs; 0: do not
  bool client_routing = false;           ///< OpenRouter's fields are honoured
  bool serial_tools = false;             ///< for clients that refuse two open blocks of tools
  std::optional<bool> drop_unsupported;  ///< absent: as the provider says
  bool drain_left = false;  ///< a stream whose client has left is read to its end, for its usage
  std::optional<ledger::NanoUsd> max_cost;  ///< of one request, over all its attempts
  chain::RouteShape shape;
};

/// A client key of the configuration, found by the SHA-256 of its secret.
struct ClientKey {
  std::string name;
  std::map<std::string, std::string, std::less<>> tags;
  std::vector<std::string> models;  ///< globs; empty: all
  int max_concurrency = 0;          ///< requests under way at the same time; 0: no limit
};

inline bool has_cap(const ClientKey* key) {
  return key != nullptr && key->max_concurrency > 0;
}

struct ModelEntry {
  std::string id;
  std::string owner;
  const ledger::Model* known = nullptr;  ///< null: nothing is known of it
  bool priced = false;
};

/// A name that clients may send for a model.
struct ModelAlias {
  std::string name;  ///< may be a glob
  const chain::Target* target;
};

struct Snapshot;

/// What the headers of Portkey's SDK ask for.
struct ClientChoice {
  std::string_view config;       ///< JSON; empty: `provider` says it
  std::string_view provider;     ///< a name
  std::string_view custom_host;  ///< an address; empty: none
  bool own_key = false;          ///< the client's credential is the provider's key
};

struct Snapshot {
  std::string version;  ///< 12 hex digits of the file's SHA-256
  std::vector<std::unique_ptr<providers::Provider>> providers;
  std::vector<transport::Endpoint> endpoints;  ///< by Provider::index
  std::vector<std::unique_ptr<chain::Target>> targets;
  std::vector<Route> routes;        ///< in file order; the first that matches is taken
  std::vector<ModelAlias> aliases;  ///< names first, then globs, the longest first
  Route by_model_name;              ///< where no `routes` are written: the model's name decides
  bool auth_required = false;
  /// By raw SHA-256.
  std::unordered_map<std::string, ClientKey, StringHash, std::equal_to<>> keys;
  std::uint64_t body_limit = 0;
  Millis hold_back = defaults::kHoldBackTime;  ///< without content for so long, or so many bytes:
  std::size_t hold_back_bytes = defaults::kHoldBackBytes;  ///< the head goes out
  routing::BreakerSettings breaker;
  std::uint64_t cache_bytes = defaults::kCacheBytes;  ///< of the response cache; 0: nothing is kept
  std::uint64_t cache_entry = defaults::kCacheEntryBytes;  ///< of one answer in it
  Millis floor_probe = defaults::kFloorProbe;  ///< between two probes of a floor's target; 0: none
  int attempts = defaults::kAttemptsPerRequest;  ///< of one request
  int queue_max = defaults::kQueueMax;           ///< requests that wait for a place
  Millis queue_wait = defaults::kQueueWait;      ///< and for how long at most
  double retry_share = defaults::kRetryShare;  ///< of live traffic, that may be retries and hedges
  int retries_a_second = defaults::kRetryFloorPerSecond;  ///< are always allowed
  std::shared_ptr<const providers::Vendors> vendors = providers::Vendors::builtin();
  std::shared_ptr<const ledger::PriceBook> prices;      ///< the catalogue's, by vendor
  std::string price_version;                            ///< of both
  std::shared_ptr<const ledger::PriceBook> own_models;  ///< the configuration's, by provider
  std::vector<ModelEntry> models;                       ///< what GET /v1/models lists
  std::string via;                                      ///< "1.1 pontage-<instance>"
  std::string instance_token;  ///< what a request of our own carries in Via
  /// `server.portkey_headers`: a snapshot with the client's own chain as its only route. Null: not
  /// allowed. May be called by any worker.
  std::function<Result<std::shared_ptr<const Snapshot>>(const ClientChoice&)> client_choice;
  bool portkey_headers = false;  ///< answers carry them

  /// By name, or by another spelling of the vendor that it is.
  [[nodiscard]] const providers::Provider* provider(std::string_view name) const {
    for (const auto& each : providers) {
      if (each->name == name) return each.get();
    }
    const auto* vendor = vendors->find(name);
    for (const auto& each : providers) {
      if (vendor != nullptr && each->vendor == vendor->id) return each.get();
    }
    return nullptr;
  }
};

}  // namespace pontage::gateway
