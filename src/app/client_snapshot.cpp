#include "app/client_snapshot.hpp"

#include <algorithm>
#include <mutex>
#include <set>

#include "app/config_builder.hpp"
#include "config/load.hpp"
#include "core/strings.hpp"
#include "providers/cloud_options.hpp"

namespace pontage::app {
namespace {

using config::Diagnostics;
using config::Node;
using gateway::ClientChoice;
using gateway::Snapshot;

constexpr std::string_view kConfigHeader = "x-portkey-config";

std::optional<std::string> nothing(std::string_view) {
  return std::nullopt;
}

// One client's choice; what it may reach is decided here and nowhere else.
class ChoiceBuilder {
 public:
  ChoiceBuilder(const Snapshot& base, const std::vector<http::Url>& hosts, TlsStore& store)
      : base_(base), hosts_(hosts), store_(store) {}

  Result<std::shared_ptr<const Snapshot>> build(const ClientChoice& choice);

 private:
  void check_host(const Node& host, Diagnostics& diagnostics) const;
  void take_providers(const Node& native, const ClientChoice& choice);
  void collect_names(const Node& node, std::set<std::string>& names) const;
  std::unique_ptr<providers::Provider> base_of(const std::string& vendor, const config::Mark& mark);
  void take(const std::string& name, const Node* entry, bool own_key, const config::Mark& mark);

  const Snapshot& base_;
  const std::vector<http::Url>& hosts_;
  TlsStore& store_;
  std::shared_ptr<Snapshot> made_ = std::make_shared<Snapshot>();
  Diagnostics diagnostics_;
};

// Exactly what the operator lists, by scheme, host and port: no other way into the network.
void ChoiceBuilder::check_host(const Node& host, Diagnostics& diagnostics) const {
  const auto url = http::parse_url(host.text);
  if (!url) {
    diagnostics.error(host.mark, "custom_host: " + url.error());
    return;
  }
  const bool listed = std::ranges::any_of(hosts_, [&](const http::Url& each) {
    return each.scheme == url->scheme && each.host == url->host && each.port == url->port;
  });
  if (!listed)
    diagnostics.error(host.mark, "custom_host names " + url->scheme + "://" + url->host + ":" +
                                     std::to_string(url->port) +
                                     ", which server.portkey_headers.custom_hosts does not list");
}

void check_key(const Node& key, Diagnostics& diagnostics) {
  if (!key.is_scalar() || key.text.starts_with("file:") || key.text == "passthrough" ||
      !key.source_text.empty()) {
    diagnostics.error(key.mark, "api_key must be the key itself");
  }
}

void ChoiceBuilder::collect_names(const Node& node, std::set<std::string>& names) const {
  for (const auto& item : node.items) collect_names(item, names);
  for (const auto& entry : node.entries) {
    if (entry.key == "provider" && entry.value.is_scalar()) names.insert(entry.value.text);
    if (entry.key != "override_params") collect_names(entry.value, names);
  }
}

// The operator's provider of that name, or a public vendor of the catalogue: never a server on the
// gateway's own network that nobody has configured.
std::unique_ptr<providers::Provider> ChoiceBuilder::base_of(const std::string& vendor,
                                                            const config::Mark& mark) {
  if (const auto* known = base_.provider(vendor))
    return std::make_unique<providers::Provider>(*known);
  const auto* row = base_.vendors->find(vendor);
  if (row == nullptr || row->key_variables.empty() || !row->base_url.starts_with("https://")) {
    diagnostics_.error(mark, "no provider is called \"" + vendor + "\" here");
    return nullptr;
  }
  return providers::make_provider(vendor, nullptr, mark, nothing, diagnostics_, *base_.vendors);
}

void ChoiceBuilder::take(const std::string& name, const Node* entry, bool own_key,
                         const config::Mark& mark) {
  const Node* vendor = entry != nullptr ? entry->find("vendor") : nullptr;
  auto made = base_of(vendor != nullptr ? vendor->text : name, mark);
  if (!made) return;
  auto& options = made->options;
  if (options.vendor.empty()) options.vendor = made->name;
  made->name = name;
  made->index = static_cast<int>(made_->providers.size());
  const Node* address = entry != nullptr ? entry->find("base_url") : nullptr;
  const Node* key = entry != nullptr ? entry->find("api_key") : nullptr;
  if (address != nullptr || key != nullptr || own_key) {
    // Nothing of the operator's account stays where the client brings its own, or its own address.
    providers::CloudOptions kept;
    if (address == nullptr) kept.api_version = options.api_version;
    static_cast<providers::CloudOptions&>(options) = kept;
    made->credentials = nullptr;
    made->keys.keys.clear();
    options.keys.clear();
    options.max_concurrency = 0;
    made->source = nullptr;
    made->account.clear();
  }
  if (address != nullptr) {
    auto url = http::parse_url(address->text);
    if (!url) return;  // check_host has said so
    // The operator's key, tokens, headers and certificates belong to the operator's address.
    options.api_key.clear();
    made->credentials.reset();
    options.ca_file.clear();
    options.tls_verify = true;
    made->extra_headers.clear();
    made->prices_borrowed = !made->prices_as.empty();
    made->in_process = false;
    made->url = std::move(*url);
    options.base_url = address->text;
    if (made->url.path.empty()) made->url.path = made->family->base_path;
    made->not_configured.clear();
  }
  if (key != nullptr || own_key) made->credentials.reset();
  if (key != nullptr) {
    options.api_key = key->text;
    made->not_configured = key->text.empty() ? "api_key is empty" : "";
    made->passthrough = false;
  } else if (own_key) {
    made->passthrough = true;
    made->not_configured.clear();
  }
  if (const Node* headers = entry != nullptr ? entry->find("headers") : nullptr) {
    for (const auto& each : headers->entries)
      made->extra_headers.emplace_back(each.key, each.value.text);
  }
  if (const Node* names = entry != nullptr ? entry->find("forward_headers") : nullptr) {
    for (const auto& each : names->items) options.forward_headers.push_back(each.text);
  }
  made->finish();
  made_->providers.push_back(std::move(made));
}

void ChoiceBuilder::take_providers(const Node& native, const ClientChoice& choice) {
  std::set<std::string> names;
  if (const Node* routes = native.find("routes")) collect_names(*routes, names);
  const Node* entries = native.find("providers");
  for (const auto& name : names) {
    take(name, entries != nullptr ? entries->find(name) : nullptr, choice.own_key, native.mark);
  }
}

std::string as_config(const ClientChoice& choice) {
  if (!choice.config.empty()) return std::string(choice.config);
  std::string out = "{\"provider\":";
  append_json_string(out, choice.provider);
  return out + "}";
}

Result<std::shared_ptr<const Snapshot>> ChoiceBuilder::build(const ClientChoice& choice) {
  config::PortkeyOptions options;
  options.name_targets = true;
  options.custom_host = choice.custom_host;
  options.check_host = [this](const Node& host, Diagnostics& to) { check_host(host, to); };
  options.check_key = check_key;
  const std::string_view header = choice.config.empty() ? "x-portkey-provider" : kConfigHeader;
  const auto native =
      config::portkey_from_text({std::string(header), as_config(choice)}, options, diagnostics_);
  if (native) {
    take_providers(*native, choice);
    made_->version = base_.version;
    made_->prices = base_.prices;
    made_->price_version = base_.price_version;
    made_->own_models = base_.own_models;
    made_->vendors = base_.vendors;
    made_->body_limit = base_.body_limit;
    made_->breaker = base_.breaker;
    made_->attempts = base_.attempts;
    made_->queue_max = base_.queue_max;
    made_->queue_wait = base_.queue_wait;
    made_->retry_share = base_.retry_share;
    made_->retries_a_second = base_.retries_a_second;
    made_->hold_back = base_.hold_back;
    made_->hold_back_bytes = base_.hold_back_bytes;
    made_->via = base_.via;
    made_->instance_token = base_.instance_token;
    made_->portkey_headers = true;
    if (!diagnostics_.has_errors()) {
      ConfigBuilder builder(*made_, nothing, diagnostics_);
      std::vector<std::string> without_floor;
      builder.set_surroundings(base_.version + config::to_yaml(*native) +
                               std::string(choice.provider) + std::string(choice.custom_host));
      builder.read_routes(native->find("routes"), without_floor);
      make_endpoints(*made_, store_, native->mark, diagnostics_);
    }
  }
  if (!diagnostics_.has_errors()) {
    made_->routes.front().name = header;
    return std::shared_ptr<const Snapshot>(std::move(made_));
  }
  const auto& all = diagnostics_.all();
  const auto first =
      std::ranges::find(all, config::Severity::kError, &config::Diagnostic::severity);
  return client_error(Code::k_invalid_value, first->text(), std::string(header));
}

// What all choices of one snapshot share; the lock is only taken where a choice is new to a worker.
struct Shared {
  std::vector<http::Url> hosts;
  TlsStore store;
  std::mutex lock;
};

}  // namespace

void allow_client_snapshots(Snapshot& snapshot, const ServerOptions& server,
                            const TlsStore& store) {
  auto shared = std::make_shared<Shared>();
  shared->store = store;
  auto& settings = shared->store[{"", true}];
  if (!settings) {
    if (auto made = transport::make_client_tls("", true)) settings = std::move(*made);
  }
  for (const auto& host : server.custom_hosts) {
    if (auto url = http::parse_url(host)) shared->hosts.push_back(std::move(*url));
  }
  snapshot.portkey_headers = true;
  snapshot.client_choice = [&snapshot, shared](const ClientChoice& choice) {
    const std::scoped_lock guard(shared->lock);
    return ChoiceBuilder(snapshot, shared->hosts, shared->store).build(choice);
  };
}

}  // namespace pontage::app
