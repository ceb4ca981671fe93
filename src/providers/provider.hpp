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
#include "providers/cloud_options.hpp"
#include "providers/credentials.hpp"
#include "providers/family.hpp"
#include "providers/key_ring.hpp"
#include "providers/load_options.hpp"
#include "providers/vendors.hpp"

namespace pontage::providers {

/// Stands in for the address of a provider that is not configured; nothing is sent there.
inline constexpr std::string_view kNoAddress = "https://not-configured.invalid";

/// One entry of `providers`, as written.
struct ProviderOptions : CloudOptions, LoadOptions {
  std::string kind;
  std::string vendor;  ///< the row of the catalogue that fills in what is not written
  std::string base_url;
  std::string api_key;           ///< resolved; empty: not set
  bool key_written = false;      ///< `api_key` stands in the file
  std::string key_variable;      ///< the unset variable behind it
  std::vector<KeyOptions> keys;  ///< instead of `api_key`; the first that is set stands there too
  std::map<std::string, std::string> headers;
  std::vector<std::string> forward_headers;
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

  /// Of providers whose credentials are fetched or signed with; null: the key is all there is.
  std::shared_ptr<CredentialSlot> credentials;
  MakeSource source;    ///< how they are renewed; null: they are for good
  std::string account;  ///< whose they are: equal accounts may share them
  [[nodiscard]] bool configured() const { return not_configured.empty() && has_credential(); }
  /// Why it is skipped now, as a clause; empty: it is not.
  [[nodiscard]] std::string why_skipped() const;
  [[nodiscard]] bool has_credential() const;
  KeyRing keys;  ///< empty: there is one key, or none
  /// The header lines that every request to it has; filled by finish().
  std::string fixed_headers;
  /// Makes fixed_headers once the address is final.
  void finish();
  std::vector<const Endpoint*> endpoints;  ///< that it speaks; the first serves other dialects

  /// Where a client of this dialect is served with the model: by the same dialect, else by
  /// translation. Null: not at all.
  [[nodiscard]] const Endpoint* endpoint_for(dialects::Dialect client,
                                             std::string_view model) const;
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
  /// The client's own, where it speaks the provider's dialect: sent on as it came.
  std::string_view query = {};
  const KeyLease* key = nullptr;  ///< which of several keys; null or none held: the first
  WallTime now{};                 ///< for signatures
};

/// A whole request head, for the body in `body`.
void append_request_head(std::string& out, const Provider& provider, const Endpoint& endpoint,
                         const RequestHead& request, std::span<const std::string_view> body);

/// The head of an active check: a GET of `options.check.path` on the provider's host.
void append_check_head(std::string& out, const Provider& provider, std::string_view via);

/// How the body of such a request goes out.
struct PlainBody {
  std::optional<std::uint64_t> length;
  bool chunked = false;
  bool plain = false;  ///< the client's content coding is taken off
};
/// Where a request that the gateway does not read goes, after the base URL's path; empty: nowhere,
/// for all that is known of the provider. `below` is the client's path and query without "/v1".
std::string plain_path(const Provider& provider, std::string_view below, std::string_view model);
/// The head of such a request, for what plain_path() said. `request.below` means nothing here.
void append_plain_head(std::string& out, const Provider& provider, std::string_view method,
                       std::string_view target, const RequestHead& request, const PlainBody& body);

}  // namespace pontage::providers
