#include "http/url.hpp"

#include <arpa/inet.h>

#include <optional>

#include "core/strings.hpp"

namespace pontage::http {
namespace {

constexpr std::uint16_t kHttpPort = 80;
constexpr std::uint16_t kHttpsPort = 443;
constexpr std::size_t kHostLimit = 253;  // RFC 1035 §2.3.4, as text

bool is_alnum(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// A reg-name as DNS has it; `_` stands in names of container networks.
bool is_host_name(std::string_view host) {
  if (host.empty() || host.size() > kHostLimit || host.front() == '.' || host.front() == '-')
    return false;
  for (std::size_t i = 0; i < host.size(); ++i) {
    const char c = host[i];
    if (!is_alnum(c) && c != '-' && c != '.' && c != '_') return false;
    if (c == '.' && i > 0 && host[i - 1] == '.') return false;
  }
  return true;
}

bool is_ipv6_address(const std::string& host) {
  in6_addr address{};
  return inet_pton(AF_INET6, host.c_str(), &address) == 1;
}

// RFC 3986 §3.3 pchar and the slash.
bool is_path(std::string_view path) {
  constexpr std::string_view kMarks = "/-._~%!$&'()*+,;=:@";
  for (const char c : path) {
    if (!is_alnum(c) && kMarks.find(c) == std::string_view::npos) return false;
  }
  return true;
}

// "host", "host:80", "[::1]", "[::1]:80". The error is a sentence.
std::optional<std::string> read_authority(std::string_view authority, Url& url) {
  if (authority.find('@') != std::string_view::npos) {
    return "the address carries a user name or password; put the key under `api_key`";
  }
  std::string_view port;
  if (authority.starts_with('[')) {
    const std::size_t close = authority.find(']');
    if (close == std::string_view::npos) return "the IPv6 address has no closing bracket";
    url.host = to_lower(authority.substr(1, close - 1));
    url.is_ipv6 = true;
    if (!is_ipv6_address(url.host)) return "the brackets hold no IPv6 address";
    port = authority.substr(close + 1);
    if (!port.empty() && port.front() != ':') return "after the bracket only a port may stand";
  } else {
    const std::size_t colon = authority.find(':');
    url.host = to_lower(authority.substr(0, colon));
    if (colon != std::string_view::npos) port = authority.substr(colon);
    if (port.rfind(':') != 0 && !port.empty())
      return "an IPv6 address stands in brackets: http://[::1]:8080";
    if (url.host.empty()) return "the address has no host";
    if (!is_host_name(url.host)) return "the host name has a character that no host name has";
  }
  if (port.empty()) return std::nullopt;
  port.remove_prefix(1);
  const auto number = parse_int(port);
  if (!number || *number < 1 || *number > 65535) return "the port is not a number from 1 to 65535";
  url.port = static_cast<std::uint16_t>(*number);
  return std::nullopt;
}

}  // namespace

std::expected<Url, std::string> parse_url(std::string_view text) {
  Url url;
  const std::size_t colon = text.find("://");
  if (colon == std::string_view::npos) {
    return std::unexpected<std::string>("an address starts with http:// or https://");
  }
  url.scheme = to_lower(text.substr(0, colon));
  if (url.scheme != "http" && url.scheme != "https") {
    return std::unexpected<std::string>("only http:// and https:// are spoken");
  }
  url.tls = url.scheme == "https";
  url.port = url.tls ? kHttpsPort : kHttpPort;
  std::string_view rest = text.substr(colon + 3);
  if (rest.find_first_of("?#") != std::string_view::npos) {
    return std::unexpected<std::string>("a base address has no query and no fragment");
  }
  const std::size_t slash = rest.find('/');
  if (auto problem = read_authority(rest.substr(0, slash), url))
    return std::unexpected(std::move(*problem));
  std::string_view path = slash == std::string_view::npos ? std::string_view{} : rest.substr(slash);
  if (!is_path(path))
    return std::unexpected<std::string>("the path has a character that must be percent-encoded");
  while (path.ends_with('/')) path.remove_suffix(1);
  url.path = path;
  return url;
}

std::string host_header(const Url& url) {
  std::string out = url.is_ipv6 ? "[" + url.host + "]" : url.host;
  if (url.port != (url.tls ? kHttpsPort : kHttpPort)) out += ":" + std::to_string(url.port);
  return out;
}

std::string percent_decode(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 &&
        hex_digit(text[i + 2]) >= 0) {
      out.push_back(static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2])));
      i += 2;
    } else {
      out.push_back(text[i]);
    }
  }
  return out;
}

}  // namespace pontage::http
