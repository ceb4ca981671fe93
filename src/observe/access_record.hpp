// What the access log says about one request. Only views: the writer copies them into its line.
// There is no field for headers, bodies or query strings, which is how no secret and no prompt can
// get into the log.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "core/clock.hpp"
#include "ledger/money.hpp"
#include "llm/usage.hpp"

namespace pontage::observe {

struct AttemptRecord {
  std::string_view provider;
  std::string_view model;
  std::string_view outcome;
  int status = 0;             ///< 0: there was none
  std::int64_t us = 0;        ///< to the commit point or the failure
  std::int64_t ttft_us = -1;  ///< -1: no content came
  std::string_view reason;    ///< why it failed or was left; empty: it did not
};

/// Empty texts, negative times and false flags are left out of the line.
struct AccessRecord {
  WallTime time{};  ///< first byte of the request
  std::string_view request_id;
  std::string_view client_request_id;  ///< the client's own x-request-id
  std::string_view peer;
  std::string_view method;
  std::string_view path;  ///< what follows a `?` is not logged
  int status = 0;
  std::string_view outcome;     ///< as in pontage_requests_total
  std::string_view error_code;  ///< of ours, when we answered with an error
  std::string_view route;
  std::string_view key;  ///< the client key's name, never the key
  std::string_view user;
  std::string_view model_requested;
  std::string_view provider;  ///< who answered
  std::string_view model;     ///< which model answered
  std::string_view tier;
  bool stream = false;
  std::string_view cache;  ///< hit, miss, bypass, floor
  std::string_view decision;
  std::span<const AttemptRecord> attempts;
  llm::Usage usage;
  ledger::NanoUsd cost;
  bool priced = false;    ///< a model answered and `cost` is meant, 0 included
  bool unpriced = false;  ///< a model answered and its cost is unknown
  bool estimated = false;
  bool fallback_rate = false;
  bool nominal = false;
  std::int64_t duration_us = 0;
  std::int64_t ttft_us = -1;
  std::int64_t overhead_us = -1;
  std::int64_t bytes_in = 0;
  std::int64_t bytes_out = 0;
  std::string_view config_version;
};

/// One JSON object and a line end.
void append_json_line(std::string& out, const AccessRecord& record);

}  // namespace pontage::observe
