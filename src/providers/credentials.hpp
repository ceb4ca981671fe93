// What authenticates to a cloud for a while. A source is a state machine that names the HTTP
// requests to make and reads their answers; gateway/credentials.hpp makes them in the background. A
// slot holds what came of it, for the requests to read.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/clock.hpp"
#include "providers/sigv4.hpp"

namespace pontage::providers {

struct Credential {
  AwsKeys aws;         ///< for signatures; without an id the token is used
  std::string bearer;  ///< an access token
  WallTime expires = WallTime::max();
};

/// The current credential of one provider. Thread-safe; a reader holds what it read for as long as
/// it needs it.
class CredentialSlot {
 public:
  /// Null: there is none, or it has expired.
  [[nodiscard]] std::shared_ptr<const Credential> current(WallTime now) const;
  void set(Credential next);
  /// Why the last attempt to get one failed; what is held stays good until it expires.
  void fail(std::string reason);
  /// Why current() is null, as a clause: "no token yet (HTTP 403)".
  [[nodiscard]] std::string reason() const;
  /// Takes what another slot of the same account holds.
  void adopt(const CredentialSlot& other);

 private:
  // A mutex: the atomic shared_ptr of GCC 12 orders its loads too weakly for ThreadSanitizer.
  mutable std::mutex mutex_;
  std::shared_ptr<const Credential> held_;
  std::string failure_;
};

struct TokenRequest {
  std::string method;
  std::string url;  ///< http or https, with its query
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
};

struct CredentialProblem {
  std::string text;  ///< for people; holds no secret
};

/// One renewal: start() once, then answered() after each request, until it is no request any more.
/// May read a file; makes no connection.
class CredentialSource {
 public:
  using Step = std::variant<TokenRequest, Credential, CredentialProblem>;
  virtual ~CredentialSource() = default;
  virtual Step start(WallTime now) = 0;
  virtual Step answered(int status, std::string_view body, WallTime now) = 0;
};
using MakeSource = std::function<std::unique_ptr<CredentialSource>()>;

/// The source of a cloud that needs one request.
using MakeTokenRequest = std::function<CredentialSource::Step(WallTime now)>;
using ReadTokenAnswer =
    std::function<CredentialSource::Step(int status, std::string_view body, WallTime now)>;
MakeSource single_request_source(MakeTokenRequest request, ReadTokenAnswer answer);

/// An access token as OAuth 2.0 answers it (RFC 6749 §5.1 and §5.2).
CredentialSource::Step read_oauth_answer(int status, std::string_view body, WallTime now);
/// application/x-www-form-urlencoded.
std::string form_body(const std::vector<std::pair<std::string_view, std::string_view>>& fields);
/// `2017-05-17T15:09:54Z`.
std::optional<WallTime> parse_timestamp(std::string_view text);
/// https, or an address of this machine: secrets are sent to no other.
bool may_carry_secrets(std::string_view url);

}  // namespace pontage::providers
