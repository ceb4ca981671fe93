// A recursive reader over the text; depth, nodes and bytes are bounded, and every value keeps its
// place.
#include "config/json5_reader.hpp"

#include <unordered_map>

#include "config/describe.hpp"
#include "config/json5_string.hpp"
#include "config/limits.hpp"

namespace pontage::config {
namespace {

bool is_word_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$' ||
         static_cast<unsigned char>(c) >= 0x80;
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_word_part(char c) {
  return is_word_start(c) || is_digit(c);
}

/// `-1`, `.5`, `5.`, `+2e3`: what JSON5 allows, without hexadecimal, Infinity and NaN.
bool is_number(std::string_view text) {
  std::size_t at = text.starts_with('-') || text.starts_with('+') ? 1 : 0;
  std::size_t digits = 0;
  for (; at < text.size() && is_digit(text[at]); ++at) ++digits;
  if (at < text.size() && text[at] == '.') {
    for (++at; at < text.size() && is_digit(text[at]); ++at) ++digits;
  }
  if (digits == 0) return false;
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
    const std::size_t exponent = at;
    while (at < text.size() && is_digit(text[at])) ++at;
    if (at == exponent) return false;
  }
  return at == text.size();
}

class Reader {
 public:
  Reader(const FileName& file, std::string_view text, const Environment& environment,
         Diagnostics& diagnostics)
      : file_(file), text_(text), environment_(environment), diagnostics_(diagnostics) {}

  bool document(Node& out) {
    skip();
    if (at_ == text_.size()) return true;  // an empty file is an empty configuration
    if (!value(out, 1)) return false;
    skip();
    if (at_ < text_.size()) return fail("unexpected text after the end of the configuration");
    return true;
  }

 private:
  bool fail(std::string message) { return fail_at(at_, std::move(message)); }
  bool fail_at(std::size_t offset, std::string message) {
    diagnostics_.error(mark_at(file_, text_, offset), "not valid JSON: " + message);
    return false;
  }

  void skip() { skip_json5_blank(text_, at_); }

  /// Marks are asked for in rising order, so that a large file is counted through once.
  Mark mark() {
    for (; counted_ < at_; ++counted_) {
      if (text_[counted_] != '\n') continue;
      ++line_;
      line_start_ = counted_ + 1;
    }
    return {file_, line_, static_cast<int>(at_ - line_start_) + 1};
  }

  bool value(Node& out, int depth) {
    skip();
    out.mark = mark();
    if (depth > kTreeDepth)
      return fail("nested deeper than " + std::to_string(kTreeDepth) + " levels");
    if (at_ >= text_.size()) return fail("expected a value, found the end of the file");
    bool good = false;
    switch (text_[at_]) {
      case '{':
        good = map(out, depth);
        break;
      case '[':
        good = sequence(out, depth);
        break;
      case '"':
      case '\'':
        out.kind = Node::Kind::kScalar;
        out.quoted = true;
        good = string(out.text);
        break;
      default:
        good = word(out);
    }
    if (!good) return false;
    if (out.is_scalar()) expand_variables(out, environment_, diagnostics_);
    if (!budget_.spend(1, out.text.size() + out.source_text.size())) {
      return fail("the configuration grows too large here");
    }
    return true;
  }

  bool word(Node& out) {
    const std::size_t start = at_;
    constexpr std::string_view kEnds = " \t\n,:[]{}\"'/";
    while (at_ < text_.size() && kEnds.find(text_[at_]) == std::string_view::npos) ++at_;
    const std::string_view found = text_.substr(start, at_ - start);
    if (found == "null") return true;
    if (found == "true" || found == "false" || is_number(found)) {
      out.kind = Node::Kind::kScalar;
      out.text = found;
      return true;
    }
    if (found.empty())
      return fail_at(start, "expected a value, found " + quote(text_.substr(start, 1)));
    return fail_at(start, "unknown word " + quote(found) + "; a text needs quotes");
  }

  bool string(std::string& out) {
    std::string problem;
    const std::size_t start = at_;
    if (!read_json5_string(text_, at_, out, problem)) return fail(problem);
    if (has_control(out)) {
      diagnostics_.error(mark_at(file_, text_, start), "control character in a text");
    }
    return true;
  }

  bool key(Node::Entry& entry) {
    entry.mark = mark();
    const char c = text_[at_];
    if (c == '"' || c == '\'') {
      if (!string(entry.key)) return false;
    } else if (is_word_start(c)) {
      const std::size_t start = at_;
      while (at_ < text_.size() && is_word_part(text_[at_])) ++at_;
      entry.key = text_.substr(start, at_ - start);
    } else {
      return fail("expected a key, found " + quote(text_.substr(at_, 1)));
    }
    expand_key(entry.key, entry.mark, diagnostics_);
    skip();
    if (at_ >= text_.size() || text_[at_] != ':')
      return fail("expected \":\" after the key " + quote(entry.key));
    ++at_;
    return true;
  }

  bool map(Node& out, int depth) {
    out.kind = Node::Kind::kMap;
    std::unordered_map<std::string, int> lines;
    const std::size_t start = at_++;
    for (;;) {
      skip();
      if (at_ >= text_.size()) return fail_at(start, "this \"{\" is never closed");
      if (text_[at_] == '}') break;
      Node::Entry entry;
      if (!key(entry) || !value(entry.value, depth + 1)) return false;
      if (!budget_.spend(0, entry.key.size()))
        return fail("the configuration grows too large here");
      const auto [first, is_new] = lines.emplace(entry.key, entry.mark.line);
      if (is_new) {
        out.entries.push_back(std::move(entry));
      } else {
        diagnostics_.error(entry.mark, "the key " + quote(entry.key) +
                                           " stands twice; first on line " +
                                           std::to_string(first->second));
      }
      if (!comma_or('}')) return false;
    }
    ++at_;
    return true;
  }

  bool sequence(Node& out, int depth) {
    out.kind = Node::Kind::kSequence;
    const std::size_t start = at_++;
    for (;;) {
      skip();
      if (at_ >= text_.size()) return fail_at(start, "this \"[\" is never closed");
      if (text_[at_] == ']') break;
      out.items.emplace_back();
      if (!value(out.items.back(), depth + 1) || !comma_or(']')) return false;
    }
    ++at_;
    return true;
  }

  /// Between two entries: eats a comma, or leaves the closing bracket (and the end) to the caller.
  bool comma_or(char close) {
    skip();
    if (at_ >= text_.size() || text_[at_] == close) return true;
    if (text_[at_] == ',') {
      ++at_;
      return true;
    }
    return fail(std::string("expected \",\" or \"") + close + "\", found " +
                quote(text_.substr(at_, 1)));
  }

  const FileName& file_;
  std::string_view text_;
  const Environment& environment_;
  Diagnostics& diagnostics_;
  TreeBudget budget_;
  std::size_t at_ = 0;
  std::size_t counted_ = 0;
  std::size_t line_start_ = 0;
  int line_ = 1;
};

}  // namespace

void skip_json5_blank(std::string_view text, std::size_t& at) {
  for (;;) {
    at = std::min(text.find_first_not_of(" \t\n", at), text.size());
    const std::string_view rest = text.substr(at);
    if (rest.starts_with("//")) {
      at = std::min(text.find('\n', at), text.size());
    } else if (rest.starts_with("/*")) {
      const std::size_t end = text.find("*/", at + 2);
      if (end == std::string_view::npos) return;
      at = end + 2;
    } else {
      return;
    }
  }
}

std::optional<Node> read_json5(const FileName& file, std::string_view text,
                               const Environment& environment, Diagnostics& diagnostics) {
  Node root;
  if (!Reader(file, text, environment, diagnostics).document(root)) return std::nullopt;
  return root;
}

}  // namespace pontage::config
