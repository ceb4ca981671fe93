#include "dialects/seam.hpp"

#include <algorithm>
#include <utility>

#include "llm/char_class.hpp"
#include "llm/utf8.hpp"

namespace pontage::dialects {
namespace {

using llm::CharClass;

constexpr std::size_t kAnchorCharacters = 2;
constexpr std::size_t kNearSeam = 64;  // a repetition that strays from here on was meant as one

bool continues_character(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0) == 0x80;
}

// Where the character before `end` begins; the text must be valid up to there.
std::size_t before(std::string_view text, std::size_t end) {
  --end;
  while (end > 0 && continues_character(text[end])) --end;
  return end;
}

bool is_blank(CharClass kind) {
  return kind == CharClass::kSpace || kind == CharClass::kNewline;
}

std::size_t without_blanks(std::string_view text, std::size_t end) {
  while (end > 0) {
    const std::size_t at = before(text, end);
    if (!is_blank(llm::char_class(llm::decode(text, at).value))) break;
    end = at;
  }
  return end;
}

bool is_one_of(char32_t code, std::string_view set) {
  return code < 0x80 && set.find(static_cast<char>(code)) != std::string_view::npos;
}

// Quotes that are open at the end of `text`: then one closes it.
bool in_quotes(std::string_view text) {
  bool open = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      open = !open;
    }
  }
  return open;
}

}  // namespace

std::size_t Seam::asked(std::string_view sent) {
  std::size_t end = llm::valid_utf8_prefix(sent);
  const std::size_t bare = without_blanks(sent, end);
  if (bare == 0 || bare < end) return bare;
  const auto last = llm::decode(sent, before(sent, end)).value;
  const CharClass kind = llm::char_class(last);
  const bool tells = last < 0x80 || kind == CharClass::kUpper || kind == CharClass::kLower;
  if (tells && end == sent.size()) return end;
  for (std::size_t i = 0; i < kAnchorCharacters && end > 0; ++i) end = before(sent, end);
  return without_blanks(sent, end);
}

Seam::Seam(std::string sent, Trust trust)
    : sent_(std::move(sent)), base_(sent_.size() - asked(sent_)), trust_(trust) {
  const std::string_view along = std::string_view(sent_).substr(0, asked(sent_));
  const std::size_t words = last_words(along).size();
  if (trust == Trust::kAsked && words >= kEvidence) wanted_ = base_ + words;
}

std::string_view Seam::last_words(std::string_view along) {
  if (along.size() <= kLastWords) return along;
  std::size_t at = along.size() - kLastWords;
  while (continues_character(along[at])) ++at;
  const std::size_t blank = along.find(' ', at);
  const bool near = blank != std::string_view::npos && along.size() - blank > 2 * kEvidence;
  return along.substr(near ? blank + 1 : at);
}

Seam::State Seam::refuse() {
  held_.clear();
  return state_ = State::kUnjoinable;
}

Seam::State Seam::join(std::size_t skipped, std::string& out) {
  out.append(held_, skipped);
  held_.clear();
  return state_ = State::kJoined;
}

Seam::State Seam::feed(std::string_view piece, std::string& out) {
  if (state_ == State::kJoined) out.append(piece);
  for (std::size_t i = 0; i < piece.size() && state_ == State::kHeld; ++i) {
    held_.push_back(piece[i]);
    take(piece[i]);
    if ((!alive_.empty() || leading_) && work_ <= kWorkLimit) continue;
    const std::string_view rest = piece.substr(i + 1);
    if (decide(false, out) == State::kJoined) out.append(rest);
  }
  return state_;
}

Seam::State Seam::end(std::string& out) {
  if (state_ == State::kHeld) decide(true, out);
  return state_;
}

void Seam::begin(char first) {
  for (std::size_t at = sent_.find(first); at != std::string::npos; at = sent_.find(first, at + 1))
    alive_.push_back({at, 0});
}

// Follows every reading by one byte. One that has come to the end of what was sent is a repetition.
void Seam::take(char next) {
  const std::size_t index = held_.size() - 1;
  if (index == 0) begin(next);
  work_ += alive_.size();
  const bool blank = next == ' ' || next == '\n' || next == '\r' || next == '\t';
  if (leading_ && !blank) {
    leading_ = false;
    // A new start may differ in the blanks before it.
    const std::size_t at = sent_.find_first_not_of(" \n\r\t");
    if (at != std::string::npos && at != index) alive_.push_back({at, index});
  }
  std::erase_if(alive_, [&](const Reading& reading) {
    const std::size_t same = index - reading.after;
    if (sent_[reading.at + same] != next) {
      drop(reading, same);
      return true;
    }
    if (reading.at + same + 1 < sent_.size()) return false;
    matches_.push_back(index + 1);
    return true;
  });
}

void Seam::drop(const Reading& reading, std::size_t same) {
  const bool from_start = reading.at == 0 || reading.after > 0;
  if (same >= kEvidence && (from_start || sent_.size() - reading.at <= kNearSeam)) strays_ = true;
}

// What must be repeated is, and that is all; else the longest repetition is meant, if it is too
// long to be anything else even after a shorter one: `---- ----` can be cut and go on anywhere.
bool Seam::repeated(std::size_t& skipped) const {
  if (matches_.empty()) return false;
  skipped = *std::ranges::max_element(matches_);
  for (const std::size_t wanted : {wanted_, base_}) {
    if (wanted > 0 && std::ranges::find(matches_, wanted) != matches_.end())
      return skipped == wanted;
  }
  if (skipped < base_ || skipped < kEvidence) return false;
  const bool clear = std::ranges::all_of(matches_, [&](std::size_t other) {
    return other == skipped || skipped - other >= kEvidence;
  });
  return clear && (base_ > 0 || said_once(skipped));
}

// Whether the text does not merely say the same once more: lines, list items and refrains do, and
// where it has done so before it may again. Words of one sentence do not, nor does a whole text.
bool Seam::said_once(std::size_t skipped) const {
  const std::string_view said = std::string_view(held_).substr(0, skipped);
  if (said.ends_with(sent_)) return true;
  const std::size_t before = sent_.find(said);
  if (skipped < kRepetition || before + skipped != sent_.size()) return false;
  return std::ranges::all_of(said, [](char byte) {
    const bool letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
    return letter || static_cast<unsigned char>(byte) >= 0x80 ||
           std::string_view(" ,'-0123456789").find(byte) != std::string_view::npos;
  });
}

Seam::State Seam::decide(bool ended, std::string& out) {
  for (const Reading& reading : alive_) drop(reading, held_.size() - reading.after);
  alive_.clear();
  if (held_.empty()) return trust_ == Trust::kContract ? join(0, out) : refuse();
  if (strays_ || work_ > kWorkLimit) return refuse();
  std::size_t skipped = 0;
  if (repeated(skipped)) return join(skipped, out);
  // Whoever was asked for the last words and did not say them gives no proof of going on.
  if (!matches_.empty() || base_ > 0 || trust_ == Trust::kAsked) return refuse();
  const std::size_t valid = llm::valid_utf8_prefix(held_);
  const bool half = valid == 0 ? held_.size() < 4 : held_ == "\"";  // of a character, of a clue
  if (half && !ended) return State::kHeld;
  return valid > 0 && goes_on() ? join(0, out) : refuse();
}

// Whether the other text begins as no answer does, but as the middle of one.
bool Seam::goes_on() const {
  if (sent_.empty()) return true;
  const char32_t next = llm::decode(held_, 0).value;
  const CharClass kind = llm::char_class(next);
  const char32_t last = llm::decode(sent_, before(sent_, sent_.size())).value;
  const bool contract = trust_ == Trust::kContract;
  if (is_blank(kind) || is_one_of(next, ",.;:!?)]}=+&%^~_@\\")) return true;
  if (next == '"') {  // one that closes
    return in_quotes(sent_) && (held_.size() == 1 || is_one_of(held_[1], " ,:;.!?)]}\n\r\t"));
  }
  if (kind == CharClass::kMark) return contract;
  if (kind == CharClass::kLower) {
    // Whoever was merely told to go on may have left out the blank.
    return contract || is_one_of(last, "\"'([{<_/-=`@#$&|+*~^%\\");
  }
  return false;
}

}  // namespace pontage::dialects
