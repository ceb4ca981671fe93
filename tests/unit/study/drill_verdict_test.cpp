// What a view is worth, and the sentences of the weak points.
#include "study/drill_verdict.hpp"

#include <gmock/gmock.h>

#include "unit/study/drill_bench.hpp"

namespace pontage::study::test {
namespace {

using ::testing::ElementsAre;
using Result = Verdict::Result;

const Course kTwo = course({step("openai", "a"), step("anthropic", "b")}, true);
const Course kBare = course({step("openai", "a"), step("anthropic", "b")});
const Course kSame = course({step("openai", "a"), step("openai", "b")}, true);

Row row(const Course& of, const Case& what, const Seen& seen) {
  return {what, seen, judge(of, what, seen, Patience{})};
}

std::vector<std::string> points(const Course& of, const std::vector<Row>& rows) {
  Report report;
  report.courses = {of};
  report.rows = rows;
  return weak_points(report);
}

Result result(const Course& of, const Case& what, const Seen& seen) {
  return judge(of, what, seen, Patience{}).result;
}

TEST(DrillVerdict, AnAnswerFromTheNextTargetIsGood) {
  EXPECT_EQ(result(kTwo, fault_case(kTwo, 0, "500", true), answer("anthropic/b")), Result::kPass);
  EXPECT_EQ(result(kTwo, fault_case(kTwo, 1, "500", true), message()), Result::kPass);
}

TEST(DrillVerdict, TheFixedMessageIsNotWhileATargetStandsReady) {
  const auto what = fault_case(kTwo, 0, "500", true);
  EXPECT_THAT(
      points(kTwo, {row(kTwo, what, message())}),
      ElementsAre("route chat: when openai answers 500, to a stream, only the fixed message "
                  "of the floor answers although anthropic/b stands ready: look at "
                  "fallback.on and the limit of attempts"));
}

TEST(DrillVerdict, FaultsAndRequestsWithOneOutcomeShareASentence) {
  std::vector<Row> rows;
  for (const char* fault : {"500", "503"}) {
    for (const bool stream : {true, false})
      rows.push_back(row(kTwo, fault_case(kTwo, 0, fault, stream), error(500, "server_error")));
  }
  EXPECT_THAT(points(kTwo, rows),
              ElementsAre("route chat: when openai answers 500 or answers 503, the client gets an "
                          "error although anthropic/b stands ready: look at what fallback.on "
                          "covers"));
}

TEST(DrillVerdict, LateIsTooLateForStreamsAndPlainRequestsInTheirOwnTime) {
  const auto stream = fault_case(kTwo, 0, "silence", true);
  const auto plain = fault_case(kTwo, 0, "silence", false);
  EXPECT_EQ(result(kTwo, stream, answer("anthropic/b", Millis(10'000))), Result::kPass);
  EXPECT_EQ(result(kTwo, plain, answer("anthropic/b", Millis(34'000))), Result::kPass);
  EXPECT_THAT(points(kTwo, {row(kTwo, stream, answer("anthropic/b", Millis(34'012)))}),
              ElementsAre("route chat: when openai is silent, to a stream, the first byte comes "
                          "after 34 s (10 s are allowed): lower timeout.first_byte and "
                          "timeout.first_token"));
  Seen nothing;
  nothing.first = nothing.whole = Millis(65'000);
  EXPECT_THAT(points(kTwo, {row(kTwo, plain, nothing)}),
              ElementsAre("route chat: when openai is silent, to a plain request, nothing has come "
                          "after 65 s: set timeout.attempt, since only the total time ends it"));
}

TEST(DrillVerdict, WithoutAFloorEverythingDownIsAnError) {
  std::vector<Row> rows;
  for (const auto& what : everything_down(kBare, 0)) rows.push_back(row(kBare, what, error()));
  EXPECT_THAT(
      points(kBare, rows),
      ElementsAre("route chat: when everything is down, the client gets an error: add a floor"));
  for (const auto& what : everything_down(kTwo, 0)) {
    EXPECT_EQ(result(kTwo, what, message()), Result::kPass);
    EXPECT_EQ(result(kTwo, what, error()), Result::kFail);
  }
}

TEST(DrillVerdict, WhereTheChainHasNowhereLeftATypedErrorIsHonest) {
  EXPECT_EQ(result(kBare, fault_case(kBare, 1, "500", true), error()), Result::kPass);
  Seen untyped = error();
  untyped.kind = Seen::Kind::kBroken;
  EXPECT_EQ(result(kBare, fault_case(kBare, 1, "500", true), untyped), Result::kFail);
}

TEST(DrillVerdict, AFallbackAtTheSameProviderIsNone) {
  const auto what = fault_case(kSame, 0, "refused", true);
  EXPECT_THAT(points(kSame, {row(kSame, what, message())}),
              ElementsAre("route chat: when openai refuses connections, to a stream, the fixed "
                          "message of the floor answers: every target that stands in for openai/a "
                          "is at openai too: add a fallback at another provider"));
  // One model's trouble leaves the other.
  EXPECT_EQ(result(kSame, fault_case(kSame, 0, "429", true), answer("openai/b")), Result::kPass);
}

TEST(DrillVerdict, AProvidersWordAboutTheRequestMayBePassedOn) {
  for (const char* fault : {"context", "filter", "bad-request"}) {
    const auto what = fault_case(kTwo, 0, fault, false);
    EXPECT_EQ(result(kTwo, what, error(400, "content_filter")), Result::kPass) << fault;
    EXPECT_EQ(result(kTwo, what, answer("anthropic/b")), Result::kPass) << fault;
  }
}

TEST(DrillVerdict, AnAnswerThatBreaksOffMustSaySo) {
  Seen cut;
  cut.kind = Seen::Kind::kCut;
  cut.begun = true;
  const auto dropped = fault_case(kTwo, 0, "cut", true);
  EXPECT_EQ(result(kTwo, dropped, cut), Result::kPass);
  EXPECT_EQ(result(kTwo, dropped, answer("openai/a")), Result::kPass);  // resumed
  EXPECT_EQ(result(kTwo, fault_case(kTwo, 0, "500", true), cut), Result::kFail);
  cut.kind = Seen::Kind::kBroken;
  EXPECT_EQ(result(kTwo, dropped, cut), Result::kFail);
  cut.kind = Seen::Kind::kNothing;
  cut.whole = Millis(65'000);
  EXPECT_THAT(points(kTwo, {row(kTwo, fault_case(kTwo, 0, "stall", true), cut)}),
              ElementsAre("route chat: when openai/a stops in the middle of an answer, the answer "
                          "stops and nothing has said so after 65 s: lower timeout.idle"));
}

TEST(DrillVerdict, AFaultThatNobodyMetProvesNothing) {
  Seen seen = answer("anthropic/b");
  seen.met = false;
  EXPECT_EQ(result(kTwo, fault_case(kTwo, 0, "500", true), seen), Result::kSkipped);
}

TEST(DrillVerdict, ABaselineThatFailsSaysWhatIsDown) {
  const auto second = baselines(kTwo, 0)[2];
  EXPECT_EQ(result(kTwo, second, answer("anthropic/b")), Result::kPass);
  EXPECT_THAT(points(kTwo, {row(kTwo, second, error())}),
              ElementsAre("route chat: when openai/a is down, to a stream, the client gets an "
                          "error: look at what fallback.on covers"));
}

TEST(DrillVerdict, ConditionsNameWhatIsDownBefore) {
  const Course three = course({step("p", "a"), step("q", "b"), step("r", "c")});
  EXPECT_EQ(condition_of(three, fault_case(three, 2, "500", true)),
            "p/a and q/b are down and r answers 500");
  EXPECT_EQ(condition_of(three, fault_case(three, 1, "429", true)),
            "p/a is down and q/b answers 429");
}

TEST(DrillVerdict, TimesAreSpoken) {
  EXPECT_EQ(spoken(Millis(340)), "340 ms");
  EXPECT_EQ(spoken(Millis(3'000)), "3 s");
  EXPECT_EQ(spoken(Millis(3'449)), "3.4 s");
  EXPECT_EQ(spoken(Millis(34'012)), "34 s");
}

}  // namespace
}  // namespace pontage::study::test
