// Sums by hour and by day along single dimensions: everything, model, provider, user, key, route,
// outcome, tier, and each tag. Reports read these, never the records.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <tuple>

#include "ledger/record.hpp"

namespace pontage::ledger {

inline constexpr std::int64_t kHourMs = 3'600'000;
inline constexpr std::int64_t kDayMs = 24 * kHourMs;

struct Sums {
  std::int64_t requests = 0;
  std::int64_t failed = 0;    ///< neither answered nor left by the client
  std::int64_t rerouted = 0;  ///< more than one target was tried
  std::int64_t input = 0;     ///< tokens, cached ones included
  std::int64_t cached = 0;
  std::int64_t output = 0;
  NanoUsd cost;
  std::int64_t estimated = 0;  ///< requests whose tokens are a guess
  std::int64_t unpriced = 0;   ///< requests whose cost is not known

  Sums& operator+=(const Sums& other);
  friend bool operator==(const Sums&, const Sums&) = default;
};

Sums sums_of(const Record& record);

enum class Span : std::uint8_t { kHour = 0, kDay = 1 };
struct RollupKey {
  Span span;
  std::string dimension;  ///< `all`, `model`, …, `tag:team`
  std::int64_t start_ms;  ///< of the hour, or of the day (UTC)
  std::string value;
  friend auto operator<=>(const RollupKey&, const RollupKey&) = default;
};
using Rollups = std::map<RollupKey, Sums>;

/// Adds the record to the sums of its hour.
void roll_up(Rollups& hours, const Record& record);
/// The days of these hours.
Rollups days_of(const Rollups& hours);

/// `model`, `provider`, `user`, `key`, `route`, `outcome`, `tier`, `all`, `tag:NAME`.
bool is_dimension(std::string_view name);
/// "openai/gpt-4o"; empty: nobody was asked.
std::string model_label(const Record& record);

}  // namespace pontage::ledger
