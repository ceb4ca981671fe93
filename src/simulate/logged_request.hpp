// One request as the simulated provider saw it, and what became of the answer.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pontage::simulate {

struct LoggedRequest {
  std::uint64_t sequence = 0;       ///< 1, 2, 3 … over the life of the simulator
  std::uint64_t connection = 0;     ///< 1, 2, 3 … in the order of accept
  std::uint32_t on_connection = 0;  ///< 1: the first request of its connection
  std::int64_t steady_us = 0;       ///< std::chrono::steady_clock when the request was whole
  std::int64_t wall_us = 0;
  std::string method;
  std::string path;  ///< the target as sent, with its query
  std::vector<std::pair<std::string, std::string>>
      headers;             ///< lower-case names; credentials as `sha256:` + 16 digits
  std::string credential;  ///< `bearer`, `x-api-key`, `both`, or empty
  std::string body;        ///< whole up to 1 MiB, else empty
  std::uint64_t body_size = 0;
  std::string body_sha256;  ///< only when the body is not kept
  std::string dialect;      ///< `openai.chat`, `anthropic.messages`, or empty
  std::string model;
  bool stream = false;
  std::string fault;               ///< the clause that was applied, as written; empty when healthy
  int status = 0;                  ///< of the head that was planned, 0 when there was to be none
  std::uint64_t bytes_sent = 0;    ///< on the wire, head included
  std::uint64_t events_sent = 0;   ///< SSE events
  std::uint64_t content_sent = 0;  ///< those that carry content
  std::string outcome = "open";    ///< open, complete, cut, reset, stalled, client_closed, stopped
  std::int64_t duration_us = -1;   ///< from the whole request to the end; -1 while open
  std::int64_t closed_by_client_after_ms =
      -1;  ///< when the client ended it (outcome stalled or client_closed)

  [[nodiscard]] std::string_view header(std::string_view name) const {
    for (const auto& [key, value] : headers) {
      if (key == name) return value;
    }
    return {};
  }
};

}  // namespace pontage::simulate
