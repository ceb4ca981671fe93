// A whole configuration from its text, with an environment of the test's own.
#pragma once

#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "app/config.hpp"

namespace pontage::app::test {

using Variables = std::map<std::string, std::string, std::less<>>;

struct Tried {
  std::unique_ptr<Config> config;
  config::Diagnostics diagnostics;

  /// `c.yaml:2:3: message`, all of them.
  [[nodiscard]] std::vector<std::string> problems() const {
    std::vector<std::string> out;
    for (const auto& each : diagnostics.all()) out.push_back(each.text());
    return out;
  }
  [[nodiscard]] std::vector<std::string> errors() const {
    std::vector<std::string> out;
    for (const auto& each : diagnostics.all()) {
      if (each.severity == config::Severity::kError) out.push_back(each.text());
    }
    return out;
  }
  [[nodiscard]] std::vector<std::string> warnings() const {
    std::vector<std::string> out;
    for (const auto& each : diagnostics.all()) {
      if (each.severity == config::Severity::kWarning) out.push_back(each.text());
    }
    return out;
  }
};

inline Tried try_load(const std::string& text, const Variables& variables = {},
                      const std::string& listen = {}) {
  Tried tried;
  LoadInput input;
  input.file = "c.yaml";
  input.text = text;
  input.listen_override = listen;
  input.environment = [&variables](std::string_view name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  };
  tried.config = load_config(input, tried.diagnostics);
  return tried;
}

inline std::string read_source(const std::string& path) {
  std::ifstream in(std::string(PONTAGE_SOURCE_DIR) + "/" + path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// A route over everything whose chain is `entries`, each line indented as it must be; line 3 is
/// the first of them.
inline std::string route_with(const std::string& entries) {
  return "routes:\n  - chain:\n" + entries + "      - floor: { message: sorry }\n";
}

}  // namespace pontage::app::test
