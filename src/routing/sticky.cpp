#include "routing/sticky.hpp"

#include <algorithm>
#include <cmath>

#include "core/defaults.hpp"
#include "routing/places.hpp"

namespace pontage::routing {
namespace {

// The finisher of SplitMix64: every bit of the input changes half of the output's.
std::uint64_t mixed(std::uint64_t value) {
  value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9ULL;
  value = (value ^ (value >> 27)) * 0x94D049BB133111EBULL;
  return value ^ (value >> 31);
}

// Weighted rendezvous: the share of the sessions for which a target scores highest is its share of
// the weights.
double score(std::uint64_t session, const Home& target) {
  if (target.weight <= 0) return 0;
  const std::uint64_t drawn = mixed(session ^ mixed(target.hash));
  const double unit = (static_cast<double>(drawn >> 11) + 0.5) * 0x1.0p-53;  // in (0, 1)
  return -static_cast<double>(target.weight) / std::log(unit);
}

}  // namespace

// FNV-1a, 64 bits.
std::uint64_t stable_hash(std::string_view text) {
  std::uint64_t hash = 0xCBF29CE484222325ULL;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3ULL;
  return mixed(hash);
}

std::uint64_t Moves::find(std::uint64_t session, SteadyTime now) {
  if (size() == 0) return 0;
  const std::lock_guard lock(mutex_);
  const auto found = moves_.find(session);
  if (found == moves_.end()) return 0;
  if (found->second.until <= now) {
    moves_.erase(found);
    size_.store(moves_.size(), std::memory_order_relaxed);
    return 0;
  }
  found->second.until = now + defaults::kMoveMemory;
  return found->second.target;
}

// Looks through all of them now and then only; else any of them goes.
void Moves::make_room(SteadyTime now) {
  constexpr Millis kBetween{10'000};
  if (now >= next_sweep_) {
    std::erase_if(moves_, [&](const auto& each) { return each.second.until <= now; });
    next_sweep_ = now + kBetween;
  }
  if (moves_.size() >= kMost) moves_.erase(moves_.begin());
}

void Moves::remember(std::uint64_t session, std::uint64_t target, SteadyTime now) {
  const std::lock_guard lock(mutex_);
  if (moves_.size() >= kMost && !moves_.contains(session)) make_room(now);
  moves_[session] = {target, now + defaults::kMoveMemory};
  size_.store(moves_.size(), std::memory_order_relaxed);
}

std::vector<std::size_t> sticky_order(std::uint64_t session, std::span<const Home> targets,
                                      Moves* moves, SteadyTime now) {
  std::vector<std::size_t> out(targets.size());
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = i;
  sort_places(out, [&](std::size_t i) { return -score(session, targets[i]); });
  if (out.empty()) return out;
  const std::size_t home = out.front();
  sort_places(out, [&](std::size_t i) { return targets[i].open ? 1 : 0; });
  if (moves == nullptr || targets[out.front()].open) return out;  // nowhere to go
  if (const std::uint64_t moved = moves->find(session, now); moved != 0) {
    const auto there = std::ranges::find_if(
        out, [&](std::size_t i) { return targets[i].hash == moved && !targets[i].open; });
    if (there != out.end()) {
      std::rotate(out.begin(), there, there + 1);
      return out;
    }
  }
  if (out.front() != home) moves->remember(session, targets[out.front()].hash, now);
  return out;
}

}  // namespace pontage::routing
