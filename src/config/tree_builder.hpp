// Builds a node tree from a parser's events, with the checks that yaml-cpp does not make: duplicate
// keys, merge keys, size and depth with aliases counted. No recursion of its own; a refusal is
// thrown, since that is the only way to stop yaml-cpp, and caught in yaml_reader.cpp.
#pragma once

#include <cstddef>
#include <string>
#include <unordered_map>
#include <vector>

#include "config/environment.hpp"
#include "config/limits.hpp"

namespace pontage::config {

struct TreeRefused {
  Mark mark;
  std::string message;
};

class TreeBuilder {
 public:
  using Anchor = std::size_t;  ///< 0: none

  /// How a scalar stood in the file.
  enum class Style : std::uint8_t { kPlain, kQuoted };

  TreeBuilder(const Environment& environment, Diagnostics& diagnostics)
      : environment_(environment), diagnostics_(diagnostics) {}

  void null(const Mark& mark, Anchor anchor);
  void alias(const Mark& mark, Anchor anchor);
  void scalar(const Mark& mark, std::string text, Style style, Anchor anchor);
  void open(Node::Kind kind, const Mark& mark, Anchor anchor);
  void close();

  [[nodiscard]] Node& root() { return root_; }

 private:
  struct Frame {
    Node node;
    Anchor anchor = 0;
    bool has_key = false;
    bool key_is_merge = false;
    std::string key;
    Mark key_mark;
    std::unordered_map<std::string, int> key_lines;  ///< where each key stood first
    std::vector<Node> merges;                        ///< values of `<<`, in order
  };

  void place(Node&& node, Anchor anchor, bool plain_key);
  void take_key(Frame& frame, const Node& node, bool plain_key);
  void take_merge(Frame& frame, Node&& node);
  void charge(const Mark& mark, const TreeSize& size);

  const Environment& environment_;
  Diagnostics& diagnostics_;
  TreeBudget budget_;
  std::vector<Frame> frames_;
  std::unordered_map<Anchor, Node> anchors_;
  Node root_;
};

}  // namespace pontage::config
