// Digests, constant-time comparison and secure randomness over OpenSSL; no cipher is our own.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace pontage {

std::array<std::uint8_t, 32> sha256(std::string_view data);
std::string sha256_hex(std::string_view data);
std::string to_hex(std::string_view bytes);
bool constant_time_equal(std::string_view a,
                         std::string_view b);  ///< leaks the lengths, nothing else
std::string random_token(
    std::size_t bytes);  ///< base64url without padding, from the system's generator

}  // namespace pontage
