// From the syntax tree to code: resolves names, checks types, folds constants, compiles patterns.
// Collects every problem it finds: an operand that could not be understood silences only the
// operators above it.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "expr/code.hpp"

namespace pontage::expr {

class Checker {
 public:
  Checker(const SyntaxTree& tree, const Scope& scope, Code& code, std::vector<Problem>& problems)
      : tree_(tree), scope_(scope), code_(code), problems_(problems) {}

  /// The whole expression; nothing when problems were added.
  std::optional<NodeIndex> run(Program::Result wanted);

 private:
  using Lowered = std::optional<NodeIndex>;  ///< nothing: a problem was reported
  using Cause = Problem::Cause;

  struct NamedMap {
    const Name* name;
    std::string key;  ///< empty when the map itself is meant
    bool has_key;
  };

  // checker.cpp
  Lowered lower(const Syntax& syntax);
  Lowered lower(NodeIndex syntax) { return lower(tree_.nodes[syntax]); }
  Lowered lower_text(const Syntax& syntax);
  Lowered lower_list(const Syntax& syntax);
  Lowered lower_truth(const Syntax& syntax);  ///< where a bool is needed
  Lowered lower_logical(const Syntax& syntax);
  Lowered lower_condition(const Syntax& syntax);
  Lowered lower_negate(const Syntax& syntax);
  NodeIndex constant(Value value);
  NodeIndex emit(Node node, std::span<const NodeIndex> children);
  NodeIndex emit(Node node, std::initializer_list<NodeIndex> children) {
    return emit(std::move(node), std::span(children.begin(), children.size()));
  }

  // checker_names.cpp
  std::optional<std::string> dotted(const Syntax& syntax) const;
  const Name* whole_name(NodeIndex syntax) const;
  Lowered lower_name(const Syntax& syntax);
  Lowered lower_field(const Syntax& syntax, const Name& map, std::string_view key, Op op);
  Lowered lower_index(const Syntax& syntax);
  Lowered lower_has(const Syntax& syntax);
  Lowered lower_key(const Syntax& syntax, const Name& map);
  Lowered fact(const Name& name, Op op);
  Lowered unknown_name(const Syntax& syntax, const std::string& name);

  // checker_operators.cpp
  Lowered lower_binary(const Syntax& syntax);
  Lowered lower_arithmetic(const Syntax& syntax, NodeIndex left, NodeIndex right);
  Lowered lower_compare(const Syntax& syntax, NodeIndex left, NodeIndex right);
  Lowered lower_in(const Syntax& syntax);
  Lowered join_constants(const Syntax& syntax, const Value& left, const Value& right);
  std::string hint_for(const Syntax& syntax, NodeIndex left, NodeIndex right) const;

  // checker_calls.cpp
  Lowered lower_call(const Syntax& syntax);
  Lowered lower_conversion(const Syntax& syntax, Op op, Type type);
  Lowered lower_matches(const Syntax& syntax);
  Lowered lower_text_method(const Syntax& syntax, Op op);
  Lowered lower_size(const Syntax& syntax);
  Lowered lower_string_operand(NodeIndex syntax, std::string_view of);
  Lowered unknown_function(const Syntax& syntax);
  bool takes(const Syntax& syntax, std::size_t count, bool method, bool global);

  // shared
  Lowered complain(std::size_t offset, Cause cause, std::string message);
  std::string quote(const Syntax& syntax) const;  ///< as written, for messages
  const Node& node(NodeIndex index) const { return code_.nodes[index]; }
  Type type(NodeIndex index) const { return code_.nodes[index].type; }

  const SyntaxTree& tree_;
  const Scope& scope_;
  Code& code_;
  std::vector<Problem>& problems_;
};

}  // namespace pontage::expr
