// What every middleware owes: a documented table, a row in docs/configuration.md, and the
// contract's examples load.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <sstream>

#include "middleware/registry.hpp"
#include "unit/app/config_bench.hpp"

namespace pontage::app::test {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(Middlewares, EveryRowIsDocumented) {
  const auto docs = read_source("docs/configuration.md");
  std::set<std::string_view> names;
  for (const auto& row : middleware::registry()) {
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
    EXPECT_FALSE(row.reason.empty()) << row.name;
    EXPECT_NE(row.make, nullptr) << row.name;
    const auto& doc = row.doc();
    EXPECT_TRUE(doc.path == "chain." + std::string(row.name) ||
                doc.path == "chain." + std::string(row.name) + "[]")
        << doc.path;
    EXPECT_FALSE(doc.text.empty()) << row.name;
    EXPECT_FALSE(doc.fields.empty()) << row.name;
    for (const auto& field : doc.fields) {
      EXPECT_FALSE(field.type.empty()) << row.name << "." << field.key;
      EXPECT_TRUE(field.text.ends_with(".")) << row.name << "." << field.key << ": " << field.text;
    }
    EXPECT_THAT(docs, HasSubstr("`" + doc.path + "`"));
    EXPECT_EQ(middleware::find(row.name), &row);
    EXPECT_EQ(middleware::not_live_reason(row.name), nullptr) << row.name << " is live";
  }
}

TEST(Middlewares, TheOrderOfKindsIsTheDocumentedOne) {
  int last = 0;
  for (const auto& row : middleware::registry()) {
    EXPECT_GE(static_cast<int>(row.kind), last)
        << row.name << ": policies, selectors, fallback, wrappers, floor";
    last = static_cast<int>(row.kind);
  }
}

TEST(Middlewares, KindsMatchTheirRows) {
  for (const char* entry :
       {"retry: {}", "timeout: {}",
        "conditional: [ { if: request.stream, then: { provider: ollama } } ]",
        "weighted: [ { weight: 1, provider: ollama } ]", "fallback: [ { provider: ollama } ]",
        "cache: {}", "floor: { message: x }"}) {
    const auto tried = try_load("routes: [ { chain: [ " + std::string(entry) + " ] } ]");
    ASSERT_NE(tried.config, nullptr) << entry << ::testing::PrintToString(tried.problems());
    const auto& made = *tried.config->snapshot->routes.front().chain.entries().front();
    const auto* row = middleware::find(made.name());
    ASSERT_NE(row, nullptr) << entry;
    EXPECT_EQ(made.kind(), row->kind) << entry;
  }
}

TEST(Middlewares, LaterOnesAreKnownByName) {
  for (const char* name : {"budget", "scenario", "auto", "rollout", "pii", "guardrail"}) {
    EXPECT_EQ(middleware::find(name), nullptr) << name;
    EXPECT_NE(middleware::not_live_reason(name), nullptr) << name;
    const auto tried = try_load(route_with("      - " + std::string(name) + ": {}\n"));
    EXPECT_NE(tried.config, nullptr) << name;
    ASSERT_EQ(tried.problems().size(), 1U) << name << ::testing::PrintToString(tried.problems());
    EXPECT_THAT(tried.problems().front(),
                HasSubstr("warning: " + std::string(name) + " is not live"));
  }
}

// Every example of docs/configuration.md: lines of a chain as entries of one, everything else as a
// whole file.
std::vector<std::string> documented_examples() {
  std::vector<std::string> examples;
  std::istringstream lines(read_source("docs/configuration.md"));
  bool inside = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("```")) {
      inside = line == "```yaml";
      if (inside) examples.emplace_back();
    } else if (inside && line.starts_with("- ")) {
      examples.push_back(line);
    } else if (inside) {
      examples.back() += line + "\n";
    }
  }
  std::erase(examples, std::string());
  return examples;
}

TEST(Contract, TheDocumentedExamplesLoad) {
  const Variables variables = {{"PONTAGE_ADMIN_TOKEN", "t"}};
  std::set<std::string> entries;
  for (const auto& example : documented_examples()) {
    const bool entry = example.starts_with("- ");
    const bool floor = example.starts_with("- floor");
    const std::string yaml = entry ? "routes:\n  - chain:\n      " + example + "\n" +
                                         (floor ? "" : "      - floor: { message: sorry }\n")
                                   : example;
    if (entry) entries.insert(example.substr(2, example.find(':') - 2));
    const auto tried = try_load(yaml, variables);
    const bool file_secret = example.find("file:/run") != std::string::npos;  // no such file here
    EXPECT_TRUE(tried.config != nullptr || file_secret)
        << example << ::testing::PrintToString(tried.problems());
    if (!file_secret) EXPECT_THAT(tried.problems(), IsEmpty()) << example;
  }
  for (const auto& row : middleware::registry()) {
    EXPECT_TRUE(entries.contains(std::string(row.name)))
        << row.name << " has no example in docs/configuration.md";
  }
}

TEST(Contract, TheCacheOfTheFloorIsWarnedOf) {
  const auto tried = try_load(
      "routes: [ { chain: [ floor: [ cache, { provider: ollama, model: \"llama3.1:8b\" }, { "
      "message: \"We are busy; please "
      "try again.\" } ] ] } ]");
  EXPECT_NE(tried.config, nullptr);
  ASSERT_EQ(tried.problems().size(), 1U);
  EXPECT_THAT(tried.problems().front(), HasSubstr("the chain has no cache"));
}

TEST(Contract, TheWholeExampleLoads) {
  const Variables keys = {{"OPENAI_API_KEY", "a"}, {"ANTHROPIC_API_KEY", "b"}};
  const auto tried = try_load(R"(
server:    { listen: 127.0.0.1:8080 }
providers:
  openai:    { api_key: ${OPENAI_API_KEY} }
  anthropic: { api_key: ${ANTHROPIC_API_KEY} }
  ollama:    { base_url: http://localhost:11434 }
routes:
  - match: { path: /v1/chat }
    chain:
      - retry: { max: 2, backoff: exponential }
      - fallback:
          - { provider: openai, model: gpt-4o }
          - { provider: anthropic, model: claude-sonnet-4-20250514 }
          - { provider: ollama, model: "llama3.1:70b" }
observability:
  metrics: { export: prometheus, endpoint: /metrics }
  traces:  { export: otlp, endpoint: http://otel-collector:4317 }
)",
                              keys);
  ASSERT_NE(tried.config, nullptr) << ::testing::PrintToString(tried.problems());
  EXPECT_THAT(tried.errors(), IsEmpty());
  EXPECT_EQ(tried.warnings().size(), 2U)
      << "no floor, traces: " << ::testing::PrintToString(tried.problems());
}

TEST(Contract, TheQuickstartLoadsWithoutAnyKey) {
  const auto tried = try_load(read_source("config/quickstart.yaml"));
  EXPECT_NE(tried.config, nullptr) << ::testing::PrintToString(tried.problems());
  EXPECT_THAT(tried.problems(), IsEmpty());
}

}  // namespace
}  // namespace pontage::app::test
