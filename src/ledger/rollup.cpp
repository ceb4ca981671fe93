#include "ledger/rollup.hpp"

#include <algorithm>
#include <array>

namespace pontage::ledger {
namespace {

constexpr std::array<std::string_view, 8> kDimensions = {"all", "model",   "provider", "user",
                                                         "key", "outcome", "route",    "tier"};

void add(Rollups& into, std::int64_t hour, std::string_view dimension, std::string_view value,
         const Sums& sums) {
  into[RollupKey{Span::kHour, std::string(dimension), hour, std::string(value)}] += sums;
}

}  // namespace

Sums& Sums::operator+=(const Sums& other) {
  requests += other.requests;
  failed += other.failed;
  rerouted += other.rerouted;
  input += other.input;
  cached += other.cached;
  output += other.output;
  cost += other.cost;
  estimated += other.estimated;
  unpriced += other.unpriced;
  return *this;
}

Sums sums_of(const Record& record) {
  Sums sums;
  sums.requests = 1;
  const auto& how = record.outcome;
  sums.failed = how != "ok" && how != "client_closed" && how != "cache" && how != "floor" ? 1 : 0;
  const bool other = std::ranges::any_of(record.attempts, [&](const RecordAttempt& attempt) {
    return attempt.provider != record.attempts.front().provider ||
           attempt.model != record.attempts.front().model;
  });
  sums.rerouted = other ? 1 : 0;
  sums.input = record.input_tokens();
  sums.output = record.output_tokens();
  for (const auto& line : record.lines)
    if (line.token_class == TokenClass::kCacheRead) sums.cached += line.tokens;
  sums.cost = record.cost;
  sums.estimated = record.estimated ? 1 : 0;
  sums.unpriced = record.unpriced ? 1 : 0;
  return sums;
}

void roll_up(Rollups& hours, const Record& record) {
  const auto ms = record.id_ms();
  const auto hour = ms - ms % kHourMs;
  const Sums sums = sums_of(record);
  add(hours, hour, "all", "", sums);
  add(hours, hour, "model", model_label(record), sums);
  add(hours, hour, "provider", record.provider, sums);
  add(hours, hour, "user", record.user, sums);
  add(hours, hour, "key", record.key, sums);
  add(hours, hour, "route", record.route, sums);
  add(hours, hour, "outcome", record.outcome, sums);
  add(hours, hour, "tier", record.tier, sums);
  for (std::size_t i = 0; i < record.tags.size(); ++i)
    add(hours, hour, "tag:" + std::string(record.tags[i].first), record.tags[i].second, sums);
}

Rollups days_of(const Rollups& hours) {
  Rollups days;
  for (const auto& [key, sums] : hours)
    days[RollupKey{Span::kDay, key.dimension, key.start_ms - key.start_ms % kDayMs, key.value}] +=
        sums;
  return days;
}

bool is_dimension(std::string_view name) {
  return std::ranges::find(kDimensions, name) != kDimensions.end() ||
         (name.starts_with("tag:") && name.size() > 4);
}

std::string model_label(const Record& record) {
  if (record.provider.empty()) return std::string(record.model);
  return std::string(record.provider) + '/' + std::string(record.model);
}

}  // namespace pontage::ledger
