// YAML text to a node tree: yaml-cpp's events, with the checks that it does not make (duplicate
// keys, size, depth).
#pragma once

#include <optional>
#include <string>

#include "config/environment.hpp"
#include "config/source_text.hpp"

namespace pontage::config {

/// `text` must have passed clean_text. Nothing when the text is no YAML at all; other errors leave
/// a tree.
std::optional<Node> read_yaml(const FileName& file, std::string text,
                              const Environment& environment, Diagnostics& diagnostics);

}  // namespace pontage::config
