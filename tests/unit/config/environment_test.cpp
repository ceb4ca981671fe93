// ${NAME} in values: tables of what it becomes, and where it is refused.
#include "config/environment.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

#include "tree_text.hpp"

namespace pontage::config {
namespace {

using test::environment;
using test::load;

const Environment& values() {
  static const Environment values = environment(
      {{"A", "one"}, {"B", "two words"}, {"EMPTY", ""}, {"_x9", "under"}, {"YAML", "{a: [b]}"}});
  return values;
}

struct Case {
  std::string text;
  std::string expanded;
  std::string source;
  std::string unset;
  bool secret;
};

TEST(Environment, ExpandsScalars) {
  const Case cases[] = {
      {"${A}", "one", "${A}", "", true},
      {"x${A}y${B}z", "xoneytwo wordsz", "x${A}y${B}z", "", true},
      {"${_x9}", "under", "${_x9}", "", true},
      {"${NO}", "", "${NO}", "NO", false},
      {"Bearer ${NO}-${NEVER}", "Bearer -", "Bearer ${NO}-${NEVER}", "NO", false},
      {"${NO:-dflt}", "dflt", "${NO:-dflt}", "", false},
      {"${NO:-}", "", "${NO:-}", "", false},
      {"${A:-dflt}", "one", "${A:-dflt}", "", true},
      {"${EMPTY:-dflt}", "dflt", "${EMPTY:-dflt}", "", false},
      {"${EMPTY}", "", "${EMPTY}", "EMPTY", false},
      {"${NO:-http://h:1/p?q=[1],2#f}", "http://h:1/p?q=[1],2#f", "${NO:-http://h:1/p?q=[1],2#f}",
       "", false},
      {"$${A}", "${A}", "$${A}", "", false},
      {"$${", "${", "$${", "", false},
      {"$$${A}", "$${A}", "$$${A}", "", false},
      {"$A costs $5", "$A costs $5", "", "", false},
      {"{a}$", "{a}$", "", "", false},
  };
  for (const Case& each : cases) {
    Node node;
    node.kind = Node::Kind::kScalar;
    node.text = each.text;
    Diagnostics diagnostics;
    expand_variables(node, values(), diagnostics);
    EXPECT_TRUE(diagnostics.all().empty()) << each.text;
    EXPECT_EQ(node.text, each.expanded) << each.text;
    EXPECT_EQ(node.source_text, each.source) << each.text;
    EXPECT_EQ(node.unset_variable, each.unset) << each.text;
    EXPECT_EQ(node.secret, each.secret) << each.text;
  }
}

TEST(Environment, MalformedReferencesAreErrors) {
  const std::string bad[] = {"${}",       "${1A}",   "${A", "${A B}", "${A:dflt}",
                             "${A-dflt}", "${NO:-x", "${",  "a ${ b"};
  for (const std::string& text : bad) {
    const auto outcome = load("f.yaml", "k: '" + text + "'\n", values());
    EXPECT_EQ(
        outcome.problems,
        std::vector<std::string>{"f.yaml:1:4: malformed variable in \"" + text +
                                 "\": write ${NAME} or ${NAME:-default}, or $${ for a plain ${"})
        << text;
  }
}

TEST(Environment, StandsWhereYamlWouldEndAPlainScalar) {
  const std::pair<std::string, std::string> cases[] = {
      {"k: ${A}", "{k: one}"},
      {"k: { a: ${A} }", "{k: {a: one}}"},
      {"k: {a: ${A},b: ${NO:-2}}", "{k: {a: one, b: 2}}"},
      {"k: [${A}, ${NO:-x, y: [z]}]", "{k: [one, x, y: [z]]}"},
      {"k: ${NO:-a: b #c}", "{k: a: b #c}"},
      {"k: { u: ${NO:-http://h:1/a?b=c} }", "{k: {u: http://h:1/a?b=c}}"},
      {"k: \"${A} ${NO:-x}\" # ${", "{k: \"one x\"}"},
      {"k: '$${A}'", "{k: \"${A}\"}"},
      {"k: { a: $${A} }", "{k: {a: ${A}}}"},
      {"k: |\n  ${A}\n  ${B}\n", "{k: \"one\ntwo words\n\"}"},
      {"k: ${YAML}", "{k: {a: [b]}}"},
      {"a$${b}: 1", "{a${b}: 1}"},
  };
  for (const auto& [text, tree] : cases) {
    const auto outcome = load("f.yaml", text, values());
    EXPECT_EQ(outcome.tree(), tree) << text;
    EXPECT_TRUE(outcome.problems.empty()) << text << ": " << outcome.problems[0];
  }
}

TEST(Environment, AValueIsNeverReadAsYaml) {
  const auto outcome = load("f.yaml", "k: ${YAML}", values());
  ASSERT_TRUE(outcome.loaded);
  EXPECT_TRUE(outcome.loaded->root.find("k")->is_scalar());
}

TEST(Environment, MarksStayWhereTheFileHasThem) {
  const auto outcome = load("f.yaml", "k: { a: ${A}, a: 2 }", values());
  EXPECT_EQ(outcome.problems,
            std::vector<std::string>{"f.yaml:1:15: the key \"a\" stands twice; first on line 1"});
}

TEST(Environment, KeysTakeNoVariables) {
  EXPECT_EQ(load("f.yaml", "a: { ${A}: 1 }", values()).problems,
            std::vector<std::string>{"f.yaml:1:6: a variable cannot stand in a key: \"${A}\""});
  EXPECT_EQ(load("f.json", "{\"${A}\": 1}", values()).problems,
            std::vector<std::string>{"f.json:1:2: a variable cannot stand in a key: \"${A}\""});
}

TEST(Environment, ErrorsDoNotSpellValuesOut) {
  const auto outcome = load("f.yaml", "k: \"${A} ${\"", values());
  ASSERT_EQ(outcome.problems.size(), 1U);
  EXPECT_EQ(outcome.problems[0].find("one"), std::string::npos);
}

TEST(Environment, TheProcessHasOne) {
  ASSERT_EQ(setenv("PONTAGE_TEST_VARIABLE", "seen", 1), 0);
  EXPECT_EQ(process_environment()("PONTAGE_TEST_VARIABLE"), "seen");
  ASSERT_EQ(unsetenv("PONTAGE_TEST_VARIABLE"), 0);
  EXPECT_EQ(process_environment()("PONTAGE_TEST_VARIABLE"), std::nullopt);
}

}  // namespace
}  // namespace pontage::config
