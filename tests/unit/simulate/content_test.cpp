// Texts: the same seed gives the same text, pieces add up, characters stay whole, JSON satisfies
// its schema.
#include "simulate/content.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "simulate/body.hpp"

namespace pontage::simulate {
namespace {

using nlohmann::json;

bool starts_whole(std::string_view piece) {
  return !piece.empty() && (static_cast<unsigned char>(piece.front()) & 0xC0) != 0x80;
}

void expect_sound(const Pieces& pieces) {
  std::string joined;
  for (std::size_t i = 0; i < pieces.count(); ++i) {
    EXPECT_TRUE(starts_whole(pieces.piece(i))) << i;
    joined += pieces.piece(i);
  }
  EXPECT_EQ(joined, pieces.text);
}

TEST(Content, SeededAndWhole) {
  for (auto* make : {prose, code, emoji}) {
    for (const int count : {0, 1, 2, 31, 500}) {
      const Pieces pieces = make(42, count);
      EXPECT_EQ(pieces.count(), static_cast<std::size_t>(count));
      EXPECT_EQ(pieces.text, make(42, count).text);
      expect_sound(pieces);
      if (count > 2) EXPECT_NE(pieces.text, make(43, count).text);
      EXPECT_FALSE(json(pieces.text).dump().empty());  // dump throws on text that is not UTF-8
    }
  }
}

TEST(Content, ProseReadsAsSentences) {
  const std::string text = prose(7, 40).text;
  EXPECT_TRUE(text.front() >= 'A' && text.front() <= 'Z');
  EXPECT_EQ(text.back(), '.');
  EXPECT_EQ(text.find("  "), std::string::npos);
}

TEST(Content, EmojiHasWideCharacters) {
  const std::string text = emoji(1, 400).text;
  for (const char* part : {"é", "橋", "🌉", "\xE2\x80\xA8", "👩‍👩‍👧‍👦"})
    EXPECT_NE(text.find(part), std::string::npos) << part;
}

TEST(Content, Splits) {
  for (const std::string& text :
       {std::string(), std::string("abc"), emoji(3, 50).text, std::string(" a  b c ")}) {
    for (const std::size_t size : {1UL, 2UL, 3UL, 4UL, 7UL, 1000UL}) {
      const Pieces pieces = split_text(text, size);
      EXPECT_EQ(pieces.text, text);
      expect_sound(pieces);
    }
    EXPECT_EQ(split_words(text).text, text);
  }
  EXPECT_EQ(split_words("one two three").piece(1), " two");
}

TEST(Content, KeepAndDrop) {
  Pieces pieces = split_words("one two three");
  pieces.keep(2);
  EXPECT_EQ(pieces.text, "one two");
  pieces.keep_bytes(5);
  EXPECT_EQ(pieces.text, "one t");
  EXPECT_EQ(pieces.count(), 2U);
  pieces.drop_bytes(4);
  EXPECT_EQ(pieces.text, "t");
  EXPECT_EQ(pieces.count(), 1U);
  pieces.drop_bytes(9);
  EXPECT_EQ(pieces.count(), 0U);
  Pieces exact = split_words("one two");
  exact.keep_bytes(3);
  EXPECT_EQ(exact.count(), 1U);
  exact.keep_bytes(0);
  EXPECT_EQ(exact.count(), 0U);
}

TEST(Content, AsciiEscapesMeanTheSame) {
  const std::string text = emoji(9, 200).text;
  const std::string plain = json(text).dump();
  const std::string escaped = escape_to_ascii(plain);
  EXPECT_TRUE(
      std::ranges::all_of(escaped, [](char c) { return static_cast<unsigned char>(c) < 0x80; }));
  EXPECT_EQ(json::parse(escaped), json(text));
}

// A second, independent reading of the schema keywords that the generator claims to satisfy.
bool satisfies(const json& root, const json& schema, const json& value) {
  if (schema.contains("$ref"))
    return satisfies(root, root.at(json::json_pointer(schema["$ref"].get<std::string>().substr(1))),
                     value);
  if (schema.contains("const")) return value == schema["const"];
  if (schema.contains("enum"))
    return std::ranges::find(schema["enum"], value) != schema["enum"].end();
  if (schema.contains("anyOf")) {
    return std::ranges::any_of(schema["anyOf"],
                               [&](const json& one) { return satisfies(root, one, value); });
  }
  const std::string type = schema.value("type", "");
  if (type == "object") {
    if (!value.is_object()) return false;
    for (const auto& name : schema.value("required", json::array())) {
      if (!value.contains(name.get<std::string>())) return false;
    }
    for (const auto& [name, member] : value.items()) {
      if (!schema["properties"].contains(name) ||
          !satisfies(root, schema["properties"][name], member))
        return false;
    }
    return true;
  }
  if (type == "array") {
    if (!value.is_array() || value.size() < schema.value("minItems", 0U) ||
        value.size() > schema.value("maxItems", 1000U))
      return false;
    return std::ranges::all_of(
        value, [&](const json& one) { return satisfies(root, schema["items"], one); });
  }
  if (type == "string") {
    return value.is_string() && value.get<std::string>().size() >= schema.value("minLength", 0U) &&
           value.get<std::string>().size() <= schema.value("maxLength", 10'000U);
  }
  if (type == "integer" && !value.is_number_integer()) return false;
  if (type == "integer" || type == "number") {
    return value.is_number() && value.get<double>() >= schema.value("minimum", -1e300) &&
           value.get<double>() <= schema.value("maximum", 1e300);
  }
  return type == "boolean" ? value.is_boolean() : value.is_null();
}

TEST(Content, JsonSatisfiesItsSchema) {
  const std::vector<std::string> schemas = {
      R"({"type":"object","properties":{"a":{"type":"string"},"b":{"type":"integer"}},"required":["a","b"]})",
      R"({"type":"object","properties":{"n":{"type":"number","minimum":3.5,"maximum":4.5},"i":{"type":"integer","minimum":-7,"maximum":-7}},"required":["n","i"]})",
      R"({"type":"array","items":{"type":"boolean"},"minItems":5,"maxItems":5})",
      R"({"type":"array","items":{"type":"null"},"maxItems":1})",
      R"({"type":"string","minLength":40,"maxLength":41})",
      R"({"type":"string","maxLength":3})",
      R"({"enum":["x","y",3]})",
      R"({"const":{"k":[1,2]}})",
      R"({"anyOf":[{"type":"null"},{"type":"string"}]})",
      R"({"$defs":{"P":{"type":"object","properties":{"age":{"type":"integer","minimum":0}},"required":["age"]}},"type":"object","properties":{"people":{"type":"array","items":{"$ref":"#/$defs/P"}}},"required":["people"]})",
      R"({"type":"object","properties":{"deep":{"type":"object","properties":{"deeper":{"type":"object","properties":{"x":{"type":"string"}},"required":["x"]}},"required":["deeper"]}},"required":["deep"]})",
  };
  for (const std::string& schema : schemas) {
    for (std::uint64_t hash = 1; hash < 20; ++hash) {
      const std::string text = json_for_schema(schema, hash);
      const json root = json::parse(schema);
      EXPECT_TRUE(satisfies(root, root, json::parse(text))) << schema << " -> " << text;
      EXPECT_EQ(text, json_for_schema(schema, hash));
    }
  }
}

TEST(Content, JsonSurvivesOddSchemas) {
  for (const char* schema :
       {"", "{}", "[]", "nonsense", R"({"type":7})", R"({"$ref":"#"})", R"({"$ref":"#/nowhere"})",
        R"({"type":"array","minItems":999999999})",
        R"({"type":"object","properties":{"again":{"$ref":"#"}},"required":["again"]})",
        R"({"enum":[]})"}) {
    EXPECT_FALSE(json::parse(json_for_schema(schema, 1), nullptr, false).is_discarded()) << schema;
  }
}

}  // namespace
}  // namespace pontage::simulate
