// Counting for everybody. A worker counts into cells of its own Shard, found once and kept as a
// reference; the Registry adds the shards up when somebody scrapes. The scrape takes milliseconds:
// never call it on a worker.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "metrics/cells.hpp"
#include "metrics/names.hpp"

namespace pontage::metrics {

class Registry;

/// Series of one family, for the whole process; what comes later is counted in the series whose
/// labels are all `other`.
inline constexpr std::size_t kDefaultSeriesLimit = 1'000;
/// A longer label value, or one that is not UTF-8, is counted as `other` too.
inline constexpr std::size_t kMaxLabelBytes = 200;
inline constexpr std::string_view kOverflowLabel = "other";

using LabelValues = std::vector<std::string>;

/// Lookup by views without building the key.
struct LabelHash {
  using is_transparent = void;
  std::size_t operator()(std::span<const std::string_view> values) const;
  std::size_t operator()(const LabelValues& values) const;
};
struct LabelEqual {
  using is_transparent = void;
  bool operator()(const LabelValues& a, const LabelValues& b) const { return a == b; }
  bool operator()(std::span<const std::string_view> a, const LabelValues& b) const;
  bool operator()(const LabelValues& a, std::span<const std::string_view> b) const {
    return (*this)(b, a);
  }
};
template <class T>
using LabelMap = std::unordered_map<LabelValues, T, LabelHash, LabelEqual>;

/// One worker's cells. Only that worker may call it and count into its cells; references stay valid
/// as long as the registry lives. A lookup is a hash of the labels: do it once per target or route,
/// not once per request, where that is possible. The first sight of a label set allocates and
/// locks.
class Shard {
 public:
  explicit Shard(Registry& registry) : registry_(registry) {}
  Shard(const Shard&) = delete;
  Shard& operator=(const Shard&) = delete;

  template <std::size_t N>
  Counter& counter(Family<Kind::kCounter, N> family, const std::string_view (&labels)[N]) {
    return counter_cell(family.index, labels);
  }
  Counter& counter(Family<Kind::kCounter, 0> family) { return counter_cell(family.index, {}); }

  template <std::size_t N>
  Gauge& gauge(Family<Kind::kGauge, N> family, const std::string_view (&labels)[N]) {
    return gauge_cell(family.index, labels);
  }
  Gauge& gauge(Family<Kind::kGauge, 0> family) { return gauge_cell(family.index, {}); }

  template <std::size_t N>
  Histogram& histogram(Family<Kind::kHistogram, N> family, const std::string_view (&labels)[N]) {
    return histogram_cell(family.index, labels);
  }
  Histogram& histogram(Family<Kind::kHistogram, 0> family) {
    return histogram_cell(family.index, {});
  }
  /// All of the shard's series added up, in its cells' unit.
  template <std::size_t N>
  [[nodiscard]] std::uint64_t total(Family<Kind::kCounter, N> family) const {
    return counter_total(family.index);
  }

 private:
  friend class Registry;
  friend class Collector;
  /// `by_labels` belongs to the worker alone; `by_series` is read by the scraper, under the mutex.
  template <class Cell>
  struct Slots {
    LabelMap<Cell*> by_labels;
    std::vector<std::unique_ptr<Cell>> by_series;
  };
  template <class Cell>
  using Table = std::array<Slots<Cell>, kFamilyCount>;

  using LabelSpan = std::span<const std::string_view>;
  [[nodiscard]] std::uint64_t counter_total(std::size_t family) const;
  Counter& counter_cell(std::size_t family, LabelSpan labels);
  Gauge& gauge_cell(std::size_t family, LabelSpan labels);
  Histogram& histogram_cell(std::size_t family, LabelSpan labels);
  template <class Cell>
  Cell& cell(Slots<Cell>& slots, std::size_t family, LabelSpan labels);

  Registry& registry_;
  Table<Counter> counters_;
  Table<Gauge> gauges_;
  Table<Histogram> histograms_;
  mutable std::mutex mutex_;
};

/// All metrics of the process. Thread-safe.
class Registry {
 public:
  explicit Registry(std::size_t series_limit = kDefaultSeriesLimit);
  ~Registry();
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  /// A shard for one thread that counts; it lives as long as the registry, so totals never go back.
  Shard& add_shard();

  // What the process has once. Takes a lock: for reloads, checks and start-up, not for requests.
  template <std::size_t N>
  void set(Family<Kind::kValue, N> family, const std::string_view (&labels)[N], double value) {
    set_value(family.index, labels, value, false);
  }
  void set(Family<Kind::kValue, 0> family, double value) {
    set_value(family.index, {}, value, false);
  }
  /// The same, and every other label set of the family disappears (a version that serves no
  /// longer).
  template <std::size_t N>
  void set_only(Family<Kind::kValue, N> family, const std::string_view (&labels)[N], double value) {
    set_value(family.index, labels, value, true);
  }
  template <std::size_t N>
  void clear(Family<Kind::kValue, N> family) {
    clear_values(family.index);
  }
  template <std::size_t N>
  void add(Family<Kind::kTotal, N> family, const std::string_view (&labels)[N], double by = 1) {
    add_value(family.index, labels, by);
  }
  void add(Family<Kind::kTotal, 0> family, double by = 1) { add_value(family.index, {}, by); }

  /// Prometheus' text format, every family in the order of metrics.def, process_* read afresh.
  [[nodiscard]] std::string scrape() const;
  /// The content type that goes with it.
  static constexpr std::string_view kContentType = "text/plain; version=0.0.4; charset=utf-8";

  /// All series of a counter added up, in its cells' unit (cost: nano-dollars).
  template <std::size_t N>
  [[nodiscard]] std::uint64_t total(Family<Kind::kCounter, N> family) const {
    return counter_total(family.index);
  }

 private:
  friend class Shard;
  friend class Collector;
  using LabelSpan = std::span<const std::string_view>;

  struct SeriesTable {
    LabelMap<std::uint32_t> ids;
    std::vector<const LabelValues*> labels;  ///< by id: the keys of `ids`, which do not move
    std::optional<std::uint32_t> overflow;   ///< the id of `other`, once it was needed
  };
  struct Series {
    std::uint32_t id;
    bool overflow;
  };
  Series series(std::size_t family, LabelSpan labels);
  void set_value(std::size_t family, LabelSpan labels, double value, bool only);
  void clear_values(std::size_t family);
  void add_value(std::size_t family, LabelSpan labels, double by);
  double& value_cell(std::size_t family, LabelSpan labels);  ///< under the mutex
  [[nodiscard]] std::uint64_t counter_total(std::size_t family) const;
  [[nodiscard]] std::vector<const LabelValues*> labels_of(std::size_t family) const;
  [[nodiscard]] std::vector<const Shard*> shards() const;

  const std::size_t series_limit_;
  mutable std::shared_mutex mutex_;
  std::array<SeriesTable, kFamilyCount> series_;
  std::array<LabelMap<double>, kFamilyCount> values_;
  std::vector<std::unique_ptr<Shard>> shards_;
};

}  // namespace pontage::metrics
