// A configuration as a plain tree whose every value knows where it stands. Native YAML and foreign
// files (JSON, JSON5, other gateways' YAML) all become this; each room reads its own part of it.
// Load time only: allocation is free here.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pontage::config {

/// A place in a file; line and column count from 1, 0 means unknown.
struct Mark {
  std::shared_ptr<const std::string> file;
  int line = 0;
  int column = 0;
};

class Node {
 public:
  enum class Kind : std::uint8_t { kNull, kScalar, kSequence, kMap };
  struct Entry;

  Kind kind = Kind::kNull;
  Mark mark;
  std::string text;            ///< scalars: after ${NAME} expansion
  bool quoted = false;         ///< scalars: "true" in quotes is a string, not a boolean
  bool secret = false;         ///< came (in part) from a variable or a file: never printed
  std::string unset_variable;  ///< scalars: the first ${NAME} without value or default; text is
                               ///< then without it
  std::string
      source_text;  ///< scalars: the spelling before expansion; empty when nothing was expanded
  std::vector<Node> items;     ///< sequences
  std::vector<Entry> entries;  ///< maps, in file order, keys unique

  [[nodiscard]] bool is_null() const { return kind == Kind::kNull; }
  [[nodiscard]] bool is_scalar() const { return kind == Kind::kScalar; }
  [[nodiscard]] bool is_sequence() const { return kind == Kind::kSequence; }
  [[nodiscard]] bool is_map() const { return kind == Kind::kMap; }
  /// The value under a key, or null when this is no map or has no such key.
  [[nodiscard]] const Node* find(std::string_view key) const;
};

struct Node::Entry {
  std::string key;
  Mark mark;  ///< of the key
  Node value;
};

std::string_view kind_name(Node::Kind kind);  ///< "a map", "a list", "a value", "nothing"

}  // namespace pontage::config
