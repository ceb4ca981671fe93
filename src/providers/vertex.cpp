// Vertex AI: Google's own models and Anthropic's, by publisher, below a project and a location.
// Access tokens of a service account, a user or the machine
// (cloud.google.com/vertex-ai/docs/reference/rest).
#include <array>

#include "config/limits.hpp"
#include "config/source_text.hpp"
#include "core/strings.hpp"
#include "http/headers.hpp"
#include "providers/google_credentials.hpp"
#include "providers/provider.hpp"

namespace pontage::providers {
namespace {

using dialects::Dialect;

// "anthropic_version … must be set to vertex-2023-10-16"; the model stands in the path only.
constexpr std::array kEndpoints = {
    Endpoint{Dialect::kGemini, "/publishers/google/models/"},
    Endpoint{Dialect::kAnthropicMessages, "/publishers/anthropic/models/", true,
             R"("anthropic_version":"vertex-2023-10-16")"},
};
// What is asked of a publisher's model, whole and streamed.
struct Verbs {
  Dialect dialect;
  std::string_view whole;
  std::string_view stream;
};
constexpr std::array kVerbs = {
    Verbs{Dialect::kAnthropicMessages, ":rawPredict", ":streamRawPredict"},
    Verbs{Dialect::kGemini, ":generateContent", ":streamGenerateContent?alt=sse"},
};
constexpr std::string_view kMetadataServer = "http://metadata.google.internal";

bool serves(const Endpoint& endpoint, std::string_view model) {
  return model.starts_with(endpoint.dialect == Dialect::kGemini ? "gemini" : "claude");
}

// A client's own access token; ours is fetched.
void append_key(std::string& head, std::string_view key) {
  if (!key.empty()) http::append_header(head, "Authorization", "Bearer " + std::string(key));
}

void append_path(std::string& head, const RequestLine& line) {
  const CloudOptions& options = line.provider.options;
  head.append("/projects/").append(percent_encode(options.project));
  head.append("/locations/").append(percent_encode(options.location));
  head.append(line.endpoint.path);
  // A model's version is written claude-x@20240229.
  for (const auto part : split(line.model, '@')) {
    if (part.data() != line.model.data()) head.push_back('@');
    head.append(percent_encode(part));
  }
  for (const auto& verbs : kVerbs) {
    if (verbs.dialect == line.endpoint.dialect)
      head.append(line.stream ? verbs.stream : verbs.whole);
  }
}

void append_token(std::string& head, const RequestLine& line, std::span<const std::string_view>,
                  WallTime now) {
  if (!line.provider.credentials) return;
  if (const auto token = line.provider.credentials->current(now))
    http::append_header(head, "Authorization", "Bearer " + token->bearer);
}

std::string variable(const Setup& setup, std::string_view name) {
  return setup.environment(name).value_or(std::string());
}

// Where gcloud keeps the credentials of its user.
std::string well_known_file(const Setup& setup) {
  const auto home = variable(setup, "HOME");
  return home.empty() ? home : home + "/.config/gcloud/application_default_credentials.json";
}

// False: the file is not there, which is an answer only for the well-known one.
bool from_file(Provider& provider, const std::string& path, bool must_be) {
  ProviderOptions& options = provider.options;
  std::string problem;
  const auto bytes = config::read_bytes(path, config::kSecretBytes, problem);
  if (!bytes) {
    if (must_be) provider.not_configured = "cannot read " + path + ": " + problem;
    return must_be;
  }
  auto account = read_google_account(*bytes);
  if (!account) {
    provider.not_configured = path + ": " + account.error();
    return true;
  }
  if (!options.token_url.empty()) account->token_uri = options.token_url;
  if (!may_carry_secrets(account->token_uri)) {
    provider.not_configured = "the token endpoint must be https: a secret is sent there";
    return true;
  }
  if (options.project.empty()) options.project = account->project;
  provider.account = account->token_uri + "|" + account->client_email + account->client_id + "|" +
                     account->private_key_id;
  provider.source = google_account_source(std::move(*account));
  return true;
}

void from_metadata(Provider& provider, const Setup& setup) {
  std::string base = provider.options.token_url;
  if (const auto host = variable(setup, "GCE_METADATA_HOST"); base.empty() && !host.empty())
    base = "http://" + host;
  if (base.empty()) base = kMetadataServer;
  while (base.ends_with('/')) base.pop_back();
  provider.account = base;
  provider.source = google_metadata_source(base);
}

void find_account(Provider& provider, const Setup& setup) {
  constexpr std::string_view kFile = "file:";
  const std::string& written = provider.options.credentials;
  if (written == "metadata") return from_metadata(provider, setup);
  if (written.starts_with(kFile)) {
    from_file(provider, written.substr(kFile.size()), true);
    return;
  }
  if (!written.empty()) {
    provider.not_configured = "credentials is file:PATH or metadata";
    return;
  }
  if (const auto path = variable(setup, "GOOGLE_APPLICATION_CREDENTIALS"); !path.empty()) {
    from_file(provider, path, true);
    return;
  }
  if (!setup.written) {  // nobody has asked for it: nothing is looked for, let alone fetched
    provider.not_configured = "GOOGLE_APPLICATION_CREDENTIALS is not set";
    return;
  }
  const auto known = well_known_file(setup);
  if (known.empty() || !from_file(provider, known, false)) from_metadata(provider, setup);
}

void prepare(Provider& provider, const Setup& setup) {
  ProviderOptions& options = provider.options;
  options.api_key.clear();  // the catalogue's variable names a file
  if (options.project.empty()) options.project = variable(setup, "GOOGLE_CLOUD_PROJECT");
  if (options.location.empty()) options.location = variable(setup, "GOOGLE_CLOUD_LOCATION");
  if (options.location.empty()) options.location = "global";
  if (options.base_url.empty()) {
    const std::string& at = options.location;
    options.base_url = "https://" + (at == "global" ? "" : at + "-") + "aiplatform.googleapis.com";
  }
  if (!provider.passthrough) find_account(provider, setup);
  if (provider.not_configured.empty() && options.project.empty())
    provider.not_configured = "neither project nor GOOGLE_CLOUD_PROJECT is set";
  if (provider.not_configured.empty() && provider.source)
    provider.credentials = std::make_shared<CredentialSlot>();
}

}  // namespace

const Family& vertex_family() {
  static constexpr Family kFamily = {.kind = "vertex",
                                     .endpoints = kEndpoints,
                                     .base_path = "/v1",
                                     .needs_key = true,
                                     .append_auth = append_key,
                                     .append_path = append_path,
                                     .append_signature = append_token,
                                     .prepare = prepare,
                                     .serves = serves};
  return kFamily;
}

}  // namespace pontage::providers
