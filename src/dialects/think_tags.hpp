// Thinking that a model writes into its text between <think> and </think>, taken out again (row
// D8). Only at the very beginning of an answer: later such tags are the model's own words.
#pragma once

#include <string>
#include <string_view>

namespace pontage::dialects {

class ThinkTags {
 public:
  /// Splits the next piece; `thinking` and `text` are what it certainly holds of either, thinking
  /// first. They are valid until the next call.
  void split(std::string_view piece, std::string_view& thinking, std::string_view& text);
  /// At the end: what was held back because it might have been a tag. Said once.
  void rest(std::string_view& thinking, std::string_view& text);

 private:
  enum class At { kStart, kThinking, kAfter, kText };
  At at_ = At::kStart;
  std::string held_;
  std::string thinking_;
  std::string text_;
};

}  // namespace pontage::dialects
