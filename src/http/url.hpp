// Addresses of providers, as they stand in a configuration: http and https only, no user info, base
// paths kept. Pure.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace pontage::http {

struct Url {
  std::string scheme;      ///< "http" or "https"
  std::string host;        ///< lower case; an IPv6 address without its brackets
  std::uint16_t port = 0;  ///< the scheme's default when none was written
  std::string path;        ///< starts with a slash and does not end in one; empty for the root
  bool tls = false;
  bool is_ipv6 = false;
};

/// The error is one sentence for the person who wrote the address.
std::expected<Url, std::string> parse_url(std::string_view text);

/// What stands in `Host`: brackets for IPv6, the port unless it is the scheme's own.
std::string host_header(const Url& url);

std::string percent_decode(std::string_view text);  ///< a `%` that starts no pair stands for itself

}  // namespace pontage::http
