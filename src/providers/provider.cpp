#include "providers/provider.hpp"

#include <algorithm>

#include "config/load.hpp"
#include "core/strings.hpp"
#include "http/header_rules.hpp"

namespace pontage::providers {
namespace {

using config::Diagnostics;
using config::Node;

void read_key(const Node& node, ProviderOptions& out, Diagnostics& diagnostics) {
  out.key_written = true;
  out.key_variable = node.unset_variable;
  if (auto secret = config::resolve_secret(node, diagnostics)) out.api_key = std::move(*secret);
}

void read_tls(const Node& node, ProviderOptions& out, Diagnostics& diagnostics) {
  static const config::Struct<ProviderOptions> kTls = [] {
    config::Struct<ProviderOptions> table("providers.<name>.tls",
                                          "How the provider's certificate is checked.");
    table
        .text("ca", &ProviderOptions::ca_file,
              "PEM file of the authority to trust instead of the system's.")
        .boolean("verify", &ProviderOptions::tls_verify,
                 "Off accepts any certificate; for closed networks only.");
    return table;
  }();
  kTls.parse(node, out, diagnostics);
}

const config::Struct<ProviderOptions>& table() {
  static const config::Struct<ProviderOptions> kTable = [] {
    config::Struct<ProviderOptions> made(
        "providers.<name>",
        "A provider. A name of the catalogue (`openai`, `anthropic`, `ollama`, …) "
        "fills in kind, address and key variable; any other name needs `kind` and "
        "`base_url`.");
    made.text("kind", &ProviderOptions::kind,
              "The family: openai (any compatible server), anthropic, gemini, azure, bedrock, "
              "vertex, simulated.")
        .text("vendor", &ProviderOptions::vendor,
              "A name of the catalogue whose kind, address and key variable it takes over: for a "
              "second account at the same vendor.")
        .text("base_url", &ProviderOptions::base_url,
              "Address. Without a path `/v1` is added. A catalogue name honours the variable of "
              "its own SDK.")
        .custom("api_key", "secret", "the catalogue's variable",
                "The key, best as `${NAME}` or `file:PATH`; `passthrough` sends the client's own "
                "(only with "
                "`server.auth: none`).",
                read_key)
        .text_map("headers", &ProviderOptions::headers, "Headers that every request to it carries.")
        .texts(
            "forward_headers", &ProviderOptions::forward_headers,
            "Headers of the client's request that go on to it; credentials and cookies never do.")
        .texts("models", &ProviderOptions::models,
               "Its models, listed by `GET /v1/models` and found without a route.")
        .custom("tls", "map", "—", "`ca` and `verify`, see below.", read_tls)
        .integer("default_max_tokens", &ProviderOptions::default_max_tokens, 0, 10'000'000,
                 "Sent where the provider's dialect requires a limit and the request has none; 0: "
                 "the model's own limit as the catalogue has it, else 4096.")
        .boolean("drop_unsupported", &ProviderOptions::drop_unsupported,
                 "Leave out fields that its dialect cannot express, with a warning header, instead "
                 "of refusing them.")
        .texts("endpoints", &ProviderOptions::endpoints,
               "What it speaks, where that is not the family's usual: openai.chat, "
               "openai.responses, openai.embeddings, openai.completions. A client of another "
               "dialect is translated into the first.")
        .text(
            "prices_as", &ProviderOptions::prices_as,
            "Whose prices hold: a vendor of the catalogue, or `none`. Absent: the vendor's that it "
            "is named after; at an address that is not the vendor's they are flagged as borrowed.");
    add_load_fields(made);
    add_cloud_fields(made);
    made.custom("keys", "list", "—",
                "Several keys instead of `api_key`: secrets, or maps with weight and limits, see "
                "below. Those whose variable is not set are left out.",
                [](const Node& node, ProviderOptions& out, Diagnostics& diagnostics) {
                  read_keys(node, out.keys, diagnostics);
                });
    return made;
  }();
  return kTable;
}

bool is_loopback(const http::Url& url) {
  return url.host == "localhost" || url.host == "::1" || url.host.starts_with("127.");
}

// OLLAMA_HOST is often only `host:port`, and `0.0.0.0` is where it listens, not where it is
// reached.
std::string as_address(std::string text) {
  if (text.find("://") == std::string::npos) text.insert(0, "http://");
  if (const auto at = text.find("//0.0.0.0"); at != std::string::npos)
    text.replace(at + 2, 7, "127.0.0.1");
  return text;
}

// Catalogue defaults under what is written. False: the name is unknown and says too little.
bool complete(ProviderOptions& options, const std::string& name, const Vendor* vendor,
              const Vendors& vendors, const config::Mark& mark,
              const config::Environment& environment, Diagnostics& diagnostics) {
  if (vendor == nullptr) {
    if (!options.kind.empty()) return true;
    diagnostics.error(
        mark, "\"" + name + "\" is no known provider" +
                  config::did_you_mean(name, vendors.names()) +
                  "; a provider of your own needs an entry under providers with kind and base_url");
    return false;
  }
  if (options.kind.empty()) options.kind = vendor->kind;
  if (options.base_url.empty() && !vendor->address_variable.empty()) {
    if (auto address = environment(vendor->address_variable); address && !address->empty()) {
      options.base_url = as_address(*address);
    }
  }
  if (options.key_written || !options.keys.empty()) return true;
  for (const auto& variable : vendor->key_variables) {
    const auto key = environment(variable);
    if (!key || key->empty()) continue;
    options.key_variable = variable;
    options.api_key = *key;
    break;
  }
  if (options.key_variable.empty() && !vendor->key_variables.empty())
    options.key_variable = vendor->key_variables.front();  // the one to set
  return true;
}

// The vendor's own address, with the account's variables in their places.
struct VendorAddress {
  std::string text;
  std::string unset;  ///< the first variable that is missing
};
VendorAddress vendor_address(const Vendor& vendor, const config::Environment& environment) {
  Node node;
  node.kind = Node::Kind::kScalar;
  node.text = vendor.base_url;
  Diagnostics unused;
  config::expand_variables(node, environment, unused);
  return {node.text.find("://") == std::string::npos && !node.text.empty() ? "https://" + node.text
                                                                           : node.text,
          node.unset_variable};
}

// An address that nobody can reach, for a provider that is skipped.
constexpr std::string_view kNowhere = "https://not-configured.invalid";

void check_prices(Provider& provider, const Vendor* vendor, const Vendors& vendors,
                  const std::string& own_address, bool sent_elsewhere, const config::Mark& mark,
                  Diagnostics& diagnostics) {
  const ProviderOptions& options = provider.options;
  if (options.prices_as == "none") return;
  if (!options.prices_as.empty()) {
    if (const auto* as = vendors.find(options.prices_as)) {
      provider.prices_as = as->id;
    } else {
      diagnostics.error(mark, "prices_as: no vendor is called \"" + options.prices_as + '"' +
                                  config::did_you_mean(options.prices_as, vendors.names()));
    }
    return;
  }
  if (vendor == nullptr) return;
  provider.prices_as = vendor->id;
  if (!sent_elsewhere || vendor->local || options.kind == "simulated") return;
  const auto own = http::parse_url(own_address);
  if (!own || own->host == provider.url.host) return;
  provider.prices_borrowed = true;
  if (!mark.file) return;  // written nowhere: said by the flag alone
  diagnostics.warning(mark, "provider \"" + provider.name + "\" is at " + options.base_url +
                                ", not at " + own->host + ": its answers are priced as " +
                                vendor->name + "'s and flagged; say prices_as: " + vendor->id +
                                " if those prices hold there, else prices_as: none");
}

std::string listed(const std::vector<std::string>& names) {
  std::string out;
  for (const auto& name : names) out.append(out.empty() ? "" : ", ").append(name);
  return out;
}

// Names the dialects in the order written; else those of the catalogue's row that this version
// speaks; else the family's usual ones.
bool find_endpoints(Provider& provider, const Vendor* vendor, const config::Mark& mark,
                    Diagnostics& diagnostics) {
  std::vector<std::string> known;
  const bool by_row = vendor != nullptr && !vendor->endpoints.empty();
  for (const auto& endpoint : provider.family->endpoints) {
    const auto& name = known.emplace_back(dialects::dialect_name(endpoint.dialect));
    const bool spoken = by_row
                            ? std::ranges::find(vendor->endpoints, name) != vendor->endpoints.end()
                            : endpoint.everywhere;
    if (provider.options.endpoints.empty() && spoken) provider.endpoints.push_back(&endpoint);
  }
  for (const auto& name : provider.options.endpoints) {
    const auto found = std::ranges::find(known, name);
    if (found == known.end()) {
      diagnostics.error(mark, "provider \"" + provider.name + "\": kind " + provider.options.kind +
                                  " has no endpoint \"" + name + "\"" +
                                  config::did_you_mean(name, known));
      return false;
    }
    provider.endpoints.push_back(
        &provider.family->endpoints[static_cast<std::size_t>(found - known.begin())]);
  }
  if (provider.endpoints.empty()) {  // a row that has only what this version does not speak
    provider.endpoints.push_back(&provider.family->endpoints.front());
    if (provider.not_configured.empty())
      provider.not_configured = "this version does not speak " + listed(vendor->endpoints);
  }
  return true;
}

// The keys that are set make the ring; the first of them is what everything else knows as the key.
// False: they stand where keys mean nothing.
bool fill_ring(Provider& provider, const config::Mark& mark, Diagnostics& diagnostics) {
  ProviderOptions& options = provider.options;
  if (options.keys.empty()) return true;
  if (options.key_written || provider.family->append_auth == nullptr || provider.credentials) {
    diagnostics.error(
        mark, "provider \"" + provider.name + "\": " +
                  (options.key_written
                       ? "write api_key or keys, not both"
                       : "kind " + options.kind + " is paid by fetched credentials, not by keys"));
    return false;
  }
  for (const auto& key : options.keys) {
    if (key.secret.empty()) continue;
    auto& made = provider.keys.keys.emplace_back();
    made.options = key;
  }
  return true;
}

std::string missing_key(const Provider& provider, const Vendor* vendor) {
  const ProviderOptions& options = provider.options;
  if (!options.keys.empty()) {
    if (!provider.keys.empty()) return {};
    std::vector<std::string> unset;
    for (const auto& key : options.keys) {
      unset.push_back(key.unset.empty() ? "the key of " + key.name : key.unset);
    }
    return "none of " + listed(unset) + " is set";
  }
  if (!options.api_key.empty()) return {};
  if (options.key_written) {
    return options.key_variable.empty() ? "api_key is empty" : options.key_variable + " is not set";
  }
  if (vendor == nullptr || vendor->key_variables.empty() || !provider.family->needs_key) return {};
  const auto& variables = vendor->key_variables;
  if (variables.size() == 1) return variables.front() + " is not set";
  return "none of " + listed(variables) + " is set";
}

// False: the kind is unknown. A row of the catalogue may have one that this version does not serve:
// then the provider is there, and skipped.
bool find_kind(Provider& provider, bool by_catalogue, const config::Mark& mark, const Node* entry,
               Diagnostics& diagnostics) {
  const std::string& kind = provider.options.kind;
  provider.family = find_family(kind);
  if (provider.family != nullptr) return true;
  if (by_catalogue) {
    provider.family = find_family("openai");  // never spoken: what is not configured is skipped
    provider.not_configured = "this version does not serve its dialect, " + kind;
    if (entry != nullptr) {
      diagnostics.warning(
          mark, "provider \"" + provider.name + "\" is skipped: " + provider.not_configured);
    }
    return true;
  }
  diagnostics.error(mark, "provider \"" + provider.name + "\": kind \"" + kind + "\" is unknown" +
                              config::did_you_mean(kind, family_names()) + "; this version has " +
                              listed(family_names()));
  return false;
}

bool find_address(Provider& provider, bool bare_path, const config::Mark& mark,
                  Diagnostics& diagnostics) {
  ProviderOptions& options = provider.options;
  if (options.base_url.empty() && !provider.not_configured.empty()) options.base_url = kNowhere;
  if (options.base_url.empty()) {
    if (options.kind != "simulated") {
      diagnostics.error(mark, "provider \"" + provider.name +
                                  "\" needs a base_url, such as http://localhost:8000/v1");
      return false;
    }
    provider.in_process = true;
    options.base_url = "http://127.0.0.1:1";  // the port comes when the simulator has started
  }
  auto url = http::parse_url(options.base_url);
  if (!url) {
    diagnostics.error(mark, "provider \"" + provider.name + "\": base_url: " + url.error());
    return false;
  }
  provider.url = std::move(*url);
  if (provider.url.path.empty() && !bare_path) provider.url.path = provider.family->base_path;
  return true;
}

}  // namespace

const config::StructDoc& provider_doc() {
  return table().doc();
}

std::unique_ptr<Provider> make_provider(const std::string& name, const Node* entry,
                                        const config::Mark& mark,
                                        const config::Environment& environment,
                                        Diagnostics& diagnostics, const Vendors& vendors) {
  auto provider = std::make_unique<Provider>();
  provider->name = name;
  ProviderOptions& options = provider->options;
  if (entry != nullptr) table().parse(*entry, options, diagnostics);
  const Vendor* vendor = vendors.find(options.vendor.empty() ? name : options.vendor);
  if (vendor == nullptr && !options.vendor.empty()) {
    diagnostics.error(entry->find("vendor")->mark, "the catalogue has no \"" + options.vendor +
                                                       "\"; `vendor` names a row of it");
    return nullptr;
  }
  const bool own_kind = !options.kind.empty();
  if (!complete(options, name, vendor, vendors, mark, environment, diagnostics)) return nullptr;
  if (!find_kind(*provider, vendor != nullptr && !own_kind, mark, entry, diagnostics))
    return nullptr;
  if (!find_endpoints(*provider, own_kind ? nullptr : vendor, mark, diagnostics)) return nullptr;
  provider->passthrough = options.api_key == "passthrough";
  const auto prepare = provider->family->prepare;  // finds its address and credentials by itself
  const bool sent_elsewhere = !options.base_url.empty();  // by the file or the SDK's variable
  const auto own = vendor != nullptr ? vendor_address(*vendor, environment) : VendorAddress{};
  const bool at_home = options.base_url.empty() && !own.text.empty() &&
                       options.kind != "simulated" && (prepare == nullptr || own.unset.empty());
  if (at_home) options.base_url = own.unset.empty() ? own.text : std::string(kNoAddress);
  for (const auto& key : options.keys) {
    if (options.api_key.empty()) options.api_key = key.secret;
  }
  if (prepare != nullptr) prepare(*provider, {environment, entry != nullptr});
  if (!fill_ring(*provider, mark, diagnostics)) return nullptr;
  const Node* written = entry != nullptr ? entry->find("base_url") : nullptr;
  const auto& place = written != nullptr ? written->mark : mark;
  if (!find_address(*provider, at_home && vendor->bare_path, place, diagnostics)) return nullptr;
  provider->local = vendor != nullptr ? vendor->local : is_loopback(provider->url);
  if (vendor != nullptr) {
    provider->vendor = vendor->id;
    provider->takes_stream_options = !vendor->no_stream_options;
    provider->takes_json_schema = !vendor->no_json_schema;
  }
  if (provider->not_configured.empty() && at_home && !own.unset.empty())
    provider->not_configured = own.unset + " is not set";
  if (provider->not_configured.empty() && prepare == nullptr)
    provider->not_configured = missing_key(*provider, vendor);
  check_prices(*provider, vendor, vendors, own.text, sent_elsewhere, place, diagnostics);
  for (const auto& [key, value] : options.headers) provider->extra_headers.emplace_back(key, value);
  provider->finish();
  return provider;
}

const Endpoint* Provider::endpoint_for(dialects::Dialect client, std::string_view model) const {
  const Endpoint* first = nullptr;
  for (const auto* endpoint : endpoints) {
    if (family->serves != nullptr && !family->serves(*endpoint, model)) continue;
    if (endpoint->dialect == client) return endpoint;
    if (first == nullptr) first = endpoint;
  }
  return first != nullptr && can_serve(client, first->dialect) ? first : nullptr;
}

bool Provider::has_credential() const {
  return !credentials || credentials->current(std::chrono::system_clock::now()) != nullptr;
}

std::string Provider::why_skipped() const {
  if (!not_configured.empty()) return not_configured;
  return has_credential() ? std::string() : credentials->reason();
}

void Provider::finish() {
  const auto lines = [&](std::string& out, const std::string& secret) {
    out.clear();
    http::append_header(out, "Host", http::host_header(url));
    if (!passthrough) family->append_auth(out, secret);
    http::append_header(out, "User-Agent", "pontage");
    for (const auto& [header, value] : extra_headers) http::append_header(out, header, value);
  };
  lines(fixed_headers, options.api_key);
  for (auto& each : keys.keys) lines(each.fixed_headers, each.options.secret);
}

}  // namespace pontage::providers
