// What a worker owns besides its loop: pools, readers, random numbers, metric cells, log lines, and
// the snapshot it serves. Only its worker touches it.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <unordered_map>

#include "chain/cache_desk.hpp"
#include "core/ids.hpp"
#include "core/spares.hpp"
#include "gateway/handles.hpp"
#include "gateway/journal_gate.hpp"
#include "gateway/prefill_memory.hpp"
#include "gateway/retry_budget.hpp"
#include "gateway/snapshot.hpp"
#include "metrics/metrics.hpp"
#include "observe/access_log.hpp"
#include "routing/gates.hpp"
#include "routing/health.hpp"
#include "routing/sticky.hpp"
#include "transport/background.hpp"
#include "transport/upstream.hpp"
#include "transport/worker.hpp"

namespace pontage::gateway {

/// What the gates of providers and of client keys are called: this and a name.
inline constexpr std::string_view kProviderGate = "provider/";
inline constexpr std::string_view kKeyGate = "key/";

/// What all workers share.
struct Shared {
  RetryBudget retries;
  transport::Background& background;  ///< the helper thread for long token counts
  routing::HealthTable health = {};
  routing::Moves moves = {};
  routing::Gates gates = {};
  chain::AnswerCache answers{};
  PrefillMemory prefill = {};
};

struct WorkerState {
  WorkerState(transport::Worker& on, Shared& all, metrics::Shard& cells,
              observe::AccessLogShard& lines)
      : worker(on),
        shared(all),
        pools(on),
        shard(cells),
        log(lines),
        cache{all.answers, on, cells},
        handles(cells),
        random(std::random_device{}()) {}

  transport::Worker& worker;
  Shared& shared;
  transport::UpstreamPools pools;
  metrics::Shard& shard;
  observe::AccessLogShard& log;
  chain::CacheDesk cache;
  HandleCache handles;
  UlidSource ids;
  FastRandom random;
  std::array<std::unique_ptr<dialects::RequestReader>, dialects::kDialects> readers;  ///< if used
  std::unique_ptr<JournalGate> journal;              ///< null: no ledger
  ledger::Record record;                             ///< for one frame at a time
  std::vector<observe::AttemptRecord> attempt_rows;  ///< for one log line at a time
  Spares<std::string> buffers;                       ///< heads and short bodies
  Spares<chain::Trace> traces;
  /// A control block of this worker's own, so that workers do not contend for one reference count.
  std::shared_ptr<const Snapshot> snapshot;

  dialects::RequestReader& reader(dialects::Dialect client) {
    auto& reader = readers[static_cast<std::size_t>(client)];
    if (!reader) reader = dialects::make_request_reader(client);
    return *reader;
  }
  /// Chains that clients brought along, by the digest of what they sent.
  std::unordered_map<std::string, std::shared_ptr<const Snapshot>> client_choices;

  /// Found once a worker and snapshot; names beyond those few are looked up each time.
  routing::TargetHealth& health_of(const providers::Provider& provider, std::string_view model) {
    constexpr std::size_t kMost = 64;
    for (const auto& each : known) {
      if (each.provider == &provider && each.model == model) return *each.health;
    }
    auto& found = shared.health.of(provider.name, model);
    if (known.size() < kMost) known.push_back({&provider, std::string(model), &found});
    return found;
  }
  struct KnownTarget {
    const providers::Provider* provider;
    std::string model;
    routing::TargetHealth* health;
  };
  std::vector<KnownTarget> known;

  /// `owner` is the provider or key of the snapshot.
  routing::Gate& gate_of(const void* owner, std::string_view kind, std::string_view name) {
    constexpr std::size_t kMost = 64;
    for (const auto& each : known_gates) {
      if (each.first == owner) return *each.second;
    }
    auto& found = shared.gates.of(std::string(kind).append(name));
    if (known_gates.size() < kMost) known_gates.emplace_back(owner, &found);
    return found;
  }
  std::vector<std::pair<const void*, routing::Gate*>> known_gates;

  void serve_snapshot(const std::shared_ptr<const Snapshot>& next) {
    auto holder = std::make_shared<std::shared_ptr<const Snapshot>>(next);
    snapshot = std::shared_ptr<const Snapshot>(holder, holder->get());
    forget_choices();
  }
  /// Cells are found by the addresses of targets, so they go with them.
  void forget_choices() {
    client_choices.clear();
    known.clear();
    known_gates.clear();
    handles.forget();
  }
};

}  // namespace pontage::gateway
