#include "study/drill_plan.hpp"

namespace pontage::study {
namespace {

constexpr bool kBoth[] = {true, false};

bool hit(const Step& step, const std::vector<Injection>& injections) {
  return std::ranges::any_of(injections, [&](const Injection& each) {
    return each.provider == step.provider && (each.model.empty() || each.model == step.model);
  });
}

// A step that is down takes its provider with it, unless a step that is still to come is there too.
std::vector<Injection> down_before(const Course& course, std::size_t step) {
  std::vector<Injection> out;
  const auto needed = [&](const Step& earlier) {
    return std::any_of(course.steps.begin() + static_cast<std::ptrdiff_t>(step), course.steps.end(),
                       [&](const Step& later) { return later.provider == earlier.provider; });
  };
  for (std::size_t i = 0; i < step; ++i) {
    const Step& earlier = course.steps[i];
    Injection made{earlier.provider, {}, {}};
    if (needed(earlier)) made = {earlier.provider, earlier.model, "refuse"};
    if (std::ranges::find(out, made) == out.end()) out.push_back(std::move(made));
  }
  return out;
}

}  // namespace

std::vector<Case> baselines(const Course& course, std::size_t index) {
  std::vector<Case> out;
  for (std::size_t step = 0; step < course.steps.size(); ++step) {
    for (const bool stream : kBoth) {
      out.push_back(
          {Case::Kind::kHealthy, index, step, nullptr, stream, down_before(course, step)});
    }
  }
  return out;
}

std::vector<Case> cases_of(const Course& course, std::size_t index, std::size_t step,
                           const std::vector<std::string>& names) {
  std::vector<Case> out;
  const Step& at = course.steps[step];
  for (const auto& fault : fault_classes()) {
    if (!names.empty() && std::ranges::find(names, fault.name) == names.end()) continue;
    auto injections = down_before(course, step);
    const bool whole = fault.whole_provider;
    injections.push_back(
        {at.provider, whole ? std::string() : at.model, std::string(fault.script)});
    for (const bool stream : kBoth) {
      if (stream ? fault.streamed : fault.plain)
        out.push_back({Case::Kind::kFault, index, step, &fault, stream, injections});
    }
  }
  return out;
}

std::vector<Case> everything_down(const Course& course, std::size_t index) {
  std::vector<Injection> injections;
  for (const auto& step : course.steps) {
    Injection made{step.provider, {}, {}};
    if (!step.floor && std::ranges::find(injections, made) == injections.end())
      injections.push_back(std::move(made));
  }
  std::vector<Case> out;
  for (const bool stream : kBoth)
    out.push_back({Case::Kind::kEverything, index, 0, nullptr, stream, injections});
  return out;
}

std::vector<const Step*> left_after(const Course& course, const Case& what) {
  std::vector<const Step*> out;
  const std::size_t first = what.kind == Case::Kind::kFault ? what.step + 1 : what.step;
  for (std::size_t i = first; i < course.steps.size(); ++i) {
    if (!hit(course.steps[i], what.injections)) out.push_back(&course.steps[i]);
  }
  return out;
}

}  // namespace pontage::study
