// Whole answers by what was asked, for the process: a sharded map of immutable values, bounded in
// bytes and in time, and the requests for such answers that are under way. Knows nothing of
// dialects or sockets; no lock is held longer than a look.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/clock.hpp"
#include "core/crypto.hpp"
#include "core/defaults.hpp"
#include "core/strings.hpp"
#include "llm/usage.hpp"

namespace pontage::chain {

/// An answer in the client's dialect, as it was first given.
struct KeptAnswer {
  bool streamed = false;    ///< `bytes` are the events of a stream, else a body
  bool with_usage = false;  ///< that stream tells its usage
  std::string bytes;
  llm::Usage usage;
  llm::Finish finish = llm::Finish::kNone;
  std::string response_model;
  std::string provider;  ///< who gave it, by name
  std::string model;
  SteadyTime kept{};
  SteadyTime fresh_until{};
  SteadyTime gone_after{};  ///< from `fresh_until` on it is only good as a last resort
};
using Kept = std::shared_ptr<const KeptAnswer>;

/// A request that is under way, and the like ones that wait for its answer.
class Flight {
 public:
  /// `wake` is called once, by any thread, when the flight has ended; at once if it has. What to
  /// give to leave().
  std::uint64_t wait(std::function<void()> wake);
  void leave(std::uint64_t waiter);
  /// After `wake`: what the first one got; null: nothing that others may have.
  [[nodiscard]] Kept answer() const;
  [[nodiscard]] std::size_t waiting() const;

 private:
  friend class AnswerCache;
  void end(Kept answer);

  mutable std::mutex mutex_;
  bool ended_ = false;
  Kept answer_;
  std::uint64_t last_ = 0;
  std::vector<std::pair<std::uint64_t, std::function<void()>>> waiting_;
};

class AnswerCache {
 public:
  explicit AnswerCache(const Clock& clock = system_clock()) : clock_(clock) {}
  AnswerCache(const AnswerCache&) = delete;
  AnswerCache& operator=(const AnswerCache&) = delete;

  /// The flight that the holder leads: its end, however it comes, wakes those who wait.
  class Lead {
   public:
    Lead() = default;
    Lead(AnswerCache& cache, std::string key, std::shared_ptr<Flight> flight)
        : cache_(&cache), key_(std::move(key)), flight_(std::move(flight)) {}
    Lead(Lead&& other) noexcept = default;
    Lead& operator=(Lead&& other) noexcept {
      end(nullptr);
      cache_ = other.cache_;
      key_ = std::move(other.key_);
      flight_ = std::move(other.flight_);
      return *this;
    }
    ~Lead() { end(nullptr); }
    void end(Kept answer);

   private:
    AnswerCache* cache_ = nullptr;
    std::string key_;
    std::shared_ptr<Flight> flight_;  // null: there is none, or it has ended
  };

  struct Found {
    Kept answer;  ///< null: none, or one that is good for nothing any more
    bool fresh = false;
    std::shared_ptr<Flight> flight;  ///< somebody asks already: wait for them
    Lead lead;                       ///< or nobody does
  };
  /// `form` tells flights apart whose answers are the same but come in another form. Flights are
  /// only looked at, and begun, where `together` is true and no fresh answer is there.
  Found look(const Sha256& key, bool together = false, char form = ' ');
  /// False: it is larger than may be.
  bool keep(const Sha256& key, Kept answer);

  /// Bytes of all answers, and of one.
  void limit(std::uint64_t bytes, std::uint64_t entry);
  [[nodiscard]] std::uint64_t entry_limit() const { return entry_limit_.load(); }
  /// Forgets what is too old, in a part of the map; called again and again it comes round to all.
  void sweep();

  struct Totals {
    std::uint64_t entries = 0;
    std::uint64_t bytes = 0;
  };
  [[nodiscard]] Totals totals() const;
  /// How many had to go for want of room since this was asked last.
  std::uint64_t take_evictions() { return evictions_.exchange(0, std::memory_order_relaxed); }
  [[nodiscard]] SteadyTime now() const { return clock_.steady(); }

 private:
  static constexpr std::size_t kShards = 16;
  struct Entry {
    std::string key;
    Kept answer;
    std::uint64_t bytes = 0;
    std::uint64_t used = 0;  // when, counted in uses
  };
  struct Shard {
    mutable std::mutex mutex;
    std::list<Entry> by_age;  // the one used last comes first
    std::unordered_map<std::string_view, std::list<Entry>::iterator> entries;
    std::unordered_map<std::string, std::shared_ptr<Flight>> flights;
  };
  Shard& shard_of(std::string_view key);
  void erase(Shard& shard, std::list<Entry>::iterator entry);  // under its lock
  void make_room();
  std::uint64_t tick() { return uses_.fetch_add(1, std::memory_order_relaxed); }
  void land(const std::string& key, const std::shared_ptr<Flight>& flight);

  const Clock& clock_;
  std::array<Shard, kShards> shards_;
  std::atomic<std::uint64_t> limit_{defaults::kCacheBytes};
  std::atomic<std::uint64_t> entry_limit_{defaults::kCacheEntryBytes};
  std::atomic<std::uint64_t> entries_{0};
  std::atomic<std::uint64_t> bytes_{0};
  std::atomic<std::uint64_t> evictions_{0};
  std::atomic<std::uint64_t> uses_{0};
  std::atomic<std::size_t> swept_{0};
};

}  // namespace pontage::chain
