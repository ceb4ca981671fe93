// Counting a finished tree, for copies that aliases make.
#include "config/limits.hpp"

#include <algorithm>

namespace pontage::config {

TreeSize tree_size(const Node& node) {
  TreeSize size{1, node.text.size() + node.source_text.size(), 1};
  const auto add = [&](const Node& child) {
    const TreeSize part = tree_size(child);
    size.nodes += part.nodes;
    size.bytes += part.bytes;
    size.depth = std::max(size.depth, part.depth + 1);
  };
  for (const Node& item : node.items) add(item);
  for (const Node::Entry& entry : node.entries) {
    size.bytes += entry.key.size();
    add(entry.value);
  }
  return size;
}

}  // namespace pontage::config
