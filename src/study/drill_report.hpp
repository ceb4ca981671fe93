// A drill's report for people and machines: a table, JSON, JUnit. Pure.
#pragma once

#include <string>

#include "study/drill.hpp"

namespace pontage::study {

/// Rows where something is wrong, and a count of the rest unless `all`; then notes and weak points.
std::string as_table(const Report& report, bool all);
std::string as_json(const Report& report);
/// One suite a route, one case a row; failures carry the sentence.
std::string as_junit(const Report& report);

/// Routes whose every row passed, and the others.
std::vector<std::string> passed_routes(const Report& report);
bool all_passed(const Report& report);

}  // namespace pontage::study
