// Which headers cross the bridge. Both directions are allow-lists: a header that nobody thought of
// stays where it is. Credentials, cookies, hop-by-hop fields, x-pontage-* and the client's network
// never pass. Pure.
#pragma once

#include <cstdint>
#include <string_view>

namespace pontage::http {

/// Whose headers a provider understands.
enum class ProviderHeaders : std::uint8_t { kOpenAi, kAnthropic };

/// May a header of the client's request go to the provider as it is?
bool may_go_to_provider(std::string_view name, ProviderHeaders provider);

/// May it go when the configuration names it? Not what authenticates, frames the message or is the
/// gateway's own.
bool may_be_forwarded(std::string_view name);

/// May a header of the provider's response come back to the client as it is?
bool may_come_back(std::string_view name);

}  // namespace pontage::http
