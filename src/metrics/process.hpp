// What the kernel says about this process, under the names that every Prometheus client library
// uses.
#pragma once

#include <cstddef>
#include <vector>

namespace pontage::metrics {

struct Reading {
  std::size_t family;  ///< index in metrics.def
  double value;
};

/// Reads /proc; what cannot be read is left out.
std::vector<Reading> read_process();

}  // namespace pontage::metrics
