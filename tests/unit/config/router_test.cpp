// Claude Code Router's version 2: providers by their full address, scenarios, stand-ins; what is
// left out, and mistakes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tree_text.hpp"

namespace pontage::config {
namespace {

using test::load;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string part_of(const std::string& json, const char* part) {
  const auto outcome = load("f.json", json);
  EXPECT_THAT(outcome.problems, IsEmpty()) << json;
  const Node* found = outcome.loaded ? outcome.loaded->root.find(part) : nullptr;
  return found != nullptr ? test::tree_text(*found) : "none";
}

std::string provider(const std::string& address, const std::string& more = "") {
  return part_of("{Providers: [{name: 'p', api_base_url: '" + address + "'" + more + "}]}",
                 "providers");
}

TEST(RouterTwo, TheAddressSaysWhatIsSpoken) {
  EXPECT_EQ(provider("https://h/v1/chat/completions"),
            "{p: {kind: \"openai\", base_url: \"https://h/v1\"}}");
  EXPECT_EQ(provider("https://h/api/v1/messages"),
            "{p: {kind: \"anthropic\", base_url: \"https://h/api/v1\"}}");
  EXPECT_EQ(provider("https://h/v1/chat/completions/"),
            "{p: {kind: \"openai\", base_url: \"https://h/v1\"}}");
  EXPECT_EQ(provider("https://h/x/messages", ", transformer: {use: ['Anthropic']}"),
            "{p: {kind: \"anthropic\", base_url: \"https://h/x\"}}");
}

TEST(RouterTwo, ScenariosAndStandIns) {
  EXPECT_EQ(part_of(R"({Router: {default: 'a,b', think: '', longContext: 'c,d',
                        longContextThreshold: 1000}, fallback: {default: ['e,f:1']}})",
                    "routes"),
            "[{match: {path: \"/v1\"}, chain: [{scenario: {default: \"a,b\", longContext: \"c,d\", "
            "longContextThreshold: 1000}}, {fallback: {on: [\"status_code >= 400\"], targets: "
            "[{provider: \"e\", model: \"f:1\"}]}}]}]");
}

TEST(RouterTwo, TheKeyIsKeptAsItsHashAndOpensTheListener) {
  EXPECT_EQ(part_of("{Providers: [], APIKEY: 'key', HOST: '0.0.0.0', PORT: 9}", "keys"),
            "[{name: \"claude-code\", secret_hash: "
            "\"sha256:2c70e12b7a0646f92279f427c7b38e7334d8e5389cff167a1dc30e73f826b683\"}]");
  EXPECT_EQ(part_of("{Providers: [], APIKEY: 'key', HOST: '0.0.0.0', PORT: 9}", "server"),
            "{listen: \"0.0.0.0:9\"}");
  EXPECT_EQ(part_of("{Providers: [], HOST: '0.0.0.0'}", "server"), "{listen: \"127.0.0.1:3456\"}")
      << "without a key it listens on loopback, as there";
}

TEST(RouterTwo, WhatIsLeftOutIsSaid) {
  const std::pair<const char*, const char*> rows[] = {
      {"{Providers: [], PROXY_URL: 'x'}", "1:17: warning: \"PROXY_URL\" of Claude Code Router"},
      {"{Providers: [], CUSTOM_ROUTER_PATH: 'x'}", "1:17: warning: \"CUSTOM_ROUTER_PATH\""},
      {"{Providers: [], Unheard: 'x'}", "1:17: warning: unknown key \"Unheard\""},
      {"{Providers: [], APIKEY: '$NONE'}", "1:25: warning: the key is not set (NONE)"},
      {"{Router: {default: 'a,b', image: 'c,d'}}", "1:27: warning: \"image\""},
      {"{Router: {default: 'a,b'}, fallback: {think: ['c,d']}}", "1:39: warning: \"think\""},
      {"{Providers: [{name: 'p', api_base_url: 'http://h/v1'}]}",
       "1:40: warning: the address does not end in"},
      {"{Providers: [{name: 'p', api_base_url: 'http://h/messages', transformer: {use: "
       "[['maxtoken', {max_tokens: 1}]]}}]}",
       "1:82: warning: \"maxtoken\""},
      {"{Providers: [{name: 'p', api_base_url: 'http://h/messages', transformer: {use: "
       "['mine']}}]}",
       "1:81: warning: the transformer \"mine\" is not known"},
  };
  for (const auto& [text, warning] : rows) {
    const auto outcome = load("f.json", text);
    EXPECT_TRUE(outcome.loaded) << text;
    EXPECT_THAT(outcome.problems, ElementsAre(HasSubstr(warning))) << text;
  }
}

TEST(RouterTwo, MistakesHaveTheirPlace) {
  const std::pair<const char*, const char*> rows[] = {
      {"{Router: {}}", "f.json:1:10: \"Router\" needs \"default\""},
      {"{Router: {default: 'gpt'}}",
       "f.json:1:20: \"default\" must be a text \"provider,model\", found \"gpt\""},
      {"{Providers: {}}", "f.json:1:13: \"Providers\" must be a list, found a map"},
      {"{Providers: [{name: 'p'}]}", "f.json:1:14: a provider needs \"name\" and \"api_base_url\""},
      {"{Providers: [{name: 'p', api_base_url: 'http://h/messages'}, {name: 'p', api_base_url: "
       "'http://h/messages'}]}",
       "f.json:1:69: two providers are called \"p\""},
      {"{Router: {default: 'a,b'}, fallback: {default: 'c,d'}}",
       "f.json:1:48: \"fallback\" must be a list, found \"c,d\""},
  };
  for (const auto& [text, problem] : rows) {
    const auto outcome = load("f.json", text);
    EXPECT_FALSE(outcome.loaded) << text;
    EXPECT_THAT(outcome.problems, ElementsAre(problem)) << text;
  }
}

}  // namespace
}  // namespace pontage::config
