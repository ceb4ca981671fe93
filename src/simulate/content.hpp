// What the simulator says: seeded text in pieces of one token each. Same hash, same text, on every
// machine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pontage::simulate {

/// A text and where its pieces end; a piece never splits a character.
struct Pieces {
  std::string text;
  std::vector<std::uint32_t> ends;

  void add(std::string_view piece) {
    text += piece;
    ends.push_back(static_cast<std::uint32_t>(text.size()));
  }
  [[nodiscard]] std::size_t count() const { return ends.size(); }
  [[nodiscard]] std::string_view piece(std::size_t index) const {
    const std::size_t begin = index == 0 ? 0 : ends[index - 1];
    return std::string_view(text).substr(begin, ends[index] - begin);
  }
  void keep(std::size_t count);       ///< drops the pieces from `count` on
  void keep_bytes(std::size_t size);  ///< drops the text from `size` on; a piece may get shorter
  void drop_bytes(std::size_t size);  ///< drops the first `size` bytes
};

Pieces prose(std::uint64_t hash, int pieces);
Pieces code(std::uint64_t hash, int pieces);
Pieces emoji(std::uint64_t hash,
             int pieces);  ///< many scripts, joined emoji, right-to-left, combining marks
Pieces split_text(std::string_view text, std::size_t piece_bytes);  ///< pieces of about that size
Pieces split_words(std::string_view text);  ///< a word with the blank before it is a piece

/// JSON text that satisfies a schema (type, properties, required, items, enum, const, anyOf, $ref,
/// bounds, common formats); an object of its own when the schema is empty. Compact, keys in
/// alphabetical order.
std::string json_for_schema(std::string_view schema, std::uint64_t hash);

}  // namespace pontage::simulate
