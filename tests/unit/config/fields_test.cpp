// The table behind a struct: what it reads, what it refuses in which words, what it prints.
#include "config/fields.hpp"

#include <gtest/gtest.h>

#include "tree_text.hpp"

namespace pontage::config {
namespace {

using test::environment;
using test::lines;
using test::tree_of;

enum class Balance : std::uint8_t { kInOrder, kRandom };

struct Sample {
  bool on = true;
  std::int64_t big = 7;
  int small = 2;
  double share = 0.2;
  std::string name = "bridge";
  std::vector<std::string> models{"a", "b"};
  std::map<std::string, std::string> tags;
  Millis wait{5'000};
  std::uint64_t limit = 32ULL * 1024 * 1024;
  Balance balance = Balance::kInOrder;
  std::string raw;
};

const Struct<Sample>& sample() {
  static const auto table =
      Struct<Sample>("sample", "A sample.")
          .boolean("on", &Sample::on, "Whether it is on.")
          .integer("big", &Sample::big, 0, std::numeric_limits<std::int64_t>::max(), "A big one.")
          .integer("small", &Sample::small, 0, 10, "A small one.")
          .number("share", &Sample::share, 0, 1, "A share.")
          .text("name", &Sample::name, "A name.")
          .texts("models", &Sample::models, "Models.")
          .text_map("tags", &Sample::tags, "Tags.")
          .duration("wait", &Sample::wait, Millis(1), Millis(60'000), "How long.")
          .size("limit", &Sample::limit, 1, 1ULL << 30U, "How much.")
          .choice("balance", &Sample::balance,
                  std::vector<std::pair<std::string, Balance>>{{"in_order", Balance::kInOrder},
                                                               {"random", Balance::kRandom}},
                  "Which | how.")
          .custom(
              "raw", "anything", "—", "As it stands.",
              [](const Node& node, Sample& out, Diagnostics&) { out.raw = test::tree_text(node); })
          .not_live("later", "comes with rollouts");
  return table;
}

std::vector<std::string> problems_of(const std::string& text,
                                     const Environment& values = environment({})) {
  Diagnostics diagnostics;
  Sample out;
  sample().parse(tree_of(text, values), out, diagnostics);
  return lines(diagnostics);
}

TEST(Fields, FillsEveryKind) {
  Diagnostics diagnostics;
  Sample out;
  sample().parse(tree_of("on: false\nbig: 9000000000\nsmall: 10\nshare: 0.5\nname: x\nmodels: [c]\n"
                         "tags: { team: search, n: 1 }\nwait: 250ms\nlimit: 64KiB\nbalance: "
                         "random\nraw: [1, '2']\n"),
                 out, diagnostics);
  EXPECT_EQ(lines(diagnostics), std::vector<std::string>{});
  EXPECT_FALSE(out.on);
  EXPECT_EQ(out.big, 9'000'000'000);
  EXPECT_EQ(out.small, 10);
  EXPECT_DOUBLE_EQ(out.share, 0.5);
  EXPECT_EQ(out.name, "x");
  EXPECT_EQ(out.models, std::vector<std::string>{"c"});
  EXPECT_EQ(out.tags, (std::map<std::string, std::string>{{"team", "search"}, {"n", "1"}}));
  EXPECT_EQ(out.wait, Millis(250));
  EXPECT_EQ(out.limit, 65'536U);
  EXPECT_EQ(out.balance, Balance::kRandom);
  EXPECT_EQ(out.raw, "[1, \"2\"]");
}

TEST(Fields, OneTextIsAListOfOne) {
  Diagnostics diagnostics;
  Sample out;
  sample().parse(tree_of("models: only\n"), out, diagnostics);
  EXPECT_EQ(out.models, std::vector<std::string>{"only"});
}

TEST(Fields, NothingKeepsTheDefaults) {
  Diagnostics diagnostics;
  Sample out;
  sample().parse(Node{}, out, diagnostics);
  EXPECT_TRUE(lines(diagnostics).empty());
  EXPECT_EQ(out.small, 2);
  EXPECT_EQ(out.name, "bridge");
}

TEST(Fields, ErrorsNameWhatIsWrongAndWhatIsRight) {
  const std::pair<std::string, std::string> cases[] = {
      {"on: yes", "f.yaml:1:5: expected true or false, found \"yes\""},
      {"on: \"true\"", "f.yaml:1:5: expected true or false, found \"true\" in quotes"},
      {"on: [true]", "f.yaml:1:5: expected true or false, found a list"},
      {"on:", "f.yaml:1:1: expected true or false, found nothing"},
      {"big: 1.5", "f.yaml:1:6: expected an integer, found \"1.5\""},
      {"big: -1", "f.yaml:1:6: must be at least 0, is -1"},
      {"small: 11", "f.yaml:1:8: must be between 0 and 10, is 11"},
      {"small: '3'", "f.yaml:1:8: expected an integer, found \"3\" in quotes"},
      {"small: 99999999999999999999",
       "f.yaml:1:8: expected an integer, found \"99999999999999999999\""},
      {"share: 1.5", "f.yaml:1:8: must be between 0 and 1, is 1.5"},
      {"share: nan", "f.yaml:1:8: expected a number, found \"nan\""},
      {"share: inf", "f.yaml:1:8: expected a number, found \"inf\""},
      {"name: {}", "f.yaml:1:7: expected a text, found a map"},
      {"models: {}", "f.yaml:1:9: expected a text or a list of texts, found a map"},
      {"models: [a, [b]]", "f.yaml:1:13: expected a text, found a list"},
      {"tags: x", "f.yaml:1:7: expected a map of texts, found \"x\""},
      {"tags: { a: [] }", "f.yaml:1:12: expected a text, found a list"},
      {"wait: 5",
       "f.yaml:1:7: expected a duration with its unit (250ms, 5s, 10m, 1h), found \"5\""},
      {"wait: 2h", "f.yaml:1:7: must be between 1ms and 60s, is 2h"},
      {"limit: lots", "f.yaml:1:8: expected a size in bytes (512, 64KiB, 32MiB), found \"lots\""},
      {"limit: 2GiB", "f.yaml:1:8: must be between 1 and 1GiB, is 2GiB"},
      {"balance: randon",
       "f.yaml:1:10: expected one of in_order, random, found \"randon\" (did you mean "
       "\"random\"?)"},
      {"balance: []", "f.yaml:1:10: expected one of in_order, random, found a list"},
      {"limti: 1", "f.yaml:1:1: unknown key \"limti\" in \"sample\" (did you mean \"limit\"?)"},
      {"zzzzzzz: 1",
       "f.yaml:1:1: unknown key \"zzzzzzz\" in \"sample\"; known keys: on, big, small, share, "
       "name, models, tags, "
       "wait, limit, balance, raw, later"},
      {"later: { a: 1 }", "f.yaml:1:1: warning: \"later\" is not live yet: comes with rollouts"},
      {"name: ${NOT_SET}",
       "f.yaml:1:7: the environment variable NOT_SET is not set; set it, or give a default: "
       "${NOT_SET:-...}"},
  };
  for (const auto& [text, problem] : cases) {
    EXPECT_EQ(problems_of(text), std::vector<std::string>{problem}) << text;
  }
}

TEST(Fields, AllErrorsOfOneMapAtOnce) {
  EXPECT_EQ(problems_of("on: 1\nsmall: x\nwrong_key_here: 2\n").size(), 3U);
}

TEST(Fields, AWrongValueKeepsTheOldOne) {
  Diagnostics diagnostics;
  Sample out;
  sample().parse(tree_of("small: 11\nwait: 5\nbalance: no\nmodels: {}\nshare: x\n"), out,
                 diagnostics);
  EXPECT_EQ(diagnostics.error_count(), 5U);
  EXPECT_EQ(out.small, 2);
  EXPECT_EQ(out.wait, Millis(5'000));
  EXPECT_EQ(out.balance, Balance::kInOrder);
  EXPECT_EQ(out.models, (std::vector<std::string>{"a", "b"}));
  EXPECT_DOUBLE_EQ(out.share, 0.2);
}

TEST(Fields, NoMapIsAnError) {
  Diagnostics diagnostics;
  Sample out;
  sample().parse(*tree_of("x: [1]").find("x"), out, diagnostics);
  EXPECT_EQ(lines(diagnostics),
            std::vector<std::string>{"f.yaml:1:4: expected a map for \"sample\", found a list"});
}

TEST(Fields, RequiredKeysAreMissed) {
  struct Small {
    std::string name;
  };
  const auto table = Struct<Small>("small", "").text("name", &Small::name, "Its name.").required();
  Diagnostics diagnostics;
  Small out;
  table.parse(*tree_of("x: {}").find("x"), out, diagnostics);
  EXPECT_EQ(lines(diagnostics),
            std::vector<std::string>{"f.yaml:1:4: missing key \"name\" in \"small\""});
  EXPECT_EQ(table.doc().fields[0].default_text, "required");
}

TEST(Fields, VariablesReadAsTheirValueAlsoInQuotes) {
  const auto values = environment({{"N", "8"}, {"B", "false"}, {"S", "0.25"}});
  Diagnostics diagnostics;
  Sample out;
  sample().parse(tree_of("small: ${N}\nbig: \"${N}\"\non: '${B}'\nshare: \"${S}\"\n", values), out,
                 diagnostics);
  EXPECT_TRUE(lines(diagnostics).empty());
  EXPECT_EQ(out.small, 8);
  EXPECT_EQ(out.big, 8);
  EXPECT_FALSE(out.on);
  EXPECT_DOUBLE_EQ(out.share, 0.25);
}

TEST(Fields, SecretsAreNeverSpeltOut) {
  const auto values = environment({{"KEY", "sk-very-secret"}, {"N", "4711"}});
  const std::string texts[] = {"on: ${KEY}",    "big: ${KEY}",     "share: ${KEY}", "wait: ${KEY}",
                               "limit: ${KEY}", "balance: ${KEY}", "small: ${N}",   "tags: ${KEY}"};
  for (const std::string& text : texts) {
    const auto problems = problems_of(text, values);
    ASSERT_EQ(problems.size(), 1U) << text;
    EXPECT_EQ(problems[0].find("secret"), std::string::npos) << problems[0];
    EXPECT_EQ(problems[0].find("4711"), std::string::npos) << problems[0];
  }
  EXPECT_EQ(problems_of("on: ${KEY}", values)[0],
            "f.yaml:1:5: expected true or false, found a value from the environment");
}

TEST(Fields, PrintTheReference) {
  EXPECT_EQ(to_markdown({sample().doc()}),
            "## `sample`\n\nA sample.\n\n"
            "| key | type | default | meaning |\n|---|---|---|---|\n"
            "| `on` | boolean | `true` | Whether it is on. |\n"
            "| `big` | integer from 0 | `7` | A big one. |\n"
            "| `small` | integer 0..10 | `2` | A small one. |\n"
            "| `share` | number 0..1 | `0.2` | A share. |\n"
            "| `name` | text | `bridge` | A name. |\n"
            "| `models` | text or list of texts | `[a, b]` | Models. |\n"
            "| `tags` | map of texts | `{}` | Tags. |\n"
            "| `wait` | duration 1ms..60s | `5s` | How long. |\n"
            "| `limit` | size 1..1GiB | `32MiB` | How much. |\n"
            "| `balance` | one of in_order, random | `in_order` | Which \\| how. |\n"
            "| `raw` | anything | — | As it stands. |\n"
            "| `later` | not live yet | — | comes with rollouts |\n");
}

TEST(Fields, PrintTablesUnderTheirHeadings) {
  EXPECT_EQ(to_markdown({{"", "All.", {}}, {"b", "", {{"k", "text", "required", "K."}}}}),
            "## `(top level)`\n\nAll.\n\n\n## `b`\n\n| key | type | default | meaning "
            "|\n|---|---|---|---|\n"
            "| `k` | text | required | K. |\n");
}

}  // namespace
}  // namespace pontage::config
