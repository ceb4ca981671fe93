// Bytes of a file to text that the readers can trust: UTF-8 without BOM, line ends \n, no control
// characters.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "config/diagnostics.hpp"

namespace pontage::config {

using FileName = std::shared_ptr<const std::string>;

/// The place of a byte in a text whose line ends are \n.
Mark mark_at(const FileName& file, std::string_view text, std::size_t offset);

/// False, with one diagnostic, when the bytes are no text that a configuration could be.
bool clean_text(const FileName& file, std::string& text, Diagnostics& diagnostics);

/// True when the text holds a control character other than tab and line end (an escape can write
/// one).
bool has_control(std::string_view text);
bool is_utf8(std::string_view text);

/// The file's bytes, at most `limit` + 1 of them; nothing and the system's reason when it cannot be
/// read.
std::optional<std::string> read_bytes(const std::string& path, std::size_t limit,
                                      std::string& problem);

}  // namespace pontage::config
