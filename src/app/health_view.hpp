// How the targets stand, for the admin API and the metrics.
#pragma once

#include "admin/health_api.hpp"
#include "gateway/floor_probe.hpp"

namespace pontage::app {

/// To be asked on the first worker's thread, as all of the admin listener.
admin::HealthAccess health_access(routing::HealthTable& health, const gateway::WorkerState& first,
                                  const gateway::FloorKeeper& floors);

void show_breakers(const routing::HealthTable& health, metrics::Registry& metrics);
/// Forgets what is too old too.
void show_cache(chain::AnswerCache& answers, metrics::Registry& metrics);

}  // namespace pontage::app
