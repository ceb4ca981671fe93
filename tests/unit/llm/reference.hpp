// What the tokenizer is checked against: OpenAI's patterns run by a small backtracking matcher that
// follows the rules of regular expressions literally, and byte-pair encoding as the textbook has
// it. Slow (quadratic and worse) and simple.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string_view>
#include <vector>

#include "llm/char_class.hpp"
#include "llm/rank_table.hpp"
#include "llm/utf8.hpp"

namespace pontage::llm::reference {

/// The text as code points, with the byte offset of each and of the end.
struct Text {
  std::vector<char32_t> codes;
  std::vector<std::size_t> offsets;
};

inline Text decode_all(std::string_view text) {
  Text out;
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint code = decode(text, at);
    out.codes.push_back(code.value);
    out.offsets.push_back(at);
    at += code.length;
  }
  out.offsets.push_back(text.size());
  return out;
}

using Set = std::function<bool(char32_t)>;

inline Set any_of(std::vector<CharClass> kinds) {
  return [kinds = std::move(kinds)](char32_t c) {
    for (const CharClass kind : kinds) {
      if (char_class(c) == kind) return true;
    }
    return false;
  };
}
inline Set none_of(std::vector<CharClass> kinds) {
  return [set = any_of(std::move(kinds))](char32_t c) { return !set(c); };
}
inline Set chars(std::u32string_view list) {
  return [list](char32_t c) { return list.find(c) != list.npos; };
}

/// A set repeated greedily, or an optional or required contraction, or the look-ahead (?!\S).
struct Item {
  enum class Kind { kSet, kContraction, kNotBeforeNonSpace } kind = Kind::kSet;
  Set set = {};
  std::size_t min = 1;
  std::size_t max = 1;
};
inline constexpr std::size_t kMany = std::numeric_limits<std::size_t>::max();
using Sequence = std::vector<Item>;

inline char32_t fold(char32_t c) {
  if (c == 0x17F) return 's';  // Unicode simple case folding of the long s
  return c >= 'A' && c <= 'Z' ? c + 32 : c;
}

class Matcher {
 public:
  explicit Matcher(const Text& text) : codes_(text.codes) {}

  [[nodiscard]] std::optional<std::size_t> match(const Sequence& items, std::size_t item,
                                                 std::size_t at) const {
    if (item == items.size()) return at;
    switch (items[item].kind) {
      case Item::Kind::kSet:
        return match_set(items, item, at);
      case Item::Kind::kContraction:
        return match_contraction(items, item, at);
      case Item::Kind::kNotBeforeNonSpace:
        if (at < codes_.size() && !is_space(codes_[at])) return std::nullopt;
        return match(items, item + 1, at);
    }
    return std::nullopt;
  }

 private:
  static bool is_space(char32_t c) { return any_of({CharClass::kSpace, CharClass::kNewline})(c); }

  [[nodiscard]] std::optional<std::size_t> match_set(const Sequence& items, std::size_t item,
                                                     std::size_t at) const {
    std::size_t taken = 0;
    while (taken < items[item].max && at + taken < codes_.size() &&
           items[item].set(codes_[at + taken])) {
      ++taken;
    }
    for (;; --taken) {
      if (taken < items[item].min) return std::nullopt;
      if (const auto end = match(items, item + 1, at + taken)) return end;
      if (taken == 0) return std::nullopt;
    }
  }

  [[nodiscard]] std::optional<std::size_t> match_contraction(const Sequence& items,
                                                             std::size_t item,
                                                             std::size_t at) const {
    for (const std::u32string_view word : {U"'s", U"'t", U"'re", U"'ve", U"'m", U"'ll", U"'d"}) {
      std::size_t i = 0;
      while (i < word.size() && at + i < codes_.size() && fold(codes_[at + i]) == word[i]) ++i;
      if (i < word.size()) continue;
      if (const auto end = match(items, item + 1, at + i)) return end;
    }
    if (items[item].min > 0) return std::nullopt;
    return match(items, item + 1, at);
  }

  const std::vector<char32_t>& codes_;
};

inline std::vector<Sequence> pattern(Encoding encoding) {
  using enum CharClass;
  const Set lead = none_of({kNewline, kUpper, kLower, kLetter, kNumber});
  const Set upper = any_of({kUpper, kLetter, kMark});
  const Set lower = any_of({kLower, kLetter, kMark});
  const Set letter = any_of({kUpper, kLower, kLetter});
  const Set symbol = none_of({kSpace, kNewline, kUpper, kLower, kLetter, kNumber});
  const Set space = any_of({kSpace, kNewline});
  const Item contraction{Item::Kind::kContraction, {}, 1, 1};
  const Item maybe_contraction{Item::Kind::kContraction, {}, 0, 1};
  const auto set = [](const Set& members, std::size_t min, std::size_t max) {
    return Item{Item::Kind::kSet, members, min, max};
  };
  std::vector<Sequence> out;
  if (encoding == Encoding::kO200k) {
    out.push_back({set(lead, 0, 1), set(upper, 0, kMany), set(lower, 1, kMany), maybe_contraction});
    out.push_back({set(lead, 0, 1), set(upper, 1, kMany), set(lower, 0, kMany), maybe_contraction});
  } else {
    out.push_back({contraction});
    out.push_back({set(lead, 0, 1), set(letter, 1, kMany)});
  }
  out.push_back({set(any_of({kNumber}), 1, 3)});
  const Set after_symbols = encoding == Encoding::kO200k ? chars(U"\r\n/") : chars(U"\r\n");
  out.push_back({set(chars(U" "), 0, 1), set(symbol, 1, kMany), set(after_symbols, 0, kMany)});
  out.push_back({set(space, 0, kMany), set(chars(U"\r\n"), 1, kMany)});
  out.push_back({set(space, 1, kMany), Item{Item::Kind::kNotBeforeNonSpace, {}, 1, 1}});
  out.push_back({set(space, 1, kMany)});
  return out;
}

inline std::vector<std::string_view> split(Encoding encoding, std::string_view text) {
  const Text decoded = decode_all(text);
  const Matcher matcher(decoded);
  static const std::vector<Sequence> patterns[] = {pattern(Encoding::kO200k),
                                                   pattern(Encoding::kCl100k)};
  const auto& alternatives = patterns[encoding == Encoding::kO200k ? 0 : 1];
  std::vector<std::string_view> pieces;
  for (std::size_t at = 0; at < decoded.codes.size();) {
    std::optional<std::size_t> end;
    for (const Sequence& alternative : alternatives) {
      end = matcher.match(alternative, 0, at);
      if (end) break;
    }
    if (!end || *end == at) return {};  // cannot be: the alternatives cover all characters
    const std::size_t from = decoded.offsets[at];
    pieces.push_back(text.substr(from, decoded.offsets[*end] - from));
    at = *end;
  }
  return pieces;
}

/// Joins the adjacent pair whose bytes are the token of lowest rank, the leftmost of equals, until
/// there is none.
inline std::int64_t encode(Encoding encoding, std::string_view piece) {
  const RankTable& table = RankTable::of(encoding);
  std::vector<std::size_t> starts;
  for (std::size_t i = 0; i <= piece.size(); ++i) starts.push_back(i);
  for (;;) {
    Token best = kNoToken;
    std::size_t at = 0;
    for (std::size_t i = 0; i + 2 < starts.size(); ++i) {
      const Token token = table.word(piece.substr(starts[i], starts[i + 2] - starts[i]));
      if (token < best) {
        best = token;
        at = i;
      }
    }
    if (best == kNoToken) return static_cast<std::int64_t>(starts.size()) - 1;
    starts.erase(starts.begin() + static_cast<std::ptrdiff_t>(at) + 1);
  }
}

inline std::int64_t count(Encoding encoding, std::string_view text) {
  std::int64_t total = 0;
  for (const std::string_view piece : split(encoding, text)) total += encode(encoding, piece);
  return total;
}

}  // namespace pontage::llm::reference
