// Media types as Content-Type has them (RFC 9110 §8.3): type/subtype, case-insensitive, parameters
// after it. Pure.
#pragma once

#include <string_view>

namespace pontage::http {

/// The type without its parameters: "application/json" of "Application/JSON; charset=utf-8" (as
/// written, not lowered).
std::string_view media_type(std::string_view content_type);
/// True when the media type equals `type`, whatever its parameters.
bool is_media_type(std::string_view content_type, std::string_view type);
/// application/json or application/…+json.
bool is_json(std::string_view content_type);

}  // namespace pontage::http
