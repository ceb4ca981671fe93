// The words of an expression, as CEL's grammar defines them (cel-spec, doc/langdef.md, "Syntax").
// The lexer only finds where words begin and end; what a literal means is literal.hpp's.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "expr/expr.hpp"

namespace pontage::expr {

enum class Word : std::uint8_t {
  kEnd,
  kName,        ///< an identifier, also a reserved word
  kQuotedName,  ///< `content-type` in backquotes, after a dot
  kInt,
  kUint,
  kDouble,
  kString,
  kBytes,
  kTrue,
  kFalse,
  kNull,
  kIn,
  kOr,
  kAnd,
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kPlus,
  kMinus,
  kTimes,
  kDivide,
  kModulo,
  kNot,
  kQuestion,
  kColon,
  kComma,
  kDot,
  kOpenParen,
  kCloseParen,
  kOpenBracket,
  kCloseBracket,
  kOpenBrace,
  kCloseBrace,
};

struct Token {
  Word word;
  std::size_t offset;
  std::string_view text;  ///< as written, a view into the source

  std::size_t end() const { return offset + text.size(); }
};

/// Where a byte of the source stands, for people.
Problem problem_at(std::string_view source, std::size_t offset, Problem::Cause cause,
                   std::string message);

/// Ends with kEnd. What cannot be read is reported and left out.
std::vector<Token> read_words(std::string_view source, std::vector<Problem>& problems);

bool is_reserved(std::string_view name);
/// How strongly a binary operator binds, from 1; 0 for what is none.
int precedence(Word word);

}  // namespace pontage::expr
