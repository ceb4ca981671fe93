// The composition root: builds the house top to bottom, runs it, takes it down in reverse.
#pragma once

#include <memory>
#include <string>

#include "app/config.hpp"

namespace pontage::app {

struct ServeOptions {
  std::string file;  ///< empty: no file, an empty configuration
  std::string listen;
  std::string admin_listen;
  std::string ready_file;
};

/// Returns the process's exit code.
int serve(const ServeOptions& options);

/// Reads the file and loads it; prints diagnostics to stderr. Null when it cannot be used.
std::unique_ptr<Config> load_for(const std::string& file, const std::string& listen,
                                 const std::string& admin_listen, bool quiet_warnings);

}  // namespace pontage::app
