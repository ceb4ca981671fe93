// The lexer. Errors name what people type by habit from other languages (`=`, `&`, `and`).
#include "expr/token.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace pontage::expr {
namespace {

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
constexpr bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
constexpr bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

constexpr std::array<std::pair<std::string_view, Word>, 24> kSigns = {{
    {"||", Word::kOr},          {"&&", Word::kAnd},       {"==", Word::kEqual},
    {"!=", Word::kNotEqual},    {"<=", Word::kLessEqual}, {">=", Word::kGreaterEqual},
    {"<", Word::kLess},         {">", Word::kGreater},    {"+", Word::kPlus},
    {"-", Word::kMinus},        {"*", Word::kTimes},      {"/", Word::kDivide},
    {"%", Word::kModulo},       {"!", Word::kNot},        {"?", Word::kQuestion},
    {":", Word::kColon},        {",", Word::kComma},      {".", Word::kDot},
    {"(", Word::kOpenParen},    {")", Word::kCloseParen}, {"[", Word::kOpenBracket},
    {"]", Word::kCloseBracket}, {"{", Word::kOpenBrace},  {"}", Word::kCloseBrace},
}};

class Lexer {
 public:
  Lexer(std::string_view source, std::vector<Problem>& problems)
      : source_(source), problems_(problems) {}

  std::vector<Token> run() {
    for (skip_space(); at_ < source_.size(); skip_space()) read_word();
    words_.push_back({Word::kEnd, source_.size(), {}});
    return std::move(words_);
  }

 private:
  char peek(std::size_t ahead = 0) const {
    return at_ + ahead < source_.size() ? source_[at_ + ahead] : '\0';
  }
  bool starts(std::string_view text) const { return source_.substr(at_).starts_with(text); }
  void complain(std::size_t offset, std::string message) {
    problems_.push_back(problem_at(source_, offset, Problem::Cause::kSyntax, std::move(message)));
  }
  void emit(Word word, std::size_t begin) {
    words_.push_back({word, begin, source_.substr(begin, at_ - begin)});
  }

  void skip_space() {
    while (at_ < source_.size()) {
      const char c = source_[at_];
      if (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f') {
        ++at_;
      } else if (starts("//")) {
        at_ = std::min(source_.find('\n', at_), source_.size());
      } else {
        return;
      }
    }
  }

  void read_word() {
    if (const std::size_t prefix = string_prefix(); prefix != std::string_view::npos) {
      return read_string(prefix);
    }
    if (is_letter(peek())) return read_name();
    if (is_digit(peek()) || (peek() == '.' && is_digit(peek(1)))) return read_number();
    if (peek() == '`') return read_quoted_name();
    for (const auto& [sign, word] : kSigns) {
      if (!starts(sign)) continue;
      const std::size_t begin = at_;
      at_ += sign.size();
      return emit(word, begin);
    }
    refuse_character();
  }

  void refuse_character() {
    const char c = peek();
    if (c == '=' || c == '&' || c == '|') {
      const std::string sign(1, c);
      complain(at_, "`" + sign + "` is not an operator; did you mean `" + sign + sign + "`?");
    } else {
      complain(at_, "unexpected character");
    }
    ++at_;
    while (at_ < source_.size() && (static_cast<unsigned char>(source_[at_]) & 0xC0) == 0x80) {
      ++at_;
    }
  }

  void read_name() {
    const std::size_t begin = at_;
    while (is_letter(peek()) || is_digit(peek())) ++at_;
    const std::string_view text = source_.substr(begin, at_ - begin);
    Word word = Word::kName;
    if (text == "true") word = Word::kTrue;
    if (text == "false") word = Word::kFalse;
    if (text == "null") word = Word::kNull;
    if (text == "in") word = Word::kIn;
    emit(word, begin);
  }

  void read_quoted_name() {
    const std::size_t begin = at_++;
    const auto fits = [](char c) {
      return is_letter(c) || is_digit(c) || c == '.' || c == '-' || c == '/' || c == ' ';
    };
    while (fits(peek())) ++at_;
    if (peek() != '`' || at_ == begin + 1) {
      return complain(begin, "a name in backquotes holds letters, digits and `_.-/` only");
    }
    ++at_;
    emit(Word::kQuotedName, begin);
  }

  void read_number() {
    const std::size_t begin = at_;
    Word word = Word::kInt;
    if (peek() == '0' && (peek(1) == 'x' || peek(1) == 'X') && is_hex(peek(2))) {
      at_ += 2;
      while (is_hex(peek())) ++at_;
    } else {
      while (is_digit(peek())) ++at_;
      if (peek() == '.' && is_digit(peek(1))) {
        word = Word::kDouble;
        ++at_;
        while (is_digit(peek())) ++at_;
      }
      const std::size_t sign = peek(1) == '+' || peek(1) == '-' ? 1 : 0;
      if ((peek() == 'e' || peek() == 'E') && is_digit(peek(1 + sign))) {
        word = Word::kDouble;
        at_ += 1 + sign;
        while (is_digit(peek())) ++at_;
      }
    }
    if (word == Word::kInt && (peek() == 'u' || peek() == 'U')) {
      word = Word::kUint;
      ++at_;
    }
    if (is_letter(peek())) complain(at_, "a number cannot be followed by a letter");
    emit(word, begin);
  }

  /// The length of `r`, `b` or `br` if a string begins here.
  std::size_t string_prefix() const {
    std::size_t length = 0;
    if (peek(length) == 'b' || peek(length) == 'B') ++length;
    if (peek(length) == 'r' || peek(length) == 'R') ++length;
    const char quote = peek(length);
    return quote == '"' || quote == '\'' ? length : std::string_view::npos;
  }

  void read_string(std::size_t prefix) {
    const std::size_t begin = at_;
    const bool is_bytes = peek() == 'b' || peek() == 'B';
    const bool raw = prefix > 0 && (peek(prefix - 1) == 'r' || peek(prefix - 1) == 'R');
    at_ += prefix;
    const std::string one(1, peek());
    const std::string three = one + one + one;
    const bool triple = starts(three);
    const std::string& quote = triple ? three : one;
    at_ += quote.size();
    while (at_ < source_.size() && !starts(quote)) {
      if (!triple && (peek() == '\n' || peek() == '\r')) break;
      at_ += !raw && peek() == '\\' && at_ + 1 < source_.size() ? 2 : 1;
    }
    if (!starts(quote)) {
      at_ = source_.size();  // what follows would be read inside out
      return complain(begin, "this text is not closed; it lacks " + quote);
    }
    at_ += quote.size();
    emit(is_bytes ? Word::kBytes : Word::kString, begin);
  }

  std::string_view source_;
  std::vector<Problem>& problems_;
  std::vector<Token> words_;
  std::size_t at_ = 0;
};

}  // namespace

Problem problem_at(std::string_view source, std::size_t offset, Problem::Cause cause,
                   std::string message) {
  const std::string_view before = source.substr(0, offset);
  const std::size_t last_line = before.rfind('\n');
  const std::size_t line_start = last_line == std::string_view::npos ? 0 : last_line + 1;
  const auto is_start = [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; };
  const std::string_view on_line = before.substr(line_start);
  return {static_cast<int>(std::ranges::count(before, '\n')) + 1,
          static_cast<int>(std::ranges::count_if(on_line, is_start)) + 1, std::move(message),
          cause};
}

std::vector<Token> read_words(std::string_view source, std::vector<Problem>& problems) {
  return Lexer(source, problems).run();
}

int precedence(Word word) {
  switch (word) {
    case Word::kOr:
      return 1;
    case Word::kAnd:
      return 2;
    case Word::kEqual:
    case Word::kNotEqual:
    case Word::kLess:
    case Word::kLessEqual:
    case Word::kGreater:
    case Word::kGreaterEqual:
    case Word::kIn:
      return 3;
    case Word::kPlus:
    case Word::kMinus:
      return 4;
    case Word::kTimes:
    case Word::kDivide:
    case Word::kModulo:
      return 5;
    default:
      return 0;
  }
}

bool is_reserved(std::string_view name) {
  // "RESERVED" of CEL's grammar: not names of their own, but allowed after a dot.
  constexpr std::array<std::string_view, 17> kReserved = {
      "as",  "break", "const",   "continue",  "else",   "for", "function", "if",   "import",
      "let", "loop",  "package", "namespace", "return", "var", "void",     "while"};
  return std::ranges::find(kReserved, name) != kReserved.end();
}

}  // namespace pontage::expr
