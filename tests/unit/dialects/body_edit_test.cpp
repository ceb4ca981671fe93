// Fields of a body are set, added and removed; every other byte stays.
#include "dialects/body_edit.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace pontage::dialects {
namespace {

std::string edit(std::string_view body, const std::vector<BodyField>& set,
                 const std::vector<std::string_view>& drop = {}) {
  return edit_body(body, set, drop);
}

TEST(BodyEdit, SetsAddsAndRemoves) {
  EXPECT_EQ(edit(R"({"a":1,"b": [1, 2],"c":"x"})", {{"b", "0"}}), R"({"a":1,"b":0,"c":"x"})");
  EXPECT_EQ(edit(R"({"a":1})", {{"b", "{}"}, {"c", "null"}}), R"({"a":1,"b":{},"c":null})");
  EXPECT_EQ(edit("{}", {{"b", "true"}}), R"({"b":true})");
  EXPECT_EQ(edit(R"({"a":1,"b":2,"c":3})", {}, {"a", "c"}), R"({"b":2})");
  EXPECT_EQ(edit(R"( {"a":1} )", {}, {"a"}), " {} ");
  EXPECT_EQ(edit(R"({"a":{"b":1},"b":2})", {{"b", "9"}}), R"({"a":{"b":1},"b":9})")
      << "only the top level";
}

TEST(BodyEdit, KeysAreWhatTheyMean) {
  EXPECT_EQ(edit(R"({"mod\u0065":1})", {{"mode", "2"}}), R"({"mod\u0065":2})");
  EXPECT_EQ(edit(R"({"mod\u0065":1})", {}, {"mode"}), "{}");
  EXPECT_EQ(edit("{}", {{"a\"b", "1"}}), R"({"a\"b":1})");
}

TEST(BodyEdit, WhatIsNoObjectStays) {
  for (const char* body : {"", "[]", "1", "  "}) EXPECT_EQ(edit(body, {{"a", "1"}}), body);
}

TEST(BodyField, IsFoundAtTheTopOnly) {
  EXPECT_EQ(body_field(R"({"x":{"a":1},"a": "v" })", "a"), "\"v\"");
  EXPECT_EQ(body_field(R"({"x":{"a":1}})", "a").data(), nullptr);
  EXPECT_EQ(body_field("[]", "a").data(), nullptr);
}

}  // namespace
}  // namespace pontage::dialects
