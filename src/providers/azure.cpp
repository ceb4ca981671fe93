// Azure OpenAI: OpenAI's dialects below a deployment's path with a dated version, or in the newer
// form below /openai/v1. A key of the resource, or tokens of an Entra application
// (learn.microsoft.com/azure/ai-services/openai/reference).
#include <array>

#include "core/strings.hpp"
#include "http/headers.hpp"
#include "providers/provider.hpp"

namespace pontage::providers {
namespace {

using dialects::Dialect;

constexpr std::array kEndpoints = {
    Endpoint{Dialect::kOpenAiChat, "/chat/completions"},
    Endpoint{Dialect::kOpenAiEmbeddings, "/embeddings"},
    Endpoint{Dialect::kOpenAiCompletions, "/completions"},
};
constexpr std::string_view kVersion = "2024-10-21";
constexpr std::string_view kAuthority = "https://login.microsoftonline.com";
constexpr std::string_view kScope = "https://cognitiveservices.azure.com/.default";

void append_key(std::string& head, std::string_view key) {
  if (!key.empty()) http::append_header(head, "api-key", key);
}

void append_path(std::string& head, const RequestLine& line) {
  const std::string& version = line.provider.options.api_version;
  if (version == "v1") {
    head.append("/openai/v1").append(line.endpoint.path);
    return;
  }
  head.append("/openai/deployments/").append(percent_encode(line.model));
  head.append(line.endpoint.path).append("?api-version=").append(percent_encode(version));
}

// Speech and images are made by a deployment; files, batches and the rest belong to the resource.
std::string unread_path(const Provider& provider, std::string_view below, std::string_view model) {
  const std::string& version = provider.options.api_version;
  if (version == "v1") return "/openai/v1" + std::string(below);
  std::string path = "/openai";
  if (below.starts_with("/audio/") || below.starts_with("/images/")) {
    if (model.empty()) return {};
    path.append("/deployments/").append(percent_encode(model));
  }
  path.append(below).append(below.find('?') == std::string_view::npos ? "?" : "&");
  return path.append("api-version=").append(percent_encode(version));
}

void append_token(std::string& head, const RequestLine& line, std::span<const std::string_view>,
                  WallTime now) {
  if (!line.provider.credentials) return;
  if (const auto token = line.provider.credentials->current(now))
    http::append_header(head, "Authorization", "Bearer " + token->bearer);
}

// The v2.0 token endpoint ("OAuth 2.0 client credentials flow on the Microsoft identity platform").
MakeSource entra_source(const CloudOptions& options, const std::string& authority) {
  TokenRequest request{"POST",
                       authority + "/" + percent_encode(options.tenant) + "/oauth2/v2.0/token",
                       {{"Content-Type", "application/x-www-form-urlencoded"}},
                       form_body({{"client_id", options.client_id},
                                  {"client_secret", options.client_secret},
                                  {"grant_type", "client_credentials"},
                                  {"scope", kScope}})};
  return single_request_source(
      [request = std::move(request)](WallTime) -> CredentialSource::Step { return request; },
      read_oauth_answer);
}

void fill(std::string& value, const Setup& setup, std::string_view variable) {
  if (value.empty()) value = setup.environment(variable).value_or(std::string());
}

void prepare_tokens(Provider& provider, const Setup& setup) {
  ProviderOptions& options = provider.options;
  fill(options.tenant, setup, "AZURE_TENANT_ID");
  fill(options.client_id, setup, "AZURE_CLIENT_ID");
  fill(options.client_secret, setup, "AZURE_CLIENT_SECRET");
  if (options.tenant.empty() || options.client_id.empty() || options.client_secret.empty()) {
    provider.not_configured =
        options.key_variable.empty()
            ? "neither api_key nor tenant, client_id and client_secret are set"
            : options.key_variable + " is not set";
    return;
  }
  std::string authority = options.token_url;
  if (authority.empty()) fill(authority, setup, "AZURE_AUTHORITY_HOST");
  if (authority.empty()) authority = kAuthority;
  while (authority.ends_with('/')) authority.pop_back();
  if (!may_carry_secrets(authority)) {
    provider.not_configured = "token_url must be https: a secret is sent there";
    return;
  }
  provider.source = entra_source(options, authority);
  provider.credentials = std::make_shared<CredentialSlot>();
  provider.account = authority + "/" + options.tenant + "/" + options.client_id;
}

void prepare(Provider& provider, const Setup& setup) {
  ProviderOptions& options = provider.options;
  if (options.base_url.empty() && !options.resource.empty())
    options.base_url = "https://" + options.resource + ".openai.azure.com";
  // The address as Azure's portal shows it for the newer form.
  for (const std::string_view end : {"/openai/v1/", "/openai/v1"}) {
    if (!options.base_url.ends_with(end)) continue;
    options.base_url.resize(options.base_url.size() - end.size());
    if (options.api_version.empty()) options.api_version = "v1";
  }
  fill(options.api_version, setup, "OPENAI_API_VERSION");
  if (options.api_version.empty()) options.api_version = kVersion;
  if (options.base_url.empty()) {
    options.base_url = kNoAddress;
    provider.not_configured = "neither resource, base_url nor AZURE_OPENAI_ENDPOINT is set";
  } else if (!options.unset_secret.empty()) {
    provider.not_configured = options.unset_secret + " is not set";
  } else if (options.api_key.empty()) {
    prepare_tokens(provider, setup);
  }
}

}  // namespace

const Family& azure_family() {
  static constexpr Family kFamily = {.kind = "azure",
                                     .endpoints = kEndpoints,
                                     .base_path = "",
                                     .needs_key = true,
                                     .append_auth = append_key,
                                     .append_path = append_path,
                                     .plain_path = unread_path,
                                     .append_signature = append_token,
                                     .prepare = prepare};
  return kFamily;
}

}  // namespace pontage::providers
