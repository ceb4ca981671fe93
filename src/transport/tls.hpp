// TLS settings of a listener or a provider. OpenSSL 3.0, TLS 1.2 and 1.3 only.
#pragma once

#include <expected>
#include <memory>
#include <string>

namespace pontage::transport {

struct TlsContext;  // the OpenSSL side, seen only inside this room

/// Shared by all workers; immutable after it is made.
using TlsSettings = std::shared_ptr<TlsContext>;

/// PEM files; the error text names the file and what OpenSSL said of it.
std::expected<TlsSettings, std::string> make_server_tls(const std::string& certificate_file,
                                                        const std::string& key_file);
/// Verifies the peer's chain and host name against the system's roots, or against `ca_file` when it
/// is not empty. `verify` false accepts any certificate; only for tests and closed networks.
std::expected<TlsSettings, std::string> make_client_tls(const std::string& ca_file, bool verify);

}  // namespace pontage::transport
