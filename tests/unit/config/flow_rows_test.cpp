// Rows of compiled-in lists: what is read, what is refused, and that YAML reads the same.
#include "config/flow_rows.hpp"

#include <gtest/gtest.h>

#include "config/load.hpp"
#include "tree_text.hpp"

namespace pontage::config {
namespace {

TEST(FlowRows, FindsRowsAndNothingElse) {
  FlowRows rows("# - { a: b }\nmodels:\n  - { a: 1 }\n\n  - { b: 2 }");
  std::string_view row;
  ASSERT_TRUE(rows.next(row));
  EXPECT_EQ(row, "{ a: 1 }");
  ASSERT_TRUE(rows.next(row));
  EXPECT_EQ(row, "{ b: 2 }");
  EXPECT_FALSE(rows.next(row));
}

TEST(FlowRows, TakesTheFirstScalarsWithoutReadingTheRest) {
  const std::string_view row = "{ provider: p-1, model: \"llama3.1:70b, big\", can: [x] }";
  std::size_t at = 0;
  EXPECT_EQ(take_flow_scalar(row, "provider", at), "p-1");
  EXPECT_EQ(take_flow_scalar(row, "tier", at), std::nullopt);
  EXPECT_EQ(take_flow_scalar(row, "model", at), "llama3.1:70b, big");
}

TEST(FlowRows, RefusesEveryOtherForm) {
  for (const char* row : {"", "{", "{ a }", "{ a: b", "{ a: [b }", "{ a: \"b }", "{ a: b } c",
                          "{ a: { b: c }", "{ a: b c: d", "[", "{ a: b, }x"}) {
    EXPECT_FALSE(read_flow_row(row)) << row;
  }
  std::string deep = "1";
  for (int i = 0; i < 20; ++i) deep = "[" + deep + "]";
  EXPECT_FALSE(read_flow_row(deep)) << "the depth is bounded";
}

TEST(FlowRows, YamlReadsTheSame) {
  for (const char* row :
       {"{ a: b }", "{ a: 2026-07-01, b: \"1.5\", c: 1.5 }", "{ a: [], b: {  }, c: [x, \"y,z\"] }",
        "{ model: \"@cf/meta/llama:1\", prices: [{ source: models.dev, input: 0.1 }, { x: y }] }",
        "{ name: Weights and more, url: \"https://a/b\" }"}) {
    Diagnostics diagnostics;
    const auto yaml = load_text(
        {"f.yaml", std::string("row: ") + row}, [](std::string_view) { return std::nullopt; },
        diagnostics);
    ASSERT_TRUE(yaml) << row;
    const auto ours = read_flow_row(row);
    ASSERT_TRUE(ours) << row;
    EXPECT_EQ(test::tree_text(*ours), test::tree_text(*yaml->root.find("row"))) << row;
  }
}

}  // namespace
}  // namespace pontage::config
