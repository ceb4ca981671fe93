#include "app/house.hpp"

#include <malloc.h>
#include <sys/resource.h>

#include <algorithm>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <future>
#include <mutex>

#include "app/boot_totals.hpp"
#include "app/health_view.hpp"
#include "app/version.hpp"
#include "core/crypto.hpp"
#include "gateway/checks.hpp"
#include "gateway/credentials.hpp"
#include "gateway/directory.hpp"
#include "gateway/error_reply.hpp"
#include "gateway/floor_probe.hpp"

namespace pontage::app {

namespace events = observe::events;

namespace {

// A relay holds two descriptors a request: the soft limit of 1,024 is for other programs.
void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
  }
}

transport::ListenerOptions listener_options(const ServerOptions& server,
                                            const std::string& address) {
  transport::ListenerOptions options;
  options.address = address;
  options.limits = {server.limits.body,
                    server.limits.head,
                    server.limits.header_count,
                    server.limits.connections,
                    server.limits.head_timeout,
                    server.limits.body_timeout,
                    server.limits.receive_timeout,
                    server.limits.idle_timeout,
                    server.limits.write_timeout};
  options.error_body = [](const Error& error, std::string_view path) {
    return dialects::error_body(gateway::dialect_of(path, {}), error, {});
  };
  return options;
}

}  // namespace

// One worker with all that is its own; made before its thread starts, destroyed after it ended.
struct House::WorkerHouse {
  WorkerHouse(int index, gateway::Shared& shared, metrics::Shard& cells,
              observe::AccessLogShard& lines)
      : worker(index),
        state(worker, shared, cells, lines),
        path(state),
        tick([this] { on_tick(); }),
        connections(cells.gauge(metrics::k_connections, {"api"})) {
    worker.on_escaped_exception = [](const char* what) {
      events::error(std::string("a request failed: ") + what);
    };
  }
  void on_tick() {
    state.log.flush();
    if (state.journal) state.journal->flush();
    const auto open = static_cast<std::int64_t>(listener ? listener->connections() : 0);
    connections.add(open - counted_connections);
    counted_connections = open;
    give_back_memory(static_cast<std::size_t>(open));
    if (every_second && ticks++ % 5 == 0) every_second();
    tick.arm(worker.timers(), std::chrono::steady_clock::now() + Millis(200));
  }

  // What a burst of connections took lies scattered over the heap when they have gone: malloc keeps
  // it unless it is told to look (a few milliseconds, once a burst).
  void give_back_memory(std::size_t open) {
    constexpr std::size_t kBurst = 256;
    if (listener) most_connections = std::max(most_connections, listener->take_most_connections());
    if (most_connections < kBurst || open > most_connections / 4) return;
    most_connections = open;
    malloc_trim(0);
  }

  // Looks again and again until the last request has ended; after the deadline there is nothing
  // left to wait for.
  void drain(std::vector<transport::Listener*> own, SteadyTime deadline,
             std::function<void()> ended) {
    listeners = std::move(own);
    drain_deadline = deadline;
    on_drained = std::move(ended);
    credentials.stop();
    checks.stop();
    floors.stop();
    for (auto* each : listeners) each->drain();
    on_drain_step();
  }
  void on_drain_step() {
    const auto now = std::chrono::steady_clock::now();
    if (now >= drain_deadline) {
      for (auto* each : listeners) each->abort_all();
    }
    if (worker.tasks() > 0) {
      drain_step.arm(worker.timers(), now + Millis(10));
      return;
    }
    tick.disarm();
    state.log.flush();
    if (state.journal) state.journal->flush();
    state.pools.close_idle();
    worker.stop();
    on_drained();
  }

  transport::Worker worker;
  gateway::WorkerState state;
  gateway::RequestPath path;
  gateway::CredentialKeeper credentials{state};  // these two are used on the first worker only
  gateway::CheckKeeper checks{state};
  gateway::FloorKeeper floors{state};
  transport::Timer tick;
  metrics::Gauge& connections;
  std::int64_t counted_connections = 0;
  std::function<void()> every_second;  // the first worker's, for what is one for the process
  unsigned ticks = 0;
  std::size_t most_connections = 0;  // since memory was given back
  transport::Timer drain_step{[this] { on_drain_step(); }};
  SteadyTime drain_deadline{};
  std::vector<transport::Listener*> listeners;
  std::function<void()> on_drained;
  std::unique_ptr<transport::Listener> listener;
  std::thread thread;
};

House::House(ServeOptions options) : options_(std::move(options)), instance_(random_token(9)) {}
House::~House() = default;

// What a snapshot needs that only the running house knows: the simulated provider's port, our name
// in Via.
std::string House::prepare(gateway::Snapshot& snapshot) {
  snapshot.instance_token = "pontage-" + instance_;
  snapshot.via = "1.1 " + snapshot.instance_token;
  for (const auto& provider : snapshot.providers) {
    if (!provider->in_process) continue;
    if (!simulator_) {
      auto started = simulate::Simulator::start({});
      if (!started) return "the simulated provider does not start: " + started.error();
      simulator_ = std::move(*started);
    }
    provider->url.port = simulator_->port();
    provider->finish();
    auto& endpoint = snapshot.endpoints[static_cast<std::size_t>(provider->index)];
    endpoint.port = simulator_->port();
    endpoint.key = "http://127.0.0.1:" + std::to_string(endpoint.port);
  }
  return {};
}

std::string House::open_ledger(const ledger::LedgerOptions& options, int workers) {
  if (!options.enabled) return {};
  ledger::Ledger::Hooks hooks;
  hooks.on_event = [](bool wrong, const std::string& text) {
    if (wrong) {
      events::error(text);
    } else {
      events::info(text);
    }
  };
  hooks.on_stats = [this](const ledger::LedgerStats& stats) {
    metrics_.set(metrics::k_ledger_journal_bytes, static_cast<double>(stats.journal_bytes));
    metrics_.set(metrics::k_ledger_lag, stats.lag_seconds);
  };
  auto opened = ledger::Ledger::open(options, workers, std::move(hooks));
  if (!opened) return opened.error();
  ledger_ = std::move(*opened);
  return {};
}

admin::LedgerAccess House::ledger_access() {
  if (!ledger_) return {};
  std::vector<gateway::WorkerState*> states;
  for (auto& each : workers_) states.push_back(&each->state);
  return {ledger_->path(), [this, states] { return boot_totals(*ledger_, states); }};
}

std::string House::open_listeners(const Config& config) {
  std::string address = config.server.listen;
  if (auto taken = transport::probe_address(address); !taken.empty()) return taken;
  transport::TlsSettings tls;
  if (!config.server.tls.certificate.empty()) {
    auto made = transport::make_server_tls(config.server.tls.certificate, config.server.tls.key);
    if (!made) return "server.tls: " + made.error();
    tls = *made;
  }
  for (auto& each : workers_) {
    auto options = listener_options(config.server, address);
    options.tls = tls;
    auto opened = transport::Listener::open(
        each->worker, options, [path = &each->path](auto& client) { return path->handle(client); });
    if (!opened) return opened.error();
    each->listener = std::move(*opened);
    address = each->listener->address();  // port 0: the others share the first one's choice
  }
  address_ = address;
  if (config.admin.listen == "off") return {};
  if (auto taken = transport::probe_address(config.admin.listen); !taken.empty())
    return "admin: " + taken;
  admin_ = std::make_unique<admin::AdminContext>(admin::AdminContext{
      workers_.front()->worker, background_, metrics_, config.metrics_path, config.admin.token,
      ledger_access(),
      health_access(shared_.health, workers_.front()->state, workers_.front()->floors)});
  auto opened = transport::Listener::open(
      workers_.front()->worker, listener_options(config.server, config.admin.listen),
      [context = admin_.get()](auto& client) { return admin::handle(*context, client); });
  if (!opened) return "admin: " + opened.error();
  admin_listener_ = std::move(*opened);
  admin_address_ = admin_listener_->address();
  return {};
}

std::string House::write_ready_file() const {
  if (options_.ready_file.empty()) return {};
  const std::string temporary = options_.ready_file + ".tmp";
  std::ofstream out(temporary);
  out << "{\"listen\":\"" << address_ << "\",\"admin_listen\":\"" << admin_address_
      << "\",\"pid\":" << getpid() << "}\n";
  out.close();
  if (!out || std::rename(temporary.c_str(), options_.ready_file.c_str()) != 0) {
    return "cannot write the ready file " + options_.ready_file;
  }
  return {};
}

void House::publish(const Config& config) {
  snapshot_ = config.snapshot;
  for (const auto& provider : snapshot_->providers) {
    shared_.gates.set_limit(std::string(gateway::kProviderGate) + provider->name,
                            provider->options.max_concurrency);
  }
  for (const auto& [digest, key] : snapshot_->keys)
    shared_.gates.set_limit(std::string(gateway::kKeyGate) + key.name, key.max_concurrency);
  metrics_.set_only(metrics::k_config_info, {snapshot_->version}, 1);
  metrics_.set(metrics::k_config_reload_success, 1);
  shared_.answers.limit(snapshot_->cache_bytes, snapshot_->cache_entry);
  std::vector<std::string> routes;
  for (const auto& route : snapshot_->routes) routes.push_back(route.name);
  drills_.serve(config.ledger.path, std::move(routes));
}

void House::announce(const Config& config) {
  events::info("listening on " + address_ +
               (admin_address_.empty() ? "" : ", admin on " + admin_address_) + ", configuration " +
               config.snapshot->version);
  for (const auto& provider : snapshot_->providers) {
    if (!provider->not_configured.empty() && !snapshot_->routes.empty()) {
      events::warn("provider " + provider->name + " is skipped: " + provider->not_configured);
    }
  }
}

std::string House::start(std::unique_ptr<Config> config) {
  raise_descriptor_limit();
  auto log = observe::AccessLog::open(observe::access_log_options(config->log.access), metrics_);
  if (!log) return log.error();
  access_log_ = std::move(*log);
  metrics_.set(metrics::k_build_info, {kVersion, kCommit}, 1);
  drain_limit_ = config->server.drain;
  if (auto problem = prepare(*config->snapshot); !problem.empty()) return problem;
  const int wanted = config->server.workers > 0
                         ? config->server.workers
                         : static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  if (auto problem = open_ledger(config->ledger, wanted); !problem.empty()) return problem;
  for (int i = 0; i < wanted; ++i) {
    auto& cells = metrics_.add_shard();
    workers_.push_back(
        std::make_unique<WorkerHouse>(i, shared_, cells, access_log_->add_shard(cells)));
    auto& state = workers_.back()->state;
    if (ledger_) {
      state.journal = std::make_unique<gateway::JournalGate>(
          state.worker, ledger_->shard(i), cells.counter(metrics::k_ledger_records));
    }
    state.serve_snapshot(config->snapshot);
  }
  if (auto problem = open_listeners(*config); !problem.empty()) return problem;
  publish(*config);
  workers_.front()->every_second = [this] {
    show_breakers(shared_.health, metrics_);
    drills_.look();
    show_cache(shared_.answers, metrics_);
  };
  for (auto& each : workers_) {
    each->worker.post([worker = each.get()] { worker->on_tick(); });
    if (each == workers_.front()) {
      each->floors.tell = [this](std::string_view route, bool ready) {
        metrics_.set(metrics::k_floor_ready, {route}, ready ? 1 : 0);
      };
      each->worker.post([worker = each.get(), snapshot = snapshot_] {
        worker->credentials.serve(snapshot);
        worker->checks.serve(snapshot);
        worker->floors.serve(snapshot);
      });
    }
    each->thread = std::thread([worker = each.get()] { worker->worker.run(); });
  }
  announce(*config);
  return write_ready_file();
}

bool House::reload() {
  auto config = load_for(options_.file, options_.listen, options_.admin_listen, false);
  std::string problem = config ? prepare(*config->snapshot) : "it has errors";
  if (!problem.empty()) {
    events::error("the new configuration is not taken (" + problem + "); the one before serves on");
    metrics_.set(metrics::k_config_reload_success, 0);
    metrics_.add(metrics::k_config_reload_failures);
    return false;
  }
  gateway::adopt_credentials(*config->snapshot, *snapshot_);
  publish(*config);
  for (auto& each : workers_) {
    each->worker.post([this, worker = each.get(), snapshot = config->snapshot] {
      worker->state.serve_snapshot(snapshot);
      if (worker != workers_.front().get()) return;
      worker->credentials.serve(snapshot);
      worker->checks.serve(snapshot);
      metrics_.clear(metrics::k_floor_ready);  // routes may have gone
      worker->floors.serve(snapshot);
    });
  }
  events::info("configuration " + config->snapshot->version +
               " serves now; listeners, workers and limits keep theirs "
               "until a restart");
  return true;
}

void House::reopen_logs() {
  access_log_->reopen();
}

void House::drain() {
  std::mutex mutex;
  std::condition_variable changed;
  std::size_t busy = workers_.size();
  const auto deadline = std::chrono::steady_clock::now() + drain_limit_;
  const auto ended = [&] {
    const std::lock_guard lock(mutex);
    if (--busy == 0) changed.notify_all();
  };
  for (auto& each : workers_) {
    std::vector<transport::Listener*> own = {each->listener.get()};
    if (each == workers_.front() && admin_listener_) own.push_back(admin_listener_.get());
    each->worker.post(
        [worker = each.get(), own, deadline, ended] { worker->drain(own, deadline, ended); });
  }
  {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return busy == 0; });
  }
  for (auto& each : workers_) each->thread.join();
  // What the helper still does for an admin's question uses the workers and the ledger.
  std::promise<void> idle;
  background_.submit([&idle] { idle.set_value(); });
  idle.get_future().wait();
  if (ledger_) ledger_->stop();
  access_log_->stop();
  if (simulator_) simulator_->stop();
}

}  // namespace pontage::app
