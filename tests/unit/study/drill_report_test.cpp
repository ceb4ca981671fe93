// The report as people and machines read it, and the memory of the last success.
#include "study/drill_report.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>

#include "study/drill_record.hpp"
#include "study/drill_verdict.hpp"
#include "unit/study/drill_bench.hpp"

namespace pontage::study::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

Report sample() {
  Report report;
  report.courses = {course({step("openai", "a"), step("anthropic", "b")})};
  report.courses[0].route = "chat <&\"> \x01";
  report.took = Millis(1'500);
  const Course& of = report.courses[0];
  const auto add = [&](const Case& what, const Seen& seen) {
    report.rows.push_back({what, seen, judge(of, what, seen, Patience{})});
  };
  add(baselines(of, 0)[0], answer("openai/a"));
  add(fault_case(of, 0, "500", false), answer("anthropic/b", Millis(1'234)));
  Seen unmet = answer("anthropic/b");
  unmet.met = false;
  add(fault_case(of, 0, "429", true), unmet);
  add(everything_down(of, 0)[1], error());
  return report;
}

TEST(DrillReport, JUnit) {
  EXPECT_EQ(as_junit(sample()),
            R"xml(<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="pontage drill" tests="4" failures="1" time="1.500">
  <testsuite name="drill.chat &lt;&amp;&quot;&gt;  " tests="4" failures="1" skipped="1" time="1.244">
    <testcase classname="drill.chat &lt;&amp;&quot;&gt;  " name="1 openai/a none stream" time="0.005"/>
    <testcase classname="drill.chat &lt;&amp;&quot;&gt;  " name="1 openai/a 500 plain" time="1.234"/>
    <testcase classname="drill.chat &lt;&amp;&quot;&gt;  " name="1 openai/a 429 stream" time="0.005">
      <skipped message="when openai/a answers 429, not met: anthropic/b answers"/>
    </testcase>
    <testcase classname="drill.chat &lt;&amp;&quot;&gt;  " name="all all-down plain" time="0.000">
      <failure message="when everything is down, the client gets an error: add a floor"/>
    </testcase>
  </testsuite>
</testsuites>
)xml");
}

TEST(DrillReport, TheTableShowsWhatIsWrongUnlessAllIsWanted) {
  auto report = sample();
  report.courses[0].route = "chat";
  report.notes = {"something else"};
  EXPECT_EQ(as_table(report, false),
            "ROUTE  STEP        FAULT     REQUEST  SERVED BY                     TIME  VERDICT\n"
            "chat   1 openai/a  429       stream   anthropic/b                   5 ms  skip\n"
            "chat   all         all-down  plain    error 503 all_targets_failed  0 ms  FAIL\n"
            "\n"
            "route chat: when everything is down, to a plain request, the client gets an error: "
            "add a floor\n"
            "note: something else\n"
            "2 passed, 1 failed, 1 skipped in 1.5 s\n");
  EXPECT_THAT(as_table(report, true),
              HasSubstr("chat   1 openai/a  500       plain    anthropic/b                   1.2 s "
                        " pass\n"));
}

TEST(DrillReport, Json) {
  const auto whole = nlohmann::json::parse(as_json(sample()));
  EXPECT_EQ(whole["passed"], 2);
  EXPECT_EQ(whole["failed"], 1);
  EXPECT_EQ(whole["skipped"], 1);
  EXPECT_EQ(whole["weak_points"].size(), 1u);
  ASSERT_EQ(whole["cases"].size(), 4u);
  const auto& row = whole["cases"][1];
  EXPECT_EQ(row["route"], "chat <&\"> \x01");
  EXPECT_EQ(row["step"], 1);
  EXPECT_EQ(row["fault"], "500");
  EXPECT_EQ(row["stream"], false);
  EXPECT_EQ(row["served_by"], "anthropic/b");
  EXPECT_EQ(row["first_ms"], 1234);
  EXPECT_EQ(row["verdict"], "pass");
  EXPECT_EQ(whole["cases"][3]["advice"], "add a floor");
}

TEST(DrillReport, ARouteHasPassedWhenNothingOfItFailed) {
  auto report = sample();
  EXPECT_FALSE(all_passed(report));
  EXPECT_THAT(passed_routes(report), IsEmpty());
  report.courses.push_back(report.courses[0]);
  report.courses[1].route = "other";
  report.rows.push_back(report.rows[0]);
  report.rows.back().what.course = 1;
  EXPECT_THAT(passed_routes(report), ElementsAre("other"));
}

TEST(DrillRecord, SuccessesAreKeptByRoute) {
  const auto folder =
      std::filesystem::temp_directory_path() / ("drill-" + std::to_string(std::random_device{}()));
  std::filesystem::create_directories(folder);
  const auto path = drill_record_path((folder / "pontage.db").string());
  EXPECT_EQ(path, (folder / "drills.json").string());
  EXPECT_THAT(read_drill_record(path), IsEmpty());
  EXPECT_EQ(write_drill_record(path, {"a", "b"}, 100), "");
  EXPECT_EQ(write_drill_record(path, {"b"}, 200), "");
  const auto known = read_drill_record(path);
  EXPECT_EQ(known.size(), 2u);
  EXPECT_EQ(known.at("a"), 100);
  EXPECT_EQ(known.at("b"), 200);
  std::ofstream(path) << "{\"last_success\":[";
  EXPECT_THAT(read_drill_record(path), IsEmpty());
  EXPECT_EQ(write_drill_record(path, {"c"}, 300), "");
  EXPECT_EQ(read_drill_record(path).at("c"), 300);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder), {}), 1);
  std::filesystem::remove_all(folder);
  EXPECT_THAT(write_drill_record(path, {"c"}, 1), Not(IsEmpty()));
}

}  // namespace
}  // namespace pontage::study::test
