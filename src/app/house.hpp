// The running house: workers, listeners, logs, the simulated provider, and the configuration that
// they serve.
#pragma once

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "admin/admin.hpp"
#include "app/daemon.hpp"
#include "app/drill_metric.hpp"
#include "gateway/request_path.hpp"
#include "ledger/ledger.hpp"
#include "simulate/simulator.hpp"
#include "transport/listener.hpp"

namespace pontage::app {

class House {
 public:
  explicit House(ServeOptions options);
  ~House();

  /// Empty: it runs. Else what stopped it, with what to do.
  std::string start(std::unique_ptr<Config> config);
  /// Swaps to a newly loaded configuration; false and the old one goes on.
  bool reload();
  void reopen_logs();
  /// Stops accepting, waits for running requests up to the deadline, then closes what is left.
  void drain();
  [[nodiscard]] const std::string& address() const { return address_; }
  [[nodiscard]] const std::string& admin_address() const { return admin_address_; }

 private:
  struct WorkerHouse;
  std::string open_listeners(const Config& config);
  std::string prepare(gateway::Snapshot& snapshot);
  admin::LedgerAccess ledger_access();
  std::string open_ledger(const ledger::LedgerOptions& options, int workers);
  void publish(const Config& config);
  void announce(const Config& config);
  std::string write_ready_file() const;

  ServeOptions options_;
  metrics::Registry metrics_;
  DrillMetric drills_{metrics_};
  std::unique_ptr<observe::AccessLog> access_log_;
  transport::Background background_;
  gateway::Shared shared_{{}, background_};
  std::unique_ptr<simulate::Simulator> simulator_;
  std::unique_ptr<ledger::Ledger> ledger_;  // null: off
  std::vector<std::unique_ptr<WorkerHouse>> workers_;
  std::unique_ptr<transport::Listener> admin_listener_;
  std::unique_ptr<admin::AdminContext> admin_;
  std::shared_ptr<const gateway::Snapshot> snapshot_;
  std::string instance_;
  std::string address_;
  std::string admin_address_;
  Millis drain_limit_{0};
};

}  // namespace pontage::app
