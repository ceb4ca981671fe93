#include "app/health_view.hpp"

#include "core/strings.hpp"
#include "observe/events.hpp"

namespace pontage::app {
namespace {

admin::TargetState target_state(const routing::HealthTable::Row& row, SteadyTime now) {
  const auto& breaker = row.health->breaker;
  admin::TargetState out;
  out.provider = row.provider;
  out.model = row.model;
  out.state = routing::state_name(breaker, now);
  out.failures_in_a_row = breaker.failures_in_a_row();
  out.openings = static_cast<std::int64_t>(breaker.openings());
  out.available_in_ms = std::chrono::ceil<Millis>(breaker.available(now) - now).count();
  out.in_flight = row.health->in_flight.load(std::memory_order_relaxed);
  out.first_token = row.health->first_token.lately(now);
  out.token = row.health->token.lately(now);
  return out;
}

}  // namespace

admin::HealthAccess health_access(routing::HealthTable& health, const gateway::WorkerState& first,
                                  const gateway::FloorKeeper& floors) {
  admin::HealthAccess access;
  access.targets = [&health] {
    const auto now = std::chrono::steady_clock::now();
    std::vector<admin::TargetState> out;
    for (const auto& row : health.rows()) out.push_back(target_state(row, now));
    return out;
  };
  access.floors = [&floors] {
    std::vector<admin::FloorState> out;
    for (const auto& [target, problem] : floors.found()) out.push_back({target, problem});
    return out;
  };
  access.known = [&first](std::string_view provider) {
    return first.snapshot->provider(provider) != nullptr;
  };
  access.mark_down = [&health](std::string_view provider, std::string_view model, Millis time) {
    const auto until = time.count() > 0 ? std::chrono::steady_clock::now() + time : SteadyTime{};
    health.mark_down(provider, model, until);
    observe::events::warn("the operator marked " + std::string(provider) +
                          std::string(model.empty() ? "" : "/") + std::string(model) +
                          (time.count() > 0 ? " as down for " + format_duration(time) : " as up"));
  };
  return access;
}

void show_breakers(const routing::HealthTable& health, metrics::Registry& metrics) {
  const auto now = std::chrono::steady_clock::now();
  for (const auto& row : health.rows()) {
    metrics.set(metrics::k_breaker_state, {row.provider, row.model},
                static_cast<double>(row.health->breaker.state(now)));
  }
}

void show_cache(chain::AnswerCache& answers, metrics::Registry& metrics) {
  answers.sweep();
  const auto totals = answers.totals();
  metrics.set(metrics::k_cache_entries, static_cast<double>(totals.entries));
  metrics.set(metrics::k_cache_bytes, static_cast<double>(totals.bytes));
  metrics.add(metrics::k_cache_evictions, static_cast<double>(answers.take_evictions()));
}

}  // namespace pontage::app
