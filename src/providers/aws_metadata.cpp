// Keys from a container's endpoint and from an instance's metadata service, version 2 ("Use
// IMDSv2", EC2 User Guide): a session token by PUT, the role's name, the role's keys.
#include <simdjson.h>

#include "config/limits.hpp"
#include "config/source_text.hpp"
#include "core/strings.hpp"
#include "dialects/json_document.hpp"
#include "providers/aws_credentials.hpp"

namespace pontage::providers {
namespace {

using Step = CredentialSource::Step;

constexpr std::string_view kSessionSeconds = "21600";
constexpr std::size_t kNameBytes = 256;

Step refused(std::string_view who, int status) {
  return CredentialProblem{std::string(who) + " answered HTTP " + std::to_string(status)};
}

// Both answer alike: AccessKeyId, SecretAccessKey, Token, Expiration.
Step read_keys(std::string_view who, int status, std::string_view body) {
  if (status != 200) return refused(who, status);
  simdjson::dom::element root;
  if (dialects::thread_parser().parse(body, root) != nullptr)
    return CredentialProblem{std::string(who) + " answered no JSON"};
  Credential made;
  made.aws = {std::string(dialects::text_member(root, "AccessKeyId")),
              std::string(dialects::text_member(root, "SecretAccessKey")),
              std::string(dialects::text_member(root, "Token"))};
  if (made.aws.access_key_id.empty() || made.aws.secret_access_key.empty())
    return CredentialProblem{std::string(who) + " answered without keys"};
  if (!is_printable_ascii(made.aws.access_key_id) || !is_printable_ascii(made.aws.session_token))
    return CredentialProblem{std::string(who) + " answered keys that are no header values"};
  const auto until = dialects::text_member(root, "Expiration");
  if (until.empty()) return made;
  const auto expires = parse_timestamp(until);
  if (!expires) return CredentialProblem{std::string(who) + " answered an Expiration that is none"};
  made.expires = *expires;
  return made;
}

// A text that goes into the next request's path or header.
std::string one_word(std::string_view body) {
  while (!body.empty() && (body.back() == '\n' || body.back() == '\r' || body.back() == ' '))
    body.remove_suffix(1);
  if (body.empty() || body.size() > kNameBytes || !is_printable_ascii(body) ||
      body.find(' ') != std::string_view::npos)
    return {};
  return std::string(body);
}

class InstanceSource final : public CredentialSource {
 public:
  explicit InstanceSource(std::string base) : base_(std::move(base)) {}

  Step start(WallTime) override {
    return TokenRequest{"PUT",
                        base_ + "/latest/api/token",
                        {{"X-aws-ec2-metadata-token-ttl-seconds", std::string(kSessionSeconds)}},
                        {}};
  }

  Step answered(int status, std::string_view body, WallTime) override {
    constexpr std::string_view kWho = "the instance's metadata service";
    if (status != 200) return refused(kWho, status);
    if (session_.empty()) {
      session_ = one_word(body);
      if (session_.empty()) return CredentialProblem{std::string(kWho) + " gave no session"};
      return ask("");
    }
    if (!asked_keys_) {
      const auto role = one_word(body);
      if (role.empty()) return CredentialProblem{"the instance has no role"};
      asked_keys_ = true;
      return ask(percent_encode(role));
    }
    return read_keys(kWho, status, body);
  }

 private:
  Step ask(std::string_view role) {
    return TokenRequest{"GET",
                        base_ + "/latest/meta-data/iam/security-credentials/" + std::string(role),
                        {{"X-aws-ec2-metadata-token", session_}},
                        {}};
  }

  std::string base_;
  std::string session_;
  bool asked_keys_ = false;
};

}  // namespace

MakeSource aws_instance_source(std::string base_url) {
  while (base_url.ends_with('/')) base_url.pop_back();
  return [base_url] { return std::make_unique<InstanceSource>(base_url); };
}

MakeSource aws_container_source(std::string url, std::string authorization,
                                std::string authorization_file) {
  const auto request = [url = std::move(url), authorization = std::move(authorization),
                        file = std::move(authorization_file)](WallTime) -> Step {
    TokenRequest made{"GET", url, {}, {}};
    std::string token = authorization;
    if (!file.empty()) {  // read each time: EKS renews it
      std::string problem;
      auto bytes = config::read_bytes(file, config::kSecretBytes, problem);
      if (!bytes)
        return CredentialProblem{"cannot read AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: " + problem};
      token = std::move(*bytes);
      while (token.ends_with('\n') || token.ends_with('\r')) token.pop_back();
    }
    if (!is_printable_ascii(token))
      return CredentialProblem{"the container's token is no header value"};
    if (!token.empty()) made.headers.emplace_back("Authorization", std::move(token));
    return made;
  };
  const auto answer = [](int status, std::string_view body, WallTime) {
    return read_keys("the container's credential endpoint", status, body);
  };
  return single_request_source(request, answer);
}

}  // namespace pontage::providers
