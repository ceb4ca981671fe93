// The compiled form of an expression: flat nodes with resolved names and folded constants. Written
// once by the checker, then only read: by the evaluator, and by the analysis for `check`.
#pragma once

#include <re2/re2.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "expr/expr.hpp"
#include "expr/syntax.hpp"

namespace pontage::expr {

enum class Op : std::uint8_t {
  kConst,
  kFact,       ///< facts.get(id)
  kLookup,     ///< facts.lookup(id, key): the key is the one child
  kHasFact,    ///< has(): present or not
  kHasLookup,  ///< has(), and `key in map`
  kTruth,      ///< a metadata value or dyn() where a bool is needed
  kNot,
  kNegate,
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kModulo,
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kIn,  ///< in a list
  kAnd,
  kOr,
  kCondition,
  kIndex,  ///< of a list
  kContains,
  kStartsWith,
  kEndsWith,
  kMatches,
  kSize,
  kToBool,
  kToInt,
  kToUint,
  kToDouble,
  kToString,
  kToBytes,
  kDyn,
};

constexpr bool reads_facts(Op op) {
  return op >= Op::kFact && op <= Op::kHasLookup;
}

struct Node {
  Op op = Op::kConst;
  Type type = Type::kBool;
  bool adapt_left =
      false;  ///< the left operand is a metadata value: it takes the type of the other
  bool adapt_right = false;
  NodeIndex first = 0;  ///< children stand one after another in Code::children
  NodeIndex count = 0;
  int id = 0;
  Value value = {};             ///< kConst
  std::string_view label = {};  ///< of facts and lookups: what is said to be absent
  const re2::RE2* pattern = nullptr;
};

struct Code {
  std::string source;
  std::vector<Node> nodes;
  std::vector<NodeIndex> children;
  NodeIndex root = 0;
  std::vector<int> used_ids = {};
  std::deque<std::string> texts = {};  ///< what constants and labels view; never moves
  std::deque<std::vector<Value>> lists = {};
  std::vector<std::unique_ptr<re2::RE2>> patterns = {};

  const Node& child(const Node& node, std::size_t at) const {
    return nodes[children[node.first + at]];
  }
  std::string_view keep(std::string text) { return texts.emplace_back(std::move(text)); }
};

}  // namespace pontage::expr
