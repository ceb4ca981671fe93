// How much a configuration may ask for. Hostile files end in a diagnostic, not in a full memory or
// a deep stack.
#pragma once

#include <cstddef>

#include "config/node.hpp"

namespace pontage::config {

inline constexpr std::size_t kFileBytes = 4ULL * 1024 * 1024;
inline constexpr std::size_t kTreeBytes =
    16ULL * 1024 * 1024;                            // texts, after variables and aliases
inline constexpr std::size_t kTreeNodes = 200'000;  // after aliases
inline constexpr int kTreeDepth = 64;
inline constexpr int kOpenBrackets = 1'000;    // in raw YAML, quotes and comments included
inline constexpr std::size_t kProblems = 200;  // that one file may report
inline constexpr std::size_t kSecretBytes = 64ULL * 1024;

/// What a tree has cost so far, copies of aliased parts included.
class TreeBudget {
 public:
  /// False when the tree has become too large.
  bool spend(std::size_t nodes, std::size_t bytes) {
    nodes_ += nodes;
    bytes_ += bytes;
    return nodes_ <= kTreeNodes && bytes_ <= kTreeBytes;
  }

 private:
  std::size_t nodes_ = 0;
  std::size_t bytes_ = 0;
};

struct TreeSize {
  std::size_t nodes = 0;
  std::size_t bytes = 0;
  int depth = 0;  ///< 1 for a scalar
};
TreeSize tree_size(const Node& node);

}  // namespace pontage::config
