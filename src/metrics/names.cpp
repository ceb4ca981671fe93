#include "metrics/names.hpp"

namespace pontage::metrics {

const std::array<FamilyInfo, kFamilyCount>& families() {
  static constexpr std::array<FamilyInfo, kFamilyCount> kFamilies = {{
#define PONTAGE_COUNTER(id, name, labels, unit_divisor, help) \
  {Kind::kCounter, name, labels, unit_divisor, {}, help},
#define PONTAGE_GAUGE(id, name, labels, help) {Kind::kGauge, name, labels, 1, {}, help},
#define PONTAGE_HISTOGRAM(id, name, labels, buckets, help) \
  {Kind::kHistogram, name, labels, 1, buckets, help},
#define PONTAGE_VALUE(id, name, labels, help) {Kind::kValue, name, labels, 1, {}, help},
#define PONTAGE_TOTAL(id, name, labels, help) {Kind::kTotal, name, labels, 1, {}, help},
#include "metrics/metrics.def"
#undef PONTAGE_COUNTER
#undef PONTAGE_GAUGE
#undef PONTAGE_HISTOGRAM
#undef PONTAGE_VALUE
#undef PONTAGE_TOTAL
  }};
  return kFamilies;
}

}  // namespace pontage::metrics
