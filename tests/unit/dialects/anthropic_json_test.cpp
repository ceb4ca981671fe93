// The JSON writer of the Anthropic side: its fast string path against the plain one.
#include "dialects/anthropic_json.hpp"

#include <gtest/gtest.h>
#include <simdjson.h>

#include "core/strings.hpp"

namespace pontage::dialects::anthropic {
namespace {

TEST(AnthropicJson, StringsAreThoseOfThePlainWriterWhereverTheyNeedEscaping) {
  for (int c = 0; c < 0x80; ++c) {
    for (std::size_t at = 0; at < 20; ++at) {
      std::string text = "abcdefgh\xC3\xA9\xF0\x9F\x8C\xA6mnopqr";
      text.insert(at < 9 || at > 14 ? at : 14, 1, static_cast<char>(c));
      std::string fast;
      std::string plain;
      append_string(fast, text);
      append_json_string(plain, text);
      ASSERT_EQ(fast, plain) << "byte " << c << " at " << at;
    }
  }
}

TEST(AnthropicJson, ValuesAreWrittenAsTheyWereRead) {
  for (const std::string text :
       {"{}", "[]", "null", "true", "-9223372036854775808", "18446744073709551615", "0.1", "1e+300",
        "\"\"", R"({"b":{"c":[1,[2,{}],"x"]},"a":null,"":"\"\\\n"})"}) {
    simdjson::dom::parser parser;
    simdjson::dom::element element;
    ASSERT_EQ(parser.parse(text).get(element), simdjson::SUCCESS);
    std::string out;
    append_minified(out, element);
    EXPECT_EQ(out, text);
  }
}

TEST(AnthropicJson, CommasStandBetweenMembersOnly) {
  std::string out = "{";
  append_member(out, "a", "1");
  append_member(out, "b", "[");
  append_member(out, "c", "{");
  EXPECT_EQ(out, R"({"a":"1","b":"[","c":"{")");
}

}  // namespace
}  // namespace pontage::dialects::anthropic
