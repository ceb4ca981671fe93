// A node tree as JSON: what stood plain stays plain where JSON knows it.
#include "config/node_json.hpp"

#include <gtest/gtest.h>

#include "tree_text.hpp"

namespace pontage::config {
namespace {

std::string json_of(const std::string& yaml) {
  Diagnostics diagnostics;
  const auto loaded = load_text({"f.yaml", "v: " + yaml}, test::environment({}), diagnostics);
  return loaded ? to_json(*loaded->root.find("v")) : "nothing";
}

TEST(NodeJson, ScalarsKeepTheirKind) {
  const std::pair<const char*, const char*> rows[] = {
      {"1", "1"},           {"-0.5", "-0.5"},        {"1e3", "1e3"},   {"2E-4", "2E-4"},
      {"true", "true"},     {"false", "false"},      {"null", "null"}, {"\"1\"", "\"1\""},
      {"text", "\"text\""}, {"01", "\"01\""},        {"1.", "\"1.\""}, {".5", "\".5\""},
      {"1e", "\"1e\""},     {"'a\"b'", "\"a\\\"b\""}};
  for (const auto& [yaml, json] : rows) EXPECT_EQ(json_of(yaml), json) << yaml;
}

TEST(NodeJson, TreesKeepTheirOrder) {
  EXPECT_EQ(json_of("{ b: [ 1, x, {} ], a: { c: [] } }"), R"({"b":[1,"x",{}],"a":{"c":[]}})");
}

}  // namespace
}  // namespace pontage::config
