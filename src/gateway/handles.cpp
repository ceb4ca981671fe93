#include "gateway/handles.hpp"

#include "ledger/prices.hpp"

namespace pontage::gateway {
namespace {
constexpr std::size_t kMostEntries =
    10'000;  // clients may name any model: the cache is bounded like the series are
constexpr std::size_t kMostAttemptCells = 16;  // of a provider; further ones are found by label
constexpr std::string_view kOperation = "chat";
}  // namespace

HandleCache::HandleCache(metrics::Shard& shard)
    : overhead(shard.histogram(metrics::k_overhead)),
      streams_open(shard.gauge(metrics::k_streams_open)),
      client_disconnects(shard.counter(metrics::k_client_disconnects)),
      unrecorded(shard.counter(metrics::k_requests_unrecorded)),
      shard_(shard) {}

TargetHandles& HandleCache::of(const void* route, std::string_view, const chain::Target& target,
                               std::string_view asked, std::string_view answered) {
  const auto found = by_target_.find(KeyView{route, &target, asked, answered});
  if (found != by_target_.end()) return found->second;
  if (by_target_.size() >= kMostEntries) by_target_.clear();
  TargetHandles& made = by_target_[{route, &target, std::string(asked), std::string(answered)}];
  resolve(made, target, asked, answered);
  return made;
}

HandleCache::ProviderCells& HandleCache::provider_cells(const providers::Provider& provider) {
  for (auto& cells : providers_) {
    if (cells.provider == &provider) return cells;
  }
  return providers_.emplace_back(&provider, &shard_.gauge(metrics::k_inflight, {provider.name}),
                                 std::vector<AttemptCell>());
}

metrics::Counter& HandleCache::attempts(const providers::Provider& provider, std::string_view model,
                                        std::string_view outcome) {
  auto& cells = provider_cells(provider).attempts;
  for (const auto& cell : cells) {
    if (cell.outcome == outcome && cell.model == model) return *cell.counter;
  }
  auto& counter = shard_.counter(metrics::k_attempts, {provider.name, model, outcome});
  if (cells.size() < kMostAttemptCells) cells.emplace_back(std::string(model), outcome, &counter);
  return counter;
}

void HandleCache::resolve(TargetHandles& handles, const chain::Target& target,
                          std::string_view asked, std::string_view answered) {
  const std::string_view provider = target.provider->name;
  const std::string_view model = target.model.empty() ? asked : std::string_view(target.model);
  handles.duration =
      &shard_.histogram(metrics::k_request_duration, {kOperation, provider, asked, answered});
  handles.first_token =
      &shard_.histogram(metrics::k_time_to_first_token, {kOperation, provider, asked, answered});
  handles.per_token =
      &shard_.histogram(metrics::k_time_per_output_token, {kOperation, provider, asked, answered});
  handles.usage_input =
      &shard_.histogram(metrics::k_token_usage, {kOperation, provider, asked, answered, "input"});
  handles.usage_output =
      &shard_.histogram(metrics::k_token_usage, {kOperation, provider, asked, answered, "output"});
  for (std::size_t i = 0; i < ledger::kTokenClasses; ++i) {
    const auto name = ledger::token_class_name(static_cast<ledger::TokenClass>(i));
    handles.tokens[i] = &shard_.counter(metrics::k_tokens, {model, name});
    handles.cost[i] = &shard_.counter(metrics::k_cost, {provider, model, name});
  }
}

metrics::Counter& HandleCache::requests(TargetHandles& handles, std::string_view route_name,
                                        const chain::Target& target, chain::Outcome outcome) {
  metrics::Counter*& cell = handles.requests[static_cast<std::size_t>(outcome)];
  if (cell == nullptr) {
    const std::string_view tier = target.tier.empty() ? std::string_view("unknown") : target.tier;
    cell = &shard_.counter(metrics::k_requests, {route_name, target.provider->name, target.model,
                                                 tier, chain::outcome_name(outcome)});
  }
  return *cell;
}

}  // namespace pontage::gateway
