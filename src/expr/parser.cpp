// Recursive descent over CEL's grammar (cel-spec, doc/langdef.md, "Syntax"), with precedence
// climbing for the binary operators. What CEL has and the subset has not (maps, messages) is
// recognised, so that the message can say so.
#include <algorithm>
#include <optional>
#include <utility>

#include "expr/literal.hpp"
#include "expr/syntax.hpp"

namespace pontage::expr {
namespace {

using Kind = Syntax::Kind;
using Cause = Problem::Cause;

struct Stop {};  // unwinds the parser when the configuration loads; never leaves this file

class Parser {
 public:
  Parser(std::vector<Token> words, SyntaxTree& tree, std::vector<Problem>& problems)
      : words_(std::move(words)), tree_(tree), problems_(problems) {}

  void run() {
    tree_.root = expression();
    if (!at(Word::kEnd)) refuse_rest();
  }

 private:
  const Token& here() const { return words_[next_]; }
  bool at(Word word) const { return here().word == word; }
  Token take() { return words_[next_ + 1 < words_.size() ? next_++ : next_]; }
  bool take_if(Word word) {
    if (!at(word)) return false;
    take();
    return true;
  }
  [[noreturn]] void stop(std::size_t offset, Cause cause, std::string message) {
    problems_.push_back(problem_at(tree_.source, offset, cause, std::move(message)));
    throw Stop{};
  }
  void expect(Word word, std::string_view what) {
    if (!take_if(word)) {
      stop(here().offset, Cause::kSyntax, std::string(what) + " is missing here");
    }
  }
  std::string found() const {
    return at(Word::kEnd) ? "the end" : "`" + std::string(here().text) + "`";
  }

  [[noreturn]] void refuse_rest() {
    const std::string_view text = here().text;
    std::string hint;
    if (text == "and") hint = "; did you mean `&&`?";
    if (text == "or") hint = "; did you mean `||`?";
    if (text == "not") hint = "; did you mean `!`?";
    stop(here().offset, Cause::kSyntax, "an operator was expected, not " + found() + hint);
  }

  NodeIndex add(Syntax node) {
    for (const NodeIndex child : node.children) {
      node.depth = std::max(node.depth, tree_.nodes[child].depth + 1);
    }
    if (node.depth > kMaxDepth) {
      stop(node.begin, Cause::kLimit,
           "the expression is nested more than " + std::to_string(kMaxDepth) + " deep");
    }
    tree_.nodes.push_back(std::move(node));
    return static_cast<NodeIndex>(tree_.nodes.size() - 1);
  }
  std::size_t begin_of(NodeIndex node) const { return tree_.nodes[node].begin; }
  std::size_t end_of(NodeIndex node) const { return tree_.nodes[node].end; }

  /// Counts the recursion of the parser itself; brackets leave no node behind.
  class Level {
   public:
    explicit Level(Parser& parser) : parser_(parser) {
      if (++parser_.level_ > kMaxDepth) {
        parser_.stop(parser_.here().offset, Cause::kLimit,
                     "the expression is nested more than " + std::to_string(kMaxDepth) + " deep");
      }
    }
    ~Level() { --parser_.level_; }
    Level(const Level&) = delete;
    Level& operator=(const Level&) = delete;

   private:
    Parser& parser_;
  };

  NodeIndex expression() {
    const Level level(*this);
    const NodeIndex condition = binary(1);
    const std::size_t mark = here().offset;
    if (!take_if(Word::kQuestion)) return condition;
    const NodeIndex yes = binary(1);
    expect(Word::kColon, "the `:` of `… ? … : …`");
    const NodeIndex no = expression();
    return add({.kind = Kind::kCondition,
                .begin = begin_of(condition),
                .end = end_of(no),
                .mark = mark,
                .children = {condition, yes, no}});
  }

  NodeIndex binary(int lowest) {
    NodeIndex left = unary();
    while (true) {
      const int strength = precedence(here().word);
      if (strength == 0 || strength < lowest) return left;
      const Token sign = take();
      const NodeIndex right = binary(strength + 1);
      left = join(sign, left, right);
    }
  }

  NodeIndex join(const Token& sign, NodeIndex left, NodeIndex right) {
    if (sign.word != Word::kAnd && sign.word != Word::kOr) {
      return add({.kind = Kind::kBinary,
                  .word = sign.word,
                  .begin = begin_of(left),
                  .end = end_of(right),
                  .mark = sign.offset,
                  .children = {left, right}});
    }
    // a && b && c is one node, so that a long list of alternatives is not a deep tree.
    const Kind kind = sign.word == Word::kAnd ? Kind::kAnd : Kind::kOr;
    Syntax& first = tree_.nodes[left];
    if (first.kind == kind) {
      first.children.push_back(right);
      first.end = end_of(right);
      first.depth = std::max(first.depth, tree_.nodes[right].depth + 1);
      if (first.depth <= kMaxDepth) return left;
    }
    return add({.kind = kind,
                .begin = begin_of(left),
                .end = end_of(right),
                .mark = sign.offset,
                .children = {left, right}});
  }

  NodeIndex unary() {
    const Token sign = here();
    if (sign.word != Word::kNot && sign.word != Word::kMinus) return member();
    const Level level(*this);
    take();
    const bool number = at(Word::kInt) || at(Word::kDouble);
    if (sign.word == Word::kMinus && number) return member_of(signed_number(sign));
    const NodeIndex child = unary();
    const Kind kind = sign.word == Word::kNot ? Kind::kNot : Kind::kNegate;
    return add({.kind = kind,
                .begin = sign.offset,
                .end = end_of(child),
                .mark = sign.offset,
                .children = {child}});
  }

  /// CEL's literals have a sign of their own: the smallest integer has no positive.
  NodeIndex signed_number(const Token& minus) {
    const Token token = take();
    return number(token, minus.offset, true);
  }

  NodeIndex number(const Token& token, std::size_t begin, bool negative) {
    Syntax node{.kind = Kind::kLiteral, .begin = begin, .end = token.end(), .mark = begin};
    if (token.word == Word::kDouble) {
      const std::optional<double> value = to_double(token.text);
      if (!value) stop(begin, Cause::kSyntax, "this number is too large for a double");
      node.value = Value::number(negative ? -*value : *value);
    } else if (token.word == Word::kInt) {
      const std::optional<std::int64_t> value = int_literal(token.text, negative);
      if (!value) stop(begin, Cause::kSyntax, "this number does not fit into 64 bits");
      node.value = Value::integer(*value);
    } else {
      const std::optional<std::uint64_t> value = uint_literal(token.text);
      if (!value) stop(begin, Cause::kSyntax, "this number does not fit into 64 bits");
      node.value = Value::natural(*value);
    }
    return add(std::move(node));
  }

  NodeIndex member() { return member_of(primary()); }

  NodeIndex member_of(NodeIndex node) {
    while (true) {
      if (take_if(Word::kDot)) {
        node = select(node);
      } else if (const Token open = here(); take_if(Word::kOpenBracket)) {
        if (at(Word::kQuestion)) refuse_optional();
        const NodeIndex key = expression();
        const std::size_t end = here().end();
        expect(Word::kCloseBracket, "the closing `]`");
        node = add({.kind = Kind::kIndex,
                    .begin = begin_of(node),
                    .end = end,
                    .mark = open.offset,
                    .children = {node, key}});
      } else if (at(Word::kOpenBrace)) {
        stop(here().offset, Cause::kSubset, "messages are not in the subset");
      } else {
        return node;
      }
    }
  }

  [[noreturn]] void refuse_optional() {
    stop(here().offset, Cause::kSubset,
         "optional fields are not in the subset; test for the key with has()");
  }

  NodeIndex select(NodeIndex node) {
    if (at(Word::kQuestion)) refuse_optional();
    const Token field = here();
    std::string name(field.text);
    if (field.word == Word::kQuotedName) {
      name = name.substr(1, name.size() - 2);
    } else if (field.word != Word::kName) {
      stop(field.offset, Cause::kSyntax, "a name was expected after the dot, not " + found());
    }
    take();
    if (field.word == Word::kName && at(Word::kOpenParen)) {
      std::vector<NodeIndex> children = arguments();
      children.insert(children.begin(), node);
      return add({.kind = Kind::kMethod,
                  .begin = begin_of(node),
                  .end = last_end_,
                  .mark = field.offset,
                  .text = std::move(name),
                  .children = std::move(children)});
    }
    return add({.kind = Kind::kSelect,
                .begin = begin_of(node),
                .end = field.end(),
                .mark = field.offset,
                .text = std::move(name),
                .children = {node}});
  }

  std::vector<NodeIndex> arguments() {
    take();
    return items(Word::kCloseParen, "the closing `)`");
  }

  std::vector<NodeIndex> items(Word close, std::string_view what) {
    std::vector<NodeIndex> out;
    while (!at(close)) {
      if (at(Word::kQuestion)) refuse_optional();
      out.push_back(expression());
      // CEL allows a comma after the last element of a list, not after the last argument.
      if (!take_if(Word::kComma)) break;
      if (at(close) && close == Word::kCloseParen) {
        stop(here().offset, Cause::kSyntax, "another argument was expected after the comma");
      }
    }
    last_end_ = here().end();
    expect(close, what);
    return out;
  }

  NodeIndex primary() {
    const Token token = here();
    switch (token.word) {
      case Word::kTrue:
      case Word::kFalse:
        take();
        return literal(token, Value::boolean(token.word == Word::kTrue));
      case Word::kNull:
        take();
        return literal(token, Value::null());
      case Word::kInt:
      case Word::kUint:
      case Word::kDouble:
        take();
        return number(token, token.offset, false);
      case Word::kString:
      case Word::kBytes:
        take();
        return text(token);
      case Word::kDot:
        take();
        return name(token.offset);
      case Word::kName:
        return name(token.offset);
      case Word::kOpenParen:
        return parenthesis();
      case Word::kOpenBracket:
        return list();
      case Word::kOpenBrace:
        stop(token.offset, Cause::kSubset, "maps are not in the subset; lists in `[ ]` are");
      default:
        stop(token.offset, Cause::kSyntax, "a value was expected, not " + found());
    }
  }

  NodeIndex literal(const Token& token, Value value) {
    return add({.kind = Kind::kLiteral,
                .begin = token.offset,
                .end = token.end(),
                .mark = token.offset,
                .value = value});
  }

  NodeIndex text(const Token& token) {
    std::expected<std::string, BadEscape> content = unquote(token.text);
    if (!content) {
      stop(token.offset + content.error().offset, Cause::kSyntax, content.error().message);
    }
    return add({.kind = Kind::kText,
                .word = token.word,
                .begin = token.offset,
                .end = token.end(),
                .mark = token.offset,
                .text = std::move(*content)});
  }

  NodeIndex name(std::size_t begin) {
    const Token token = here();
    if (token.word != Word::kName) {
      stop(token.offset, Cause::kSyntax, "a name was expected, not " + found());
    }
    if (is_reserved(token.text)) {
      stop(token.offset, Cause::kSyntax,
           "`" + std::string(token.text) + "` is a reserved word; it can stand only after a dot");
    }
    take();
    std::string text(token.text);
    if (!at(Word::kOpenParen)) {
      return add({.kind = Kind::kIdent,
                  .begin = begin,
                  .end = token.end(),
                  .mark = begin,
                  .text = std::move(text)});
    }
    std::vector<NodeIndex> children = arguments();
    return add({.kind = Kind::kCall,
                .begin = begin,
                .end = last_end_,
                .mark = begin,
                .text = std::move(text),
                .children = std::move(children)});
  }

  NodeIndex parenthesis() {
    take();
    const NodeIndex inner = expression();
    expect(Word::kCloseParen, "the closing `)`");
    return inner;
  }

  NodeIndex list() {
    const std::size_t begin = take().offset;
    std::vector<NodeIndex> children = items(Word::kCloseBracket, "the closing `]`");
    return add({.kind = Kind::kList,
                .begin = begin,
                .end = last_end_,
                .mark = begin,
                .children = std::move(children)});
  }

  std::vector<Token> words_;
  SyntaxTree& tree_;
  std::vector<Problem>& problems_;
  std::size_t next_ = 0;
  std::size_t last_end_ = 0;
  int level_ = 0;
};

}  // namespace

bool parse(std::string_view source, SyntaxTree& tree, std::vector<Problem>& problems) {
  tree.source = source;
  std::vector<Token> words = read_words(source, problems);
  if (!problems.empty()) return false;
  if (words.size() == 1) {
    problems.push_back(problem_at(source, 0, Cause::kSyntax, "the expression is empty"));
    return false;
  }
  try {
    Parser(std::move(words), tree, problems).run();
  } catch (const Stop&) {
    return false;
  }
  return true;
}

}  // namespace pontage::expr
