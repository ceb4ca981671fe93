#include "routing/balance.hpp"

#include <algorithm>
#include <limits>

#include "routing/places.hpp"

namespace pontage::routing {
namespace {

using Places = std::span<std::size_t>;
using Targets = std::span<const Standing>;

void shuffle(Places places, FastRandom& random) {
  for (std::size_t left = places.size(); left > 1; --left)
    std::swap(places[left - 1], places[random.below(left)]);
}

// Drawn one after the other, so that those that stand in share by weight too. Without a weight: as
// written, behind all others.
void draw(Places places, Targets targets, FastRandom& random) {
  for (auto at = places.begin(); at != places.end(); ++at) {
    std::uint64_t all = 0;
    for (auto each = at; each != places.end(); ++each)
      all += static_cast<std::uint64_t>(targets[*each].weight);
    if (all == 0) return;
    std::uint64_t drawn = random.below(all);
    auto taken = at;
    while (drawn >= static_cast<std::uint64_t>(targets[*taken].weight)) {
      drawn -= static_cast<std::uint64_t>(targets[*taken].weight);
      ++taken;
    }
    std::rotate(at, taken, taken + 1);
  }
}

// Power of two choices: the faster of two that were drawn, so that not all requests run to the one
// that was fastest a moment ago. The others follow by what was measured.
void by_wait(Places places, Targets targets, FastRandom& random) {
  const auto rank = [&](std::size_t i) { return wait_rank(targets[i].wait, targets[i].in_flight); };
  shuffle(places, random);
  if (places.size() < 2) return;
  if (rank(places[1]) < rank(places[0])) std::swap(places[0], places[1]);
  sort_places(places.subspan(1), rank);
}

}  // namespace

std::string_view balance_name(Balance balance) {
  switch (balance) {
    case Balance::kInOrder:
      return "in_order";
    case Balance::kWeighted:
      return "weighted";
    case Balance::kRoundRobin:
      return "round_robin";
    case Balance::kLeastInFlight:
      return "least_in_flight";
    case Balance::kLatency:
      return "latency";
    case Balance::kCheapest:
      return "cheapest";
  }
  return "in_order";
}

std::int64_t wait_rank(std::optional<Micros> measured, int in_flight) {
  if (measured) return measured->count();
  return in_flight == 0 ? -1 : std::numeric_limits<std::int64_t>::max();
}

std::vector<std::size_t> balanced(Balance by, Targets targets, std::uint64_t turn,
                                  FastRandom& random) {
  std::vector<std::size_t> out;
  out.reserve(targets.size());
  for (std::size_t i = 0; i < targets.size(); ++i) {
    if (!targets[i].open) out.push_back(i);
  }
  const std::size_t usable = out.size();
  for (std::size_t i = 0; i < targets.size(); ++i) {
    if (targets[i].open) out.push_back(i);
  }
  const Places places = Places(out).first(usable);
  if (usable < 2) return out;
  switch (by) {
    case Balance::kInOrder:
      break;
    case Balance::kWeighted:
      draw(places, targets, random);
      break;
    case Balance::kRoundRobin:
      std::ranges::rotate(places, places.begin() + static_cast<std::ptrdiff_t>(turn % usable));
      break;
    case Balance::kLeastInFlight:
      shuffle(places, random);  // equals share
      sort_places(places, [&](std::size_t i) { return targets[i].in_flight; });
      break;
    case Balance::kLatency:
      by_wait(places, targets, random);
      break;
    case Balance::kCheapest:
      sort_places(places, [&](std::size_t i) {
        return targets[i].cost.value_or(std::numeric_limits<std::int64_t>::max());
      });
      break;
  }
  return out;
}

}  // namespace pontage::routing
