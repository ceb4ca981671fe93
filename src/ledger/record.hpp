// One record an exchange: what was asked, who answered, what it cost and why. Views only: into the
// exchange while it is written, into the encoded bytes when it is read. There is no field for
// prompts, answers or secrets, which is how none can get into the ledger. docs/ledger.md says how
// it is encoded.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/ids.hpp"
#include "ledger/cost.hpp"

namespace pontage::ledger {

struct RecordAttempt {
  std::string_view provider;
  std::string_view model;
  std::string_view outcome;  ///< as in pontage_attempts_total
  std::string_view error;    ///< its kind; empty: none
  int status = 0;
  bool floor = false;
  std::int64_t latency_ms = 0;
  std::int64_t ttft_ms = -1;                         ///< -1: no content came
  std::array<std::int64_t, kTokenClasses> tokens{};  ///< what it used, so far as it is known
  NanoUsd cost;
  bool unpriced = false;

  friend bool operator==(const RecordAttempt&, const RecordAttempt&) = default;
};

struct RecordLine {
  TokenClass token_class = TokenClass::kInput;
  std::int64_t tokens = 0;
  std::optional<std::int64_t> rate;  ///< nano-dollars a million tokens; none: no price
  NanoUsd amount;
  bool fallback_rate = false;

  friend bool operator==(const RecordLine&, const RecordLine&) = default;
};

struct Record {
  Ulid id;
  std::int64_t time_us = 0;  ///< first byte of the request, since 1970
  std::string_view outcome;  ///< as in pontage_requests_total; `lost`: the process died
  std::string_view error_code;
  int status = 0;
  std::string_view key;
  std::string_view user;
  std::string_view session;
  std::string_view route;
  std::string_view config_version;
  std::string_view price_version;
  std::string_view decision;
  std::string_view dialect;  ///< the client's
  std::string_view model_requested;
  std::string_view provider;  ///< who answered, or was asked last; empty: nobody
  std::string_view model;
  std::string_view response_model;
  std::string_view tier;
  std::vector<std::pair<std::string_view, std::string_view>> tags;
  std::vector<RecordAttempt> attempts;
  std::vector<RecordLine> lines;  ///< of classes with tokens
  NanoUsd cost;
  int context_tier = -1;
  bool stream = false;
  bool estimated = false;
  bool unpriced = false;
  bool fallback_rate = false;
  bool nominal = false;
  bool local = false;
  std::int64_t counted_tokens = -1;  ///< what rules saw as request.tokens; -1: not counted
  std::int64_t duration_us = 0;
  std::int64_t ttft_us = -1;
  std::int64_t overhead_us = 0;
  std::int64_t bytes_in = 0;
  std::int64_t bytes_out = 0;

  void clear();  ///< for the next one; the vectors keep their memory
  void take_cost(const Cost& from);
  /// Milliseconds since 1970 that the id holds: what hours and retention go by.
  [[nodiscard]] std::int64_t id_ms() const;
  [[nodiscard]] std::int64_t input_tokens() const;
  [[nodiscard]] std::int64_t output_tokens() const;
};

inline constexpr std::string_view kLost = "lost";
inline constexpr std::size_t kMaxTags = 16;
inline constexpr std::size_t kMaxTagBytes = 128;    ///< of a name, of a value; longer ones are cut
inline constexpr std::size_t kMaxTextBytes = 1024;  ///< of every other text

/// Longer texts than the limits are cut, more tags or attempts left out.
void append_record(std::string& out, const Record& record);
/// False: broken, or of a newer version. Views point into `bytes`. Whatever is read can be written,
/// and then reads the same.
bool read_record(std::string_view bytes, Record& out);

/// Milliseconds since 1970 of a ULID's text; -1: it is none.
std::int64_t ulid_ms(std::string_view id);
/// The smallest id of a millisecond.
std::string ulid_floor(std::int64_t ms);

}  // namespace pontage::ledger
