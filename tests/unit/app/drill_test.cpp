// The drill over the real house: a chain that is well built passes, each way to build it wrong is
// found and named, and no configuration of the article or of ours makes it stumble.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "app/drill_command.hpp"
#include "study/drill_report.hpp"
#include "study/drill_verdict.hpp"

namespace pontage::app {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::string_view kQuick =
    "timeout: { first_byte: 1s, first_token: 1s, attempt: 1500ms, idle: 1s }";
constexpr std::string_view kProviders =
    "providers: { openai: { api_key: k }, anthropic: { api_key: k } }\n";
constexpr std::string_view kA = "{ provider: openai, model: gpt-4o }";
constexpr std::string_view kB = "{ provider: anthropic, model: claude-sonnet-4-20250514 }";

class Drill : public ::testing::Test {
 protected:
  Drill() { plan_.parallel = 24; }
  // Hundreds of houses start and stop.
  static void SetUpTestSuite() {
    observe::events::init({observe::events::Level::kOff, observe::events::Format::kText, 2});
  }
  static void TearDownTestSuite() { observe::events::shutdown(); }

  study::Report run(const std::string& yaml) {
    LoadInput input;
    input.file = "drill.yaml";
    input.text = yaml;
    input.environment = [](std::string_view) { return std::nullopt; };
    auto report = run_drill(input, plan_);
    if (!report) {
      ADD_FAILURE() << report.error() << "\n" << yaml;
      return {};
    }
    EXPECT_FALSE(report->rows.empty());
    return std::move(*report);
  }

  static std::string chain(const std::vector<std::string>& entries,
                           const std::string& route = "name: chat") {
    std::string yaml = std::string(kProviders) + "routes:\n  - " + route + "\n    chain:\n";
    for (const auto& entry : entries) yaml += "      - " + entry + "\n";
    return yaml;
  }
  static std::string quick() { return std::string(kQuick); }
  static std::string fallback(std::string_view first, std::string_view second) {
    return "fallback: [ " + std::string(first) + ", " + std::string(second) + " ]";
  }

  DrillPlan plan_;
};

const std::string kFloor = "floor: { message: We are busy. }";

TEST_F(Drill, AWellBuiltChainPassesEveryFaultAtEveryStep) {
  const auto report = run(chain({quick(), "retry: { max: 1 }", fallback(kA, kB), kFloor}));
  EXPECT_THAT(study::weak_points(report), IsEmpty());
  EXPECT_TRUE(study::all_passed(report)) << study::as_table(report, false);
  EXPECT_THAT(study::passed_routes(report), Contains("chat"));
  std::size_t met = 0;
  for (const auto& row : report.rows) {
    EXPECT_EQ(row.verdict.result, study::Verdict::Result::kPass) << study::as_table(report, false);
    met += row.seen.met ? 1U : 0U;
  }
  EXPECT_EQ(met, report.rows.size());
  EXPECT_GT(report.rows.size(), 80u);
}

TEST_F(Drill, AnthropicClientsAndKeysAndHeadersOfARouteAreServed) {
  plan_.faults = {"500"};
  const auto report =
      run(chain({quick(), fallback(kA, kB), kFloor},
                "{ name: mine, match: { path: /v1/messages, model: \"claude-*\", key: team, "
                "header: { x-team: \"a-*\" }, metadata: { tier: gold } }, chain: [ { fallback: [ " +
                    std::string(kB) + ", " + std::string(kA) + " ] }, { " + kFloor + " } ] }\n" +
                    "  - name: rest") +
          "keys: [ { name: team, secret_hash: \"sha256:" + std::string(64, 'a') + "\" } ]\n");
  EXPECT_TRUE(study::all_passed(report)) << study::as_table(report, false);
  ASSERT_EQ(report.courses.size(), 2u);
  EXPECT_EQ(report.courses[0].request.path, "/v1/messages");
}

TEST_F(Drill, FindsThatThereIsNoFloor) {
  plan_.faults = {"500"};
  const auto report = run(chain({quick(), fallback(kA, kB)}));
  EXPECT_FALSE(study::all_passed(report));
  EXPECT_THAT(study::weak_points(report),
              ::testing::ElementsAre(
                  "route chat: when everything is down, the client gets an error: add a floor"));
}

TEST_F(Drill, FindsADeadlineThatIsTooLong) {
  plan_.faults = {"silence"};
  plan_.patience.first = Millis(3'000);
  const auto report = run(chain(
      {"timeout: { first_byte: 6s, first_token: 6s, attempt: 7s }", fallback(kA, kB), kFloor}));
  EXPECT_THAT(study::weak_points(report),
              Contains(HasSubstr("route chat: when openai is silent, to a stream, the first byte "
                                 "comes after 6")));
}

TEST_F(Drill, FindsAFallbackAtTheSameProvider) {
  plan_.faults = {"refused", "429"};
  const auto report =
      run(chain({quick(), fallback(kA, "{ provider: openai, model: gpt-4o-mini }"), kFloor}));
  EXPECT_THAT(study::weak_points(report),
              ::testing::ElementsAre(
                  "route chat: when openai refuses connections, the fixed message of the floor "
                  "answers: every target that stands in for openai/gpt-4o is at openai too: add a "
                  "fallback at another provider"));
}

TEST_F(Drill, FindsRulesThatDoNotCoverServerErrors) {
  plan_.faults = {"refused", "500", "503", "429"};
  const auto report = run(chain({quick(),
                                 "fallback: { on: [ \"status_code == 429\", \"status_code == "
                                 "502\" ], targets: [ " +
                                     std::string(kA) + ", " + std::string(kB) + " ] }",
                                 kFloor}));
  EXPECT_THAT(study::weak_points(report),
              Contains("route chat: when openai answers 500 or answers 503, the client gets an "
                       "error although anthropic/claude-sonnet-4-20250514 stands ready: look at "
                       "what fallback.on covers"));
}

TEST_F(Drill, EachPickOfAChainThatDrawsLotsIsDrilled) {
  plan_.faults = {"500"};
  const auto report =
      run(chain({quick(),
                 "weighted: [ { weight: 1, provider: openai, model: gpt-4o }, { weight: 1, "
                 "provider: groq, model: m } ]",
                 "fallback: [ " + std::string(kB) + " ]", kFloor}));
  EXPECT_TRUE(study::all_passed(report)) << study::as_table(report, false);
  ASSERT_EQ(report.courses.size(), 2u);
  EXPECT_EQ(report.courses[0].about, "");
  EXPECT_EQ(report.courses[1].about, "to " + report.courses[1].steps[0].label);
}

TEST_F(Drill, EveryCloudsDialectHasAStandIn) {
  plan_.faults = {"429"};
  const std::string targets =
      "fallback: [ { provider: bed, model: anthropic.claude-3-5-sonnet-20240620-v1:0 }, { "
      "provider: az, model: gpt-4o }, { provider: gemini, model: gemini-2.0-flash }, { provider: "
      "ver, model: gemini-2.0-flash }, { provider: ver, model: claude-sonnet-4@20250514 } ]";
  const auto report = run(
      "providers: { bed: { kind: bedrock, region: eu-west-1, api_key: k }, az: { kind: azure, "
      "resource: mine, api_key: k }, gemini: { api_key: k }, ver: { kind: vertex, project: p } }\n"
      "routes:\n  - name: clouds\n    chain:\n      - " +
      quick() + "\n      - " + targets + "\n      - " + kFloor + "\n");
  EXPECT_TRUE(study::all_passed(report)) << study::as_table(report, false);
  ASSERT_EQ(report.courses.at(0).steps.size(), 5u);
}

TEST_F(Drill, ABranchThatOnlyLongRequestsTakeIsDrilledToo) {
  plan_.faults = {"500"};
  const auto report =
      run(chain({quick(),
                 "conditional: [ { if: \"request.tokens > 400\", then: " + std::string(kB) +
                     " }, { if: \"request.metadata.pii == true\", then: { provider: ollama, "
                     "model: m } } ]",
                 "fallback: [ " + std::string(kA) + " ]", kFloor}));
  ASSERT_EQ(report.courses.size(), 2u);
  EXPECT_EQ(report.courses[0].steps[0].label, "openai/gpt-4o");
  EXPECT_EQ(report.courses[1].steps[0].label, "anthropic/claude-sonnet-4-20250514");
  EXPECT_THAT(report.notes, Contains(HasSubstr("ollama/m is not drilled")));
}

TEST_F(Drill, TheArticlesFilesAndOurOwnAreDrilledWithoutStumbling) {
  plan_.faults = {"500", "empty"};
  const std::filesystem::path root(PONTAGE_SOURCE_DIR);
  std::vector<std::filesystem::path> files = {root / "config/quickstart.yaml",
                                              root / "docker/pontage.yaml"};
  for (const auto* folder : {"tests/fixtures/article", "tests/fixtures/foreign"}) {
    for (const auto& entry : std::filesystem::directory_iterator(root / folder))
      files.push_back(entry.path());
  }
  int drilled = 0;
  for (const auto& file : files) {
    std::ifstream in(file);
    LoadInput input;
    input.file = file.string();
    input.text.assign(std::istreambuf_iterator<char>(in), {});
    input.environment = [](std::string_view) { return std::nullopt; };
    const auto report = run_drill(input, plan_);
    if (!report) {
      EXPECT_THAT(report.error(),
                  ::testing::AnyOf(HasSubstr("no routes"), HasSubstr("cannot be used")))
          << file;
      continue;
    }
    ++drilled;
    for (const auto& row : report->rows)
      EXPECT_THAT(row.verdict.outcome, ::testing::Not(HasSubstr("the drill itself"))) << file;
  }
  EXPECT_GE(drilled, 4);
}

}  // namespace
}  // namespace pontage::app
