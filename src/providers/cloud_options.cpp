#include "providers/cloud_options.hpp"

#include "config/load.hpp"
#include "providers/provider.hpp"

namespace pontage::providers {
namespace {

using Member = std::string CloudOptions::*;

config::Struct<ProviderOptions>::Reader secret(Member member) {
  return
      [member](const config::Node& node, ProviderOptions& out, config::Diagnostics& diagnostics) {
        if (!node.unset_variable.empty() && out.unset_secret.empty())
          out.unset_secret = node.unset_variable;
        if (auto value = config::resolve_secret(node, diagnostics)) out.*member = std::move(*value);
      };
}

}  // namespace

void add_cloud_fields(config::Struct<ProviderOptions>& table) {
  table
      .text("region", &ProviderOptions::region,
            "bedrock: the region; else AWS_REGION, else the profile's.")
      .custom("aws_access_key_id", "secret", "AWS_ACCESS_KEY_ID", "bedrock: keys of one's own.",
              secret(&CloudOptions::aws_access_key_id))
      .custom("aws_secret_access_key", "secret", "AWS_SECRET_ACCESS_KEY",
              "bedrock: the key's secret.", secret(&CloudOptions::aws_secret_access_key))
      .custom("aws_session_token", "secret", "AWS_SESSION_TOKEN",
              "bedrock: of temporary keys, the third part.",
              secret(&CloudOptions::aws_session_token))
      .text("profile", &ProviderOptions::profile,
            "bedrock: a profile of ~/.aws/credentials and ~/.aws/config; else AWS_PROFILE.")
      .text("project", &ProviderOptions::project,
            "vertex: the project; else GOOGLE_CLOUD_PROJECT, else the credentials file's.")
      .text("location", &ProviderOptions::location,
            "vertex: the location, such as `europe-west4` or `global`; else GOOGLE_CLOUD_LOCATION.")
      .text("resource", &ProviderOptions::resource,
            "azure: the resource's name; makes the address `https://NAME.openai.azure.com`.")
      .text(
          "api_version", &ProviderOptions::api_version,
          "azure: the dated version of the deployment paths (2024-10-21 when unsaid), or `v1` for "
          "the `/openai/v1` paths.")
      .text("tenant", &ProviderOptions::tenant,
            "azure: the tenant whose Entra tokens are used instead of a key; else AZURE_TENANT_ID.")
      .text("client_id", &ProviderOptions::client_id,
            "azure: the Entra application; else AZURE_CLIENT_ID.")
      .custom("client_secret", "secret", "AZURE_CLIENT_SECRET", "azure: the application's secret.",
              secret(&CloudOptions::client_secret))
      .text(
          "credentials", &ProviderOptions::credentials,
          "bedrock: take keys from `environment`, `profile`, `container` or `instance` only, not "
          "from the first of them that has any. vertex: `file:PATH` of a service account or user, "
          "or `metadata`; else GOOGLE_APPLICATION_CREDENTIALS, gcloud's own file, the metadata "
          "server.")
      .text(
          "token_url", &ProviderOptions::token_url,
          "Where tokens are fetched instead of the cloud's own place: bedrock: the container's or "
          "the instance's endpoint; vertex: the account's token endpoint or the metadata server; "
          "azure: the authority.");
}

}  // namespace pontage::providers
