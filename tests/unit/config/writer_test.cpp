// to_yaml: what it looks like, and that it reads back to the same tree.
#include <gtest/gtest.h>

#include <random>

#include "core/strings.hpp"
#include "tree_text.hpp"

namespace pontage::config {
namespace {

using test::environment;
using test::load;

const Environment& values() {
  static const Environment values = environment({{"KEY", "sk-very-secret"}, {"PORT", "8080"}});
  return values;
}

/// Quotes matter only where the bare text would be read as something else than a text.
std::string loose_text(const Node& node) {
  struct Walk {
    static void loosen(Node& each) {
      const bool special = each.text == "true" || each.text == "false" || each.text == "null" ||
                           each.text == "~" || each.text.empty() || parse_double(each.text);
      each.quoted = each.quoted && special;
      for (Node& item : each.items) loosen(item);
      for (Node::Entry& entry : each.entries) loosen(entry.value);
    }
  };
  Node copy = node;
  Walk::loosen(copy);
  return test::tree_text(copy);
}

TEST(ToYaml, LooksAsPeopleWriteIt) {
  const std::string text =
      "server: { listen: 127.0.0.1:8080 }\n"
      "providers: { openai: { api_key: ${OPENAI_API_KEY} }, ollama: { base_url: "
      "http://localhost:11434 } }\n"
      "routes: [ { match: { path: /v1/chat }, chain: [ { retry: { max: 2, backoff: exponential } "
      "}, { fallback: [ "
      "{ provider: openai, model: gpt-4o }, { provider: ollama, model: 'llama3.1:70b' } ] } ] } "
      "]\n";
  EXPECT_EQ(to_yaml(test::tree_of(text)),
            "server:\n"
            "  listen: 127.0.0.1:8080\n"
            "providers:\n"
            "  openai: { api_key: ${OPENAI_API_KEY} }\n"
            "  ollama: { base_url: http://localhost:11434 }\n"
            "routes:\n"
            "  - match: { path: /v1/chat }\n"
            "    chain:\n"
            "      - retry: { max: 2, backoff: exponential }\n"
            "      - fallback:\n"
            "          - { provider: openai, model: gpt-4o }\n"
            "          - { provider: ollama, model: llama3.1:70b }\n");
}

TEST(ToYaml, ConvertsTheArticlesFallback) {
  Diagnostics diagnostics;
  const auto loaded =
      load_file(std::string(PONTAGE_SOURCE_DIR) + "/tests/fixtures/article/portkey-fallback.yaml",
                environment({}), diagnostics);
  ASSERT_TRUE(loaded);
  EXPECT_EQ(to_yaml(loaded->root),
            "routes:\n"
            "  - chain:\n"
            "      - fallback:\n"
            "          on: [status_code == 429, latency_ms > 5000, status_code >= 500]\n"
            "          targets:\n"
            "            - { provider: openai, model: gpt-4o }\n"
            "            - { provider: openai, model: gpt-4o-mini }\n"
            "            - { provider: anthropic, model: claude-sonnet-4-20250514 }\n");
}

TEST(ToYaml, EmptyTrees) {
  EXPECT_EQ(to_yaml(test::tree_of("")), "{}\n");
  EXPECT_EQ(to_yaml(test::tree_of("a: {}\nb: []\nc:\nd: ''\n")),
            "a: {}\nb: []\nc: null\nd: \"\"\n");
}

TEST(ToYaml, SecretsKeepTheirVariable) {
  const std::string yaml =
      to_yaml(test::tree_of("a: { k: ${KEY} }\nb: \"Bearer ${KEY}\"\nc: ${PORT:-1}\n", values()));
  EXPECT_EQ(yaml, "a:\n  k: ${KEY}\nb: \"Bearer ${KEY}\"\nc: ${PORT:-1}\n");
}

TEST(ToYaml, ReadsBackToTheSameTree) {
  const std::string texts[] = {
      "a: 'true'\nb: true\nc: '5'\nd: 5\ne: 'null'\nf: ~\ng: '~'\nh: ''\ni: '1e5'\nj: '-'\n",
      "a: 'x: y'\nb: 'x #y'\nc: \"tab\\tline\\nend\"\nd: '- x'\ne: '[x]'\nf: '{x}'\ng: '*x'\nh: "
      "'&x'\ni: '!x'\n",
      "a: '|'\nb: '%x'\nc: '@x'\nd: '`x`'\ne: ' x '\nf: 'x:'\ng: '?x'\nh: '\"x\"'\ni: \"it's\"\nj: "
      "'a\\b'\n",
      "a: ${KEY}\nb: '${PORT}'\nc: ${NO:-x, y}\nd: [${NO:-a: b}, '$${KEY}', $${KEY}]\ne: ${NO}\nf: "
      "'$$${'\n",
      "'a: b': 1\n'': 2\n'true': 3\n'<<': { a: 1 }\n'$${x}': 4\n'#': 5\n'1': 6\n'---': 7\n'a\"b': "
      "8\n",
      "a: [[1, [2, []]], {}, [{ b: [c] }]]\nb: [{ c: d, e: [f] }, [g]]\n",
      "a: |\n  one\n  two\n\nb: >-\n  folded\n  text\n",
      "k: --- x\nl: ...\nm: '---'\nn: .5\no: '.5'\np: -x\nq: a,b\nr: [\"a,b\", 'c]']\ns: a?b\nt: "
      "x#y\nu: 'y '\n",
      "long: { a: 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx', b: "
      "'yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy', "
      "c: 'zzzzzzzzzzzzzzzzzzzzzzzzzzzzzz', d: [1, 2] }\n",
      "\"\xEF\xBB\xBF"
      "a\": 1\nb: \"\xEF\xBB\xBF\"\n",
      "u: \xC3\xA9t\xC3\xA9\nv: \"\xE2\x80\xA8\xC2\x85\xF0\x9F\x8C\x89\"\nw: \"\\r\\n\"\n",
  };
  for (const std::string& text : texts) {
    const auto first = load("f.yaml", text, values());
    ASSERT_TRUE(first.loaded) << text << first.problems[0];
    const std::string yaml = to_yaml(first.loaded->root);
    const auto second = load("g.yaml", yaml, values());
    ASSERT_TRUE(second.loaded) << yaml << second.problems[0];
    EXPECT_EQ(loose_text(second.loaded->root), loose_text(first.loaded->root)) << yaml;
    EXPECT_EQ(yaml.find("secret"), std::string::npos) << yaml;
    EXPECT_EQ(to_yaml(second.loaded->root), yaml);
  }
}

/// Trees that a file can hold: quoted texts of awkward characters, plain words, maps with awkward
/// keys.
class RandomTrees {
 public:
  explicit RandomTrees(unsigned seed) : random_(seed) {}

  Node map(int depth) {
    Node node;
    node.kind = Node::Kind::kMap;
    const int count = below(5);
    for (int i = 0; i < count; ++i)
      node.entries.push_back({text() + std::to_string(i), {}, value(depth - 1)});
    return node;
  }

 private:
  int below(int end) { return static_cast<int>(random_() % static_cast<unsigned>(end)); }

  std::string text() {
    static const std::vector<std::string> pieces = {"a",        "Z",
                                                    "0",        "-",
                                                    " ",        ":",
                                                    ": ",       " #",
                                                    "#",        "{",
                                                    "}",        "[",
                                                    "]",        ",",
                                                    "\"",       "'",
                                                    "\\",       "\n",
                                                    "\t",       "$",
                                                    "${",       "$$",
                                                    "true",     "null",
                                                    "~",        "?",
                                                    "!",        "&",
                                                    "*",        "|",
                                                    ">",        "%",
                                                    "@",        "`",
                                                    ".",        "<<",
                                                    "- ",       "=",
                                                    "\r",       "1e5",
                                                    "---",      "/",
                                                    "\xC3\xA9", "\xEF\xBB\xBF",
                                                    "\xC2\x85", "\xE2\x80\xA8",
                                                    "x",        "word",
                                                    "..",       "+",
                                                    "? "};
    std::string out;
    const int count = below(6);
    for (int i = 0; i < count; ++i)
      out += pieces[static_cast<std::size_t>(below(static_cast<int>(pieces.size())))];
    return out;
  }

  Node value(int depth) {
    const int kind = below(depth > 0 ? 5 : 3);
    if (kind == 4) return map(depth);
    Node node;
    if (kind == 3) {
      node.kind = Node::Kind::kSequence;
      const int count = below(4);
      for (int i = 0; i < count; ++i) node.items.push_back(value(depth - 1));
    } else if (kind > 0) {
      static const std::vector<std::string> words = {"true", "5",     "-1.5",  "1e3",
                                                     "word", "a.b:c", "250ms", "/v1"};
      node.kind = Node::Kind::kScalar;
      node.quoted = kind == 2;
      node.text = node.quoted
                      ? text()
                      : words[static_cast<std::size_t>(below(static_cast<int>(words.size())))];
    }
    return node;
  }

  std::mt19937 random_;
};

TEST(ToYaml, RandomTreesReadBack) {
  for (unsigned seed = 0; seed < 3000; ++seed) {
    RandomTrees trees(seed);
    const Node tree = trees.map(4);
    const std::string yaml = to_yaml(tree);
    const auto again = load("g.yaml", yaml, values());
    ASSERT_TRUE(again.loaded) << "seed " << seed << "\n" << yaml << again.problems[0];
    ASSERT_EQ(loose_text(again.loaded->root), loose_text(tree)) << "seed " << seed << "\n" << yaml;
  }
}

}  // namespace
}  // namespace pontage::config
