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
              "The family: openai (any compatible server), anthropic, azure, bedrock, vertex, "
              "simulated.")
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
        .integer("default_max_tokens", &ProviderOptions::default_max_tokens, 1, 10'000'000,
                 "Sent where the provider's dialect requires a limit and the request has none.")
        .boolean("drop_unsupported", &ProviderOptions::drop_unsupported,
                 "Leave out fields that its dialect cannot express, with a warning header, instead "
                 "of refusing them.")
        .texts("endpoints", &ProviderOptions::endpoints,
               "What it speaks, where that is not the family's usual: openai.chat, "
               "openai.responses, openai.embeddings, openai.completions. A client of another "
               "dialect is translated into the first.");
    add_cloud_fields(made);
    made.not_live("keys", "several keys per provider come with a later version; use api_key");
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
              const config::Mark& mark, const config::Environment& environment,
              Diagnostics& diagnostics) {
  if (vendor == nullptr) {
    if (!options.kind.empty()) return true;
    std::vector<std::string> known;
    for (const auto& row : vendors()) known.push_back(row.id);
    diagnostics.error(
        mark, "\"" + name + "\" is no known provider" + config::did_you_mean(name, known) +
                  "; a provider of your own needs an entry under providers with kind and base_url");
    return false;
  }
  if (options.kind.empty()) options.kind = vendor->kind;
  if (options.base_url.empty() && !vendor->address_variable.empty()) {
    if (auto address = environment(vendor->address_variable); address && !address->empty()) {
      options.base_url = as_address(*address);
    }
  }
  if (options.base_url.empty()) options.base_url = vendor->base_url;
  if (!options.key_written && !vendor->key_variable.empty()) {
    options.key_variable = vendor->key_variable;
    if (auto key = environment(vendor->key_variable)) options.api_key = *key;
  }
  return true;
}

constexpr std::string_view kVersionHeader = "anthropic-version";

// An Anthropic request without a version is refused: a configured one goes first (it stands in the
// head's prefix), then the client's, then the one that this code was written for.
void append_version(std::string& out, const Provider& provider,
                    std::span<const http::HeaderView> client) {
  for (const auto& [key, value] : provider.extra_headers) {
    if (iequals(key, kVersionHeader)) return;
  }
  const auto theirs = http::find(client, kVersionHeader);
  http::append_header(out, kVersionHeader, theirs.empty() ? "2023-06-01" : theirs);
}

std::string listed(const std::vector<std::string>& names) {
  std::string out;
  for (const auto& name : names) out.append(out.empty() ? "" : ", ").append(name);
  return out;
}

// Names the dialects in the order written; the family's usual ones where nothing is.
bool find_endpoints(Provider& provider, const config::Mark& mark, Diagnostics& diagnostics) {
  std::vector<std::string> known;
  for (const auto& endpoint : provider.family->endpoints) {
    known.emplace_back(dialects::dialect_name(endpoint.dialect));
    if (provider.options.endpoints.empty() && endpoint.everywhere)
      provider.endpoints.push_back(&endpoint);
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
  return true;
}

// `forward_headers`: what its author names, short of what must never pass.
bool is_forwarded(const Provider& provider, std::string_view name) {
  const auto& named = provider.options.forward_headers;
  return std::ranges::any_of(named, [&](const auto& each) { return iequals(each, name); }) &&
         http::may_be_forwarded(name);
}

std::string missing_key(const Provider& provider, const Vendor* vendor) {
  const ProviderOptions& options = provider.options;
  if (!options.api_key.empty()) return {};
  if (options.key_written) {
    return options.key_variable.empty() ? "api_key is empty" : options.key_variable + " is not set";
  }
  const bool needs = vendor != nullptr ? !vendor->key_variable.empty() : false;
  return needs ? options.key_variable + " is not set" : std::string();
}

}  // namespace

const config::StructDoc& provider_doc() {
  return table().doc();
}

std::unique_ptr<Provider> make_provider(const std::string& name, const Node* entry,
                                        const config::Mark& mark,
                                        const config::Environment& environment,
                                        Diagnostics& diagnostics) {
  auto provider = std::make_unique<Provider>();
  provider->name = name;
  ProviderOptions& options = provider->options;
  if (entry != nullptr) table().parse(*entry, options, diagnostics);
  const Vendor* vendor = find_vendor(options.vendor.empty() ? name : options.vendor);
  if (vendor == nullptr && !options.vendor.empty()) {
    diagnostics.error(entry->find("vendor")->mark, "the catalogue has no \"" + options.vendor +
                                                       "\"; `vendor` names a row of it");
    return nullptr;
  }
  if (!complete(options, name, vendor, mark, environment, diagnostics)) return nullptr;
  provider->family = find_family(options.kind);
  if (provider->family == nullptr) {
    diagnostics.error(mark, "provider \"" + name + "\": kind \"" + options.kind + "\" is unknown" +
                                config::did_you_mean(options.kind, family_names()) +
                                "; this version has " + listed(family_names()));
    return nullptr;
  }
  if (!find_endpoints(*provider, mark, diagnostics)) return nullptr;
  provider->passthrough = options.api_key == "passthrough";
  const auto prepare = provider->family->prepare;
  if (prepare != nullptr) prepare(*provider, {environment, entry != nullptr});
  if (options.base_url.empty()) {
    if (options.kind != "simulated") {
      diagnostics.error(
          mark, "provider \"" + name + "\" needs a base_url, such as http://localhost:8000/v1");
      return nullptr;
    }
    provider->in_process = true;
    options.base_url = "http://127.0.0.1:1";  // the port comes when the simulator has started
  }
  auto url = http::parse_url(options.base_url);
  if (!url) {
    const Node* written = entry != nullptr ? entry->find("base_url") : nullptr;
    diagnostics.error(written != nullptr ? written->mark : mark,
                      "provider \"" + name + "\": base_url: " + url.error());
    return nullptr;
  }
  provider->url = std::move(*url);
  if (provider->url.path.empty()) provider->url.path = provider->family->base_path;
  provider->local = vendor != nullptr ? vendor->key_variable.empty() : is_loopback(provider->url);
  if (prepare == nullptr) provider->not_configured = missing_key(*provider, vendor);
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
  fixed_headers.clear();
  http::append_header(fixed_headers, "Host", http::host_header(url));
  if (!passthrough) family->append_auth(fixed_headers, options.api_key);
  http::append_header(fixed_headers, "User-Agent", "pontage");
  for (const auto& [key, value] : extra_headers) http::append_header(fixed_headers, key, value);
}

namespace {

// What of the client's head goes along, and its credential where that is how the provider is paid.
void append_client_headers(std::string& out, const Provider& provider, const RequestHead& request,
                           bool anthropic) {
  const auto whose = anthropic ? http::ProviderHeaders::kAnthropic : http::ProviderHeaders::kOpenAi;
  if (anthropic) append_version(out, provider, request.client_headers);
  if (provider.passthrough && !request.credential.empty()) {
    std::string_view key = request.credential;
    if (key.size() > 7 && iequals(key.substr(0, 7), "bearer ")) key.remove_prefix(7);
    provider.family->append_auth(out, key);
  }
  for (const auto& header : request.client_headers) {
    if (iequals(header.name, "content-type") || iequals(header.name, "user-agent") ||
        iequals(header.name, "accept") || iequals(header.name, kVersionHeader)) {
      continue;
    }
    if (http::may_go_to_provider(header.name, whose) || is_forwarded(provider, header.name))
      http::append_header(out, header.name, header.value);
  }
}

}  // namespace

void append_request_head(std::string& out, const Provider& provider, const Endpoint& endpoint,
                         const RequestHead& request, std::span<const std::string_view> body) {
  const RequestLine line{provider, endpoint, request.model, request.stream};
  out.append("POST ").append(provider.url.path);
  if (provider.family->append_path != nullptr) {
    provider.family->append_path(out, line);
  } else {
    out.append(endpoint.path);
  }
  out.append(request.below).append(" HTTP/1.1\r\n").append(provider.fixed_headers);
  out.append("Content-Type: application/json\r\n");
  append_client_headers(out, provider, request,
                        endpoint.dialect == dialects::Dialect::kAnthropicMessages);
  // Streams travel unencoded so that no event waits in a compressor.
  http::append_header(out, "Accept",
                      request.stream ? dialects::stream_media_type(endpoint.dialect)
                                     : std::string_view("application/json"));
  out.append(request.stream ? "Accept-Encoding: identity\r\n" : "Accept-Encoding: gzip\r\n");
  http::append_header(out, "Via", request.via);
  std::size_t size = 0;
  for (const auto piece : body) size += piece.size();
  out.append("Content-Length: ").append(std::to_string(size)).append("\r\n");
  if (provider.family->append_signature != nullptr)
    provider.family->append_signature(out, line, body, request.now);
  out.append("\r\n");
}

void append_plain_head(std::string& out, const Provider& provider, std::string_view method,
                       std::string_view target, const RequestHead& request,
                       std::optional<std::uint64_t> length, bool chunked) {
  out.append(method).append(" ").append(provider.url.path).append(target).append(" HTTP/1.1\r\n");
  out.append(provider.fixed_headers);
  append_client_headers(
      out, provider, request,
      provider.endpoints.front()->dialect == dialects::Dialect::kAnthropicMessages);
  for (const auto name : {"content-type", "content-encoding", "accept", "range", "if-none-match"}) {
    const auto value = http::find(request.client_headers, name);
    if (!value.empty()) http::append_header(out, name, value);
  }
  out.append("Accept-Encoding: identity\r\n");
  http::append_header(out, "Via", request.via);
  if (chunked) out.append("Transfer-Encoding: chunked\r\n");
  if (length) out.append("Content-Length: ").append(std::to_string(*length)).append("\r\n");
  out.append("\r\n");
}

}  // namespace pontage::providers
