// Joins the text of a cut answer and that of another one which was asked to go on with it. The
// other may go on, start again from the beginning, repeat the last words, or say something else;
// only the first three give one whole text. What is sent is decided by bytes alone, and where they
// allow more than one reading nothing is sent. Pure; fed any split.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pontage::dialects {

class Seam {
 public:
  /// What holds of a target that goes on without repeating anything.
  enum class Trust : std::uint8_t {
    kContract,  ///< its interface promises to continue the text as it stands (prefill)
    kLoose,     ///< blanks at the seam may be lost, a new answer may come instead
    kAsked,     ///< it was asked to begin with last_words(), and proves itself by them
  };
  enum class State : std::uint8_t { kHeld, kJoined, kUnjoinable };

  /// So many bytes in a row are no coincidence: fewer prove neither a repetition nor a new start.
  static constexpr std::size_t kEvidence = 12;
  /// Words that the text might just as well say once more are so many.
  static constexpr std::size_t kRepetition = 16;
  /// What is asked for in so many words is a repetition of so many bytes.
  static constexpr std::size_t kLastWords = 48;
  /// Comparisons of bytes, after which a text that repeats itself without end is given up.
  static constexpr std::size_t kWorkLimit = 4'000'000;

  /// How much of `sent` is to go along: what comes after it must be repeated, and shows that the
  /// target goes on. That is blanks at the end, which some providers refuse there, the beginning of
  /// a character, and two characters of scripts where neither blanks nor lower case tell the
  /// middle of a text from its beginning.
  static std::size_t asked(std::string_view sent);

  /// The end of what goes along, from the beginning of a word where one is near.
  static std::string_view last_words(std::string_view along);

  Seam(std::string sent, Trust trust);
  /// Appends to `out` what the client does not have yet.
  State feed(std::string_view piece, std::string& out);
  /// The other text has ended.
  State end(std::string& out);
  [[nodiscard]] State state() const { return state_; }

 private:
  struct Reading {
    std::size_t at;     // in the text that was sent
    std::size_t after;  // so many bytes of the other text stand before it (blanks)
  };
  void begin(char first);
  void take(char next);
  void drop(const Reading& reading, std::size_t same);
  State decide(bool ended, std::string& out);
  State join(std::size_t skipped, std::string& out);
  State refuse();
  [[nodiscard]] bool repeated(std::size_t& skipped) const;
  [[nodiscard]] bool said_once(std::size_t skipped) const;
  [[nodiscard]] bool goes_on() const;

  std::string sent_;
  std::size_t base_;        // so many bytes must be repeated
  std::size_t wanted_ = 0;  // so many bytes were asked to be repeated
  Trust trust_;
  State state_ = State::kHeld;
  std::string held_;
  std::vector<Reading> alive_;        // repetitions that may still be complete
  std::vector<std::size_t> matches_;  // complete ones: so many bytes of the other text
  std::size_t work_ = 0;
  bool strays_ = false;  // one went on otherwise after more than a coincidence
  bool leading_ = true;  // only blanks so far
};

}  // namespace pontage::dialects
