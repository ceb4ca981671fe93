#include "gateway/places.hpp"

#include <algorithm>

#include "core/strings.hpp"
#include "gateway/visit.hpp"

namespace pontage::gateway {
namespace {

// Rung by whoever gives a place back, on any thread; answered on the waiter's own.
struct Bell {
  transport::Sleep* sleep = nullptr;  // the waiter's worker only; null: it waits no longer
};

Waited outcome_of(const chain::Exchange& exchange, const routing::Place& place) {
  if (exchange.client_gone) return Waited::kGone;
  return place.held() ? Waited::kGot : Waited::kLate;
}

}  // namespace

routing::Gate* gate_of(WorkerState& state, const providers::Provider& provider) {
  if (provider.options.max_concurrency == 0) return nullptr;
  return &state.gate_of(&provider, kProviderGate, provider.name);
}

Task<Waited> wait_for_place(WorkerState& state, const Snapshot& snapshot, chain::Exchange& exchange,
                            Wait wait, routing::Place& place) {
  const auto since = std::chrono::steady_clock::now();
  auto& gates = state.shared.gates;
  auto waiter = std::make_shared<routing::Waiter>();
  auto bell = std::make_shared<Bell>();
  waiter->gates = std::move(wait.gates);
  waiter->group = exchange.facts.key_name;
  waiter->wake = [worker = &state.worker, bell] {
    worker->post([bell] {
      if (bell->sleep != nullptr) bell->sleep->cancel();
    });
  };
  if (exchange.client_gone) co_return Waited::kGone;
  transport::Sleep sleep(state.worker, std::min(wait.until, since + snapshot.queue_wait));
  bell->sleep = &sleep;
  if (!gates.queue(waiter, static_cast<std::size_t>(snapshot.queue_max))) {
    bell->sleep = nullptr;
    state.shard.counter(metrics::k_queue_rejected, {wait.cap, "full"}).add();
    co_return Waited::kFull;
  }
  auto& depth = state.shard.gauge(metrics::k_queue_depth, {wait.cap});
  depth.add();
  exchange.cancel_current = [&sleep] { sleep.cancel(); };
  co_await sleep;
  exchange.cancel_current = nullptr;
  bell->sleep = nullptr;
  depth.sub();
  place = gates.leave_queue(*waiter);
  const auto result = outcome_of(exchange, place);
  if (result == Waited::kGone) place.release();
  if (result == Waited::kLate)
    state.shard.counter(metrics::k_queue_rejected, {wait.cap, "late"}).add();
  const auto took = std::chrono::steady_clock::now() - since;
  state.shard.histogram(metrics::k_queue_wait, {wait.cap})
      .observe(std::chrono::duration<double>(took).count());
  exchange.upstream_wait_us += std::chrono::duration_cast<Micros>(took).count();  // not our work
  co_return result;
}

Error overloaded(const Snapshot& snapshot, std::string_view what, Waited why) {
  constexpr Millis kLeast{1'000};
  constexpr Millis kMost{60'000};
  Error error{Code::k_overloaded, Origin::kGateway, Retry::kNever, std::string(what), {}, {}};
  error.detail += why == Waited::kFull
                      ? ", and " + std::to_string(snapshot.queue_max) + " requests wait already"
                      : ", and no place became free in time";
  error.retry_after_ms =
      static_cast<std::uint32_t>(std::clamp(snapshot.queue_wait, kLeast, kMost).count());
  return error;
}

// The key's own cap, before anything else is asked of the request. The place is the visit's, to
// its end.
Task<Status> RequestPath::take_place(Visit& visit) {
  const ClientKey& key = *visit.key;
  auto& gate = state_.gate_of(&key, kKeyGate, key.name);
  visit.place = state_.shared.gates.take(gate);
  if (visit.place.held()) co_return Status{};
  const auto waited = co_await wait_for_place(state_, *visit.snapshot, visit.exchange,
                                              {{&gate}, "key", SteadyTime::max()}, visit.place);
  if (waited == Waited::kGot) {
    visit.exchange.trace.note("key", "waited for a place of the key ", key.name);
    co_return Status{};
  }
  if (waited == Waited::kGone)
    co_return client_error(Code::k_client_closed_request, "the client left while it waited");
  co_return std::unexpected(overloaded(*visit.snapshot,
                                       "the key \"" + key.name + "\" has its " +
                                           std::to_string(key.max_concurrency) +
                                           " requests under way",
                                       waited));
}

}  // namespace pontage::gateway
