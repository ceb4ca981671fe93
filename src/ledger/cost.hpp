// What an answer cost: tokens by class times the rate of that class. Each class is rounded once, to
// the nano-dollar, halves up; the total is the sum of the rounded classes, so that a bill adds up
// line by line.
#pragma once

#include <array>
#include <cstdint>

#include "ledger/prices.hpp"
#include "llm/usage.hpp"

namespace pontage::ledger {

struct CostLine {
  std::int64_t tokens = 0;
  std::optional<Rate> rate;  ///< the one that was used; none: no tokens, or no price
  NanoUsd amount;
  bool fallback_rate = false;  ///< the class has no rate of its own here, another one stood in
};

struct Cost {
  std::array<CostLine, kTokenClasses> lines;
  NanoUsd total;
  int context_tier = -1;       ///< index in Price::context_tiers; -1: the base rates
  bool unpriced = false;       ///< no price is known: the total is not 0 but unknown
  bool estimated = false;      ///< the token counts are ours, or the provider reported none
  bool fallback_rate = false;  ///< some line has it
  bool nominal = false;
  bool local = false;

  /// Of another attempt of the same request; rates stay those of the first.
  void add(const Cost& more);

  [[nodiscard]] const CostLine& line(TokenClass c) const {
    return lines[static_cast<std::size_t>(c)];
  }
};

std::int64_t tokens_of(const llm::Usage& usage, TokenClass token_class);

/// `price` null: unpriced.
Cost price_usage(const Price* price, const llm::Usage& usage);
inline Cost price_usage(const Price& price, const llm::Usage& usage) {
  return price_usage(&price, usage);
}

}  // namespace pontage::ledger
