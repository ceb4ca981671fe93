// Thinking between tags: what is held back because it may become a tag is said once.
#include "dialects/think_tags.hpp"

#include <gtest/gtest.h>

namespace pontage::dialects {
namespace {

struct Split {
  std::string thinking, text;
};

Split play(const std::vector<std::string>& pieces) {
  ThinkTags tags;
  Split out;
  std::string_view thinking;
  std::string_view text;
  for (const auto& piece : pieces) {
    tags.split(piece, thinking, text);
    out.thinking.append(thinking);
    out.text.append(text);
  }
  for (int i = 0; i < 2; ++i) {  // the second time nothing is left
    tags.rest(thinking, text);
    out.thinking.append(thinking);
    out.text.append(text);
  }
  return out;
}

TEST(ThinkTags, WhatMayBeATagIsSaidOnce) {
  struct Row {
    std::vector<std::string> pieces;
    std::string thinking, text;
  };
  for (const Row& row : std::vector<Row>{{{"<"}, "", "<"},
                                         {{"<thi"}, "", "<thi"},
                                         {{"\n\n"}, "", "\n\n"},
                                         {{"<think>a</thi"}, "a</thi", ""},
                                         {{"<think>a</th", "ink>\n\nb"}, "a", "b"},
                                         {{"a <think>"}, "", "a <think>"}}) {
    const Split out = play(row.pieces);
    EXPECT_EQ(out.thinking, row.thinking) << row.pieces.front();
    EXPECT_EQ(out.text, row.text) << row.pieces.front();
  }
}

}  // namespace
}  // namespace pontage::dialects
