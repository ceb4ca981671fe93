// What the tests of this room share: an environment of their own, a tree as one line, diagnostics
// as lines.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "config/load.hpp"

namespace pontage::config::test {

inline Environment environment(std::map<std::string, std::string, std::less<>> values) {
  return [values = std::move(values)](std::string_view name) -> std::optional<std::string> {
    const auto found = values.find(name);
    if (found == values.end()) return std::nullopt;
    return found->second;
  };
}

/// `{a: b, c: ["d", null]}`; quoted scalars in quotes, so that the difference shows.
inline std::string tree_text(const Node& node) {
  std::string out;
  switch (node.kind) {
    case Node::Kind::kNull:
      return "null";
    case Node::Kind::kScalar:
      return node.quoted ? '"' + node.text + '"' : node.text;
    case Node::Kind::kSequence:
      for (const Node& item : node.items) out += (out.empty() ? "" : ", ") + tree_text(item);
      return '[' + out + ']';
    case Node::Kind::kMap:
      for (const Node::Entry& entry : node.entries) {
        out += (out.empty() ? "" : ", ") + entry.key + ": " + tree_text(entry.value);
      }
      return '{' + out + '}';
  }
  return out;
}

inline std::vector<std::string> lines(const Diagnostics& diagnostics) {
  std::vector<std::string> out;
  for (const Diagnostic& each : diagnostics.all()) out.push_back(each.text());
  return out;
}

struct Outcome {
  std::optional<Loaded> loaded;
  std::vector<std::string> problems;
  [[nodiscard]] std::string tree() const { return loaded ? tree_text(loaded->root) : "(nothing)"; }
};

inline Outcome load(const std::string& name, const std::string& text,
                    const Environment& values = environment({})) {
  Diagnostics diagnostics;
  Outcome outcome;
  outcome.loaded = load_text({name, text}, values, diagnostics);
  outcome.problems = lines(diagnostics);
  return outcome;
}

/// A tree of this text, wherever only the tree matters.
inline Node tree_of(const std::string& text, const Environment& values = environment({})) {
  Diagnostics diagnostics;
  auto loaded = load_text({"f.yaml", text}, values, diagnostics);
  return loaded ? std::move(loaded->root) : Node{};
}

}  // namespace pontage::config::test
