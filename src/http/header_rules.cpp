#include "http/header_rules.hpp"

#include <array>
#include <span>

#include "core/strings.hpp"

namespace pontage::http {
namespace {

// A row that ends in `*` stands for all names that begin so.
// The client's own user agent and SDK telemetry (x-stainless-*) are not the provider's business.
constexpr std::array<std::string_view, 3> kToOpenAi = {"idempotency-key", "openai-beta",
                                                       "x-client-request-id"};
// Anthropic's betas and versions change what a body means, so they go along ("forward anthropic-*
// verbatim").
constexpr std::array<std::string_view, 2> kToAnthropic = {"anthropic-*", "idempotency-key"};

// Credentials, hop-by-hop fields (RFC 9110, section 7.6.1), what frames and encodes the body, and
// what speaks to gateways.
constexpr std::array<std::string_view, 21> kNever = {"authorization",
                                                     "x-api-key",
                                                     "x-goog-api-key",
                                                     "api-key",
                                                     "cookie",
                                                     "proxy-*",
                                                     "connection",
                                                     "keep-alive",
                                                     "te",
                                                     "trailer",
                                                     "transfer-encoding",
                                                     "upgrade",
                                                     "host",
                                                     "via",
                                                     "expect",
                                                     "content-*",
                                                     "accept",
                                                     "accept-encoding",
                                                     "x-pontage-*",
                                                     "x-portkey-*",
                                                     "user-agent"};

constexpr std::array<std::string_view, 10> kBack = {
    "content-type",          "retry-after",   "retry-after-ms", "x-ratelimit-*",
    "anthropic-ratelimit-*", "x-request-id",  "request-id",     "openai-processing-ms",
    "openai-version",        "x-should-retry"};

bool matches(std::string_view name, std::string_view row) {
  if (!row.ends_with('*')) return iequals(name, row);
  row.remove_suffix(1);
  return name.size() > row.size() && iequals(name.substr(0, row.size()), row);
}

bool listed(std::string_view name, std::span<const std::string_view> rows) {
  for (const auto row : rows) {
    if (matches(name, row)) return true;
  }
  return false;
}

}  // namespace

bool may_go_to_provider(std::string_view name, ProviderHeaders provider) {
  switch (provider) {
    case ProviderHeaders::kOpenAi:
      return listed(name, kToOpenAi);
    case ProviderHeaders::kAnthropic:
      return listed(name, kToAnthropic);
  }
  return false;
}

bool may_be_forwarded(std::string_view name) {
  return !listed(name, kNever);
}

bool may_come_back(std::string_view name) {
  return listed(name, kBack);
}

}  // namespace pontage::http
