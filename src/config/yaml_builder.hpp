// Builds a node tree from parser events. No recursion of its own; a refusal is thrown to stop
// yaml-cpp, which has no other way, and caught in yaml_reader.cpp. Kept out of other rooms:
// yaml-cpp's types stay behind this file.
#pragma once

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/mark.h>

#include <string>
#include <unordered_map>
#include <vector>

#include "config/environment.hpp"
#include "config/limits.hpp"
#include "config/source_text.hpp"

namespace pontage::config {

struct YamlRefused {
  Mark mark;
  std::string message;
};

class YamlBuilder final : public YAML::EventHandler {
 public:
  YamlBuilder(FileName file, const Environment& environment, Diagnostics& diagnostics)
      : file_(std::move(file)), environment_(environment), diagnostics_(diagnostics) {}

  void OnDocumentStart(const YAML::Mark& mark) override;
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override;
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override;
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override;
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value style) override;
  void OnSequenceEnd() override { finish(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override;
  void OnMapEnd() override;

  [[nodiscard]] Node& root() { return root_; }
  [[nodiscard]] Mark mark_of(const YAML::Mark& mark) const;

 private:
  struct Frame {
    Node node;
    YAML::anchor_t anchor = 0;
    bool has_key = false;
    bool key_is_merge = false;
    std::string key;
    Mark key_mark;
    std::unordered_map<std::string, int> key_lines;  ///< where each key stood first
    std::vector<Node> merges;                        ///< values of `<<`, in order
  };

  void open(Node::Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor);
  void finish();
  void place(Node&& node, YAML::anchor_t anchor, bool plain_key);
  void take_key(Frame& frame, const Node& node, bool plain_key);
  void take_merge(Frame& frame, Node&& node);
  void charge(const Node& node, const TreeSize& size);
  void check_tag(const std::string& tag, const Mark& mark);

  FileName file_;
  const Environment& environment_;
  Diagnostics& diagnostics_;
  TreeBudget budget_;
  std::vector<Frame> frames_;
  std::unordered_map<YAML::anchor_t, Node> anchors_;
  Node root_;
};

}  // namespace pontage::config
