// Amazon Bedrock: Converse and ConverseStream, signed with Signature Version 4, or with a Bedrock
// API key as a bearer token (docs.aws.amazon.com/bedrock/latest/APIReference).
#include <array>
#include <vector>

#include "core/crypto.hpp"
#include "core/strings.hpp"
#include "http/headers.hpp"
#include "providers/aws_credentials.hpp"
#include "providers/provider.hpp"

namespace pontage::providers {
namespace {

constexpr std::array kEndpoints = {
    Endpoint{dialects::Dialect::kBedrockConverse, "/model/"},
};

void append_bearer(std::string& head, std::string_view key) {
  if (!key.empty()) http::append_header(head, "Authorization", "Bearer " + std::string(key));
}

void append_path(std::string& head, const RequestLine& line) {
  head.append(line.endpoint.path).append(percent_encode(line.model));
  head.append(line.stream ? "/converse-stream" : "/converse");
}

// "You must include the host header, and any x-amz-* headers in the request"; content-type too
// where there is one.
std::vector<http::HeaderView> signed_headers(std::string_view head) {
  std::vector<http::HeaderView> out;
  for (auto line : split(head, '\n')) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    const auto name = line.substr(0, colon);
    const bool wanted = iequals(name, "host") || iequals(name, "content-type") ||
                        to_lower(name.substr(0, 6)) == "x-amz-";
    if (wanted) out.push_back({name, trim(line.substr(colon + 1))});
  }
  return out;
}

void append_signature(std::string& head, const RequestLine& line,
                      std::span<const std::string_view> body, WallTime now) {
  if (!line.provider.credentials) return;
  const auto held = line.provider.credentials->current(now);
  if (!held) return;
  const std::string date = amz_date(now);
  http::append_header(head, "X-Amz-Date", date);
  if (!held->aws.session_token.empty())
    http::append_header(head, "X-Amz-Security-Token", held->aws.session_token);
  const std::string_view first = std::string_view(head).substr(0, head.find('\r'));
  const auto words = split(first, ' ');
  const auto headers = signed_headers(std::string_view(head).substr(first.size()));
  const std::string digest = to_hex(as_bytes(sha256(body)));
  const SigV4Request request{words.at(0), words.at(1), headers, digest};
  const auto authorization =
      sigv4_authorization(request, held->aws, {line.provider.options.region, "bedrock"}, date);
  http::append_header(head, "Authorization", authorization);
}

void take_keys(Provider& provider, AwsFound found) {
  if (!found.problem.empty()) {
    provider.not_configured = std::move(found.problem);
    return;
  }
  provider.credentials = std::make_shared<CredentialSlot>();
  if (found.keys) {
    provider.credentials->set({std::move(*found.keys), {}, WallTime::max()});
  } else {
    provider.source = std::move(found.source);
    provider.account = provider.options.credentials + "|" + provider.options.token_url;
  }
}

void prepare(Provider& provider, const Setup& setup) {
  ProviderOptions& options = provider.options;
  AwsWanted wanted;
  wanted.keys = {options.aws_access_key_id, options.aws_secret_access_key,
                 options.aws_session_token};
  wanted.profile = options.profile;
  wanted.from = options.credentials;
  wanted.token_url = options.token_url;
  wanted.may_ask_instance = setup.written;
  auto found = find_aws_credentials(wanted, setup.environment);
  if (options.region.empty()) options.region = found.region;
  if (options.base_url.empty() && !options.region.empty())
    options.base_url = "https://bedrock-runtime." + options.region + ".amazonaws.com";
  if (options.region.empty()) {
    if (options.base_url.empty()) options.base_url = kNoAddress;
    provider.not_configured = "neither region nor AWS_REGION is set";
  } else if (!options.unset_secret.empty()) {
    provider.not_configured = options.unset_secret + " is not set";
  } else if (options.api_key.empty()) {
    take_keys(provider, std::move(found));
  }
}

}  // namespace

const Family& bedrock_family() {
  static constexpr Family kFamily = {.kind = "bedrock",
                                     .endpoints = kEndpoints,
                                     .base_path = "",
                                     .needs_key = true,
                                     .append_auth = append_bearer,
                                     .append_path = append_path,
                                     .append_signature = append_signature,
                                     .prepare = prepare};
  return kFamily;
}

}  // namespace pontage::providers
