// Metric cells resolved ahead: per route and target, found by pointer, so that the request path
// never hashes labels. Valid for one snapshot; targets that the client named are looked up by
// label.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "metrics/metrics.hpp"
#include "pontage/chain/exchange.hpp"
#include "routing/gates.hpp"

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
  Inflight(Inflight&& other) noexcept
      : gauge_(std::exchange(other.gauge_, nullptr)),
        target_(std::exchange(other.target_, nullptr)),
        place_(std::move(other.place_)),
        key_(std::move(other.key_)) {}
  Inflight& operator=(Inflight&& other) noexcept {
    std::swap(gauge_, other.gauge_);
    std::swap(target_, other.target_);
    std::swap(place_, other.place_);
    std::swap(key_, other.key_);
    return *this;
  }
  /// Counts for the target too; once.
  void count(routing::TargetHealth& target) {
    target_ = &target;
    target.in_flight.fetch_add(1, std::memory_order_relaxed);
  }
  /// The place at a capped provider, until it ends.
  void hold(routing::Place place) { place_ = std::move(place); }
  /// Which of the provider's several keys it goes with, until it ends.
  void hold(providers::KeyLease key) { key_ = std::move(key); }
  [[nodiscard]] const providers::KeyLease& key() const { return key_; }

  ~Inflight() {
    if (gauge_ != nullptr) gauge_->sub();
    if (target_ != nullptr) target_->in_flight.fetch_sub(1, std::memory_order_relaxed);
  }

 private:
  metrics::Gauge* gauge_ = nullptr;
  routing::TargetHealth* target_ = nullptr;
  routing::Place place_;
  providers::KeyLease key_;
};

class HandleCache {
 public:
  explicit HandleCache(metrics::Shard& shard);
  /// The cells of a route and the target that answered; `asked` is the client's model.
  TargetHandles& of(const void* route, std::string_view route_name, const chain::Target& target,
                    std::string_view asked, std::string_view answered);
  metrics::Counter& requests(TargetHandles& handles, std::string_view route_name,
                             const chain::Target& target, chain::Outcome outcome);
  metrics::Gauge& inflight(const providers::Provider& provider) {
    return *provider_cells(provider).inflight;
  }
  /// `model` as the provider is asked for it; `outcome` as chain::AttemptRecord spells it.
  metrics::Counter& attempts(const providers::Provider& provider, std::string_view model,
                             std::string_view outcome);
  void forget() {
    by_target_.clear();
    providers_.clear();
  }

  metrics::Histogram& overhead;
  metrics::Gauge& streams_open;
  metrics::Counter& client_disconnects;
  metrics::Counter& unrecorded;

 private:
  template <class Text>
  struct Key {
    const void* route;
    const chain::Target* target;
    Text asked;
    Text answered;
  };
  using KeyView = Key<std::string_view>;
  struct Hash {
    using is_transparent = void;
    template <class Text>
    std::size_t operator()(const Key<Text>& key) const {
      const std::hash<const void*> pointer;
      const std::hash<std::string_view> text;
      return pointer(key.route) * 31 ^ pointer(key.target) ^ text(key.asked) * 7 ^
             text(key.answered);
    }
  };
  struct Equal {
    using is_transparent = void;
    template <class A, class B>
    bool operator()(const Key<A>& a, const Key<B>& b) const {
      return a.route == b.route && a.target == b.target && a.asked == b.asked &&
             a.answered == b.answered;
    }
  };
  struct AttemptCell {
    std::string model;
    std::string_view outcome;  // static text
    metrics::Counter* counter;
  };
  struct ProviderCells {
    const providers::Provider* provider;
    metrics::Gauge* inflight;
    std::vector<AttemptCell> attempts;
  };
  ProviderCells& provider_cells(const providers::Provider& provider);
  void resolve(TargetHandles& handles, const chain::Target& target, std::string_view asked,
               std::string_view answered);

  metrics::Shard& shard_;
  std::unordered_map<Key<std::string>, TargetHandles, Hash, Equal> by_target_;
  std::vector<ProviderCells> providers_;  // few: searched in order
};

}  // namespace pontage::gateway
