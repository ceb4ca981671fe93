// JSON with what people write into it (comments, trailing commas, single quotes, bare keys) to a
// node tree with marks.
#pragma once

#include <optional>
#include <string_view>

#include "config/environment.hpp"
#include "config/source_text.hpp"

namespace pontage::config {

/// `text` must have passed clean_text. Nothing when it is no JSON5; duplicate keys and the like
/// leave a tree.
std::optional<Node> read_json5(const FileName& file, std::string_view text,
                               const Environment& environment, Diagnostics& diagnostics);

/// Moves `at` over white space and `//` and `/* */` comments; stops at the end, or at a comment
/// that never ends.
void skip_json5_blank(std::string_view text, std::size_t& at);

}  // namespace pontage::config
