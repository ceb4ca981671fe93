// What a drill breaks, and what it leaves whole.
#include "study/drill_plan.hpp"

#include <gmock/gmock.h>

#include <set>

#include "simulate/fault.hpp"
#include "unit/study/drill_bench.hpp"

namespace pontage::study::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const Course kThree = course({step("openai", "a"), step("openai", "b"), step("anthropic", "c")});

TEST(DrillPlan, EveryFaultHasAScriptThatTheSimulatorKnowsAndANameOfItsOwn) {
  std::set<std::string_view> names;
  for (const auto& fault : fault_classes()) {
    EXPECT_TRUE(names.insert(fault.name).second) << fault.name;
    EXPECT_TRUE(fault.streamed || fault.plain) << fault.name;
    EXPECT_FALSE(fault.clause.empty()) << fault.name;
    if (!fault.script.empty()) {
      EXPECT_TRUE(simulate::FaultScript::parse(fault.script)) << fault.name;
    }
  }
}

TEST(DrillPlan, ABaselineHasAllEarlierStepsDown) {
  const auto cases = baselines(kThree, 7);
  ASSERT_EQ(cases.size(), 6u);
  EXPECT_EQ(cases[0].course, 7u);
  EXPECT_TRUE(cases[0].stream);
  EXPECT_FALSE(cases[1].stream);
  EXPECT_THAT(cases[0].injections, IsEmpty());
  // The second is at the same provider: only the model may be down, else there is no second.
  EXPECT_THAT(cases[2].injections, ElementsAre(Injection{"openai", "a", "refuse"}));
  // Before the third the whole provider is.
  EXPECT_THAT(cases[4].injections, ElementsAre(Injection{"openai", "", ""}));
}

TEST(DrillPlan, AFaultOfAProviderHitsAllItsModelsAndAFaultOfAModelThatOneAlone) {
  EXPECT_THAT(fault_case(kThree, 1, "silence", true).injections,
              ElementsAre(Injection{"openai", "a", "refuse"}, Injection{"openai", "", "silence"}));
  EXPECT_THAT(
      fault_case(kThree, 1, "429", true).injections,
      ElementsAre(Injection{"openai", "a", "refuse"}, Injection{"openai", "b", "status=429"}));
}

TEST(DrillPlan, FaultsOfStreamsAreNotTriedWithPlainRequests) {
  std::size_t expected = 0;
  for (const auto& fault : fault_classes())
    expected += (fault.streamed ? 1U : 0U) + (fault.plain ? 1U : 0U);
  const auto cases = cases_of(kThree, 0, 0);
  EXPECT_EQ(cases.size(), expected);
  for (const auto& each : cases)
    EXPECT_TRUE(each.stream ? each.fault->streamed : each.fault->plain);
  EXPECT_EQ(cases_of(kThree, 0, 0, {"empty"}).size(), 1u);
  EXPECT_EQ(cases_of(kThree, 0, 0, {"empty", "500"}).size(), 3u);
}

TEST(DrillPlan, EverythingIsDownButTheFloor) {
  const Course with = course({step("openai", "a"), step("openai", "b"), step("ollama", "c", true)});
  const auto cases = everything_down(with, 0);
  ASSERT_EQ(cases.size(), 2u);
  EXPECT_THAT(cases[0].injections, ElementsAre(Injection{"openai", "", ""}));
  const auto left = left_after(with, cases[0]);
  ASSERT_EQ(left.size(), 1u);
  EXPECT_EQ(left[0]->label, "ollama/c");
}

TEST(DrillPlan, WhatIsLeftCanAnswer) {
  const auto labels = [](const std::vector<const Step*>& steps) {
    std::vector<std::string> out;
    for (const auto* each : steps) out.push_back(each->label);
    return out;
  };
  EXPECT_THAT(labels(left_after(kThree, fault_case(kThree, 0, "silence", true))),
              ElementsAre("anthropic/c"));
  EXPECT_THAT(labels(left_after(kThree, fault_case(kThree, 0, "429", true))),
              ElementsAre("openai/b", "anthropic/c"));
  EXPECT_THAT(labels(left_after(kThree, fault_case(kThree, 2, "silence", true))), IsEmpty());
}

}  // namespace
}  // namespace pontage::study::test
