// From cells to text: the shards are added up series by series and handed to prometheus-cpp's
// serializer. Locks are held only to copy pointers; cells are read while their workers go on
// counting.
#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <limits>
#include <sstream>

#include "core/strings.hpp"
#include "metrics/metrics.hpp"
#include "metrics/process.hpp"

namespace pontage::metrics {
namespace {

prometheus::MetricType type_of(Kind kind) {
  switch (kind) {
    case Kind::kCounter:
    case Kind::kTotal:
      return prometheus::MetricType::Counter;
    case Kind::kGauge:
    case Kind::kValue:
      return prometheus::MetricType::Gauge;
    case Kind::kHistogram:
      return prometheus::MetricType::Histogram;
  }
  return prometheus::MetricType::Untyped;
}

prometheus::ClientMetric metric_with(const FamilyInfo& info, const LabelValues& values) {
  prometheus::ClientMetric metric;
  if (info.labels.empty()) return metric;
  std::size_t i = 0;
  for (const std::string_view name : split(info.labels, ',')) {
    metric.label.push_back({std::string(name), values[i++]});
  }
  return metric;
}

void put_value(prometheus::ClientMetric& metric, Kind kind, double value) {
  if (type_of(kind) == prometheus::MetricType::Counter) {
    metric.counter.value = value;
  } else {
    metric.gauge.value = value;
  }
}

struct HistogramSum {
  std::array<std::uint64_t, kMaxBuckets + 1> counts{};
  double sum = 0;
};

void put_histogram(prometheus::ClientMetric& metric, std::span<const double> bounds,
                   const HistogramSum& total) {
  std::uint64_t cumulative = 0;
  for (std::size_t i = 0; i <= bounds.size(); ++i) {
    cumulative += total.counts[i];
    const double bound = i < bounds.size() ? bounds[i] : std::numeric_limits<double>::infinity();
    metric.histogram.bucket.push_back({cumulative, bound});
  }
  metric.histogram.sample_count = cumulative;
  metric.histogram.sample_sum = total.sum;
}

}  // namespace

class Collector final : public prometheus::Collectable {
 public:
  explicit Collector(const Registry& registry)
      : registry_(registry), shards_(registry.shards()), readings_(read_process()) {}

  [[nodiscard]] std::vector<prometheus::MetricFamily> Collect() const override {
    std::vector<prometheus::MetricFamily> result;
    result.reserve(kFamilyCount);
    for (std::size_t family = 0; family < kFamilyCount; ++family) {
      const FamilyInfo& info = families()[family];
      prometheus::MetricFamily& out = result.emplace_back();
      out.name = info.name;
      out.help = info.help;
      out.type = type_of(info.kind);
      collect(family, info, out.metric);
    }
    return result;
  }

 private:
  using Metrics = std::vector<prometheus::ClientMetric>;

  void collect(std::size_t family, const FamilyInfo& info, Metrics& out) const {
    switch (info.kind) {
      case Kind::kCounter:
        sum_cells(family, info, out, &Shard::counters_);
        return;
      case Kind::kGauge:
        sum_cells(family, info, out, &Shard::gauges_);
        return;
      case Kind::kHistogram:
        sum_histograms(family, info, out);
        return;
      case Kind::kValue:
      case Kind::kTotal:
        copy_values(family, info, out);
        return;
    }
  }

  // The cells of one family in one shard, by series; null where the shard has none.
  template <class Cell>
  static std::vector<const Cell*> cells(const Shard& shard, const Shard::Slots<Cell>& slots) {
    const std::scoped_lock lock(shard.mutex_);
    std::vector<const Cell*> result;
    result.reserve(slots.by_series.size());
    for (const auto& cell : slots.by_series) result.push_back(cell.get());
    return result;
  }

  // Labels are read after the cells, so that every cell has its labels.
  std::vector<const LabelValues*> labels(std::size_t family, const FamilyInfo& info) const {
    static const LabelValues kNone;
    auto result = registry_.labels_of(family);
    if (info.labels.empty() && result.empty()) result.push_back(&kNone);  // 0 from the start
    return result;
  }

  template <class Cell>
  void sum_cells(std::size_t family, const FamilyInfo& info, Metrics& out,
                 Shard::Table<Cell> Shard::* table) const {
    using Sum = decltype(std::declval<const Cell&>().value());
    std::vector<Sum> sums;
    for (const Shard* shard : shards_) {
      const auto part = cells(*shard, (shard->*table)[family]);
      if (part.size() > sums.size()) sums.resize(part.size());
      for (std::size_t i = 0; i < part.size(); ++i) {
        if (part[i] != nullptr) sums[i] += part[i]->value();
      }
    }
    const auto names = labels(family, info);
    sums.resize(names.size());
    for (std::size_t i = 0; i < names.size(); ++i) {
      auto& metric = out.emplace_back(metric_with(info, *names[i]));
      put_value(metric, info.kind, static_cast<double>(sums[i]) / info.unit_divisor);
    }
  }

  void sum_histograms(std::size_t family, const FamilyInfo& info, Metrics& out) const {
    std::vector<HistogramSum> sums;
    for (const Shard* shard : shards_) {
      const auto part = cells(*shard, shard->histograms_[family]);
      if (part.size() > sums.size()) sums.resize(part.size());
      for (std::size_t i = 0; i < part.size(); ++i) {
        if (part[i] == nullptr) continue;
        for (std::size_t b = 0; b <= info.buckets.size(); ++b)
          sums[i].counts[b] += part[i]->count(b);
        sums[i].sum += part[i]->sum();
      }
    }
    const auto names = labels(family, info);
    sums.resize(names.size());
    for (std::size_t i = 0; i < names.size(); ++i) {
      auto& metric = out.emplace_back(metric_with(info, *names[i]));
      put_histogram(metric, info.buckets, sums[i]);
    }
  }

  void copy_values(std::size_t family, const FamilyInfo& info, Metrics& out) const {
    for (const Reading& reading : readings_) {
      if (reading.family == family) put_value(out.emplace_back(), info.kind, reading.value);
    }
    const std::shared_lock lock(registry_.mutex_);
    for (const auto& [values, value] : registry_.values_[family]) {
      put_value(out.emplace_back(metric_with(info, values)), info.kind, value);
    }
    if (out.empty() && info.kind == Kind::kTotal && info.labels.empty()) out.emplace_back();
  }

  const Registry& registry_;
  std::vector<const Shard*> shards_;
  std::vector<Reading> readings_;
};

std::string Registry::scrape() const {
  std::ostringstream text;
  prometheus::TextSerializer{}.Serialize(text, Collector(*this).Collect());
  return std::move(text).str();
}

}  // namespace pontage::metrics
