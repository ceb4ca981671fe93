// How far two words are from each other, for "did you mean".
#pragma once

#include <cstddef>
#include <string_view>

namespace pontage {

/// Damerau-Levenshtein, the optimal string alignment form: insert, delete, replace, swap
/// neighbours. Never above `limit` + 1: what is further away is only known to be so.
std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t limit);

}  // namespace pontage
