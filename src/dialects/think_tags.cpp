#include "dialects/think_tags.hpp"

#include <algorithm>

namespace pontage::dialects {
namespace {

constexpr std::string_view kOpen = "<think>";
constexpr std::string_view kClose = "</think>";
constexpr std::string_view kBlanks = " \t\r\n";

// How many of the last bytes may be the beginning of `tag`.
std::size_t partial(std::string_view text, std::string_view tag) {
  for (std::size_t n = std::min(text.size(), tag.size() - 1); n > 0; --n) {
    if (tag.starts_with(text.substr(text.size() - n))) return n;
  }
  return 0;
}

}  // namespace

void ThinkTags::split(std::string_view piece, std::string_view& thinking, std::string_view& text) {
  thinking = {};
  text = {};
  if (at_ == At::kText) {
    text = piece;
    return;
  }
  thinking_.clear();
  text_.clear();
  held_.append(piece);
  if (at_ == At::kStart) {
    const std::size_t from = std::min(held_.find_first_not_of(kBlanks), held_.size());
    const std::string_view seen = std::string_view(held_).substr(from);
    if (seen.starts_with(kOpen)) {
      held_.erase(0, from + kOpen.size());
      at_ = At::kThinking;
    } else if (!kOpen.starts_with(seen)) {
      at_ = At::kText;
    } else {
      return;  // blanks, or the beginning of a tag
    }
  }
  if (at_ == At::kThinking) {
    if (const std::size_t end = held_.find(kClose); end != std::string::npos) {
      thinking_ = held_.substr(0, end);
      held_.erase(0, end + kClose.size());
      at_ = At::kAfter;
    } else {
      const std::size_t sure = held_.size() - partial(held_, kClose);
      thinking_ = held_.substr(0, sure);
      held_.erase(0, sure);
    }
    thinking = thinking_;
  }
  if (at_ == At::kAfter) {  // the blank lines between thinking and answer belong to neither
    held_.erase(0, std::min(held_.find_first_not_of(kBlanks), held_.size()));
    if (!held_.empty()) at_ = At::kText;
  }
  if (at_ == At::kText) {
    text_.swap(held_);
    text = text_;
  }
}

void ThinkTags::rest(std::string_view& thinking, std::string_view& text) {
  thinking = {};
  text = {};
  thinking_.clear();
  text_.clear();
  (at_ == At::kThinking ? thinking_ : text_).swap(held_);
  (at_ == At::kThinking ? thinking : text) = at_ == At::kThinking ? thinking_ : text_;
}

}  // namespace pontage::dialects
