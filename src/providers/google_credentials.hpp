// Access tokens of Google Cloud: from a service account's key (a signed JWT, RFC 7523), a user's
// refresh token, or the machine's metadata server.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "providers/credentials.hpp"

namespace pontage::providers {

struct GoogleAccount {
  std::string kind;  ///< "service_account" or "authorized_user"
  std::string client_email;
  std::string private_key;
  std::string private_key_id;
  std::string token_uri;
  std::string client_id;
  std::string client_secret;
  std::string refresh_token;
  std::string project;  ///< may be empty
};

/// A file of credentials; the error says what is wrong with it.
std::expected<GoogleAccount, std::string> read_google_account(std::string_view json);
/// The signed request for a token
/// (developers.google.com/identity/protocols/oauth2/service-account).
std::expected<std::string, std::string> google_assertion(const GoogleAccount& account,
                                                         WallTime now);
MakeSource google_account_source(GoogleAccount account);
/// `base_url` as http://metadata.google.internal.
MakeSource google_metadata_source(const std::string& base_url);

}  // namespace pontage::providers
