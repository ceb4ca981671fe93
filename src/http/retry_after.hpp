// How long a provider wants us to stay away, in the spellings that vendors use. Pure.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "core/clock.hpp"
#include "http/headers.hpp"

namespace pontage::http {

/// `retry-after-ms`, `x-ms-retry-after-ms`, then `Retry-After` in seconds (also fractional) or as
/// an HTTP date (RFC 9110 §5.6.7, IMF-fixdate). A date in the past is 0; what cannot be read counts
/// as absent. At most a year.
std::optional<Millis> parse_retry_after(std::span<const HeaderView> headers, WallTime now);

/// "1s", "6m0s", "20ms", "1h2m3.5s", "1d2h", or plain seconds: what stands in x-ratelimit-reset-*.
std::optional<Millis> parse_reset_duration(std::string_view text);

/// The time until the exhausted limit (`remaining` is 0) is free again; the longest of several.
/// `x-ratelimit-{remaining,reset}[-*]` holds a duration (OpenAI, Groq, Azure), seconds or
/// milliseconds since 1970 (OpenRouter); `anthropic-ratelimit-*-{remaining,reset}` a time (RFC
/// 3339); `anthropic-ratelimit-unified-reset` seconds since 1970, where `-status` is "rejected".
std::optional<Millis> parse_ratelimit_reset(std::span<const HeaderView> headers, WallTime now);

/// How long a refusal asks us to wait: its Retry-After, and without one, of a 429, its limits.
std::optional<Millis> parse_wait(int status, std::span<const HeaderView> headers, WallTime now);

/// "Sun, 06 Nov 1994 08:49:37 GMT".
std::optional<WallTime> parse_http_date(std::string_view text);

/// "2024-11-05T10:00:00Z", with a fraction or an offset ("+02:00") where there is one.
std::optional<WallTime> parse_rfc3339(std::string_view text);

}  // namespace pontage::http
