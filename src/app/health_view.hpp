// How the targets stand, for the admin API and the metrics.
#pragma once

#include "admin/health_api.hpp"
#include "gateway/worker_state.hpp"

namespace pontage::app {

/// To be asked on the first worker's thread, as all of the admin listener.
admin::HealthAccess health_access(routing::HealthTable& health, const gateway::WorkerState& first);

void show_breakers(const routing::HealthTable& health, metrics::Registry& metrics);

}  // namespace pontage::app
