// One quoted text of JSON5, with its escapes.
#pragma once

#include <string>
#include <string_view>

namespace pontage::config {

/// From the opening quote at `at` to behind the closing one. On failure `at` stands at the problem
/// and `problem` says it.
bool read_json5_string(std::string_view text, std::size_t& at, std::string& out,
                       std::string& problem);

}  // namespace pontage::config
