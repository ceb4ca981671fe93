#include "simulate/head.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <ctime>

#include "core/strings.hpp"
#include "http/headers.hpp"

namespace pontage::simulate {
namespace {

constexpr std::size_t kFillerLine = 4096;

std::time_t now_seconds() {
  return std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
}

std::string format_time(std::time_t when, const char* format) {
  std::tm parts{};
  gmtime_r(&when, &parts);
  std::array<char, 64> text{};
  return {text.data(), std::strftime(text.data(), text.size(), format, &parts)};
}

std::string http_date(std::time_t when) {
  return format_time(when, "%a, %d %b %Y %H:%M:%S GMT");
}

std::string_view date_now() {
  thread_local std::time_t last = 0;
  thread_local std::string text;
  if (const std::time_t now = now_seconds(); now != last) {
    last = now;
    text = http_date(now);
  }
  return text;
}

std::string status_line(int status, const Fault& fault) {
  if (fault.bad_head == "bad_status") return "HTTP/1.1 2OO OK\r\n";
  if (fault.bad_head == "http2") return "HTTP/2 200\r\n";
  return "HTTP/1.1 " + std::to_string(status) + ' ' + std::string(http::reason_phrase(status)) +
         "\r\n";
}

void append_retry_headers(std::string& out, Dialect dialect, const Fault& fault) {
  if (!fault.retry_after.empty()) http::append_header(out, "retry-after", fault.retry_after);
  if (fault.retry_after_ms)
    http::append_header(out, "retry-after-ms", std::to_string(*fault.retry_after_ms));
  if (fault.retry_after_date)
    http::append_header(out, "retry-after", http_date(now_seconds() + *fault.retry_after_date));
  if (!fault.ratelimit_reset_ms) return;
  const std::int64_t ms = *fault.ratelimit_reset_ms;
  if (dialect == Dialect::kAnthropic) {
    http::append_header(out, "anthropic-ratelimit-requests-limit", "50");
    http::append_header(out, "anthropic-ratelimit-requests-remaining", "0");
    http::append_header(out, "anthropic-ratelimit-requests-reset",
                        format_time(now_seconds() + (ms + 999) / 1000, "%Y-%m-%dT%H:%M:%SZ"));
  } else {
    http::append_header(out, "x-ratelimit-limit-requests", "60");
    http::append_header(out, "x-ratelimit-remaining-requests", "0");
    http::append_header(out, "x-ratelimit-reset-requests", std::to_string(ms) + "ms");
  }
}

// Exactly `bytes` bytes of header lines, as far as a line's own size allows.
void append_filler(std::string& out, std::uint64_t bytes) {
  constexpr std::string_view kName = "x-filler: ";
  while (bytes > kName.size() + 2) {
    const auto line = static_cast<std::size_t>(std::min<std::uint64_t>(bytes, kFillerLine));
    out += kName;
    out.append(line - kName.size() - 2, 'a');
    out += "\r\n";
    bytes -= line;
  }
}

void append_framing(std::string& out, const HeadShape& shape, const Fault& fault) {
  const bool both = fault.bad_head == "both_lengths";
  if (shape.chunked || both) out += "transfer-encoding: chunked\r\n";
  if (shape.length || both)
    http::append_header(out, "content-length", std::to_string(shape.length.value_or(5)));
  if (fault.bad_head == "two_lengths") {
    if (!shape.length) out += "content-length: 5\r\n";
    out += "content-length: 7\r\n";
  }
}

void append_mistake(std::string& out, const Fault& fault) {
  if (fault.bad_head == "no_colon") out += "this line is no header\r\n";
  if (fault.bad_head == "obs_fold") out += "x-folded: begins here\r\n and goes on\r\n";
  if (fault.bad_head == "nul") out.append("x-nul: a\0b\r\n", 12);
}

}  // namespace

std::string make_head(const HeadShape& shape, const Fault* chosen) {
  static const Fault kHealthy;
  const Fault& fault = chosen == nullptr ? kHealthy : *chosen;
  std::string out;
  out.reserve(384);
  if (fault.interim != 0) {
    out += "HTTP/1.1 " + std::to_string(fault.interim) +
           " Early\r\nlink: </style.css>; rel=preload\r\n\r\n";
  }
  const std::size_t begin = out.size();
  out += status_line(shape.status, fault);
  http::append_header(out, "date", date_now());
  http::append_header(out, "server", shape.server);
  http::append_header(out, "content-type",
                      fault.content_type.empty() ? shape.content_type : fault.content_type);
  if (shape.event_stream) out += "cache-control: no-cache\r\n";
  const std::string id = "req_sim" + std::to_string(shape.sequence);
  const bool openai = is_openais(shape.dialect);
  const bool bedrock = shape.dialect == Dialect::kBedrock;
  http::append_header(out,
                      openai    ? "x-request-id"
                      : bedrock ? "x-amzn-requestid"
                                : "request-id",
                      id);
  if (shape.gzip) out += "content-encoding: gzip\r\n";
  append_retry_headers(out, shape.dialect, fault);
  for (const auto& [name, value] : fault.headers) http::append_header(out, name, value);
  append_filler(out, fault.huge_headers);
  append_mistake(out, fault);
  append_framing(out, shape, fault);
  if (fault.trailers && shape.chunked) out += "trailer: x-simulated-trailer, x-checksum\r\n";
  if (!shape.keep_alive) out += "connection: close\r\n";
  out += "\r\n";
  if (fault.bad_head == "bare_lf")
    out.erase(std::remove(out.begin() + static_cast<std::ptrdiff_t>(begin), out.end(), '\r'),
              out.end());
  return out;
}

}  // namespace pontage::simulate
