// The deployments of LiteLLM: what one entry of `model_list` says.
#pragma once

#include <string>
#include <vector>

#include "config/environment.hpp"
#include "config/foreign_tree.hpp"

namespace pontage::config {

struct LiteLlmDeployment {
  Mark mark;
  Node target;           ///< native; empty model: the client's
  bool by_name = false;  ///< `provider/*`: what stands after the slash is the model
  std::string weight = "1";
  bool weighted = false;  ///< `weight` is written
  std::int64_t order = 0;
  std::vector<Node> steps;  ///< policies of its own
};

/// `os.environ/NAME` in every value becomes `${NAME}`, expanded; the file's own
/// `environment_variables` come first.
void litellm_variables(Node& node, const Environment& environment, Diagnostics& diagnostics);

/// Its account goes into `book`. `drop`: provider entries get `drop_unsupported`.
LiteLlmDeployment litellm_deployment(const Node& entry, bool drop, ProviderBook& book,
                                     Diagnostics& diagnostics);

/// A number of seconds (10, 0.5) as a duration.
Node litellm_seconds(const Node& value, Diagnostics& diagnostics);

}  // namespace pontage::config
