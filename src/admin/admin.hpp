// The admin listener's handler: /metrics and health for those who may see them. Scrapes run on the
// helper thread, since they take milliseconds.
#pragma once

#include <string>

#include "admin/health_api.hpp"
#include "admin/ledger_api.hpp"
#include "metrics/metrics.hpp"
#include "transport/background.hpp"
#include "transport/server.hpp"
#include "transport/worker.hpp"

namespace pontage::admin {

struct AdminContext {
  transport::Worker& worker;
  transport::Background& background;
  const metrics::Registry& metrics;
  std::string metrics_path;
  std::string token;  ///< empty: none is asked for
  LedgerAccess ledger;
  HealthAccess health;
};

Task<void> handle(AdminContext& context, transport::ServerExchange& client);

}  // namespace pontage::admin
