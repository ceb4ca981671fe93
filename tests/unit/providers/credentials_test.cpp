// Sources of credentials: which requests they name, and what they make of the answers of AWS,
// Google and OAuth endpoints; the slot that requests read.
#include "providers/credentials.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "core/base64.hpp"
#include "core/crypto.hpp"
#include "core/strings.hpp"
#include "providers/aws_credentials.hpp"
#include "providers/google_credentials.hpp"
#include "support/rfc7515_key.hpp"

namespace pontage::providers {
namespace {

using std::chrono::seconds;

using ::testing::HasSubstr;

using Step = CredentialSource::Step;

const WallTime kNow{seconds(1'700'000'000)};

// As simulated providers stand in for providers: the bytes of an endpoint, without the endpoint.
const TokenRequest& request_of(const Step& step) {
  static const TokenRequest kNone;
  EXPECT_TRUE(std::holds_alternative<TokenRequest>(step))
      << (std::holds_alternative<CredentialProblem>(step) ? std::get<CredentialProblem>(step).text
                                                          : "a credential");
  return std::holds_alternative<TokenRequest>(step) ? std::get<TokenRequest>(step) : kNone;
}

std::string problem_of(const Step& step) {
  return std::holds_alternative<CredentialProblem>(step) ? std::get<CredentialProblem>(step).text
                                                         : std::string("no problem");
}

Credential credential_of(const Step& step) {
  EXPECT_TRUE(std::holds_alternative<Credential>(step)) << problem_of(step);
  return std::holds_alternative<Credential>(step) ? std::get<Credential>(step) : Credential{};
}

std::string header_of(const TokenRequest& request, std::string_view name) {
  for (const auto& [key, value] : request.headers) {
    if (key == name) return value;
  }
  return {};
}

TEST(CredentialSlot, IsEmptyFullAndExpired) {
  CredentialSlot slot;
  EXPECT_EQ(slot.current(kNow), nullptr);
  EXPECT_EQ(slot.reason(), "no token yet");
  slot.fail("refused");
  EXPECT_EQ(slot.reason(), "no token yet (refused)");
  slot.set({{}, "t1", kNow + seconds(60)});
  const auto held = slot.current(kNow);
  ASSERT_NE(held, nullptr);
  slot.fail("HTTP 503");  // what is held stays good
  EXPECT_NE(slot.current(kNow + seconds(59)), nullptr);
  EXPECT_EQ(slot.current(kNow + seconds(60)), nullptr);
  EXPECT_EQ(slot.reason(), "its token has expired (HTTP 503)");
  slot.set({{}, "t2", kNow + seconds(120)});
  EXPECT_EQ(slot.current(kNow)->bearer, "t2");
  EXPECT_EQ(held->bearer, "t1");
}

TEST(CredentialSlot, AReloadedProviderGoesOnWithItsToken) {
  CredentialSlot old;
  old.set({{}, "t1", kNow + seconds(60)});
  CredentialSlot next;
  next.adopt(old);
  EXPECT_EQ(next.current(kNow)->bearer, "t1");
  next.set({{}, "t2", kNow + seconds(60)});
  next.adopt(old);  // a newer one is kept
  EXPECT_EQ(next.current(kNow)->bearer, "t2");
}

TEST(OAuth, Answers) {
  const auto made = credential_of(read_oauth_answer(
      200, R"({"access_token":"ya29.x","expires_in":3599,"token_type":"Bearer"})", kNow));
  EXPECT_EQ(made.bearer, "ya29.x");
  EXPECT_EQ(made.expires, kNow + seconds(3599));
  EXPECT_EQ(credential_of(read_oauth_answer(200, R"({"access_token":"x"})", kNow)).expires,
            kNow + seconds(3600));
  // RFC 6749 §5.2.
  EXPECT_EQ(
      problem_of(read_oauth_answer(
          400, R"({"error":"invalid_grant","error_description":"Invalid JWT\nSignature."})", kNow)),
      "the token endpoint answered HTTP 400: invalid_grant: Invalid JWT Signature.");
  EXPECT_EQ(problem_of(read_oauth_answer(200, "{}", kNow)),
            "the token endpoint answered HTTP 200 without an access_token");
  EXPECT_EQ(problem_of(read_oauth_answer(502, "<html>secret</html>", kNow)),
            "the token endpoint answered HTTP 502");
  EXPECT_EQ(problem_of(read_oauth_answer(200, R"({"access_token":"a\r\nb: c"})", kNow)),
            "the access token is no header value");
}

TEST(Timestamps, AsAwsWritesThem) {
  EXPECT_EQ(parse_timestamp("2017-05-17T15:09:54Z"), WallTime(seconds(1495033794)));
  EXPECT_EQ(parse_timestamp("2017-05-17T15:09:54.123Z"), WallTime(seconds(1495033794)));
  EXPECT_EQ(parse_timestamp("2017-05-17T15:09:54+00:00"), WallTime(seconds(1495033794)));
  for (const auto* text : {"", "soon", "2017-05-17", "2017-05-17T15:09:54",
                           "2017-05-17T15:09:54+02:00", "2017-05-17T15:09:54."})
    EXPECT_EQ(parse_timestamp(text), std::nullopt) << text;
}

TEST(Secrets, GoOverHttpsOrStayOnTheMachine) {
  EXPECT_TRUE(may_carry_secrets("https://login.microsoftonline.com/t?x=/"));
  EXPECT_TRUE(may_carry_secrets("http://127.0.0.1:80/x"));
  EXPECT_TRUE(may_carry_secrets("http://[::1]:80"));
  EXPECT_FALSE(may_carry_secrets("http://example.com/token"));
  EXPECT_FALSE(may_carry_secrets("token"));
}

class AwsTest : public ::testing::Test {
 protected:
  AwsTest() {
    std::string pattern = "/tmp/pontage_aws_XXXXXX";
    home = mkdtemp(pattern.data());
    std::filesystem::create_directory(home + "/.aws");
    variables["HOME"] = home;
  }
  ~AwsTest() override { std::filesystem::remove_all(home); }
  void write(const std::string& name, std::string_view text) const {
    std::ofstream(home + "/.aws/" + name) << text;
  }
  AwsFound find(const AwsWanted& wanted = {}) {
    return find_aws_credentials(wanted, [this](std::string_view name) {
      const auto found = variables.find(std::string(name));
      return found == variables.end() ? std::nullopt : std::optional(found->second);
    });
  }
  std::string home;
  std::map<std::string, std::string> variables;
};

TEST_F(AwsTest, TheOrderOfTheSdks) {
  EXPECT_EQ(find().problem, "no AWS credentials: neither keys, a profile nor a container's");
  EXPECT_NE(find({.may_ask_instance = true}).source, nullptr);

  variables["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] = "/v2/credentials/uuid";
  EXPECT_NE(find().source, nullptr);

  write("credentials", "[default]\naws_access_key_id = FILE\naws_secret_access_key = s/e=c\n");
  EXPECT_EQ(find().keys->access_key_id, "FILE");
  EXPECT_EQ(find().keys->secret_access_key, "s/e=c");

  variables["AWS_ACCESS_KEY_ID"] = "ENV";
  EXPECT_EQ(find().keys->access_key_id, "FILE") << "half a pair is none";
  variables["AWS_SECRET_ACCESS_KEY"] = "secret";
  variables["AWS_SESSION_TOKEN"] = "session";
  EXPECT_EQ(find().keys->access_key_id, "ENV");
  EXPECT_EQ(find().keys->session_token, "session");

  EXPECT_EQ(find({.keys = {"ENTRY", "secret", ""}}).keys->access_key_id, "ENTRY");
  EXPECT_EQ(find({.profile = "default"}).keys->access_key_id, "FILE");
  EXPECT_EQ(find({.from = "profile"}).keys->access_key_id, "FILE");
  EXPECT_NE(find({.from = "instance"}).source, nullptr);
}

TEST_F(AwsTest, Profiles) {
  write("config",
        "# shared\n[default]\nregion = eu-west-1\n[profile dev]\nregion=us-west-2\n"
        "aws_access_key_id = CONFIG\naws_secret_access_key = c\n[profile sso]\nsso_session = x\n"
        "s3 =\n  aws_access_key_id = NESTED\n");
  write("credentials",
        "[dev]\r\naws_access_key_id=DEV\r\naws_secret_access_key=d\r\naws_session_token=t\r\n");
  const auto dev = find({.profile = "dev"});
  ASSERT_TRUE(dev.keys);
  EXPECT_EQ(dev.keys->access_key_id, "DEV");
  EXPECT_EQ(dev.keys->session_token, "t");
  EXPECT_EQ(dev.region, "us-west-2");
  EXPECT_EQ(find().region, "eu-west-1");
  variables["AWS_PROFILE"] = "dev";
  EXPECT_EQ(find().keys->access_key_id, "DEV");
  variables["AWS_DEFAULT_REGION"] = "ap-south-1";
  EXPECT_EQ(find().region, "ap-south-1");
  variables["AWS_REGION"] = "sa-east-1";
  EXPECT_EQ(find().region, "sa-east-1");
  EXPECT_EQ(find({.profile = "sso"}).problem,
            "the AWS profile \"sso\" holds no keys (roles, SSO and processes are not followed)");
  EXPECT_EQ(find({.profile = "none"}).problem,
            "the AWS profile \"none\" is not in ~/.aws/credentials or ~/.aws/config");
}

TEST_F(AwsTest, ContainerCredentials) {
  variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = "http://example.com/creds";
  EXPECT_EQ(find({.from = "container"}).problem,
            "container credentials come over https or from this machine only");
  variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = "http://169.254.170.23/v1/credentials";
  write("token", "eks-token\n");
  variables["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = home + "/.aws/token";
  const auto found = find({.from = "container"});
  ASSERT_NE(found.source, nullptr) << found.problem;
  const auto source = found.source();
  const auto first = source->start(kNow);
  EXPECT_EQ(request_of(first).method, "GET");
  EXPECT_EQ(request_of(first).url, "http://169.254.170.23/v1/credentials");
  EXPECT_EQ(header_of(request_of(first), "Authorization"), "eks-token");
  // The example of the ECS developer guide, "Task IAM role".
  const auto made = credential_of(source->answered(
      200,
      R"({"AccessKeyId":"ACCESS_KEY_ID","Expiration":"2023-11-14T22:13:21Z","RoleArn":"TASK_ROLE_ARN",)"
      R"("SecretAccessKey":"SECRET_ACCESS_KEY","Token":"SECURITY_TOKEN_STRING"})",
      kNow));
  EXPECT_EQ(made.aws.access_key_id, "ACCESS_KEY_ID");
  EXPECT_EQ(made.aws.session_token, "SECURITY_TOKEN_STRING");
  EXPECT_EQ(made.expires, kNow + seconds(1));
  EXPECT_THAT(problem_of(found.source()->answered(200, "{}", kNow)), HasSubstr("without keys"));
  EXPECT_THAT(problem_of(found.source()->answered(403, "x", kNow)), HasSubstr("HTTP 403"));
  std::filesystem::remove(home + "/.aws/token");
  EXPECT_THAT(problem_of(found.source()->start(kNow)),
              HasSubstr("cannot read AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"));
}

TEST_F(AwsTest, TheInstanceIsAskedByVersionTwo) {
  const auto source = find({.from = "instance", .token_url = "http://127.0.0.1:1338/"}).source();
  const auto first = source->start(kNow);
  EXPECT_EQ(request_of(first).method, "PUT");
  EXPECT_EQ(request_of(first).url, "http://127.0.0.1:1338/latest/api/token");
  EXPECT_EQ(header_of(request_of(first), "X-aws-ec2-metadata-token-ttl-seconds"), "21600");
  const auto second = source->answered(200, "AQAEA-token==", kNow);
  EXPECT_EQ(request_of(second).method, "GET");
  EXPECT_EQ(request_of(second).url,
            "http://127.0.0.1:1338/latest/meta-data/iam/security-credentials/");
  EXPECT_EQ(header_of(request_of(second), "X-aws-ec2-metadata-token"), "AQAEA-token==");
  const auto third = source->answered(200, "my-role\n", kNow);
  EXPECT_EQ(request_of(third).url,
            "http://127.0.0.1:1338/latest/meta-data/iam/security-credentials/my-role");
  // The example of the EC2 user guide, "Retrieve security credentials from instance metadata".
  const auto made = credential_of(source->answered(
      200,
      R"({"Code" : "Success","LastUpdated" : "2012-04-26T16:39:16Z","Type" : "AWS-HMAC",)"
      R"("AccessKeyId" : "ASIAIOSFODNN7EXAMPLE",)"
      R"("SecretAccessKey" : "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY","Token" : "token",)"
      R"("Expiration" : "2017-05-17T15:09:54Z"})",
      kNow));
  EXPECT_EQ(made.aws.access_key_id, "ASIAIOSFODNN7EXAMPLE");
  EXPECT_EQ(made.expires, WallTime(seconds(1495033794)));
}

TEST_F(AwsTest, AnInstanceWithoutARoleOrService) {
  const auto make = find({.from = "instance"}).source;
  auto source = make();
  source->start(kNow);
  EXPECT_EQ(problem_of(source->answered(403, "", kNow)),
            "the instance's metadata service answered HTTP 403");
  source = make();
  source->start(kNow);
  EXPECT_THAT(problem_of(source->answered(200, "two words", kNow)), HasSubstr("no session"));
  source = make();
  source->start(kNow);
  request_of(source->answered(200, "t", kNow));
  EXPECT_EQ(problem_of(source->answered(200, "", kNow)), "the instance has no role");
  variables["AWS_EC2_METADATA_DISABLED"] = "true";
  EXPECT_EQ(find({.from = "instance"}).problem, "AWS_EC2_METADATA_DISABLED is set");
}

std::string key_file(std::string_view type = "service_account") {
  std::string json = R"({"type":")" + std::string(type) +
                     R"(","project_id":"my-project","private_key_id":"k1","client_email":)"
                     R"("sa@my-project.iam.gserviceaccount.com","token_uri":)"
                     R"("https://oauth2.googleapis.com/token","private_key":)";
  append_json_string(json, kRfc7515Key);
  return json + "}";
}

TEST(Google, AServiceAccountSignsItsRequest) {
  const auto account = read_google_account(key_file());
  ASSERT_TRUE(account) << account.error();
  EXPECT_EQ(account->project, "my-project");
  const auto source = google_account_source(*account)();
  const auto step = source->start(kNow);
  const auto& request = request_of(step);
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.url, "https://oauth2.googleapis.com/token");
  EXPECT_EQ(header_of(request, "Content-Type"), "application/x-www-form-urlencoded");
  constexpr std::string_view kStart =
      "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=";
  ASSERT_TRUE(request.body.starts_with(kStart)) << request.body;
  const auto parts = split(std::string_view(request.body).substr(kStart.size()), '.');
  ASSERT_EQ(parts.size(), 3U);
  EXPECT_EQ(base64url_decode(parts[0]), R"({"alg":"RS256","typ":"JWT","kid":"k1"})");
  EXPECT_EQ(base64url_decode(parts[1]),
            R"({"iss":"sa@my-project.iam.gserviceaccount.com",)"
            R"("scope":"https://www.googleapis.com/auth/cloud-platform",)"
            R"("aud":"https://oauth2.googleapis.com/token","iat":1700000000,"exp":1700003600})");
  EXPECT_EQ(base64url_decode(parts[2]),
            *rsa_sha256_sign(kRfc7515Key, std::string(parts[0]) + "." + std::string(parts[1])));
  EXPECT_EQ(
      credential_of(source->answered(200, R"({"access_token":"t","expires_in":60})", kNow)).bearer,
      "t");
}

TEST(Google, AUserRefreshes) {
  const auto account = read_google_account(
      R"({"type":"authorized_user","client_id":"c","client_secret":"s&","refresh_token":"1//r",)"
      R"("quota_project_id":"p"})");
  ASSERT_TRUE(account) << account.error();
  EXPECT_EQ(account->project, "p");
  const auto step = google_account_source(*account)()->start(kNow);
  EXPECT_EQ(request_of(step).body,
            "grant_type=refresh_token&client_id=c&client_secret=s%26&refresh_token=1%2F%2Fr");
}

TEST(Google, TheMetadataServer) {
  const auto step = google_metadata_source("http://metadata.google.internal")()->start(kNow);
  EXPECT_EQ(request_of(step).method, "GET");
  EXPECT_EQ(request_of(step).url,
            "http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/"
            "token");
  EXPECT_EQ(header_of(request_of(step), "Metadata-Flavor"), "Google");
}

TEST(Google, FilesThatAreNone) {
  EXPECT_EQ(read_google_account("").error(), "the credentials file is not JSON");
  EXPECT_EQ(read_google_account("{}").error(),
            "credentials of type \"\" are not spoken; service_account and authorized_user are");
  EXPECT_EQ(read_google_account(R"({"type":"service_account"})").error(),
            "client_email is missing");
  EXPECT_EQ(read_google_account(R"({"type":"authorized_user"})").error(),
            "refresh_token is missing");
  auto account = *read_google_account(key_file());
  account.private_key = "-----BEGIN PRIVATE KEY-----\nnone\n";
  EXPECT_EQ(problem_of(google_account_source(account)()->start(kNow)),
            "the private key is no readable PEM");
}

}  // namespace
}  // namespace pontage::providers
