// Which target a session belongs to: rendezvous hashing, so that every worker and every replica
// finds the same one without a table, and a target that comes or goes moves only the sessions that
// it has. Only a move that was forced is remembered, bounded in number and time. No I/O.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/clock.hpp"

namespace pontage::routing {

/// The same in every process.
std::uint64_t stable_hash(std::string_view text);

/// Sessions that had to leave their target because it could not be asked. Their prompt caches are
/// where they went, so they stay there for a while. Thread-safe; a lock is only taken while there
/// are any.
class Moves {
 public:
  static constexpr std::size_t kMost = 65'536;

  /// The target's hash; 0: the session was not moved.
  std::uint64_t find(std::uint64_t session, SteadyTime now);
  void remember(std::uint64_t session, std::uint64_t target, SteadyTime now);
  [[nodiscard]] std::size_t size() const { return size_.load(std::memory_order_relaxed); }

 private:
  struct Move {
    std::uint64_t target;
    SteadyTime until;
  };
  void make_room(SteadyTime now);

  std::mutex mutex_;
  std::unordered_map<std::uint64_t, Move> moves_;
  SteadyTime next_sweep_{};
  std::atomic<std::size_t> size_{0};
};

/// One target that a session may belong to.
struct Home {
  std::uint64_t hash = 0;  ///< of its label
  std::int64_t weight = 1;
  bool open = false;  ///< may not be asked now
};

/// Places in `targets`, each once: where the session is, then who stands in. `moves` null: nothing
/// is remembered.
std::vector<std::size_t> sticky_order(std::uint64_t session, std::span<const Home> targets,
                                      Moves* moves, SteadyTime now);

}  // namespace pontage::routing
