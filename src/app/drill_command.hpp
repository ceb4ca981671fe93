// `pontage drill`: rehearses the failures of every target of every route against the real house,
// with simulated stand-ins of the configured providers.
#pragma once

#include <string>
#include <vector>

#include "app/config.hpp"
#include "study/drill.hpp"
#include "study/drill_course.hpp"

namespace pontage::app {

struct DrillOptions {
  std::string file;
  std::string route;  ///< empty: all
  std::string request_file;
  std::vector<std::string> headers;  ///< name=value
  std::vector<std::string> faults;   ///< only these; empty: all
  std::string max_wait;              ///< durations as written; empty: the default
  std::string max_wait_plain;
  std::string junit;
  int parallel = 48;
  bool all = false;  ///< print the cases that passed too
  bool json = false;
};

/// The exit code: 1 when an expectation fails, 2 when nothing could be drilled.
int drill(const DrillOptions& options);

/// What a drill needs besides the configuration.
struct DrillPlan {
  std::string route;
  std::vector<std::string> faults;
  study::OwnRequest own;
  study::Patience patience;
  int parallel = 48;
};
/// Runs it; the error says why nothing could be run.
std::expected<study::Report, std::string> run_drill(const LoadInput& input, const DrillPlan& plan);

}  // namespace pontage::app
