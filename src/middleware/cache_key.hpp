// Which requests may have the same answer: a digest of all that shapes it, and whether the answer
// can be given again in another form than the one it came in.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/crypto.hpp"
#include "pontage/chain/exchange.hpp"

namespace pontage::middleware {

enum class CacheScope : std::uint8_t { kKey, kTag, kGlobal };

struct CacheKeyRules {
  CacheScope scope = CacheScope::kKey;
  std::string tag;                  ///< of kTag
  std::vector<std::string> ignore;  ///< top-level fields of the body that are left out
};

/// The body must be a valid JSON object.
Sha256 cache_key(const chain::Exchange& exchange, const CacheKeyRules& rules);

/// Its answer depends on what the gateway cannot see, or changes it.
bool has_state(const chain::Exchange& exchange);

}  // namespace pontage::middleware
