#include "ledger/cost.hpp"

#include <cstddef>

namespace pontage::ledger {
namespace {

constexpr std::array<TokenClass, kTokenClasses> kAll = {
    TokenClass::kInput,        TokenClass::kCacheRead,  TokenClass::kCacheWrite5m,
    TokenClass::kCacheWrite1h, TokenClass::kInputAudio, TokenClass::kOutput,
    TokenClass::kReasoning,    TokenClass::kOutputAudio};

// Whose rate stands in for a class that has none. Never a guessed multiple: a discount that nobody
// stated is not given.
TokenClass stand_in(TokenClass c) {
  switch (c) {
    case TokenClass::kCacheWrite1h:
      return TokenClass::kCacheWrite5m;
    case TokenClass::kInput:
    case TokenClass::kCacheRead:
    case TokenClass::kCacheWrite5m:
    case TokenClass::kInputAudio:
      return TokenClass::kInput;
    case TokenClass::kOutput:
    case TokenClass::kReasoning:
    case TokenClass::kOutputAudio:
      return TokenClass::kOutput;
  }
  return c;
}

struct Found {
  std::optional<Rate> rate;
  bool fallback = false;
};

// Reasoning at the output rate is what providers bill, not a guess, and is not flagged.
Found find_rate(const Rates* tier, const Rates& base, TokenClass wanted) {
  bool fallback = false;
  for (TokenClass c = wanted;;) {
    if (tier != nullptr && tier->of(c)) return {tier->of(c), fallback};
    if (base.of(c)) return {base.of(c), fallback || tier != nullptr};
    const TokenClass next = stand_in(c);
    if (next == c) return {};
    fallback = fallback || c != TokenClass::kReasoning;
    c = next;
  }
}

int tier_for(const Price& price, std::int64_t total_input) {
  int chosen = -1;
  for (std::size_t i = 0; i < price.context_tiers.size(); ++i) {
    const ContextTier& tier = price.context_tiers[i];
    const bool reached = tier.inclusive ? total_input >= tier.above : total_input > tier.above;
    if (reached) chosen = static_cast<int>(i);
  }
  return chosen;
}

}  // namespace

void Cost::add(const Cost& more) {
  for (std::size_t i = 0; i < kTokenClasses; ++i) {
    CostLine& line = lines[i];
    const CostLine& other = more.lines[i];
    if (!line.rate) line.rate = other.rate;
    line.tokens += other.tokens;
    line.amount += other.amount;
    line.fallback_rate = line.fallback_rate || other.fallback_rate;
  }
  total += more.total;
  unpriced = unpriced || more.unpriced;
  estimated = estimated || more.estimated;
  fallback_rate = fallback_rate || more.fallback_rate;
}

std::int64_t tokens_of(const llm::Usage& usage, TokenClass token_class) {
  switch (token_class) {
    case TokenClass::kInput:
      return usage.input;
    case TokenClass::kCacheRead:
      return usage.cache_read;
    case TokenClass::kCacheWrite5m:
      return usage.cache_write_5m;
    case TokenClass::kCacheWrite1h:
      return usage.cache_write_1h;
    case TokenClass::kInputAudio:
      return usage.input_audio;
    case TokenClass::kOutput:
      return usage.output;
    case TokenClass::kReasoning:
      return usage.reasoning;
    case TokenClass::kOutputAudio:
      return usage.output_audio;
  }
  return 0;
}

Cost price_usage(const Price* price, const llm::Usage& usage) {
  Cost cost;
  cost.estimated = usage.estimated || !usage.present;
  cost.unpriced = price == nullptr;
  const Rates* tier = nullptr;
  if (price != nullptr) {
    cost.nominal = price->nominal;
    cost.local = price->local;
    cost.context_tier = tier_for(*price, usage.total_input());
    if (cost.context_tier >= 0) {
      tier = &price->context_tiers[static_cast<std::size_t>(cost.context_tier)].rates;
    }
  }
  for (const TokenClass c : kAll) {
    CostLine& line = cost.lines[static_cast<std::size_t>(c)];
    line.tokens = tokens_of(usage, c);
    if (line.tokens <= 0 || price == nullptr) continue;
    const Found found = find_rate(tier, price->base, c);
    if (!found.rate) continue;
    line.rate = found.rate;
    line.fallback_rate = found.fallback && !price->local;
    line.amount = cost_of(line.tokens, *found.rate);
    cost.fallback_rate = cost.fallback_rate || line.fallback_rate;
    cost.total += line.amount;
  }
  return cost;
}

}  // namespace pontage::ledger
