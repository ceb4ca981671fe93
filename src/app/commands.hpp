// The commands besides serve. Each returns the process's exit code; errors go to stderr, one line,
// with what to do.
#pragma once

#include <string>
#include <vector>

#include "simulate/simulator.hpp"

namespace pontage::app {

int check(const std::string& file, bool json);

struct ExplainOptions {
  std::string file;
  std::string request_file;          ///< "-": standard input; empty: a small example request
  std::vector<std::string> headers;  ///< "name=value"
  std::string path = "/v1/chat/completions";
  bool json = false;
};
int explain(const ExplainOptions& options);

/// The catalogue, with what is configured.
int list_providers(const std::string& file, bool json);
/// `provider`: only this one's; empty: all.
int list_models(const std::string& file, const std::string& provider, bool json);

int convert(const std::string& file);
int keys_add(const std::string& name);
int version(bool json);
int healthcheck(const std::string& address);
int run_simulator(const simulate::Options& options, const std::string& ready_file);

}  // namespace pontage::app
