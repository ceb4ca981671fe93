#include "gateway/outlook.hpp"

#include <algorithm>

#include "gateway/directory.hpp"
#include "ledger/cost.hpp"

namespace pontage::gateway {
namespace {
constexpr std::int64_t kBytesPerToken = 4;
// What an answer is taken to have, unless the request asks for less: limits are often far above.
constexpr std::int64_t kOutputTokens = 512;
}  // namespace

const routing::TargetHealth* LiveOutlook::health(const chain::Exchange& exchange,
                                                 const chain::Target& target) {
  if (state_ == nullptr) return nullptr;
  return &state_->health_of(*target.provider, model_for(exchange, target));
}

std::optional<std::int64_t> LiveOutlook::cost(const chain::Exchange& exchange,
                                              const chain::Target& target) {
  const auto listing = target.model.empty()
                           ? listing_of(snapshot_, *target.provider, model_for(exchange, target))
                           : target.listing;
  const auto* price = ledger::price_at(listing.priced ? listing.model : nullptr,
                                       WallTime(std::chrono::seconds(exchange.created_s)));
  if (price == nullptr) return std::nullopt;
  llm::Usage usage;
  usage.present = true;
  usage.input = exchange.facts.tokens >= 0
                    ? exchange.facts.tokens
                    : static_cast<std::int64_t>(exchange.body.size()) / kBytesPerToken;
  usage.output = std::min(exchange.view.max_tokens.value_or(kOutputTokens), kOutputTokens);
  return ledger::price_usage(price, usage).total.value;
}

}  // namespace pontage::gateway
