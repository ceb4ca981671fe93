// Series and the cells behind them: who gets a cell of its own, who shares `other`.
#include <algorithm>
#include <cstdlib>

#include "core/strings.hpp"
#include "metrics/metrics.hpp"

namespace pontage::metrics {
namespace {

template <class Values>
std::size_t hash_values(const Values& values) {
  std::size_t seed = values.size();
  for (const auto& value : values) {
    seed ^=
        std::hash<std::string_view>{}(value) + 0x9E3779B97F4A7C15ULL + (seed << 6) + (seed >> 2);
  }
  return seed;
}

bool storable(std::span<const std::string_view> values) {
  return std::ranges::all_of(values, [](std::string_view value) {
    return value.size() <= kMaxLabelBytes && is_valid_utf8(value);
  });
}

LabelValues owned(std::span<const std::string_view> values) {
  return {values.begin(), values.end()};
}

}  // namespace

std::size_t LabelHash::operator()(std::span<const std::string_view> values) const {
  return hash_values(values);
}
std::size_t LabelHash::operator()(const LabelValues& values) const {
  return hash_values(values);
}

bool LabelEqual::operator()(std::span<const std::string_view> a, const LabelValues& b) const {
  return std::ranges::equal(a, b);
}

template <class Cell>
Cell& Shard::cell(Slots<Cell>& slots, std::size_t family, LabelSpan labels) {
  if (const auto found = slots.by_labels.find(labels); found != slots.by_labels.end()) {
    return *found->second;
  }
  const Registry::Series series = registry_.series(family, labels);
  // Only this thread grows the vector, so it may read it without the lock.
  if (series.id >= slots.by_series.size() || !slots.by_series[series.id]) {
    std::unique_ptr<Cell> fresh;
    if constexpr (std::is_same_v<Cell, Histogram>) {
      fresh = std::make_unique<Histogram>(families()[family].buckets);
    } else {
      fresh = std::make_unique<Cell>();
    }
    const std::scoped_lock lock(mutex_);
    if (series.id >= slots.by_series.size()) slots.by_series.resize(series.id + 1);
    slots.by_series[series.id] = std::move(fresh);
  }
  Cell& result = *slots.by_series[series.id];
  // What overflowed is not remembered: the map must not grow with what clients make up.
  if (!series.overflow) slots.by_labels.emplace(owned(labels), &result);
  return result;
}

Counter& Shard::counter_cell(std::size_t family, LabelSpan labels) {
  return cell(counters_[family], family, labels);
}
std::uint64_t Shard::counter_total(std::size_t family) const {
  std::uint64_t sum = 0;
  for (const auto& cell : counters_[family].by_series) sum += cell ? cell->value() : 0;
  return sum;
}
Gauge& Shard::gauge_cell(std::size_t family, LabelSpan labels) {
  return cell(gauges_[family], family, labels);
}
Histogram& Shard::histogram_cell(std::size_t family, LabelSpan labels) {
  return cell(histograms_[family], family, labels);
}

Registry::Registry(std::size_t series_limit) : series_limit_(series_limit) {}
Registry::~Registry() = default;

Shard& Registry::add_shard() {
  const std::scoped_lock lock(mutex_);
  shards_.push_back(std::make_unique<Shard>(*this));
  return *shards_.back();
}

Registry::Series Registry::series(std::size_t family, LabelSpan labels) {
  SeriesTable& table = series_[family];
  const bool acceptable = storable(labels);
  {
    const std::shared_lock lock(mutex_);
    if (const auto found = table.ids.find(labels); found != table.ids.end()) {
      return {found->second, false};
    }
    const std::size_t stored = table.ids.size() - (table.overflow ? 1 : 0);
    if (table.overflow && (!acceptable || stored >= series_limit_)) return {*table.overflow, true};
  }
  const std::scoped_lock lock(mutex_);
  if (const auto found = table.ids.find(labels); found != table.ids.end()) {
    return {found->second, false};
  }
  const auto intern = [&table](LabelValues values) {
    const auto id = static_cast<std::uint32_t>(table.labels.size());
    const auto [entry, fresh] = table.ids.emplace(std::move(values), id);
    if (fresh) table.labels.push_back(&entry->first);
    return entry->second;
  };
  const std::size_t stored = table.ids.size() - (table.overflow ? 1 : 0);
  if (acceptable && stored < series_limit_) return {intern(owned(labels)), false};
  if (!table.overflow) {
    table.overflow = intern(LabelValues(labels.size(), std::string(kOverflowLabel)));
  }
  return {*table.overflow, true};
}

double& Registry::value_cell(std::size_t family, LabelSpan labels) {
  LabelMap<double>& values = values_[family];
  if (const auto found = values.find(labels); found != values.end()) return found->second;
  if (storable(labels) && values.size() < series_limit_) return values[owned(labels)];
  return values[LabelValues(labels.size(), std::string(kOverflowLabel))];
}

void Registry::set_value(std::size_t family, LabelSpan labels, double value, bool only) {
  const std::scoped_lock lock(mutex_);
  if (only) values_[family].clear();
  value_cell(family, labels) = value;
}

void Registry::clear_values(std::size_t family) {
  const std::scoped_lock lock(mutex_);
  values_[family].clear();
}

void Registry::add_value(std::size_t family, LabelSpan labels, double by) {
  const std::scoped_lock lock(mutex_);
  value_cell(family, labels) += by;
}

std::vector<const LabelValues*> Registry::labels_of(std::size_t family) const {
  const std::shared_lock lock(mutex_);
  return series_[family].labels;
}

std::vector<const Shard*> Registry::shards() const {
  const std::shared_lock lock(mutex_);
  std::vector<const Shard*> result;
  result.reserve(shards_.size());
  for (const auto& shard : shards_) result.push_back(shard.get());
  return result;
}

std::uint64_t Registry::counter_total(std::size_t family) const {
  std::uint64_t sum = 0;
  for (const Shard* shard : shards()) {
    const std::scoped_lock lock(shard->mutex_);
    for (const auto& cell : shard->counters_[family].by_series) {
      if (cell) sum += cell->value();
    }
  }
  return sum;
}

}  // namespace pontage::metrics
