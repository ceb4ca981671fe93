#include "gateway/access.hpp"

#include "core/crypto.hpp"

namespace pontage::gateway {
namespace {
constexpr std::string_view kPrefix = "sha256:";

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}
}  // namespace

std::string_view client_secret(std::span<const http::HeaderView> headers,
                               std::string_view in_query) {
  const std::string_view authorization = trim(http::find(headers, "authorization"));
  constexpr std::string_view kBearer = "bearer ";
  if (authorization.size() > kBearer.size() &&
      iequals(authorization.substr(0, kBearer.size()), kBearer)) {
    return trim(authorization.substr(kBearer.size()));
  }
  for (const std::string_view name : {"x-api-key", "x-goog-api-key"}) {
    if (const auto secret = trim(http::find(headers, name)); !secret.empty()) return secret;
  }
  return in_query;
}

Result<const ClientKey*> admit(const Snapshot& snapshot, std::span<const http::HeaderView> headers,
                               std::string_view in_query) {
  if (!snapshot.auth_required) return nullptr;
  // Portkey's SDK sends the gateway's key beside the provider's.
  std::string_view secret;
  if (snapshot.portkey_headers) secret = trim(http::find(headers, "x-portkey-api-key"));
  if (secret.empty()) secret = client_secret(headers, in_query);
  if (secret.empty()) {
    return client_error(
        Code::k_invalid_api_key,
        "no API key: send your Pontage key as `Authorization: Bearer …` or `x-api-key`");
  }
  const auto digest = sha256(secret);
  const auto found = snapshot.keys.find(
      std::string_view(reinterpret_cast<const char*>(digest.data()), digest.size()));
  if (found == snapshot.keys.end()) {
    return client_error(Code::k_invalid_api_key,
                        "the API key is not known here; ask the gateway's operator for one");
  }
  return &found->second;
}

std::string hash_secret(std::string_view secret) {
  return std::string(kPrefix) + sha256_hex(secret);
}

std::string parse_secret_hash(std::string_view stored) {
  if (!stored.starts_with(kPrefix) || stored.size() != kPrefix.size() + 64) return {};
  stored.remove_prefix(kPrefix.size());
  std::string raw;
  for (std::size_t i = 0; i < stored.size(); i += 2) {
    const int high = hex_digit(stored[i]);
    const int low = hex_digit(stored[i + 1]);
    if (high < 0 || low < 0) return {};
    raw.push_back(static_cast<char>(high * 16 + low));
  }
  return raw;
}

}  // namespace pontage::gateway
