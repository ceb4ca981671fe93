#include "study/stand_ins.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include "core/crypto.hpp"

namespace pontage::study {
namespace {

constexpr std::uint16_t kNobody = 1;  // tcpmux: nothing listens there
constexpr std::string_view kNotServed = "this version does not";

void point(gateway::Snapshot& snapshot, providers::Provider& provider, std::uint16_t port) {
  provider.url.scheme = "http";
  provider.url.host = "127.0.0.1";
  provider.url.port = port;
  provider.url.tls = false;
  provider.url.is_ipv6 = false;
  provider.finish();
  transport::Endpoint endpoint;
  endpoint.host = "127.0.0.1";
  endpoint.port = port;
  endpoint.key = "http://127.0.0.1:" + std::to_string(port);
  snapshot.endpoints[static_cast<std::size_t>(provider.index)] = std::move(endpoint);
}

void replace_credentials(providers::Provider& provider) {
  auto& options = provider.options;
  options.api_key = kDrillKey;
  for (auto& key : provider.keys.keys) key.options.secret = kDrillKey;
  for (auto& [name, value] : provider.extra_headers) value = "drill";
  if (options.region.empty()) options.region = "drill";
  if (options.project.empty()) options.project = "drill";
  provider.source = nullptr;
  if (!provider.credentials) return;
  provider.credentials = std::make_shared<providers::CredentialSlot>();
  providers::Credential made;
  made.bearer = kDrillKey;
  made.aws.access_key_id = kDrillKey;
  made.aws.secret_access_key = kDrillKey;
  provider.credentials->set(std::move(made));
}

// A socket that holds a free port of this machine and refuses who comes.
simulate::Descriptor bound() {
  simulate::Descriptor fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (fd && bind(fd.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0) fd.reset();
  return fd;
}

// The simulator knows a model by its bare name.
std::string bare(std::string model) {
  constexpr std::string_view kPlain = "models/";
  return model.starts_with(kPlain) ? model.substr(kPlain.size()) : model;
}

}  // namespace

void isolate(gateway::Snapshot& snapshot, const std::string& as_key) {
  snapshot.endpoints.resize(snapshot.providers.size());
  for (const auto& provider : snapshot.providers) {
    const bool known = !provider->not_configured.starts_with(kNotServed);
    if (known) provider->not_configured.clear();
    provider->in_process = false;
    replace_credentials(*provider);
    point(snapshot, *provider, kNobody);
  }
  snapshot.client_choice = nullptr;
  gateway::ClientKey key;
  for (const auto& [digest, each] : snapshot.keys) {
    if (each.name == as_key) key = each;
  }
  const auto digest = sha256(kDrillKey);
  snapshot.keys[std::string(as_bytes(digest))] = std::move(key);
  snapshot.auth_required = !as_key.empty();
}

std::expected<std::unique_ptr<StandIns>, std::string> StandIns::start(
    gateway::Snapshot& snapshot, const std::set<std::string>& names,
    const std::vector<Injection>& injections) {
  auto made = std::make_unique<StandIns>();
  for (const auto& provider : snapshot.providers) {
    if (!names.contains(provider->name)) continue;
    const bool refuses = std::ranges::any_of(injections, [&](const Injection& each) {
      return each.provider == provider->name && each.script.empty();
    });
    const auto port = made->open(provider->name, refuses);
    if (!port) return std::unexpected(port.error());
    point(snapshot, *provider, *port);
  }
  if (auto good = made->inject(injections); !good) return std::unexpected(good.error());
  return made;
}

std::expected<std::uint16_t, std::string> StandIns::open(const std::string& name, bool refusing) {
  if (refusing) {
    auto port = bound();
    if (!port) return std::unexpected(simulate::last_error("bind"));
    refusing_.push_back(std::move(port));
    return simulate::bound_port(refusing_.back().get());
  }
  simulate::Options options;
  options.name = name;
  options.tokens = 12;
  auto started = simulate::Simulator::start(options);
  if (!started) return std::unexpected(started.error());
  return (simulators_[name] = std::move(*started))->port();
}

std::expected<void, std::string> StandIns::inject(const std::vector<Injection>& injections) {
  for (const auto& each : injections) {
    const auto at = simulators_.find(each.provider);
    if (at == simulators_.end()) continue;
    auto& simulator = *at->second;
    const auto good = each.model.empty() ? simulator.set_default_fault(each.script)
                                         : simulator.set_fault(bare(each.model), each.script);
    if (!good) return good;
  }
  return {};
}

bool StandIns::met(const Injection& injection) const {
  const auto at = simulators_.find(injection.provider);
  if (injection.script.empty() || at == simulators_.end()) return true;
  for (const auto& request : at->second->requests()) {
    if (!request.fault.empty() && injection.script.starts_with(request.fault)) return true;
  }
  return false;
}

std::string StandIns::last_answer() const {
  std::int64_t latest = -1;
  std::string out;
  for (const auto& [name, simulator] : simulators_) {
    for (const auto& request : simulator->requests()) {
      if (request.content_sent == 0 && request.outcome != "complete") continue;
      if (request.status != 200 || request.steady_us <= latest) continue;
      latest = request.steady_us;
      out = name + "/" + request.model;
    }
  }
  return out;
}

}  // namespace pontage::study
