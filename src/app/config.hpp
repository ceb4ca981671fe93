// The whole configuration: what the daemon needs at start, and the snapshot that requests are
// served with. Built from a file in one go: either everything is right, or nothing is taken and all
// errors are listed.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/diagnostics.hpp"
#include "config/environment.hpp"
#include "config/load.hpp"
#include "gateway/snapshot.hpp"
#include "ledger/options.hpp"
#include "observe/access_log.hpp"
#include "observe/events.hpp"
#include "transport/server.hpp"

namespace pontage::app {

enum class Auth : std::uint8_t { kAuto, kKeys, kNone };

struct QueueOptions {
  int max = defaults::kQueueMax;
  Millis wait = defaults::kQueueWait;
};

struct LimitOptions {
  std::uint64_t body = defaults::kBodyLimit;
  std::uint64_t head = defaults::kHeadLimit;
  int header_count = defaults::kHeaderCountLimit;
  int connections = defaults::kConnectionLimit;
  Millis head_timeout = defaults::kHeadTimeout;
  Millis body_timeout = defaults::kBodyTimeout;
  Millis receive_timeout = defaults::kReceiveTimeout;
  Millis idle_timeout = defaults::kIdleTimeout;
  Millis write_timeout = defaults::kWriteTimeout;
  int attempts = defaults::kAttemptsPerRequest;
  double retry_share = defaults::kRetryShare;
  int retries_per_second = defaults::kRetryFloorPerSecond;
  QueueOptions queue;
  Millis hold_back = defaults::kHoldBackTime;
  std::uint64_t hold_back_bytes = defaults::kHoldBackBytes;
};

struct TlsFiles {
  std::string certificate;
  std::string key;
};

struct ServerOptions {
  std::string listen = "127.0.0.1:8080";
  Auth auth = Auth::kAuto;
  int workers = 0;  ///< 0: one per core
  Millis drain = defaults::kDrainTimeout;
  LimitOptions limits;
  bool portkey_headers = false;
  std::vector<std::string> custom_hosts;  ///< what a client may name as `x-portkey-custom-host`
  TlsFiles tls;
  Millis floor_probe = defaults::kFloorProbe;  ///< 0: floors are not probed
};

struct AdminOptions {
  std::string listen = "127.0.0.1:8081";
  std::string token;
};

struct LogOptions {
  observe::events::Level level = observe::events::Level::kInfo;
  observe::events::Format format = observe::events::Format::kText;
  std::string access = "stdout";
};

struct Config {
  ServerOptions server;
  AdminOptions admin;
  LogOptions log;
  std::string metrics_path = "/metrics";
  ledger::LedgerOptions ledger;
  std::shared_ptr<gateway::Snapshot> snapshot;
  std::vector<std::string> routes_without_floor;
};

struct LoadInput {
  std::string file;  ///< for messages
  std::string text;
  config::Environment environment;
  std::string listen_override;  ///< flag or PONTAGE_LISTEN; empty: none
  std::string admin_listen_override;
  bool rehearsal = false;  ///< nobody will be reached: roots of trust are not read
};

/// Null when there are errors. Warnings do not stop it.
std::unique_ptr<Config> load_config(const LoadInput& input, config::Diagnostics& diagnostics);

/// Every key of the file, its type, default and meaning: docs/configuration.md is this.
std::string configuration_reference();

}  // namespace pontage::app
