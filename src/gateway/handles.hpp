// Metric cells resolved ahead: per route and target, found by pointer, so that the request path
// never hashes labels. Valid for one snapshot; targets that the client named are looked up by
// label.
#pragma once

#include <array>
#include <cstdint>
#include <unordered_map>
#include <utility>

#include "metrics/metrics.hpp"
#include "pontage/chain/exchange.hpp"

namespace pontage::gateway {

struct TargetHandles {
  std::array<metrics::Counter*, 7> requests{};  ///< by chain::Outcome; resolved on first use
  metrics::Histogram* duration = nullptr;
  metrics::Histogram* first_token = nullptr;
  metrics::Histogram* per_token = nullptr;
  metrics::Histogram* usage_input = nullptr;
  metrics::Histogram* usage_output = nullptr;
  std::array<metrics::Counter*, 8> tokens{};  ///< by ledger::TokenClass
  std::array<metrics::Counter*, 8> cost{};
};

/// Counts an attempt as under way for as long as it lives.
class Inflight {
 public:
  Inflight() = default;
  explicit Inflight(metrics::Gauge& gauge) : gauge_(&gauge) { gauge.add(); }
  Inflight(Inflight&& other) noexcept : gauge_(std::exchange(other.gauge_, nullptr)) {}
  Inflight& operator=(Inflight&& other) noexcept {
    std::swap(gauge_, other.gauge_);
    return *this;
  }
  ~Inflight() {
    if (gauge_ != nullptr) gauge_->sub();
  }

 private:
  metrics::Gauge* gauge_ = nullptr;
};

class HandleCache {
 public:
  explicit HandleCache(metrics::Shard& shard);
  /// The cells of a route and the target that answered; `asked` is the client's model.
  TargetHandles& of(const void* route, std::string_view route_name, const chain::Target& target,
                    std::string_view asked, std::string_view answered);
  metrics::Counter& requests(TargetHandles& handles, std::string_view route_name,
                             const chain::Target& target, chain::Outcome outcome);
  void forget() { by_target_.clear(); }

  metrics::Histogram& overhead;
  metrics::Gauge& streams_open;
  metrics::Counter& client_disconnects;

 private:
  struct Key {
    const void* route;
    const chain::Target* target;
    std::string asked;
    std::string answered;
    bool operator==(const Key&) const = default;
  };
  struct Hash {
    std::size_t operator()(const Key& key) const {
      const std::hash<const void*> pointer;
      const std::hash<std::string> text;
      return pointer(key.route) * 31 ^ pointer(key.target) ^ text(key.asked) * 7 ^
             text(key.answered);
    }
  };
  void resolve(TargetHandles& handles, const chain::Target& target, std::string_view asked,
               std::string_view answered);

  metrics::Shard& shard_;
  std::unordered_map<Key, TargetHandles, Hash> by_target_;
};

}  // namespace pontage::gateway
