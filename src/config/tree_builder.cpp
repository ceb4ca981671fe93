// Keys and values arrive one after the other; a frame per open collection remembers what is still
// to come.
#include "config/tree_builder.hpp"

#include <utility>

#include "config/describe.hpp"
#include "config/source_text.hpp"

namespace pontage::config {

void TreeBuilder::null(const Mark& mark, Anchor anchor) {
  Node node;
  node.mark = mark;
  charge(mark, {1, 0, 1});
  place(std::move(node), anchor, false);
}

void TreeBuilder::alias(const Mark& mark, Anchor anchor) {
  const auto found = anchors_.find(anchor);
  if (found == anchors_.end()) {
    throw TreeRefused{mark, "this alias stands inside the value that it refers to"};
  }
  charge(mark, tree_size(found->second));
  place(Node(found->second), 0, false);
}

void TreeBuilder::scalar(const Mark& mark, std::string text, Style style, Anchor anchor) {
  Node node;
  node.kind = Node::Kind::kScalar;
  node.mark = mark;
  node.text = std::move(text);
  if (has_control(node.text)) diagnostics_.error(mark, "control character in a text");
  // yaml-cpp 0.7 turns the escapes \N and \_ into a lone byte of Latin-1.
  if (!is_utf8(node.text))
    diagnostics_.error(mark, "an escape in this text is not valid UTF-8; write \\u0085 or \\u00a0");
  // A value over several lines is a text too, whatever it looks like.
  node.quoted = style == Style::kQuoted || node.text.find('\n') != std::string::npos;
  const bool is_key = !frames_.empty() && frames_.back().node.is_map() && !frames_.back().has_key;
  if (!is_key) expand_variables(node, environment_, diagnostics_);
  charge(mark, tree_size(node));
  place(std::move(node), anchor, is_key && style == Style::kPlain);
}

void TreeBuilder::open(Node::Kind kind, const Mark& mark, Anchor anchor) {
  Frame frame;
  frame.node.kind = kind;
  frame.node.mark = mark;
  frame.anchor = anchor;
  charge(mark, {1, 0, 1});
  frames_.push_back(std::move(frame));
}

void TreeBuilder::close() {
  Frame frame = std::move(frames_.back());
  frames_.pop_back();
  for (Node& merge : frame.merges) {
    for (Node::Entry& entry : merge.entries) {
      if (frame.key_lines.emplace(entry.key, entry.mark.line).second) {
        frame.node.entries.push_back(std::move(entry));
      }
    }
  }
  place(std::move(frame.node), frame.anchor, false);
}

void TreeBuilder::place(Node&& node, Anchor anchor, bool plain_key) {
  if (anchor != 0) {
    charge(node.mark, tree_size(node));
    anchors_.insert_or_assign(anchor, node);
  }
  if (frames_.empty()) {
    root_ = std::move(node);
    return;
  }
  Frame& frame = frames_.back();
  if (frame.node.is_sequence()) {
    frame.node.items.push_back(std::move(node));
  } else if (!frame.has_key) {
    take_key(frame, node, plain_key);
  } else {
    frame.has_key = false;
    if (frame.key_is_merge) return take_merge(frame, std::move(node));
    const auto [first, is_new] = frame.key_lines.emplace(frame.key, frame.key_mark.line);
    if (!is_new) {
      diagnostics_.error(frame.key_mark, "the key " + quote(frame.key) +
                                             " stands twice; first on line " +
                                             std::to_string(first->second));
      return;
    }
    frame.node.entries.push_back({std::move(frame.key), frame.key_mark, std::move(node)});
  }
}

void TreeBuilder::take_key(Frame& frame, const Node& node, bool plain_key) {
  if (!node.is_scalar()) {
    throw TreeRefused{node.mark,
                      "a key must be a text, found " + std::string(kind_name(node.kind))};
  }
  frame.has_key = true;
  frame.key = node.text;
  frame.key_mark = node.mark;
  frame.key_is_merge = plain_key && node.text == "<<";
  expand_key(frame.key, node.mark, diagnostics_);
}

void TreeBuilder::take_merge(Frame& frame, Node&& node) {
  if (node.is_map()) {
    frame.merges.push_back(std::move(node));
    return;
  }
  bool all_maps = node.is_sequence();
  for (const Node& item : node.items) all_maps = all_maps && item.is_map();
  if (!all_maps) {
    diagnostics_.error(frame.key_mark,
                       "\"<<\" merges a map or a list of maps, found " + describe(node));
    return;
  }
  for (Node& item : node.items) frame.merges.push_back(std::move(item));
}

void TreeBuilder::charge(const Mark& mark, const TreeSize& size) {
  if (static_cast<int>(frames_.size()) + size.depth > kTreeDepth) {
    throw TreeRefused{mark, "nested deeper than " + std::to_string(kTreeDepth) + " levels"};
  }
  if (!budget_.spend(size.nodes, size.bytes)) {
    throw TreeRefused{mark,
                      "the configuration grows too large here (variables and aliases counted)"};
  }
}

}  // namespace pontage::config
