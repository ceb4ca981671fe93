#include "simulate/simulator.hpp"

#include "simulate/error_reply.hpp"
#include "simulate/raw_server.hpp"
#include "simulate/service.hpp"

namespace pontage::simulate {

// The service outlives the server, whose connections report their ends to it when they are
// destroyed.
struct Simulator::Parts {
  explicit Parts(const Options& given)
      : options(given),
        service(given, {[this](std::uint64_t connection) { server->wake(connection); },
                        [this] { return stats(); }}) {}

  [[nodiscard]] Stats stats() const { return {server->accepted(), server->open(), log_total()}; }
  [[nodiscard]] std::uint64_t log_total() const { return const_log().total(); }
  [[nodiscard]] const RequestLog& const_log() const {
    return const_cast<Parts*>(this)->service.log();
  }

  Options options;
  Service service;
  std::unique_ptr<RawServer> server;
};

Simulator::Simulator(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Simulator::~Simulator() {
  stop();
}

std::expected<std::unique_ptr<Simulator>, std::string> Simulator::start(const Options& options) {
  auto parts = std::make_unique<Parts>(options);
  if (!options.fault.empty()) {
    if (auto done = parts->service.faults().set("*", options.fault); !done)
      return std::unexpected(done.error());
  }
  Service* service = &parts->service;
  RawServer::Settings settings;
  settings.host = options.host;
  settings.port = options.port;
  settings.plan = [service](WireRequest&& request) { return service->plan(std::move(request)); };
  settings.plan_bad = [service](int status) { return service->plan_bad(status); };
  auto server = RawServer::create(std::move(settings));
  if (!server) return std::unexpected(server.error());
  parts->server = std::move(*server);
  parts->server->run();  // only now: the hooks use `server`
  return std::unique_ptr<Simulator>(new Simulator(std::move(parts)));
}

void Simulator::stop() {
  parts_->server->stop();
}

std::uint16_t Simulator::port() const {
  return parts_->server->port();
}

std::string Simulator::base_url() const {
  const std::string& host = parts_->options.host;
  const bool v6 = host.find(':') != std::string::npos;
  return "http://" + (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port());
}

std::vector<LoggedRequest> Simulator::requests() const {
  return parts_->service.log().list({});
}

std::vector<LoggedRequest> Simulator::requests(std::string_view model) const {
  return parts_->service.log().list({model, 0});
}

Stats Simulator::stats() const {
  return parts_->stats();
}

void Simulator::clear() {
  parts_->service.clear();
}

std::expected<void, std::string> Simulator::set_fault(std::string_view model,
                                                      std::string_view script) {
  return parts_->service.faults().set(model, script);
}

std::expected<void, std::string> Simulator::set_default_fault(std::string_view script) {
  return set_fault("*", script);
}

std::expected<void, std::string> Simulator::set_listening(bool on) {
  return parts_->server->set_listening(on);
}

bool Simulator::wait_for(std::size_t count, Millis limit) const {
  return parts_->service.log().wait(count, 0, limit);
}

bool Simulator::wait_for_ended(std::size_t count, Millis limit) const {
  return parts_->service.log().wait(count, count, limit);
}

std::string describe_faults() {
  return "Faults, as `model!key=value,key=value;…`, as header x-simulate-fault, or by POST "
         "/_sim/faults.\n"
         "AT is a place: 5 content events, e5 events, b5 bytes of payload, w5 bytes on the "
         "wire.\n\n" +
         fault_table() + "\nKinds of error: " + error_kinds() + ".\n";
}

}  // namespace pontage::simulate
