// What is wrong with a file: every mistake at its place, all at once, with what would be right.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/app/config_bench.hpp"

namespace pontage::app::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

struct Row {
  std::string yaml;
  const char* place;
  std::vector<const char*> texts;
};

void expect_single_errors(const std::vector<Row>& rows) {
  for (const auto& row : rows) {
    const auto tried = try_load(row.yaml);
    EXPECT_EQ(tried.config, nullptr) << row.yaml;
    const auto errors = tried.errors();
    ASSERT_EQ(errors.size(), 1U) << row.yaml << ::testing::PrintToString(errors);
    EXPECT_THAT(errors.front(), StartsWith(std::string("c.yaml:") + row.place + ": ")) << row.yaml;
    for (const char* text : row.texts) EXPECT_THAT(errors.front(), HasSubstr(text)) << row.yaml;
  }
}

TEST(LoadErrors, TopLevelAndTables) {
  expect_single_errors({
      {"serve: { listen: 127.0.0.1:1 }",
       "1:1",
       {"unknown key \"serve\"", "did you mean \"server\""}},
      {"server: { lisen: x }", "1:11", {"did you mean \"listen\""}},
      {"server: { workers: 257 }", "1:20", {"256"}},
      {"server: { drain: 30 }", "1:18", {"a duration with its unit"}},
      {"server: { auth: key }", "1:17", {"did you mean \"keys\""}},
      {"server: { limits: { body: 32Mb } }", "1:27", {"32MiB"}},
      {"server:\n  limits:\n    head_timeout: 1ms", "3:19", {"10ms"}},
      {"server: { tls: { certificate: c.pem } }", "1:16", {"key"}},
      {"server: [ a ]", "1:9", {"map"}},
      {"observability: { metrics: { export: statsd } }", "1:37", {"prometheus only"}},
      {"observability: { log: { level: loud } }", "1:32", {"debug"}},
      {"routes: { a: b }", "1:9", {"routes is a list"}},
      {"providers: [ a ]", "1:12", {"providers is a map"}},
      {"keys: { a: b }", "1:7", {"keys is a list"}},
  });
}

TEST(LoadErrors, ChainsAndTargets) {
  expect_single_errors({
      {route_with("      - rety: { max: 2 }\n"),
       "3:9",
       {"no middleware is called \"rety\"", "did you mean \"retry\""}},
      {route_with("      - retry: { maxx: 2 }\n"), "3:18", {"did you mean \"max\""}},
      {route_with("      - retry\n"), "3:9", {"each entry of a chain is one middleware"}},
      {route_with("      - { retry: {}, timeout: {} }\n"), "3:9", {"one middleware"}},
      {route_with("      - fallback: [ { provider: opnai, model: m } ]\n"),
       "3:33",
       {"no provider is called \"opnai\"", "did you mean \"openai\""}},
      {route_with("      - fallback: [ { provider: openai, modl: m } ]\n"),
       "3:41",
       {"did you mean \"model\""}},
      {route_with("      - fallback: [ { model: m } ]\n"), "3:21", {"provider"}},
      {route_with("      - fallback: [ openai ]\n"), "3:21", {"a target is { provider"}},
      {"routes:\n  - { chain: [ floor: { message: x } ], nam: a }\n",
       "2:41",
       {"did you mean \"name\""}},
      {"routes:\n  - match: { pth: /v1 }\n    chain: [ floor: { message: x } ]\n",
       "2:14",
       {"did you mean \"path\""}},
      {"routes:\n  - chain: { retry: {} }\n", "2:12", {"a chain is a list"}},
  });
}

TEST(LoadErrors, BadRulesPointIntoTheScalar) {
  const auto rule = [](const std::string& text) {
    return route_with("      - conditional:\n          - if: " + text +
                      "\n            then: { provider: ollama }\n");
  };
  expect_single_errors({
      {rule("\"request.strem\""), "4:18", {"did you mean `request.stream`"}},
      {rule("request.strem"), "4:17", {"request.stream"}},
      {rule("'request.stream && request.tokns < 5'"), "4:36", {"did you mean `request.tokens`"}},
      {rule("\"request.tokens < 'many'\""), "4:33", {"request.tokens"}},
      {rule("\"request.tokens <\""), "4:34", {"in the rule"}},
      {rule("\"request.tokens\""), "4:18", {"true or false"}},
  });
  expect_single_errors({
      {route_with("      - fallback: { targets: [ { provider: ollama } ], on: [ \"status_cod == "
                  "1\" ] }\n"),
       "3:63",
       {"did you mean `status_code`"}},
  });
}

TEST(LoadErrors, Routes) {
  const std::string floor = "    chain: [ floor: { message: x } ]\n";
  expect_single_errors({
      {"routes:\n  - name: a\n    match: { path: /v1/chat }\n" + floor +
           "  - name: a\n    match: { path: /v1/models }\n" + floor,
       "5:5",
       {"two routes are called \"a\""}},
      {"routes:\n  - name: all\n" + floor + "  - name: chat\n    match: { path: /v1/chat }\n" +
           floor,
       "4:5",
       {"route chat is never reached", "all before it"}},
      {route_with("") + "  - match: { model: gpt-* }\n" + floor, "4:5", {"never reached"}},
      {route_with("      - floor: { message: x }\n"), "4:9", {"after floor", "never reached"}},
  });
}

TEST(LoadErrors, ExposureAndKeys) {
  const std::string hash(64, 'a');
  expect_single_errors({
      {"server: { listen: 0.0.0.0:8080 }", "1:19", {"without client keys", "auth: none"}},
      {"server: { listen: \"[::]:8080\" }", "1:19", {"without client keys"}},
      {"server: { auth: keys }", "1:17", {"pontage keys add"}},
      {"admin: { listen: 0.0.0.0:8081 }", "1:18", {"needs admin.token"}},
      {"keys: [ { name: a, secret_hash: secret } ]", "1:33", {"sha256:", "pontage keys add"}},
      {"keys: [ { name: a, secret_hash: sha256:abc } ]", "1:33", {"64 hex digits"}},
      {"keys: [ { secret_hash: sha256:" + hash + " } ]", "1:9", {"name"}},
      {"keys: [ { name: a } ]", "1:9", {"secret_hash"}},
      {"keys: [ { name: a, secret: pk-x, secret_hash: sha256:" + hash + " } ]",
       "1:20",
       {"secret_hash"}},
      {"keys:\n  - { name: a, secret_hash: sha256:" + hash +
           " }\n  - { name: a, secret_hash: sha256:" + std::string(64, 'b') + " }",
       "3:5",
       {"two keys are called \"a\""}},
      {"keys:\n  - { name: a, secret_hash: sha256:" + hash +
           " }\n  - { name: b, secret_hash: sha256:" + hash + " }",
       "3:5",
       {"the same secret"}},
      {"providers: { openai: { api_key: passthrough } }\nkeys: [ { name: a, secret_hash: sha256:" +
           hash + " } ]",
       "1:14",
       {"server.auth: none"}},
  });
}

TEST(LoadErrors, WhatIsExposedOnPurpose) {
  const std::string hash = "sha256:" + std::string(64, 'a');
  for (const std::string& yaml :
       {std::string("server: { listen: 0.0.0.0:8080, auth: none }"),
        "server: { listen: 0.0.0.0:8080 }\nkeys: [ { name: a, secret_hash: " + hash + " } ]",
        std::string("admin: { listen: 0.0.0.0:8081, token: t }"),
        std::string("admin: { listen: off }"), std::string("server: { listen: localhost:8080 }"),
        std::string("server: { listen: \"[::1]:8080\" }")}) {
    const auto tried = try_load(yaml);
    EXPECT_NE(tried.config, nullptr) << yaml << ::testing::PrintToString(tried.problems());
  }
}

TEST(LoadErrors, LoopsAreRefused) {
  const std::string route = route_with("      - fallback: [ { provider: openai, model: m } ]\n");
  struct Loop {
    const char* listen;
    const char* address;
    bool refused;
  };
  for (const Loop& row : {Loop{"127.0.0.1:8080", "http://localhost:8080/v1", true},
                          Loop{"127.0.0.1:8080", "http://127.0.0.1:8080", true},
                          Loop{"0.0.0.0:8080", "http://127.0.0.1:8080", true},
                          Loop{"127.0.0.1:8080", "http://127.0.0.1:8081", false},
                          Loop{"127.0.0.1:8080", "http://10.0.0.1:8080", false},
                          Loop{"127.0.0.1:0", "http://127.0.0.1:8080", false}}) {
    const Variables variables = {{"OPENAI_BASE_URL", row.address}, {"OPENAI_API_KEY", "k"}};
    const auto tried = try_load("server: { auth: none }\n" + route, variables, row.listen);
    EXPECT_EQ(tried.config == nullptr, row.refused) << row.listen << " " << row.address;
    if (row.refused) {
      ASSERT_EQ(tried.errors().size(), 1U);
      EXPECT_THAT(tried.errors().front(), StartsWith("c.yaml:4:33: "));
      EXPECT_THAT(tried.errors().front(), HasSubstr("this gateway's own listener"));
    }
  }
}

TEST(LoadErrors, AllAtOnceInTheOrderOfTheFile) {
  const auto tried = try_load(R"(serve: {}
server: { listen: 0.0.0.0:80, workers: x }
providers:
  opnai: { api_key: k }
routes:
  - name: a
    chain:
      - rety: {}
      - conditional: [ { if: "request.tokens > 'x'", then: { provider: ollama } } ]
      - fallback: [ { provider: nobody } ]
keys: [ { name: k, secret_hash: bad } ]
)");
  EXPECT_EQ(tried.config, nullptr);
  EXPECT_THAT(tried.errors(),
              ElementsAre(StartsWith("c.yaml:1:1: "), StartsWith("c.yaml:2:19: "),
                          StartsWith("c.yaml:2:40: "), StartsWith("c.yaml:4:3: "),
                          StartsWith("c.yaml:8:9: "), StartsWith("c.yaml:9:"),
                          StartsWith("c.yaml:10:33: "), StartsWith("c.yaml:11:33: ")));
}

TEST(LoadErrors, NotEvenYaml) {
  for (const char* text : {"routes: [", "a: b: c", "\x01", "- a", "42", "a: 1\na: 2"}) {
    const auto tried = try_load(text);
    EXPECT_EQ(tried.config, nullptr) << text;
    EXPECT_FALSE(tried.errors().empty()) << text;
    for (const auto& each : tried.errors()) EXPECT_THAT(each, StartsWith("c.yaml:")) << text;
  }
}

}  // namespace
}  // namespace pontage::app::test
