// AWS Signature Version 4 in its header form, for services other than S3 ("Create a signed AWS API
// request", IAM User Guide). Pure: the time, the keys and every header come from the caller.
#pragma once

#include <chrono>
#include <span>
#include <string>
#include <string_view>

#include "http/headers.hpp"

namespace pontage::providers {

struct AwsKeys {
  std::string access_key_id;
  std::string secret_access_key;
  std::string session_token;  ///< empty: long-term keys
};

/// A request as it will stand on the wire.
struct SigV4Request {
  std::string_view method;
  std::string_view target;                    ///< path and query
  std::span<const http::HeaderView> headers;  ///< what is signed: host, x-amz-date, …
  std::string_view body_sha256;               ///< in hexadecimal
};

struct SigV4Scope {
  std::string_view region;
  std::string_view service;
};

/// `20150830T123600Z`, the value of x-amz-date.
std::string amz_date(std::chrono::system_clock::time_point time);

std::string sigv4_canonical_request(const SigV4Request& request);

/// The value of `Authorization`. `date` is the x-amz-date among the signed headers.
std::string sigv4_authorization(const SigV4Request& request, const AwsKeys& keys,
                                const SigV4Scope& scope, std::string_view date);

/// Percent-encodes everything but unreserved characters (RFC 3986 §2.3): a path segment, so a slash
/// too.
std::string percent_encode(std::string_view text);

}  // namespace pontage::providers
