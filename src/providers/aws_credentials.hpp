// Where AWS keys come from, in the order of AWS's own SDKs: the provider's entry, the environment,
// a profile of the shared files, the container's endpoint, the instance's metadata (IMDSv2).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "config/environment.hpp"
#include "providers/credentials.hpp"

namespace pontage::providers {

/// A section of ~/.aws/credentials and ~/.aws/config together.
struct AwsProfile {
  AwsKeys keys;
  std::string region;
  bool found = false;
};
/// Files that are not there are empty. AWS_SHARED_CREDENTIALS_FILE and AWS_CONFIG_FILE are
/// honoured.
AwsProfile read_aws_profile(std::string_view name, const config::Environment& environment);
/// `text` as AWS's ini files: [name] or [profile name], `key = value`, comments by # and ;.
void read_aws_section(std::string_view text, std::string_view section, AwsProfile& out);

struct AwsWanted {
  AwsKeys keys = {};              ///< of the entry
  std::string profile = {};       ///< of the entry
  std::string from = {};          ///< empty: the order above; else one of the four
  std::string token_url = {};     ///< instead of the endpoint of container or instance
  bool may_ask_instance = false;  ///< in the order above too
};
struct AwsFound {
  std::optional<AwsKeys> keys;  ///< for good
  MakeSource source;            ///< null unless they are fetched
  std::string region;           ///< of the environment or the profile; may be empty
  std::string problem;          ///< neither keys nor a source
};
AwsFound find_aws_credentials(const AwsWanted& wanted, const config::Environment& environment);

/// The two endpoints.
MakeSource aws_container_source(std::string url, std::string authorization,
                                std::string authorization_file);
MakeSource aws_instance_source(std::string base_url);

}  // namespace pontage::providers
