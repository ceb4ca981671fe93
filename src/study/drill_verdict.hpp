// What a client's view of a case is worth, and the weak points of a chain in words. Pure.
#pragma once

#include "study/drill.hpp"

namespace pontage::study {

Verdict judge(const Course& course, const Case& what, const Seen& seen, const Patience& patience);

/// "openai is silent", "openai/gpt-4o is down and anthropic answers 500".
std::string condition_of(const Course& course, const Case& what);

/// Each weak point once: "route chat: when openai is silent, the first byte comes after 34 s".
/// Faults and kinds of request with the same outcome share a sentence.
std::vector<std::string> weak_points(const Report& report);

/// `340 ms`, `3.4 s`, `34 s`.
std::string spoken(Millis time);

}  // namespace pontage::study
