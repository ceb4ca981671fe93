// The metric of the last drill that passed, by route: read from the file that `pontage drill`
// leaves in the state directory, again whenever that changes.
#pragma once

#include <filesystem>
#include <mutex>
#include <string>
#include <vector>

#include "metrics/metrics.hpp"

namespace pontage::app {

/// Thread-safe.
class DrillMetric {
 public:
  explicit DrillMetric(metrics::Registry& metrics) : metrics_(metrics) {}
  /// The file beside this store, and the routes that have a series; before the first look().
  void serve(const std::string& store_path, std::vector<std::string> routes);
  /// Reads the file when it is another one than before.
  void look();

 private:
  void show();

  metrics::Registry& metrics_;
  std::mutex mutex_;
  std::string path_;
  std::vector<std::string> routes_;
  std::filesystem::file_time_type seen_{};
};

}  // namespace pontage::app
