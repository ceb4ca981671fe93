// What the entries of cloud providers may say beside those of others.
#pragma once

#include <string>

namespace pontage::config {
template <class T>
class Struct;
}  // namespace pontage::config

namespace pontage::providers {

struct CloudOptions {
  std::string region;
  std::string aws_access_key_id;
  std::string aws_secret_access_key;
  std::string aws_session_token;
  std::string profile;
  std::string project;
  std::string location;
  std::string resource;
  std::string api_version;
  std::string tenant;
  std::string client_id;
  std::string client_secret;
  std::string credentials;
  std::string token_url;
  std::string unset_secret;  ///< the first of the secrets above whose variable is not set
};

struct ProviderOptions;
void add_cloud_fields(config::Struct<ProviderOptions>& table);

}  // namespace pontage::providers
