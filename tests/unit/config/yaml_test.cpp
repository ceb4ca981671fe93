// YAML as people and attackers write it: what is read, what is refused, and where the finger
// points.
#include <gtest/gtest.h>

#include "config/limits.hpp"
#include "tree_text.hpp"

namespace pontage::config {
namespace {

using test::environment;
using test::load;

std::string repeat(const std::string& text, std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out += text;
  return out;
}

TEST(Yaml, ReadsToATree) {
  const std::pair<std::string, std::string> cases[] = {
      {"", "{}"},
      {"\n# only a comment\n", "{}"},
      {"---\n", "{}"},
      {"null\n", "{}"},
      {"%YAML 1.2\n---\na: 1\n...\n", "{a: 1}"},
      {"a: 1\nb: [x, 'y', \"z\"]\n", "{a: 1, b: [x, \"y\", \"z\"]}"},
      {"a:\nb: ~\nc: ''\n", "{a: null, b: null, c: \"\"}"},
      {"{ a: { b: [] } }", "{a: {b: []}}"},
      {"a: >\n  one\n  two\n", "{a: \"one two\n\"}"},
      {"a: one\n  two\n", "{a: one two}"},
      {"a: one\n\n  two\n", "{a: \"one\ntwo\"}"},
      {"1: x\ntrue: y\n", "{1: x, true: y}"},
      {"a: llama3.1:70b\n", "{a: llama3.1:70b}"},
      {"a: !!str 5\nb: !!int 5\n", "{a: \"5\", b: 5}"},
      {"a: &x { b: 1 }\nc: *x\n", "{a: {b: 1}, c: {b: 1}}"},
      {"a: &x [&y 1, *y]\nc: *x\n", "{a: [1, 1], c: [1, 1]}"},
      {"&k a: 1\nb: *k\n", "{a: 1, b: a}"},
      {"\xEF\xBB\xBF"
       "a: 1\r\nb:\r\n  - x\r\n  - 'y'\r\n",
       "{a: 1, b: [x, \"y\"]}"},
      {"a: 1\rb: 2\r", "{a: 1, b: 2}"},
      {"\xC3\xA9: \"\xF0\x9F\x8C\x89\"", "{\xC3\xA9: \"\xF0\x9F\x8C\x89\"}"},
  };
  for (const auto& [text, tree] : cases) {
    const auto outcome = load("f.yaml", text);
    EXPECT_EQ(outcome.tree(), tree) << text;
    EXPECT_TRUE(outcome.problems.empty()) << text << " " << outcome.problems[0];
  }
}

TEST(Yaml, MergesMaps) {
  const std::pair<std::string, std::string> cases[] = {
      {"b: &b { x: 1, y: 2 }\nd: { <<: *b, y: 3 }\n", "{b: {x: 1, y: 2}, d: {y: 3, x: 1}}"},
      {"d: { <<: [{ x: 1 }, { x: 2, z: 3 }] }\n", "{d: {x: 1, z: 3}}"},
      {"d: { y: 1, <<: {} }\n", "{d: {y: 1}}"},
      {"d: { \"<<\": 1 }\n", "{d: {<<: 1}}"},
  };
  for (const auto& [text, tree] : cases) {
    const auto outcome = load("f.yaml", text);
    EXPECT_EQ(outcome.tree(), tree) << text;
  }
  EXPECT_EQ(
      load("f.yaml", "d: { <<: 1 }").problems,
      std::vector<std::string>{"f.yaml:1:6: \"<<\" merges a map or a list of maps, found \"1\""});
  EXPECT_EQ(
      load("f.yaml", "d: { <<: [{}, 1] }").problems,
      std::vector<std::string>{"f.yaml:1:6: \"<<\" merges a map or a list of maps, found a list"});
}

TEST(Yaml, MarksCountFromOne) {
  const auto outcome = load("f.yaml", "a: 1\r\nbee:\r\n  - { c: \"d\" }\r\n");
  ASSERT_TRUE(outcome.loaded);
  const Node::Entry& bee = outcome.loaded->root.entries[1];
  EXPECT_EQ(bee.mark.line, 2);
  EXPECT_EQ(bee.mark.column, 1);
  const Node::Entry& c = bee.value.items[0].entries[0];
  EXPECT_EQ(c.mark.line, 3);
  EXPECT_EQ(c.mark.column, 7);
  EXPECT_EQ(c.value.mark.column, 10);
  EXPECT_EQ(*c.value.mark.file, "f.yaml");
}

TEST(Yaml, ErrorsHaveTheirPlace) {
  const std::pair<std::string, std::string> cases[] = {
      {"a: 1\nb: 2\na: 3\n", "f.yaml:3:1: the key \"a\" stands twice; first on line 1"},
      {"a: { b: 1, b: 2 }", "f.yaml:1:12: the key \"b\" stands twice; first on line 1"},
      {"- a\n", "f.yaml:1:1: a configuration is a map, found a list"},
      {"\n  just text\n", "f.yaml:2:3: a configuration is a map, found a value"},
      {"a: 1\n---\nb: 2\n",
       "f.yaml:2:1: a second YAML document starts here; a configuration is one document"},
      {"{ a: 1 } b\n", "f.yaml:1:10: unexpected text after the end of the configuration"},
      {"a:\n\tb: 1\n",
       "f.yaml:2:3: not valid YAML: illegal map value (a tab indents this line; YAML wants "
       "spaces)"},
      {"a: [1\n", "f.yaml:2:1: not valid YAML: end of sequence flow not found"},
      {"a: *nobody\n", "f.yaml:1:4: not valid YAML: the referenced anchor is not defined"},
      {"a: &x [*x]\n", "f.yaml:1:8: this alias stands inside the value that it refers to"},
      {"? [a]\n: 1\n", "f.yaml:1:3: a key must be a text, found a list"},
      {"? { a: 1 }\n: 1\n", "f.yaml:1:3: a key must be a text, found a map"},
      {"~: 1\n", "f.yaml:1:1: a key must be a text, found nothing"},
      {"a: !include x\n", "f.yaml:1:4: the tag \"!include\" has no meaning here"},
      {"a: !!binary x\n", "f.yaml:1:4: the tag \"tag:yaml.org,2002:binary\" has no meaning here"},
      {"a: \"\\x01\"\n", "f.yaml:1:4: control character in a text"},
      {"a: \"\\e\"\n", "f.yaml:1:4: control character in a text"},
      {"a: \"\\N\"\n",
       "f.yaml:1:4: an escape in this text is not valid UTF-8; write \\u0085 or \\u00a0"},
      {"a: \"\\uD800\"\n", "f.yaml:1:11: not valid YAML: invalid unicode: 55296"},
      {"a: \x01\n", "f.yaml:1:4: control character 0x01 in the text"},
      {std::string("a: 1\nb: \0\n", 10), "f.yaml:2:4: control character 0x00 in the text"},
      {"a: 1\n\x04rest: 2\n", "f.yaml:2:1: control character 0x04 in the text"},
      {"a: \xFF\n", "f.yaml:1:4: byte 0xff is not valid UTF-8; save the file as UTF-8"},
      {"a: \xC0\xAF\n", "f.yaml:1:4: byte 0xc0 is not valid UTF-8; save the file as UTF-8"},
      {"a: \xED\xA0\x80\n", "f.yaml:1:4: byte 0xed is not valid UTF-8; save the file as UTF-8"},
      {"a: \xF4\x90\x80\x80\n", "f.yaml:1:4: byte 0xf4 is not valid UTF-8; save the file as UTF-8"},
      {"a: \xE2\x82", "f.yaml:1:4: byte 0xe2 is not valid UTF-8; save the file as UTF-8"},
      {std::string("\xFF\xFE"
                   "a\0:\0",
                   6),
       "f.yaml:1:1: the file is UTF-16; save it as UTF-8"},
  };
  for (const auto& [text, problem] : cases) {
    const auto outcome = load("f.yaml", text);
    EXPECT_EQ(outcome.problems, std::vector<std::string>{problem}) << text;
    EXPECT_FALSE(outcome.loaded);
  }
}

TEST(Yaml, DuplicatesAreAllNamed) {
  EXPECT_EQ(load("f.yaml", "a: 1\na: 2\na: 3\nb: {c: 1, c: 2}\n").problems.size(), 3U);
}

TEST(Yaml, ProblemsAreBounded) {
  const auto outcome = load("f.yaml", repeat("a: 1\n", 1'000));
  ASSERT_EQ(outcome.problems.size(), 201U);
  EXPECT_EQ(outcome.problems[200], "f.yaml: and 799 more problems");
}

TEST(Yaml, DepthIsBounded) {
  const std::string deep_enough =
      repeat("{a: ", kTreeDepth - 1) + "1" + repeat("}", kTreeDepth - 1);
  EXPECT_TRUE(load("f.yaml", deep_enough).loaded);
  const std::string texts[] = {
      repeat("{a: ", kTreeDepth) + "1" + repeat("}", kTreeDepth),
      "a: " + repeat("[", 1'000),
      repeat("- ", 100'000) + "x",
      repeat("? ", 100'000) + "x",
      repeat("[? ", 1'000),
      "a: " + repeat("{", 1'000),
  };
  for (const std::string& text : texts) {
    const auto outcome = load("f.yaml", text);
    EXPECT_FALSE(outcome.loaded);
    ASSERT_EQ(outcome.problems.size(), 1U) << text.substr(0, 40);
    EXPECT_NE(outcome.problems[0].find("nested deeper than 64 levels"), std::string::npos)
        << outcome.problems[0];
  }
}

TEST(Yaml, OpenBracketsAreBounded) {
  for (const std::string bracket : {"[", "{", "[{", "{a: ["}) {
    const auto outcome = load("f.yaml", "a: " + repeat(bracket, 100'000));
    ASSERT_EQ(outcome.problems.size(), 1U) << bracket;
    EXPECT_TRUE(outcome.problems[0].ends_with(": more than 1000 brackets are open here"))
        << outcome.problems[0];
  }
  EXPECT_TRUE(load("f.yaml", "a: [" + repeat("[], ", 5'000) + "]").loaded);
  EXPECT_EQ(load("f.yaml", "{ a: [" + repeat("b,", kTreeNodes + 1) + "] }").problems,
            std::vector<std::string>{"f.yaml:1:400008: the configuration grows too large here"});
}

TEST(Yaml, DepthCountsThroughAliases) {
  std::string text = "a0: &a0 " + repeat("[", 30) + repeat("]", 30) + "\n";
  text += "a1: " + repeat("[", 40) + "*a0" + repeat("]", 40) + "\n";
  const auto outcome = load("f.yaml", text);
  ASSERT_EQ(outcome.problems.size(), 1U);
  EXPECT_EQ(outcome.problems[0], "f.yaml:2:45: nested deeper than 64 levels");
}

TEST(Yaml, AliasesCannotBlowUp) {
  std::string nodes = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 12; ++i) {
    const std::string last = "*a" + std::to_string(i - 1);
    nodes += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + last +
             repeat(", " + last, 9) + "]\n";
  }
  std::string bytes =
      "a: &a \"" + std::string(1'000'000, 'x') + "\"\nb: [" + repeat("*a, ", 1000) + "]\n";
  for (const std::string& text : {nodes, bytes}) {
    const auto outcome = load("f.yaml", text);
    EXPECT_FALSE(outcome.loaded);
    ASSERT_EQ(outcome.problems.size(), 1U);
    EXPECT_NE(outcome.problems[0].find("grows too large here (variables and aliases counted)"),
              std::string::npos);
  }
}

TEST(Yaml, VariablesCannotBlowUp) {
  const auto values = environment({{"BIG", std::string(1'000'000, 'x')}});
  const auto outcome = load("f.yaml", "a: [" + repeat("${BIG}, ", 1000) + "]\n", values);
  ASSERT_EQ(outcome.problems.size(), 1U);
  EXPECT_NE(outcome.problems[0].find("grows too large"), std::string::npos);
}

TEST(Yaml, SizeIsBounded) {
  const auto outcome = load("f.yaml", "a: 1\n#" + std::string(kFileBytes, 'x'));
  EXPECT_EQ(outcome.problems, std::vector<std::string>{
                                  "f.yaml: the file is larger than 4 MiB; a configuration is not"});
  EXPECT_TRUE(load("f.yaml", "a: 1\n#" + std::string(kFileBytes - 6, 'x')).loaded);
}

}  // namespace
}  // namespace pontage::config
