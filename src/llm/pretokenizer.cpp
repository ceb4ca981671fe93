// The patterns, from openai/tiktoken (tiktoken_ext/openai_public.py); each function says which part
// it stands for.
//
//   o200k_base                                                            cl100k_base
//   W1 Q?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+C?     C
//   W2 Q?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*C?     Q?\p{L}+
//   \p{N}{1,3}                                                            \p{N}{1,3}
//   " "?[^\s\p{L}\p{N}]+[\r\n/]*                                          "
//   "?[^\s\p{L}\p{N}]+[\r\n]*
//   \s*[\r\n]+   \s+(?!\S)   \s+                                          the same three
//
// where Q is [^\r\n\p{L}\p{N}] and C is (?i:'s|'t|'re|'ve|'m|'ll|'d). Alternatives are tried in
// this order.
#include "llm/pretokenizer.hpp"

#include "llm/utf8.hpp"

namespace pontage::llm {
namespace {

bool is_letter(CharClass kind) {
  return kind == CharClass::kUpper || kind == CharClass::kLower || kind == CharClass::kLetter;
}
// Q, the optional first character of a word: a mark may be it, too.
bool may_lead(CharClass kind) {
  return kind == CharClass::kOther || kind == CharClass::kSpace || kind == CharClass::kMark;
}
bool in_both_cases(CharClass kind) {
  return kind == CharClass::kLetter || kind == CharClass::kMark;
}
bool is_symbol(CharClass kind) {
  return kind == CharClass::kOther || kind == CharClass::kMark;
}
bool is_space(CharClass kind) {
  return kind == CharClass::kSpace || kind == CharClass::kNewline;
}

}  // namespace

std::string_view Pretokenizer::next() {
  const std::size_t start = at_;
  at_ = encoding_ == Encoding::kO200k ? end_o200k(start) : end_cl100k(start);
  return text_.substr(start, at_ - start);
}

Pretokenizer::Char Pretokenizer::char_at(std::size_t at) {
  ++steps_;
  if (at >= text_.size()) return {CharClass::kOther, 0};
  const CodePoint code = decode(text_, at);
  return {char_class(code.value), code.length};
}

std::size_t Pretokenizer::end_o200k(std::size_t at) {
  const Char first = char_at(at);
  if (first.kind == CharClass::kNumber) return numbers(at);
  if (may_lead(first.kind)) {
    const std::size_t word = at + first.length;
    if (const std::size_t end = mixed_word(word); end != word) return end;
    // Without the lead: only a mark can also be the word's own first character, and alone it is a
    // word.
    if (first.kind == CharClass::kMark) return mixed_word(at);
    if (const std::size_t end = upper_word(word); end != word) return end;
  } else if (is_letter(first.kind)) {
    if (const std::size_t end = mixed_word(at); end != at) return end;
    return upper_word(at);
  }
  if (const std::size_t end = symbols(at, true); end != at) return end;
  return spaces(at);
}

std::size_t Pretokenizer::end_cl100k(std::size_t at) {
  if (const std::size_t end = contraction(at); end != at) return end;
  const Char first = char_at(at);
  if (first.kind == CharClass::kNumber) return numbers(at);
  if (is_letter(first.kind)) return plain_word(at);
  if (may_lead(first.kind)) {
    const std::size_t word = at + first.length;
    if (const std::size_t end = plain_word(word); end != word) return end;
  }
  if (const std::size_t end = symbols(at, false); end != at) return end;
  return spaces(at);
}

// W1 behind its lead; `at` if it does not match. The first, greedy run takes all it can. If a
// lower-case letter follows, the second run goes on from there. Otherwise the first run gives back,
// from its end, until the second can have one character: the last one that counts as both cases.
std::size_t Pretokenizer::mixed_word(std::size_t at) {
  std::size_t end = at;
  std::size_t after_both = at;
  Char c = char_at(end);
  while (c.length != 0 && (c.kind == CharClass::kUpper || in_both_cases(c.kind))) {
    end += c.length;
    if (in_both_cases(c.kind)) after_both = end;
    c = char_at(end);
  }
  if (c.length == 0 || c.kind != CharClass::kLower) {
    return after_both == at ? at : contraction(after_both);
  }
  while (c.length != 0 && (c.kind == CharClass::kLower || in_both_cases(c.kind))) {
    end += c.length;
    c = char_at(end);
  }
  return contraction(end);
}

// W2 behind its lead, where W1 did not match: then the run is upper case only, and no lower case
// follows.
std::size_t Pretokenizer::upper_word(std::size_t at) {
  std::size_t end = at;
  for (Char c = char_at(end); c.length != 0 && c.kind == CharClass::kUpper; c = char_at(end)) {
    end += c.length;
  }
  return end == at ? at : contraction(end);
}

// \p{L}+
std::size_t Pretokenizer::plain_word(std::size_t at) {
  for (Char c = char_at(at); c.length != 0 && is_letter(c.kind); c = char_at(at)) at += c.length;
  return at;
}

// C?: the end of the contraction at `at`, or `at`. Case-insensitive in Unicode's sense, where
// U+017F (long s, in UTF-8 C5 BF) is an s.
std::size_t Pretokenizer::contraction(std::size_t at) const {
  const std::string_view rest = text_.substr(at, 3);
  if (rest.size() < 2 || rest[0] != '\'') return at;
  const auto lower = [&](std::size_t i) {
    const char c = i < rest.size() ? rest[i] : '\0';
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  };
  const char first = lower(1);
  const char second = lower(2);
  if (first == 's' || first == 't' || first == 'm' || first == 'd') return at + 2;
  if ((first == 'r' || first == 'v') && second == 'e') return at + 3;
  if (first == 'l' && second == 'l') return at + 3;
  if (rest == "'\xC5\xBF") return at + 3;
  return at;
}

// \p{N}{1,3}
std::size_t Pretokenizer::numbers(std::size_t at) {
  for (int i = 0; i < 3; ++i) {
    const Char c = char_at(at);
    if (c.length == 0 || c.kind != CharClass::kNumber) break;
    at += c.length;
  }
  return at;
}

// " "?[^\s\p{L}\p{N}]+ and the newlines (and slashes) behind it; `at` if it does not match.
std::size_t Pretokenizer::symbols(std::size_t at, bool slashes) {
  std::size_t end = at + (text_[at] == ' ' ? 1 : 0);
  const std::size_t start = end;
  for (Char c = char_at(end); c.length != 0 && is_symbol(c.kind); c = char_at(end)) end += c.length;
  if (end == start) return at;
  while (end < text_.size() &&
         (text_[end] == '\r' || text_[end] == '\n' || (slashes && text_[end] == '/'))) {
    ++steps_;
    ++end;
  }
  return end;
}

// The last three alternatives, of which the last always matches: up to and with the run's last
// newline; else all of the run that ends the text; else all but the last character, which goes with
// what follows; else that one.
std::size_t Pretokenizer::spaces(std::size_t at) {
  std::size_t end = at;
  std::size_t before_last = at;
  std::size_t after_newline = at;
  Char c = char_at(end);
  while (c.length != 0 && is_space(c.kind)) {
    before_last = end;
    end += c.length;
    if (c.kind == CharClass::kNewline) after_newline = end;
    c = char_at(end);
  }
  if (after_newline != at) return after_newline;
  return end == text_.size() || before_last == at ? end : before_last;
}

}  // namespace pontage::llm
