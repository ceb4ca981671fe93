// Several keys of one provider: which one a request is sent with, and which ones rest for a while
// because the provider said so. The lists are immutable after loading; what happens to a key is
// process-wide, in atomics that all workers share, and kept over reloads. No I/O.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/diagnostics.hpp"
#include "config/fields.hpp"
#include "config/node.hpp"
#include "core/clock.hpp"

namespace pontage::providers {

/// One entry of `providers.X.keys`, as written.
struct KeyOptions {
  std::string secret;
  std::string unset;  ///< the variable behind it that is not set
  std::string name;   ///< in logs and metrics, where the secret never stands
  int weight = 1;
  int requests_per_minute = 0;      ///< 0: no limit of our own
  int concurrency = 0;              ///< requests under way at the same time; 0: no limit
  std::vector<std::string> models;  ///< globs; empty: all
};

/// Reads `keys`: secrets, or maps with a secret and its limits.
void read_keys(const config::Node& node, std::vector<KeyOptions>& out,
               config::Diagnostics& diagnostics);
const config::StructDoc& key_doc();

/// What has happened to a key. Thread-safe, lock-free.
class KeyState {
 public:
  /// Until then it is not picked; a longer rest stays.
  void rest_until(SteadyTime until);
  [[nodiscard]] SteadyTime resting_until() const {
    return SteadyTime(Micros(rest_us_.load(std::memory_order_relaxed)));
  }
  /// False: its minute is full.
  bool take_of_minute(SteadyTime now, int limit);
  [[nodiscard]] bool minute_is_full(SteadyTime now, int limit) const;

  std::atomic<int> under_way{0};

 private:
  std::atomic<std::int64_t> rest_us_{0};
  std::atomic<std::uint64_t> minute_{0};  // its number, and in the lower half how many it had
};

/// A key in use; gives its place back when it goes.
class KeyLease {
 public:
  KeyLease() = default;
  KeyLease(std::shared_ptr<KeyState> state, std::size_t index)
      : state_(std::move(state)), index_(index) {}
  KeyLease(KeyLease&& other) noexcept : state_(std::move(other.state_)), index_(other.index_) {}
  KeyLease& operator=(KeyLease&& other) noexcept {
    std::swap(state_, other.state_);
    std::swap(index_, other.index_);
    return *this;
  }
  ~KeyLease() {
    if (state_) state_->under_way.fetch_sub(1, std::memory_order_relaxed);
  }
  [[nodiscard]] bool held() const { return state_ != nullptr; }
  [[nodiscard]] std::size_t index() const { return index_; }

 private:
  std::shared_ptr<KeyState> state_;
  std::size_t index_ = 0;
};

class KeyRing {
 public:
  struct Key {
    KeyOptions options;
    std::string fixed_headers;  ///< the header lines of every request that is sent with it
    std::shared_ptr<KeyState> state = std::make_shared<KeyState>();
  };

  std::vector<Key> keys;  ///< filled while loading; those that are set

  [[nodiscard]] bool empty() const { return keys.empty(); }
  /// A key for the model, drawn by weight among those that may be used now; `unit` in [0, 1).
  [[nodiscard]] KeyLease pick(std::string_view model, SteadyTime now, double unit) const;
  /// Whether pick() would find one.
  [[nodiscard]] bool usable(std::string_view model, SteadyTime now) const;
  /// How long until one comes back from its rest; empty: none rests.
  [[nodiscard]] std::optional<Millis> shortest_rest(SteadyTime now) const;
  /// Takes over what has happened to the same keys under an earlier configuration.
  void adopt(const KeyRing& before);
};

}  // namespace pontage::providers
