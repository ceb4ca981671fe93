// Who may come in: the client's key, hashed and looked up. No SQL, no lock; comparisons leak
// nothing but equality of SHA-256 digests.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "gateway/snapshot.hpp"

namespace pontage::gateway {

/// The secret of `Authorization: Bearer …`, `x-api-key` or `x-goog-api-key`, else what stood in the
/// query where a dialect has it there; empty when there is none.
std::string_view client_secret(std::span<const http::HeaderView> headers,
                               std::string_view in_query = {});

/// Null without error: no key is required. Errors: invalid_api_key.
Result<const ClientKey*> admit(const Snapshot& snapshot, std::span<const http::HeaderView> headers,
                               std::string_view in_query = {});

/// What is stored for a secret: `sha256:` and 64 hex digits.
std::string hash_secret(std::string_view secret);
/// The raw digest behind a stored hash; empty when it is none.
std::string parse_secret_hash(std::string_view stored);

}  // namespace pontage::gateway
