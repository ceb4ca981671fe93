// Digests, signatures, constant-time comparison and secure randomness over OpenSSL; no cipher is
// our own.
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>

namespace pontage {

using Sha256 = std::array<std::uint8_t, 32>;

Sha256 sha256(std::string_view data);
Sha256 sha256(std::span<const std::string_view> pieces);  ///< of the pieces one after the other
Sha256 hmac_sha256(std::string_view key, std::string_view data);
std::string_view as_bytes(const Sha256& digest);  ///< a view: the digest must outlive it
std::string sha256_hex(std::string_view data);
std::string to_hex(std::string_view bytes);
bool constant_time_equal(std::string_view a,
                         std::string_view b);  ///< leaks the lengths, nothing else
std::string random_token(
    std::size_t bytes);  ///< base64url without padding, from the system's generator

/// RSASSA-PKCS1-v1_5 with SHA-256, "RS256" of JSON web tokens, by an RSA key in PEM (PKCS #8 or
/// #1).
std::expected<std::string, std::string> rsa_sha256_sign(std::string_view pem,
                                                        std::string_view data);

}  // namespace pontage
