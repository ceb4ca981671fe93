// Courses, cases and views for the pure parts of a drill.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "study/drill.hpp"
#include "study/drill_plan.hpp"

namespace pontage::study::test {

inline Step step(const std::string& provider, const std::string& model, bool floor = false) {
  return {provider, model, provider + "/" + model, floor};
}

inline Course course(std::vector<Step> steps, bool message = false) {
  Course made;
  made.route = "chat";
  made.steps = std::move(steps);
  made.message = message;
  return made;
}

inline Case fault_case(const Course& of, std::size_t at, const std::string& name, bool stream) {
  for (auto& each : cases_of(of, 0, at, {name})) {
    if (each.stream == stream) return each;
  }
  return {};
}

inline Seen answer(const std::string& by, Millis first = Millis(5)) {
  Seen seen;
  seen.kind = Seen::Kind::kAnswer;
  seen.status = 200;
  seen.served_by = by;
  seen.first = seen.whole = first;
  return seen;
}

inline Seen message() {
  Seen seen = answer("");
  seen.floor = true;
  return seen;
}

inline Seen error(int status = 503, const std::string& code = "all_targets_failed") {
  Seen seen;
  seen.kind = Seen::Kind::kError;
  seen.status = status;
  seen.error = code;
  return seen;
}

}  // namespace pontage::study::test
