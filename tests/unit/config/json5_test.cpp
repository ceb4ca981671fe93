// JSON with comments, trailing commas, single quotes and bare keys; and what stays an error.
#include <gtest/gtest.h>

#include "config/limits.hpp"
#include "tree_text.hpp"

namespace pontage::config {
namespace {

using test::load;

TEST(Json5, ReadsToATree) {
  const std::pair<std::string, std::string> cases[] = {
      {"{}", "{}"},
      {"null", "{}"},
      {"", "{}"},
      {" // nothing yet\n", "{}"},
      {"{\"a\":1,\"b\":[true,false,null],\"c\":{}}", "{a: 1, b: [true, false, null], c: {}}"},
      {"// head\n{ /* in */ \"a\": 1, // tail\n /* more */ }\n// end", "{a: 1}"},
      {"{ a: 'x', $b_1: \"y\", caf\xC3\xA9: 2, }", "{a: \"x\", $b_1: \"y\", caf\xC3\xA9: 2}"},
      {"{\"a\": [1, 2, ], }", "{a: [1, 2]}"},
      {"{\"n\": [-1, +1, .5, 5., 1e3, 1.5E-2]}", "{n: [-1, +1, .5, 5., 1e3, 1.5E-2]}"},
      {R"({"s": "a\n\t\u00e9\ud83c\udf09\x41\'\/"})",
       "{s: \"a\n\t\xC3\xA9\xF0\x9F\x8C\x89"
       "A'/\"}"},
      {"{'s': 'it is \"quoted\"', \"t\": \"it's\"}", "{s: \"it is \"quoted\"\", t: \"it's\"}"},
      {"{\"s\": \"one \\\ntwo\"}", "{s: \"one two\"}"},
      {"{\"a\": \"true\", \"b\": \"5\"}", "{a: \"true\", b: \"5\"}"},
      {"\xEF\xBB\xBF{\r\n\"a\":\r\n1}", "{a: 1}"},
  };
  for (const auto& [text, tree] : cases) {
    const auto outcome = load("f.json", text);
    EXPECT_EQ(outcome.tree(), tree) << text;
    EXPECT_TRUE(outcome.problems.empty()) << text << " " << outcome.problems[0];
  }
}

TEST(Json5, MarksCountFromOne) {
  const auto outcome = load("f.json", "// x\n{\n  \"a\": {\n    b: [1,\n 2]\n  }\n}\n");
  ASSERT_TRUE(outcome.loaded);
  const Node::Entry& a = outcome.loaded->root.entries[0];
  EXPECT_EQ(outcome.loaded->root.mark.line, 2);
  EXPECT_EQ(a.mark.line, 3);
  EXPECT_EQ(a.mark.column, 3);
  EXPECT_EQ(a.value.mark.column, 8);
  const Node& list = a.value.entries[0].value;
  EXPECT_EQ(list.items[0].mark.line, 4);
  EXPECT_EQ(list.items[0].mark.column, 9);
  EXPECT_EQ(list.items[1].mark.line, 5);
  EXPECT_EQ(list.items[1].mark.column, 2);
}

TEST(Json5, ErrorsHaveTheirPlace) {
  const std::pair<std::string, std::string> cases[] = {
      {"{\"a\": 1,\n \"b\" 2}", "f.json:2:6: not valid JSON: expected \":\" after the key \"b\""},
      {"{\"a\": 1\n \"b\": 2}",
       "f.json:2:2: not valid JSON: expected \",\" or \"}\", found \"\"\""},
      {"{\"a\": [1 2]}", "f.json:1:10: not valid JSON: expected \",\" or \"]\", found \"2\""},
      {"{\"a\": 1, \"a\": 2}", "f.json:1:10: the key \"a\" stands twice; first on line 1"},
      {"{\n\"a\": [1,", "f.json:2:6: not valid JSON: this \"[\" is never closed"},
      {"{\n\"a\": 1", "f.json:1:1: not valid JSON: this \"{\" is never closed"},
      {"{\"a\":", "f.json:1:6: not valid JSON: expected a value, found the end of the file"},
      {"{\"a\": }", "f.json:1:7: not valid JSON: expected a value, found \"}\""},
      {"{\"a\": ,}", "f.json:1:7: not valid JSON: expected a value, found \",\""},
      {"{\"a\": openai}",
       "f.json:1:7: not valid JSON: unknown word \"openai\"; a text needs quotes"},
      {"{\"a\": 0x1F}", "f.json:1:7: not valid JSON: unknown word \"0x1F\"; a text needs quotes"},
      {"{\"a\": NaN}", "f.json:1:7: not valid JSON: unknown word \"NaN\"; a text needs quotes"},
      {"{\"a\": 1.2.3}", "f.json:1:7: not valid JSON: unknown word \"1.2.3\"; a text needs quotes"},
      {"{\"a\": \"x\n\"}", "f.json:1:7: not valid JSON: this text is never closed on its line"},
      {"{\"a\": \"x", "f.json:1:7: not valid JSON: this text is never closed on its line"},
      {"{\"a\": \"\\q\"}", "f.json:1:8: not valid JSON: unknown escape in a text"},
      {"{\"a\": \"\\ud800\"}", "f.json:1:8: not valid JSON: unknown escape in a text"},
      {"{\"a\": \"\\udc00\"}", "f.json:1:8: not valid JSON: unknown escape in a text"},
      {"{\"a\": \"\\u12g4\"}", "f.json:1:8: not valid JSON: unknown escape in a text"},
      {"{\"a\": \"\\u0000\"}", "f.json:1:7: control character in a text"},
      {"{1: 2}", "f.json:1:2: not valid JSON: expected a key, found \"1\""},
      {"{\"a\": 1} x",
       "f.json:1:10: not valid JSON: unexpected text after the end of the configuration"},
      {"{\"a\": 1 /* open", "f.json:1:9: not valid JSON: expected \",\" or \"}\", found \"/\""},
      {"// only\n\"text\"", "f.json:2:1: a configuration is a map, found a value"},
  };
  for (const auto& [text, problem] : cases) {
    const auto outcome = load("f.json", text);
    EXPECT_FALSE(outcome.loaded) << text;
    EXPECT_EQ(outcome.problems, std::vector<std::string>{problem}) << text;
  }
}

TEST(Json5, DepthAndSizeAreBounded) {
  const std::string deep = "{\"a\":" + std::string(100'000, '[');
  EXPECT_EQ(load("f.json", deep).problems,
            std::vector<std::string>{"f.json:1:69: not valid JSON: nested deeper than 64 levels"});
  std::string wide = "{\"a\":[";
  for (std::size_t i = 0; i <= kTreeNodes; ++i) wide += "1,";
  const auto outcome = load("f.json", wide + "]}");
  ASSERT_EQ(outcome.problems.size(), 1U);
  EXPECT_NE(outcome.problems[0].find("the configuration grows too large here"), std::string::npos);
}

TEST(Json5, VariablesExpand) {
  const auto outcome =
      load("f.json", R"({"a": "${A}", "b": "${B:-two}"})", test::environment({{"A", "one"}}));
  ASSERT_TRUE(outcome.loaded);
  EXPECT_EQ(outcome.tree(), "{a: \"one\", b: \"two\"}");
  EXPECT_TRUE(outcome.loaded->root.find("a")->secret);
  EXPECT_FALSE(outcome.loaded->root.find("b")->secret);
}

}  // namespace
}  // namespace pontage::config
