// Cloud families: the address and the account from the entry and the environment, and the head that
// a request gets.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>

#include "config/load.hpp"
#include "core/strings.hpp"
#include "providers/provider.hpp"
#include "support/rfc7515_key.hpp"

namespace pontage::providers {
namespace {

using dialects::Dialect;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class CloudTest : public ::testing::Test {
 protected:
  std::unique_ptr<Provider> make(const std::string& name, const std::string& yaml = "") {
    config::Diagnostics diagnostics;
    const config::Environment environment = [this](std::string_view variable) {
      const auto found = variables.find(std::string(variable));
      return found == variables.end() ? std::nullopt : std::optional(found->second);
    };
    const auto loaded = config::load_text({"p.yaml", "providers:\n  " + name + ": " + yaml + "\n"},
                                          environment, diagnostics);
    const auto& entry = loaded->root.find("providers")->entries.front();
    auto made = make_provider(name, yaml.empty() ? nullptr : &entry.value, entry.mark, environment,
                              diagnostics);
    EXPECT_TRUE(diagnostics.all().empty()) << diagnostics.all().front().text();
    return made;
  }
  static std::string head(const Provider& provider, Dialect client, std::string_view model,
                          bool stream = false) {
    const auto* endpoint = provider.endpoint_for(client, model);
    if (endpoint == nullptr) return "none";
    std::string out;
    RequestHead request;
    request.model = model;
    request.stream = stream;
    request.via = "v";
    request.now = WallTime(std::chrono::seconds(1440938160));
    const std::string_view body = "{}";
    append_request_head(out, provider, *endpoint, request, std::span(&body, 1));
    return out;
  }
  std::map<std::string, std::string> variables;
};

TEST_F(CloudTest, WithoutAnythingTheyAreNotConfiguredAndSayWhy) {
  EXPECT_EQ(make("bedrock")->not_configured, "neither region nor AWS_REGION is set");
  EXPECT_EQ(make("azure")->not_configured,
            "neither resource, base_url nor AZURE_OPENAI_ENDPOINT is set");
  EXPECT_EQ(make("vertex")->not_configured, "GOOGLE_APPLICATION_CREDENTIALS is not set");
  for (const auto* name : {"bedrock", "azure", "vertex"}) {
    EXPECT_FALSE(make(name)->local) << name;
    EXPECT_FALSE(make(name)->configured()) << name;
    EXPECT_EQ(make(name)->url.host, name == std::string("vertex") ? "aiplatform.googleapis.com"
                                                                  : "not-configured.invalid");
  }
}

TEST_F(CloudTest, BedrockByTheEnvironment) {
  variables = {{"AWS_REGION", "us-west-2"},
               {"AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"},
               {"AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}};
  const auto made = make("bedrock");
  EXPECT_TRUE(made->configured());
  EXPECT_EQ(made->source, nullptr);
  EXPECT_EQ(made->url.host, "bedrock-runtime.us-west-2.amazonaws.com");
  const auto text = head(*made, Dialect::kAnthropicMessages, "anthropic.claude-x-v1:0", true);
  EXPECT_THAT(text,
              StartsWith("POST /model/anthropic.claude-x-v1%3A0/converse-stream HTTP/1.1\r\n"));
  EXPECT_THAT(text, HasSubstr("X-Amz-Date: 20150830T123600Z\r\n"));
  // The signature is botocore's for this request (SigV4Auth, service "bedrock").
  EXPECT_THAT(
      text,
      HasSubstr("Authorization: AWS4-HMAC-SHA256 "
                "Credential=AKIDEXAMPLE/20150830/us-west-2/bedrock/aws4_request, "
                "SignedHeaders=content-type;host;x-amz-date, "
                "Signature=c21c4c08094757ec344c67c2b03f2c0fad2de9c9eef808bf64e480719496e891\r\n"));
  EXPECT_THAT(text, Not(HasSubstr("Security-Token")));
  EXPECT_TRUE(text.ends_with("\r\n\r\n"));
}

TEST_F(CloudTest, BedrocksOwnKeysAreABearerToken) {
  variables = {{"AWS_BEARER_TOKEN_BEDROCK", "key"}, {"AWS_REGION", "us-east-1"}};
  const auto made = make("bedrock");
  EXPECT_TRUE(made->configured());
  EXPECT_EQ(made->credentials, nullptr);
  const auto text = head(*made, Dialect::kAnthropicMessages, "m");
  EXPECT_THAT(text, HasSubstr("Authorization: Bearer key\r\n"));
  EXPECT_THAT(text, Not(HasSubstr("X-Amz-Date")));
}

TEST_F(CloudTest, BedrockOfAnEntry) {
  EXPECT_EQ(make("bedrock",
                 "{ region: r, aws_access_key_id: \"${NO_ID}\", "
                 "aws_secret_access_key: s }")
                ->not_configured,
            "NO_ID is not set");
  const auto made = make("bedrock", "{ region: r }");
  EXPECT_EQ(made->not_configured, "");
  ASSERT_NE(made->source, nullptr) << "an entry may ask the instance";
  EXPECT_EQ(made->why_skipped(), "no token yet");
  made->credentials->set({{"A", "s", "t"}, {}, WallTime::max()});
  EXPECT_EQ(made->why_skipped(), "");
  EXPECT_THAT(head(*made, Dialect::kAnthropicMessages, "m"),
              HasSubstr("SignedHeaders=content-type;host;x-amz-date;x-amz-security-token, "));
  EXPECT_EQ(make("bedrock")->not_configured, "neither region nor AWS_REGION is set");
}

TEST_F(CloudTest, AzureByItsResource) {
  const auto made = make("azure", "{ resource: res, api_key: k, api_version: 2025-01-01-preview }");
  EXPECT_TRUE(made->configured());
  const auto text = head(*made, Dialect::kOpenAiEmbeddings, "my emb");
  EXPECT_THAT(text, StartsWith("POST /openai/deployments/my%20emb/embeddings"
                               "?api-version=2025-01-01-preview HTTP/1.1\r\n"
                               "Host: res.openai.azure.com\r\napi-key: k\r\n"));
  EXPECT_THAT(head(*make("azure", "{ resource: res, api_key: k, api_version: v1 }"),
                   Dialect::kOpenAiChat, "m"),
              StartsWith("POST /openai/v1/chat/completions HTTP/1.1\r\n"));
}

TEST_F(CloudTest, AzureByTheEnvironment) {
  variables = {{"AZURE_OPENAI_ENDPOINT", "https://res.openai.azure.com/"}};
  EXPECT_EQ(make("azure")->not_configured, "AZURE_OPENAI_API_KEY is not set");
  variables["AZURE_TENANT_ID"] = "t";
  variables["AZURE_CLIENT_ID"] = "c";
  variables["AZURE_CLIENT_SECRET"] = "s";
  EXPECT_EQ(make("azure")->why_skipped(), "no token yet");
  variables["AZURE_AUTHORITY_HOST"] = "http://example.com";
  EXPECT_EQ(make("azure")->not_configured, "token_url must be https: a secret is sent there");
  variables["AZURE_OPENAI_API_KEY"] = "k";
  EXPECT_TRUE(make("azure")->configured());
}

TEST_F(CloudTest, VertexByAnAccountsFile) {
  const std::string path = "/tmp/pontage_vertex_" + std::to_string(getpid()) + ".json";
  std::string json =
      R"({"type":"service_account","project_id":"p","client_email":"e","private_key":)";
  append_json_string(json, kRfc7515Key);
  std::ofstream(path) << json << "}";
  variables = {{"GOOGLE_APPLICATION_CREDENTIALS", path}, {"GOOGLE_CLOUD_LOCATION", "us-east5"}};
  const auto made = make("vertex");
  std::remove(path.c_str());
  EXPECT_EQ(made->why_skipped(), "no token yet");
  EXPECT_EQ(made->url.host, "us-east5-aiplatform.googleapis.com");
  made->credentials->set({{}, "ya29", WallTime::max()});
  const auto text = head(*made, Dialect::kAnthropicMessages, "claude-x@1", true);
  EXPECT_THAT(text, StartsWith("POST /v1/projects/p/locations/us-east5/publishers/anthropic/models/"
                               "claude-x@1:streamRawPredict HTTP/1.1\r\n"));
  EXPECT_THAT(text, HasSubstr("Authorization: Bearer ya29\r\n"));
  EXPECT_EQ(head(*made, Dialect::kAnthropicMessages, "mistral-x"), "none");
}

TEST_F(CloudTest, VertexFilesThatAreNone) {
  EXPECT_THAT(make("vertex", "{ credentials: \"file:/no/such\" }")->not_configured,
              HasSubstr("cannot read /no/such"));
  EXPECT_EQ(make("vertex", "{ credentials: secret }")->not_configured,
            "credentials is file:PATH or metadata");
  EXPECT_EQ(make("vertex", "{ credentials: metadata }")->not_configured,
            "neither project nor GOOGLE_CLOUD_PROJECT is set");
  EXPECT_EQ(make("vertex", "{ credentials: metadata, project: p }")->why_skipped(), "no token yet");
}

}  // namespace
}  // namespace pontage::providers
