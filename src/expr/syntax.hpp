// The tree that the parser gives to the checker: what was written, without knowing what names mean.
// Nodes stand in one vector and name each other by index.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "expr/token.hpp"

namespace pontage::expr {

using NodeIndex = std::uint16_t;  // a source of 4 KiB has fewer nodes than bytes
static_assert(kMaxSourceBytes < UINT16_MAX / 4);

struct Syntax {
  enum class Kind : std::uint8_t {
    kLiteral,
    kText,    ///< a string or bytes literal; `text` is its content
    kIdent,   ///< `text`
    kSelect,  ///< child.text
    kIndex,   ///< child[child]
    kCall,    ///< text(children)
    kMethod,  ///< child.text(other children)
    kList,
    kNot,
    kNegate,
    kBinary,  ///< `word` says which
    kAnd,     ///< any number of children
    kOr,
    kCondition,  ///< child ? child : child
  };

  Kind kind;
  Word word = Word::kEnd;  ///< kBinary: the operator; kText: string or bytes
  std::size_t begin = 0;   ///< in the source
  std::size_t end = 0;
  std::size_t mark = 0;  ///< where an operator or a field stands, for messages
  Value value = {};      ///< kLiteral
  std::string text = {};
  std::vector<NodeIndex> children = {};
  int depth = 1;
};

struct SyntaxTree {
  std::string_view source;
  std::vector<Syntax> nodes;
  NodeIndex root = 0;
};

/// False when problems were added; parsing stops at the first that it cannot step over.
bool parse(std::string_view source, SyntaxTree& tree, std::vector<Problem>& problems);

}  // namespace pontage::expr
