#include "simulate/content.hpp"

#include <algorithm>
#include <array>

#include "core/ids.hpp"

namespace pontage::simulate {
namespace {

// A sentence goes round these slots, so that the text reads as one and is still nothing but seeded
// chance.
constexpr std::size_t kSlotWords = 12;
constexpr std::array<std::array<std::string_view, kSlotWords>, 8> kSlots = {{
    {"the", "a", "every", "each", "this", "that", "the", "one", "no", "any", "the", "another"},
    {"old", "quiet", "narrow", "wooden", "bright", "patient", "early", "heavy", "small", "northern",
     "steady", "stone"},
    {"bridge", "keeper", "river", "ledger", "arch", "lamp", "traveller", "gate", "cart", "coin",
     "toll", "road"},
    {"carries", "counts", "crosses", "holds", "remembers", "opens", "waits", "pays", "follows",
     "passes", "keeps", "rests"},
    {"over", "under", "along", "beside", "without", "between", "before", "after", "near", "through",
     "above", "for"},
    {"the", "its", "a", "the", "every", "some", "the", "that", "this", "each", "the", "one"},
    {"water", "bank", "crossing", "morning", "weight", "upkeep", "wind", "span", "dawn", "city",
     "book", "rail"},
    {"and", "while", "until", "so", "but", "because", "where", "as", "and", "when", "though",
     "since"},
}};

constexpr auto kCode = std::to_array<std::string_view>({"```cpp\n",
                                                        "int",
                                                        " main",
                                                        "()",
                                                        " {\n",
                                                        "\tauto",
                                                        " path",
                                                        " =",
                                                        " \"C:\\\\tmp\\\\a.txt\"",
                                                        ";\n",
                                                        "  if",
                                                        " (x",
                                                        " <",
                                                        " 10",
                                                        " &&",
                                                        " y",
                                                        " !=",
                                                        " 0)",
                                                        " return",
                                                        " \"a\\n\"",
                                                        ";",
                                                        "\n}",
                                                        "\n```\n",
                                                        "// ",
                                                        "</div>",
                                                        "{\"k\":",
                                                        " [1,2]}",
                                                        "\r\n",
                                                        "data: [DONE]\n\n",
                                                        "event: x\n",
                                                        " #include",
                                                        " <vector>\n",
                                                        "'\\''",
                                                        " %s",
                                                        " \t"});

// Two-, three- and four-byte characters, a zero-width joiner sequence, a flag, a skin tone,
// combining marks, a right-to-left text, line separators that JSON need not escape, and a character
// outside the basic plane.
constexpr auto kEmoji = std::to_array<std::string_view>(
    {"é",    " ñandú", "ß",         " Ελλάδα",      " мост",
     "橋",   "を",     "渡る",      "다리",         " جسر",
     " גשר", "पुल",     "สะพาน",     "🌉",           " 👩‍👩‍👧‍👦",
     "🇫🇷",   "👍🏽",   "e\xCC\x81", "\xE2\x80\xA8", "\xE2\x80\xA9",
     "𝔹",    " 𓂀",     "\xC2\xA0",  "\xEF\xBB\xBF", "∑",
     "€",    " plain"});

// Neighbouring hashes must not start neighbouring sequences (splitmix64's finaliser).
FastRandom random_from(std::uint64_t hash) {
  hash = (hash ^ hash >> 30) * 0xBF58476D1CE4E5B9ULL;
  hash = (hash ^ hash >> 27) * 0x94D049BB133111EBULL;
  return FastRandom(hash ^ hash >> 31);
}

bool continues(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

template <std::size_t Size>
Pieces draw(const std::array<std::string_view, Size>& words, std::uint64_t hash, int pieces) {
  FastRandom random = random_from(hash);
  Pieces out;
  for (int i = 0; i < pieces; ++i) out.add(words[random.below(Size)]);
  return out;
}

}  // namespace

void Pieces::keep(std::size_t count) {
  if (count >= ends.size()) return;
  ends.resize(count);
  text.resize(count == 0 ? 0 : ends.back());
}

void Pieces::keep_bytes(std::size_t size) {
  if (size >= text.size()) return;
  text.resize(size);
  while (!ends.empty() && ends.back() >= size) ends.pop_back();
  if (size > 0) ends.push_back(static_cast<std::uint32_t>(size));
}

void Pieces::drop_bytes(std::size_t size) {
  size = std::min(size, text.size());
  text.erase(0, size);
  std::erase_if(ends, [&](std::uint32_t end) { return end <= size; });
  for (auto& end : ends) end -= static_cast<std::uint32_t>(size);
}

Pieces prose(std::uint64_t hash, int pieces) {
  FastRandom random = random_from(hash);
  Pieces out;
  std::string word;
  int in_sentence = 0;
  int sentence = 0;
  for (int i = 0; i < pieces; ++i) {
    if (in_sentence == sentence) {
      in_sentence = 0;
      sentence = random.below(2) == 0 ? 7 : 15;  // where the slots make a whole
    }
    word.assign(i == 0 ? "" : " ");
    word += kSlots[static_cast<std::size_t>(in_sentence) % kSlots.size()][random.below(kSlotWords)];
    if (in_sentence == 0) {
      char& first = word[i == 0 ? 0 : 1];
      first = static_cast<char>(first - 'a' + 'A');
    }
    ++in_sentence;
    if (in_sentence == sentence || i + 1 == pieces) word += '.';
    out.add(word);
  }
  return out;
}

Pieces code(std::uint64_t hash, int pieces) {
  return draw(kCode, hash, pieces);
}

Pieces emoji(std::uint64_t hash, int pieces) {
  return draw(kEmoji, hash, pieces);
}

Pieces split_text(std::string_view text, std::size_t piece_bytes) {
  Pieces out;
  while (!text.empty()) {
    std::size_t size = std::min(piece_bytes, text.size());
    while (size < text.size() && continues(text[size])) ++size;
    out.add(text.substr(0, size));
    text.remove_prefix(size);
  }
  return out;
}

Pieces split_words(std::string_view text) {
  Pieces out;
  while (!text.empty()) {
    const std::size_t next = text.find(' ', 1);
    out.add(text.substr(0, next));
    if (next == std::string_view::npos) break;
    text.remove_prefix(next);
  }
  return out;
}

}  // namespace pontage::simulate
