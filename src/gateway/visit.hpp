// One request on its way through the corridor: what its steps share.
#pragma once

#include <memory>
#include <string>

#include "gateway/request_path.hpp"

namespace pontage::gateway {

struct RequestPath::Visit {
  Visit(WorkerState& on, transport::ServerExchange& from)
      : state(on), client(from), nursery(on.worker), hold_back([this] {
          exchange.keep_waiting();
          hold_back.arm(state.worker.timers(),
                        std::chrono::steady_clock::now() + snapshot->hold_back);
        }) {
    exchange.trace = state.traces.take();
  }
  ~Visit() { state.traces.give(std::move(exchange.trace)); }
  Visit(const Visit&) = delete;
  Visit& operator=(const Visit&) = delete;

  WorkerState& state;
  transport::ServerExchange& client;
  std::shared_ptr<const Snapshot> snapshot;
  std::shared_ptr<const Snapshot> base;  // the operator's, where the client brought its own chain
  const Route* route = nullptr;
  const ClientKey* key = nullptr;
  chain::Exchange exchange;
  std::string decoded_body;    // of gzip requests
  transport::Nursery nursery;  // keep-alives before the commit point
  transport::Timer hold_back;
  routing::Place place;   ///< of its key, where that has a cap
  bool admitted = false;  ///< ends in exactly one record
  bool settled = false;
};

}  // namespace pontage::gateway
