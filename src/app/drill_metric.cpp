#include "app/drill_metric.hpp"

#include "study/drill_record.hpp"

namespace pontage::app {

void DrillMetric::serve(const std::string& store_path, std::vector<std::string> routes) {
  const std::scoped_lock lock(mutex_);
  if (path_.empty()) path_ = study::drill_record_path(store_path);
  routes_ = std::move(routes);
  std::error_code ignored;
  seen_ = std::filesystem::last_write_time(path_, ignored);
  show();
}

void DrillMetric::look() {
  const std::scoped_lock lock(mutex_);
  std::error_code missing;
  const auto written = std::filesystem::last_write_time(path_, missing);
  if (missing || written == seen_) return;
  seen_ = written;
  show();
}

// A route that was never drilled shows 0: the alert on age then fires too.
void DrillMetric::show() {
  const auto known = study::read_drill_record(path_);
  metrics_.clear(metrics::k_drill_last_success);
  for (const auto& route : routes_) {
    const auto found = known.find(route);
    metrics_.set(metrics::k_drill_last_success, {route},
                 found == known.end() ? 0 : static_cast<double>(found->second));
  }
}

}  // namespace pontage::app
