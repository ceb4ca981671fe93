#include "providers/sigv4.hpp"

#include <algorithm>
#include <array>
#include <ctime>
#include <utility>
#include <vector>

#include "core/crypto.hpp"
#include "core/strings.hpp"
#include "http/url.hpp"

namespace pontage::providers {
namespace {

using Pair = std::pair<std::string, std::string>;

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";

bool is_unreserved(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

void append_encoded(std::string& out, std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  for (const char c : text) {
    if (is_unreserved(c)) {
      out.push_back(c);
    } else {
      out.push_back('%');
      out.push_back(kHex[static_cast<unsigned char>(c) >> 4]);
      out.push_back(kHex[static_cast<unsigned char>(c) & 15]);
    }
  }
}

// "Normalize URI paths according to RFC 3986" and then "each path segment must be URI-encoded
// twice": the path on the wire is encoded once already, so it is once more here.
void append_canonical_path(std::string& out, std::string_view path) {
  std::vector<std::string_view> kept;
  bool directory = true;  // the path ends in a slash, or in a dot segment
  for (const auto segment : split(path, '/')) {
    directory = segment.empty() || segment == "." || segment == "..";
    if (segment == ".." && !kept.empty()) kept.pop_back();
    if (!directory) kept.push_back(segment);
  }
  for (const auto segment : kept) {
    out.push_back('/');
    append_encoded(out, segment);
  }
  if (directory || kept.empty()) out.push_back('/');
}

void append_canonical_query(std::string& out, std::string_view query) {
  std::vector<Pair> pairs;
  for (const auto part : split(query, '&')) {
    if (part.empty()) continue;
    const auto equals = std::min(part.find('='), part.size());
    Pair pair;
    append_encoded(pair.first, http::percent_decode(part.substr(0, equals)));
    if (equals < part.size())
      append_encoded(pair.second, http::percent_decode(part.substr(equals + 1)));
    pairs.push_back(std::move(pair));
  }
  std::ranges::sort(pairs);
  for (const auto& [name, value] : pairs) {
    if (&name != &pairs.front().first) out.push_back('&');
    out.append(name).append("=").append(value);
  }
}

// "Trim": blanks around a value go, runs of them inside become one.
std::string trimmed(std::string_view value) {
  std::string out;
  for (const char c : value) {
    const bool blank = c == ' ' || c == '\t';
    if (!blank) {
      out.push_back(c);
    } else if (!out.empty() && out.back() != ' ') {
      out.push_back(' ');
    }
  }
  if (out.ends_with(' ')) out.pop_back();
  return out;
}

// Names in lower case and in order; the values of a repeated name joined in the order that they
// have.
std::vector<Pair> canonical_headers(std::span<const http::HeaderView> headers) {
  std::vector<Pair> pairs;
  for (const auto& header : headers) {
    const auto name = to_lower(header.name);
    const auto after = [&](const Pair& other) { return other.first > name; };
    pairs.emplace(std::ranges::find_if(pairs, after), name, trimmed(header.value));
  }
  std::vector<Pair> joined;
  for (auto& pair : pairs) {
    if (!joined.empty() && joined.back().first == pair.first) {
      joined.back().second.append(",").append(pair.second);
    } else {
      joined.push_back(std::move(pair));
    }
  }
  return joined;
}

std::string names_of(const std::vector<Pair>& headers) {
  std::string out;
  for (const auto& header : headers) {
    if (!out.empty()) out.push_back(';');
    out.append(header.first);
  }
  return out;
}

std::string canonical(const SigV4Request& request, const std::vector<Pair>& headers,
                      std::string_view names) {
  std::string out(request.method);
  const auto mark = std::min(request.target.find('?'), request.target.size());
  out.push_back('\n');
  append_canonical_path(out, request.target.substr(0, mark));
  out.push_back('\n');
  if (mark < request.target.size()) append_canonical_query(out, request.target.substr(mark + 1));
  out.push_back('\n');
  for (const auto& [name, value] : headers) out.append(name).append(":").append(value).append("\n");
  out.append("\n").append(names).append("\n").append(request.body_sha256);
  return out;
}

}  // namespace

std::string percent_encode(std::string_view text) {
  std::string out;
  append_encoded(out, text);
  return out;
}

std::string amz_date(std::chrono::system_clock::time_point time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  const std::size_t length = std::strftime(text.data(), text.size(), "%Y%m%dT%H%M%SZ", &parts);
  return {text.data(), length};
}

std::string sigv4_canonical_request(const SigV4Request& request) {
  const auto headers = canonical_headers(request.headers);
  return canonical(request, headers, names_of(headers));
}

std::string sigv4_authorization(const SigV4Request& request, const AwsKeys& keys,
                                const SigV4Scope& scope, std::string_view date) {
  const auto headers = canonical_headers(request.headers);
  const auto names = names_of(headers);
  const auto day = date.substr(0, std::min<std::size_t>(date.size(), 8));
  std::string where(day);
  where.append("/").append(scope.region).append("/").append(scope.service).append("/aws4_request");
  std::string to_sign(kAlgorithm);
  to_sign.append("\n").append(date).append("\n").append(where).append("\n");
  to_sign.append(sha256_hex(canonical(request, headers, names)));

  Sha256 key = hmac_sha256("AWS4" + keys.secret_access_key, day);
  for (const auto step : {scope.region, scope.service, std::string_view("aws4_request")})
    key = hmac_sha256(as_bytes(key), step);
  const Sha256 signature = hmac_sha256(as_bytes(key), to_sign);

  std::string out(kAlgorithm);
  out.append(" Credential=").append(keys.access_key_id).append("/").append(where);
  out.append(", SignedHeaders=").append(names);
  out.append(", Signature=").append(to_hex(as_bytes(signature)));
  return out;
}

}  // namespace pontage::providers
