// A provider as configured: where it is, what it speaks, and the request head it gets. Immutable
// after loading; pure.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
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
  std::int64_t default_max_tokens = 4096;
  bool drop_unsupported = false;
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
  ProviderOptions options;
  std::vector<std::pair<std::string, std::string>> extra_headers;

  [[nodiscard]] bool configured() const { return not_configured.empty(); }
  /// Everything of the request head but its length and the forwarded headers; filled by finish().
  std::string head_prefix;
  /// Makes head_prefix once the address is final.
  void finish();
};

/// A row of the vendor catalogue (config/providers.yaml, compiled in).
struct Vendor {
  std::string id;
  std::string kind;
  std::string base_url;
  std::string key_variable;      ///< empty: needs no key
  std::string address_variable;  ///< empty: none
};
const std::vector<Vendor>& vendors();
const Vendor* find_vendor(std::string_view id);

/// The provider of a name: from its entry under `providers` (null: none written) and the catalogue.
/// Problems go to `diagnostics` at `mark`; then null is returned.
std::unique_ptr<Provider> make_provider(const std::string& name, const config::Node* entry,
                                        const config::Mark& mark,
                                        const config::Environment& environment,
                                        config::Diagnostics& diagnostics);
/// The key table of one entry, for the documentation.
const config::StructDoc& provider_doc();

/// Completes a request head: prefix, what the client may send along, length, blank line.
/// `credential` is the client's own Authorization value, used by pass-through providers only;
/// `below` is added to the family's path.
void append_request_head(std::string& out, const Provider& provider,
                         std::span<const http::HeaderView> client_headers,
                         std::string_view credential, bool stream, std::size_t body_size,
                         std::string_view via, std::string_view below = {});

}  // namespace pontage::providers
