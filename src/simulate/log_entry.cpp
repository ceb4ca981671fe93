// Log entries: what is kept of a request, what is hidden, and how the log reads as JSON.
#include <chrono>
#include <nlohmann/json.hpp>

#include "core/crypto.hpp"
#include "core/strings.hpp"
#include "simulate/service.hpp"

namespace pontage::simulate {
namespace {

constexpr std::size_t kBodyKept = 1UL << 20;
constexpr std::size_t kDigestDigits = 16;

std::string digest(std::string_view secret) {
  return "sha256:" + sha256_hex(secret).substr(0, kDigestDigits);
}

// Enough to see whether two requests carried the same credential, and nothing to steal.
void hide_credentials(LoggedRequest& entry) {
  bool bearer = false;
  bool key = false;
  for (auto& [name, value] : entry.headers) {
    if (name == "x-api-key" || name == "api-key") {
      key = true;
      value = digest(value);
    } else if (name == "authorization" || name == "proxy-authorization") {
      const std::size_t blank = value.find(' ');
      const std::string scheme = blank == std::string::npos ? "" : value.substr(0, blank);
      if (scheme == "AWS4-HMAC-SHA256") continue;  // a signature: nothing to steal, much to check
      bearer = bearer || iequals(scheme, "bearer");
      const std::string secret = blank == std::string::npos ? value : value.substr(blank + 1);
      value = (scheme.empty() ? "" : scheme + " ") + digest(secret);
    } else if (name == "cookie") {
      value = digest(value);
    }
  }
  entry.credential = bearer && key ? "both" : bearer ? "bearer" : key ? "x-api-key" : "";
}

nlohmann::json entry_json(const LoggedRequest& entry) {
  nlohmann::json headers = nlohmann::json::object();
  for (const auto& [name, value] : entry.headers) {
    // A header that came twice is shown as a list would be read.
    headers[name] =
        headers.contains(name) ? headers[name].get<std::string>() + ", " + value : value;
  }
  nlohmann::json out = {{"sequence", entry.sequence},
                        {"connection", entry.connection},
                        {"on_connection", entry.on_connection},
                        {"steady_us", entry.steady_us},
                        {"wall_us", entry.wall_us},
                        {"method", entry.method},
                        {"path", entry.path},
                        {"headers", std::move(headers)},
                        {"credential", entry.credential},
                        {"body", entry.body},
                        {"body_size", entry.body_size},
                        {"dialect", entry.dialect},
                        {"model", entry.model},
                        {"stream", entry.stream},
                        {"fault", entry.fault},
                        {"status", entry.status},
                        {"bytes_sent", entry.bytes_sent},
                        {"events_sent", entry.events_sent},
                        {"content_sent", entry.content_sent},
                        {"outcome", entry.outcome},
                        {"duration_us", entry.duration_us},
                        {"closed_by_client_after_ms", entry.closed_by_client_after_ms}};
  if (!entry.body_sha256.empty()) out["body_sha256"] = entry.body_sha256;
  return out;
}

}  // namespace

LoggedRequest make_entry(WireRequest& request) {
  LoggedRequest entry;
  entry.connection = request.connection;
  entry.on_connection = request.on_connection;
  entry.steady_us = std::chrono::duration_cast<Micros>(request.received.time_since_epoch()).count();
  entry.wall_us =
      std::chrono::duration_cast<Micros>(std::chrono::system_clock::now().time_since_epoch())
          .count();
  entry.method = std::move(request.method);
  entry.path = std::move(request.target);
  entry.headers = std::move(request.headers);
  hide_credentials(entry);
  entry.body_size = request.body.size();
  if (request.body.size() <= kBodyKept) {
    entry.body = std::move(request.body);
  } else {
    entry.body_sha256 = sha256_hex(request.body);
  }
  return entry;
}

std::string to_json(const std::vector<LoggedRequest>& requests, std::uint64_t last) {
  nlohmann::json list = nlohmann::json::array();
  for (const auto& entry : requests) list.push_back(entry_json(entry));
  const nlohmann::json body = {{"requests", std::move(list)}, {"last", last}};
  return body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace pontage::simulate
