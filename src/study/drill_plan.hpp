// Which cases a drill of one course has, and what is broken in each. Pure.
#pragma once

#include "study/drill.hpp"

namespace pontage::study {

/// One healthy case a step and request kind: all steps before it are down. Then, for steps that
/// those have shown to be reached, cases_of() is worth its time.
std::vector<Case> baselines(const Course& course, std::size_t index);
/// Every fault at one step, or those of `names`.
std::vector<Case> cases_of(const Course& course, std::size_t index, std::size_t step,
                           const std::vector<std::string>& names = {});
/// All targets down at once but those of the floor.
std::vector<Case> everything_down(const Course& course, std::size_t index);

/// Steps after `step` that nothing of the case breaks.
std::vector<const Step*> left_after(const Course& course, const Case& what);

}  // namespace pontage::study
