// Base64 and its URL-safe form (RFC 4648 §4 and §5). Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace pontage {

std::string base64_encode(std::string_view bytes);     ///< padded
std::string base64url_encode(std::string_view bytes);  ///< without padding, as JWTs have it

/// Strict: one alphabet, no blanks, padding complete (base64) or absent (base64url), spare bits
/// zero.
std::optional<std::string> base64_decode(std::string_view text);
std::optional<std::string> base64url_decode(std::string_view text);

}  // namespace pontage
