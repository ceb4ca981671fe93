// One chain entry from its YAML text to what it plans, without the rest of a configuration.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config/load.hpp"
#include "middleware/registry.hpp"
#include "routing/facts.hpp"

namespace pontage::middleware::test {

/// A name and what stands under it, in YAML: `retry: { max: 2 }`. Problems are kept with their
/// place.
class Bench {
 public:
  explicit Bench(std::string_view yaml);

  [[nodiscard]] const chain::Middleware* made() const { return made_.get(); }
  /// `2:7: message`, in order of place; warnings are marked.
  [[nodiscard]] std::vector<std::string> problems() const;
  [[nodiscard]] std::string only_problem() const;
  /// Runs its plan on an exchange over `chain()`; the exchange stays.
  chain::Exchange& plan(chain::Exchange& exchange) const;
  const chain::Target& target(const std::string& provider, const std::string& model);

 private:
  const chain::Target* read_target(const config::Node& node);
  std::optional<expr::Program> read_rule(const config::Node& node, bool outcome);

  config::Diagnostics diagnostics_;
  std::map<std::string, std::unique_ptr<providers::Provider>> providers_;
  std::deque<chain::Target> targets_;
  std::unique_ptr<chain::Middleware> made_;
};

/// An exchange with a view of its own; rules see it.
struct Asked {
  chain::Exchange exchange;
  Asked() {
    exchange.facts.view = &exchange.view;
    exchange.facts.path = "/v1/chat/completions";
  }
};

/// Labels of the candidates in order, separated by spaces.
std::string order(const chain::Plan& plan);

}  // namespace pontage::middleware::test
