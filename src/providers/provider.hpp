// A provider as configured: where it is, what it speaks, and the request head it gets. Immutable
// after loading; pure.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/diagnostics.hpp"
#include "config/environment.hpp"
#include "config/fields.hpp"
#include "config/node.hpp"
#include "http/headers.hpp"
#include "http/url.hpp"
#include "providers/family.hpp"
#include "providers/vendors.hpp"

namespace pontage::providers {

/// One entry of `providers`, as written.
struct ProviderOptions {
  std::string kind;
  std::string base_url;
  std::string api_key;       ///< resolved; empty: not set
  bool key_written = false;  ///< `api_key` stands in the file
  std::string key_variable;  ///< the unset variable behind it
  std::map<std::string, std::string> headers;
  std::vector<std::string> models;
  std::string ca_file;
  bool tls_verify = true;
  std::int64_t default_max_tokens = 0;  ///< 0: the model's own limit
  bool drop_unsupported = false;
  std::vector<std::string> endpoints;  ///< dialects that it speaks; empty: the family's usual ones
  std::string prices_as;  ///< a vendor's id, `none`, or empty: as the name and address say
};

struct Provider {
  std::string name;
  int index = 0;  ///< in the configuration's list
  const Family* family = nullptr;
  http::Url url;
  std::string not_configured;  ///< why it is skipped; empty: usable
  bool passthrough = false;    ///< the client's own credential goes to it
  bool in_process = false;     ///< the simulated provider of this process
  bool local =
      false;  ///< on loopback, or a vendor that is run by its user: data stays in the house
  std::string vendor;            ///< its id in the catalogue; empty: one of the user's own
  std::string prices_as;         ///< the vendor whose prices hold; empty: only prices of its own
  bool prices_borrowed = false;  ///< nobody said that they hold at this address: costs are flagged
  bool takes_stream_options = true;
  bool takes_json_schema = true;
  ProviderOptions options;
  std::vector<std::pair<std::string, std::string>> extra_headers;

  [[nodiscard]] bool configured() const { return not_configured.empty(); }
  /// The header lines that every request to it has; filled by finish().
  std::string fixed_headers;
  /// Makes fixed_headers once the address is final.
  void finish();
  std::vector<const Endpoint*> endpoints;  ///< that it speaks; the first serves other dialects

  /// Where a client of this dialect is served: by the same dialect, else by translation. Null: not
  /// at all.
  [[nodiscard]] const Endpoint* endpoint_for(dialects::Dialect client) const;
};

/// The provider of a name: from its entry under `providers` (null: none written) and the catalogue.
/// Problems go to `diagnostics` at `mark`; then null is returned. A vendor whose kind this version
/// does not have is made, and not configured for that reason.
std::unique_ptr<Provider> make_provider(const std::string& name, const config::Node* entry,
                                        const config::Mark& mark,
                                        const config::Environment& environment,
                                        config::Diagnostics& diagnostics,
                                        const Vendors& vendors = *Vendors::builtin());
/// The key table of one entry, for the documentation.
const config::StructDoc& provider_doc();

/// What the gateway adds to a request of one client.
struct RequestHead {
  std::string_view model;
  bool stream = false;
  std::span<const http::HeaderView> client_headers;
  /// The client's own Authorization value, used by pass-through providers only.
  std::string_view credential;
  std::string_view via;
  std::string_view below = {};  ///< added to the endpoint's path: "/count_tokens"
  WallTime now{};               ///< for signatures
};

/// A whole request head, for the body in `body`.
void append_request_head(std::string& out, const Provider& provider, const Endpoint& endpoint,
                         const RequestHead& request, std::span<const std::string_view> body);

}  // namespace pontage::providers
