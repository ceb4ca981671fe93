// Where a text stops being JSON, for the person who wrote it. simdjson says that a document is
// broken, not where; this slow and strict second look is only taken then.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace pontage::dialects {

/// Offset of the first byte that cannot be; nothing when the text is JSON (RFC 8259, valid UTF-8,
/// depth <= 256).
std::optional<std::size_t> find_json_error(std::string_view text);

/// "line 3, column 14", both from 1, columns in bytes.
std::string describe_place(std::string_view text, std::size_t offset);

}  // namespace pontage::dialects
