// The heads of requests to providers: what every request has, what the client may send along, and
// what is only known when the body is.
#include <algorithm>

#include "core/strings.hpp"
#include "http/header_rules.hpp"
#include "providers/provider.hpp"

namespace pontage::providers {
namespace {

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

// `forward_headers`: what its author names, short of what must never pass.
bool is_forwarded(const Provider& provider, std::string_view name) {
  const auto& named = provider.options.forward_headers;
  return std::ranges::any_of(named, [&](const auto& each) { return iequals(each, name); }) &&
         http::may_be_forwarded(name);
}

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

const std::string& fixed_headers(const Provider& provider, const RequestHead& request) {
  const bool one_of_many = request.key != nullptr && request.key->held();
  return one_of_many ? provider.keys.keys[request.key->index()].fixed_headers
                     : provider.fixed_headers;
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
  out.append(request.below);
  if (!request.query.empty() && provider.family->append_path == nullptr)
    out.append("?").append(request.query);
  out.append(" HTTP/1.1\r\n").append(fixed_headers(provider, request));
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

std::string plain_path(const Provider& provider, std::string_view below, std::string_view model) {
  if (provider.family->plain_path != nullptr)
    return provider.family->plain_path(provider, below, model);
  return provider.family->append_path == nullptr ? std::string(below) : std::string();
}

void append_check_head(std::string& out, const Provider& provider, std::string_view via) {
  out.append("GET ").append(provider.options.check.path).append(" HTTP/1.1\r\n");
  out.append(provider.fixed_headers);
  if (provider.endpoints.front()->dialect == dialects::Dialect::kAnthropicMessages)
    append_version(out, provider, {});
  out.append("Accept: application/json\r\nAccept-Encoding: identity\r\n");
  http::append_header(out, "Via", via);
  out.append("\r\n");
}

void append_plain_head(std::string& out, const Provider& provider, std::string_view method,
                       std::string_view target, const RequestHead& request, const PlainBody& body) {
  out.append(method).append(" ").append(provider.url.path).append(target).append(" HTTP/1.1\r\n");
  out.append(provider.fixed_headers);
  append_client_headers(
      out, provider, request,
      provider.endpoints.front()->dialect == dialects::Dialect::kAnthropicMessages);
  for (const auto name : {"content-type", "content-encoding", "accept", "range", "if-none-match"}) {
    const auto value = http::find(request.client_headers, name);
    if (body.plain && name == std::string_view("content-encoding")) continue;
    if (!value.empty()) http::append_header(out, name, value);
  }
  out.append("Accept-Encoding: identity\r\n");
  http::append_header(out, "Via", request.via);
  if (body.chunked) out.append("Transfer-Encoding: chunked\r\n");
  if (body.length)
    out.append("Content-Length: ").append(std::to_string(*body.length)).append("\r\n");
  if (provider.family->append_signature != nullptr) {
    const RequestLine line{provider, *provider.endpoints.front(), request.model};
    provider.family->append_signature(out, line, {}, request.now);
  }
  out.append("\r\n");
}

}  // namespace pontage::providers
