// The handles of metrics.def: one constant a row, k_requests, k_overhead, …, which carries its kind
// and its number of labels in its type, so that a call with too few labels does not compile.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace pontage::metrics {

enum class Kind : std::uint8_t { kCounter, kGauge, kHistogram, kValue, kTotal };

template <Kind K, std::size_t Labels>
struct Family {
  std::size_t index;
};

struct FamilyInfo {
  Kind kind;
  std::string_view name;
  std::string_view labels;  ///< comma-separated
  double unit_divisor;
  std::span<const double> buckets;  ///< upper bounds, ascending; the last bucket (+Inf) is implied
  std::string_view help;
};

/// No more buckets than this, so that a histogram's cells have a fixed size.
inline constexpr std::size_t kMaxBuckets = 16;

// The bounds that OpenTelemetry's GenAI conventions ask for.
inline constexpr auto kTokenBuckets = std::to_array<double>(
    {1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864});
inline constexpr auto kDurationBuckets = std::to_array<double>(
    {0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92});
inline constexpr auto kFirstTokenBuckets = std::to_array<double>(
    {0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0});
inline constexpr auto kPerTokenBuckets = std::to_array<double>(
    {0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0, 2.5});
// The gateway's own share: the promise is made in microseconds.
inline constexpr auto kOverheadBuckets =
    std::to_array<double>({0.000025, 0.00005, 0.0001, 0.00015, 0.0002, 0.0003, 0.0005, 0.001, 0.002,
                           0.005, 0.01, 0.05, 0.1, 0.5, 1.0});

constexpr std::size_t label_count(std::string_view labels) {
  if (labels.empty()) return 0;
  std::size_t count = 1;
  for (const char c : labels) count += c == ',' ? 1 : 0;
  return count;
}

namespace detail {
enum Row : std::size_t {
#define PONTAGE_COUNTER(id, name, labels, unit_divisor, help) id,
#define PONTAGE_GAUGE(id, name, labels, help) id,
#define PONTAGE_HISTOGRAM(id, name, labels, buckets, help) id,
#define PONTAGE_VALUE(id, name, labels, help) id,
#define PONTAGE_TOTAL(id, name, labels, help) id,
#include "metrics/metrics.def"
#undef PONTAGE_COUNTER
#undef PONTAGE_GAUGE
#undef PONTAGE_HISTOGRAM
#undef PONTAGE_VALUE
#undef PONTAGE_TOTAL
  row_count
};
}  // namespace detail

inline constexpr std::size_t kFamilyCount = detail::row_count;

#define PONTAGE_HANDLE(kind, id, labels) \
  inline constexpr Family<Kind::kind, label_count(labels)> k_##id{detail::Row::id};
#define PONTAGE_COUNTER(id, name, labels, unit_divisor, help) PONTAGE_HANDLE(kCounter, id, labels)
#define PONTAGE_GAUGE(id, name, labels, help) PONTAGE_HANDLE(kGauge, id, labels)
#define PONTAGE_HISTOGRAM(id, name, labels, buckets, help) \
  PONTAGE_HANDLE(kHistogram, id, labels)                   \
  static_assert((buckets).size() <= kMaxBuckets);
#define PONTAGE_VALUE(id, name, labels, help) PONTAGE_HANDLE(kValue, id, labels)
#define PONTAGE_TOTAL(id, name, labels, help) PONTAGE_HANDLE(kTotal, id, labels)
#include "metrics/metrics.def"
#undef PONTAGE_HANDLE
#undef PONTAGE_COUNTER
#undef PONTAGE_GAUGE
#undef PONTAGE_HISTOGRAM
#undef PONTAGE_VALUE
#undef PONTAGE_TOTAL

const std::array<FamilyInfo, kFamilyCount>& families();

}  // namespace pontage::metrics
