#include "config/yaml_builder.hpp"

#include <array>
#include <utility>

#include "config/describe.hpp"

namespace pontage::config {
namespace {

// How yaml-cpp's events name a plain and a quoted scalar.
constexpr std::string_view kPlainTag = "?";
constexpr std::string_view kQuotedTag = "!";
constexpr std::string_view kTextTag = "tag:yaml.org,2002:str";
constexpr std::array<std::string_view, 7> kKnownTags = {"tag:yaml.org,2002:int",
                                                        "tag:yaml.org,2002:float",
                                                        "tag:yaml.org,2002:bool",
                                                        "tag:yaml.org,2002:null",
                                                        "tag:yaml.org,2002:map",
                                                        "tag:yaml.org,2002:seq",
                                                        kTextTag};

}  // namespace

Mark YamlBuilder::mark_of(const YAML::Mark& mark) const {
  if (mark.line < 0 || mark.column < 0) return {file_, 0, 0};
  return {file_, mark.line + 1, mark.column + 1};
}

void YamlBuilder::OnDocumentStart(const YAML::Mark& mark) {
  root_.mark = mark_of(mark);
}

void YamlBuilder::OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) {
  Node node;
  node.mark = mark_of(mark);
  place(std::move(node), anchor, false);
}

void YamlBuilder::OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) {
  const auto found = anchors_.find(anchor);
  if (found == anchors_.end()) {
    throw YamlRefused{mark_of(mark), "this alias stands inside the value that it refers to"};
  }
  charge(found->second, tree_size(found->second));
  place(Node(found->second), 0, false);
}

void YamlBuilder::OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                           const std::string& value) {
  Node node;
  node.kind = Node::Kind::kScalar;
  node.mark = mark_of(mark);
  node.text = value;
  unhide_references(node.text);
  check_tag(tag, node.mark);
  if (has_control(node.text)) diagnostics_.error(node.mark, "control character in a text");
  // A value over several lines is a text too, whatever it looks like.
  node.quoted = tag == kQuotedTag || tag == kTextTag || node.text.find('\n') != std::string::npos;
  const bool is_key = !frames_.empty() && frames_.back().node.is_map() && !frames_.back().has_key;
  if (!is_key) expand_variables(node, environment_, diagnostics_);
  charge(node, tree_size(node));
  place(std::move(node), anchor, is_key && tag == kPlainTag);
}

void YamlBuilder::OnSequenceStart(const YAML::Mark& mark, const std::string& tag,
                                  YAML::anchor_t anchor, YAML::EmitterStyle::value) {
  open(Node::Kind::kSequence, mark, tag, anchor);
}

void YamlBuilder::OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                             YAML::EmitterStyle::value) {
  open(Node::Kind::kMap, mark, tag, anchor);
}

void YamlBuilder::open(Node::Kind kind, const YAML::Mark& mark, const std::string& tag,
                       YAML::anchor_t anchor) {
  Frame frame;
  frame.node.kind = kind;
  frame.node.mark = mark_of(mark);
  frame.anchor = anchor;
  check_tag(tag, frame.node.mark);
  charge(frame.node, {1, 0, 1});
  frames_.push_back(std::move(frame));
}

void YamlBuilder::OnMapEnd() {
  Frame& frame = frames_.back();
  for (Node& merge : frame.merges) {
    for (Node::Entry& entry : merge.entries) {
      if (frame.key_lines.emplace(entry.key, entry.mark.line).second) {
        frame.node.entries.push_back(std::move(entry));
      }
    }
  }
  finish();
}

void YamlBuilder::finish() {
  Frame frame = std::move(frames_.back());
  frames_.pop_back();
  place(std::move(frame.node), frame.anchor, false);
}

void YamlBuilder::place(Node&& node, YAML::anchor_t anchor, bool plain_key) {
  if (anchor != 0) {
    charge(node, tree_size(node));
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

void YamlBuilder::take_key(Frame& frame, const Node& node, bool plain_key) {
  if (!node.is_scalar()) {
    throw YamlRefused{node.mark,
                      "a key must be a text, found " + std::string(kind_name(node.kind))};
  }
  frame.has_key = true;
  frame.key = node.text;
  frame.key_mark = node.mark;
  frame.key_is_merge = plain_key && node.text == "<<";
  expand_key(frame.key, node.mark, diagnostics_);
}

void YamlBuilder::take_merge(Frame& frame, Node&& node) {
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

void YamlBuilder::charge(const Node& node, const TreeSize& size) {
  if (static_cast<int>(frames_.size()) + size.depth > kTreeDepth) {
    throw YamlRefused{node.mark, "nested deeper than " + std::to_string(kTreeDepth) + " levels"};
  }
  if (!budget_.spend(size.nodes, size.bytes)) {
    throw YamlRefused{node.mark,
                      "the configuration grows too large here (variables and aliases counted)"};
  }
}

void YamlBuilder::check_tag(const std::string& tag, const Mark& mark) {
  if (tag.empty() || tag == kPlainTag || tag == kQuotedTag) return;
  for (const std::string_view known : kKnownTags) {
    if (tag == known) return;
  }
  diagnostics_.error(mark, "the tag " + quote(tag) + " has no meaning here");
}

}  // namespace pontage::config
