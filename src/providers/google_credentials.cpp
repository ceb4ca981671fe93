#include "providers/google_credentials.hpp"

#include <simdjson.h>

#include "core/base64.hpp"
#include "core/crypto.hpp"
#include "core/strings.hpp"
#include "dialects/json_document.hpp"

namespace pontage::providers {
namespace {

using Step = CredentialSource::Step;

constexpr std::string_view kTokenUri = "https://oauth2.googleapis.com/token";
constexpr std::string_view kScope = "https://www.googleapis.com/auth/cloud-platform";
constexpr std::int64_t kAssertionSeconds = 3600;

Step token_request(const GoogleAccount& account, WallTime now) {
  TokenRequest request{
      "POST", account.token_uri, {{"Content-Type", "application/x-www-form-urlencoded"}}, {}};
  if (account.kind == "authorized_user") {
    request.body = form_body({{"grant_type", "refresh_token"},
                              {"client_id", account.client_id},
                              {"client_secret", account.client_secret},
                              {"refresh_token", account.refresh_token}});
    return request;
  }
  const auto assertion = google_assertion(account, now);
  if (!assertion) return CredentialProblem{assertion.error()};
  request.body = form_body(
      {{"grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"}, {"assertion", *assertion}});
  return request;
}

}  // namespace

std::expected<GoogleAccount, std::string> read_google_account(std::string_view json) {
  simdjson::dom::element root;
  if (dialects::thread_parser().parse(json, root) != nullptr)
    return std::unexpected("the credentials file is not JSON");
  const auto text = [&](std::string_view key) {
    return std::string(dialects::text_member(root, key));
  };
  GoogleAccount account{text("type"),           text("client_email"),  text("private_key"),
                        text("private_key_id"), text("token_uri"),     text("client_id"),
                        text("client_secret"),  text("refresh_token"), text("project_id")};
  if (account.token_uri.empty()) account.token_uri = kTokenUri;
  if (account.kind == "service_account") {
    if (account.client_email.empty()) return std::unexpected("client_email is missing");
    if (account.private_key.empty()) return std::unexpected("private_key is missing");
    return account;
  }
  if (account.kind == "authorized_user") {
    if (account.refresh_token.empty()) return std::unexpected("refresh_token is missing");
    if (account.project.empty()) account.project = text("quota_project_id");
    return account;
  }
  return std::unexpected("credentials of type \"" + account.kind +
                         "\" are not spoken; service_account and authorized_user are");
}

std::expected<std::string, std::string> google_assertion(const GoogleAccount& account,
                                                         WallTime now) {
  const auto seconds =
      std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
  std::string header = R"({"alg":"RS256","typ":"JWT")";
  if (!account.private_key_id.empty()) {
    header += R"(,"kid":)";
    append_json_string(header, account.private_key_id);
  }
  header += '}';
  std::string claims = R"({"iss":)";
  append_json_string(claims, account.client_email);
  claims.append(R"(,"scope":")").append(kScope).append(R"(","aud":)");
  append_json_string(claims, account.token_uri);
  claims.append(R"(,"iat":)").append(std::to_string(seconds));
  claims.append(R"(,"exp":)").append(std::to_string(seconds + kAssertionSeconds)).append("}");
  std::string input = base64url_encode(header) + "." + base64url_encode(claims);
  const auto signature = rsa_sha256_sign(account.private_key, input);
  if (!signature) return std::unexpected(signature.error());
  return input + "." + base64url_encode(*signature);
}

MakeSource google_account_source(GoogleAccount account) {
  return single_request_source(
      [account = std::move(account)](WallTime now) { return token_request(account, now); },
      read_oauth_answer);
}

MakeSource google_metadata_source(const std::string& base_url) {
  const std::string url = base_url + "/computeMetadata/v1/instance/service-accounts/default/token";
  return single_request_source(
      [url](WallTime) -> Step {
        return TokenRequest{"GET", url, {{"Metadata-Flavor", "Google"}}, {}};
      },
      read_oauth_answer);
}

}  // namespace pontage::providers
