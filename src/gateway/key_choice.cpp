#include "gateway/key_choice.hpp"

#include "gateway/places.hpp"
#include "observe/events.hpp"

namespace pontage::gateway {

namespace {

bool take_place(WorkerState& state, const providers::Provider& provider, Inflight& inflight,
                AttemptResult& result) {
  auto* gate = gate_of(state, provider);
  if (gate == nullptr) return true;
  if (!result.place.held()) result.place = state.shared.gates.take(*gate);
  if (result.place.held()) {
    inflight.hold(std::move(result.place));
    return true;
  }
  result.error_kind = "at_cap";
  result.status_code = http_status(Code::k_overloaded);
  result.error = Error{Code::k_overloaded,
                       Origin::kGateway,
                       Retry::kOtherTarget,
                       provider.name + " is at its cap of " + std::to_string(gate->limit()),
                       {},
                       {}};
  return false;
}

}  // namespace

bool take_key(WorkerState& state, const providers::Provider& provider, std::string_view model,
              Inflight& inflight, AttemptResult& result) {
  if (!take_place(state, provider, inflight, result)) return false;
  inflight.count(state.health_of(provider, model));
  const auto& ring = provider.keys;
  if (ring.empty()) return true;
  const auto now = std::chrono::steady_clock::now();
  auto lease = ring.pick(model, now, state.random.unit());
  if (lease.held()) {
    result.key = ring.keys[lease.index()].options.name;
    inflight.hold(std::move(lease));
    return true;
  }
  result.retry_after = ring.shortest_rest(now);
  result.error_kind = "no_key";
  result.status_code = http_status(Code::k_rate_limited);
  result.error = Error{Code::k_rate_limited,
                       Origin::kUpstream,
                       Retry::kOtherTarget,
                       "every key of " + provider.name + " rests or is at its limit",
                       {},
                       {}};
  return false;
}

void rest_key(WorkerState& state, const providers::Provider& provider, std::string_view model,
              const Inflight& inflight, AttemptResult& result) {
  const auto& lease = inflight.key();
  const bool refused = result.our_key_refused;
  if (!lease.held() || (!refused && result.status_code != 429)) return;
  const auto now = std::chrono::steady_clock::now();
  provider.keys.keys[lease.index()].state->rest_until(
      now +
      (refused ? defaults::kRefusedKeyRest : result.retry_after.value_or(defaults::kKeyRest)));
  result.another_key = provider.keys.usable(model, now);
  state.shard
      .counter(metrics::k_provider_key_rests,
               {provider.name, result.key, refused ? "refused" : "rate_limited"})
      .add();
  if (!refused) return;
  observe::events::warn("provider " + provider.name + " refuses its key " +
                        std::string(result.key) + " (HTTP " + std::to_string(result.status_code) +
                        "); it is not used for ten minutes");
}

}  // namespace pontage::gateway
