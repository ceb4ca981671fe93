// In which order the targets of one step are tried: the first is the pick, the others stand in for
// it. Pure: figures in, an order out; the caller brings the dice.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "core/clock.hpp"
#include "core/ids.hpp"

namespace pontage::routing {

enum class Balance : std::uint8_t {
  kInOrder,
  kWeighted,
  kRoundRobin,
  kLeastInFlight,
  kLatency,
  kCheapest,
};
std::string_view balance_name(Balance balance);

/// One target as it stands now.
struct Standing {
  bool open = false;  ///< may not be asked now: goes last
  int in_flight = 0;
  std::optional<Micros> wait = {};  ///< as measured lately
  std::int64_t weight = 1;
  std::optional<std::int64_t> cost = {};  ///< of this request; nothing: no price is known
};

/// Places in `targets`, each once. `turn` counts the requests of the step.
std::vector<std::size_t> balanced(Balance by, std::span<const Standing> targets, std::uint64_t turn,
                                  FastRandom& random);

/// Orders by a measured time, shortest first. What was not measured goes first while nobody else
/// is finding out, else last.
std::int64_t wait_rank(std::optional<Micros> measured, int in_flight);

}  // namespace pontage::routing
