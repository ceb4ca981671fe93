#include "providers/aws_credentials.hpp"

#include "config/limits.hpp"
#include "config/source_text.hpp"
#include "core/strings.hpp"

namespace pontage::providers {
namespace {

constexpr std::size_t kFileBytes = 1024 * 1024;
constexpr std::string_view kContainerHost = "http://169.254.170.2";
constexpr std::string_view kInstanceHost = "http://169.254.169.254";

std::string variable(const config::Environment& environment, std::string_view name) {
  return environment(name).value_or(std::string());
}

std::string file_text(const std::string& path) {
  std::string problem;
  auto bytes = config::read_bytes(path, kFileBytes, problem);
  return bytes && bytes->size() <= kFileBytes ? std::move(*bytes) : std::string();
}

std::string home_file(const config::Environment& environment, std::string_view named_by,
                      std::string_view name) {
  if (auto path = variable(environment, named_by); !path.empty()) return path;
  const auto home = variable(environment, "HOME");
  return home.empty() ? std::string() : home + "/.aws/" + std::string(name);
}

bool complete(const AwsKeys& keys) {
  return !keys.access_key_id.empty() && !keys.secret_access_key.empty();
}

// Hosts that container credentials may come from over plain http: loopback and the two link-local
// addresses of ECS and EKS (AWS SDKs reference guide, "Container credential provider").
bool is_container_host(std::string_view url) {
  for (const std::string_view host :
       {"http://169.254.170.2", "http://169.254.170.23", "http://[fd00:ec2::23]"}) {
    if (url.starts_with(host) && (url.size() == host.size() || url[host.size()] == '/' ||
                                  url[host.size()] == ':' || url[host.size()] == '?'))
      return true;
  }
  return may_carry_secrets(url);
}

AwsFound from_container(const AwsWanted& wanted, const config::Environment& environment) {
  AwsFound found;
  std::string url = wanted.token_url;
  if (url.empty()) {
    if (const auto path = variable(environment, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
        !path.empty())
      url = std::string(kContainerHost) + path;
  }
  if (url.empty()) url = variable(environment, "AWS_CONTAINER_CREDENTIALS_FULL_URI");
  if (url.empty()) {
    found.problem = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI is not set";
  } else if (!is_container_host(url)) {
    found.problem = "container credentials come over https or from this machine only";
  } else {
    found.source =
        aws_container_source(url, variable(environment, "AWS_CONTAINER_AUTHORIZATION_TOKEN"),
                             variable(environment, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"));
  }
  return found;
}

AwsFound from_instance(const AwsWanted& wanted, const config::Environment& environment) {
  AwsFound found;
  std::string url = wanted.token_url;
  if (url.empty()) url = variable(environment, "AWS_EC2_METADATA_SERVICE_ENDPOINT");
  if (url.empty()) url = kInstanceHost;
  if (iequals(variable(environment, "AWS_EC2_METADATA_DISABLED"), "true")) {
    found.problem = "AWS_EC2_METADATA_DISABLED is set";
  } else {
    found.source = aws_instance_source(url);
  }
  return found;
}

AwsFound from_environment(const config::Environment& environment) {
  AwsFound found;
  AwsKeys keys{variable(environment, "AWS_ACCESS_KEY_ID"),
               variable(environment, "AWS_SECRET_ACCESS_KEY"),
               variable(environment, "AWS_SESSION_TOKEN")};
  if (complete(keys)) {
    found.keys = std::move(keys);
  } else {
    found.problem = keys.access_key_id.empty() ? "AWS_ACCESS_KEY_ID is not set"
                                               : "AWS_SECRET_ACCESS_KEY is not set";
  }
  return found;
}

AwsFound from_profile(const std::string& name, const AwsProfile& profile) {
  AwsFound found;
  if (complete(profile.keys)) {
    found.keys = profile.keys;
  } else {
    found.problem = "the AWS profile \"" + name + "\" " +
                    (profile.found ? "holds no keys (roles, SSO and processes are not followed)"
                                   : "is not in ~/.aws/credentials or ~/.aws/config");
  }
  return found;
}

}  // namespace

void read_aws_section(std::string_view text, std::string_view section, AwsProfile& out) {
  bool inside = false;
  for (auto line : split(text, '\n')) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    const bool nested = line.starts_with(' ') || line.starts_with('\t');  // of the key before
    line = trim(line);
    if (line.empty() || line.front() == '#' || line.front() == ';' || nested) continue;
    if (line.front() == '[') {
      auto name =
          trim(line.substr(1, line.find(']') == std::string_view::npos ? std::string_view::npos
                                                                       : line.find(']') - 1));
      if (name.starts_with("profile ")) name = trim(name.substr(8));
      inside = name == section;
      out.found = out.found || inside;
      continue;
    }
    const auto equals = line.find('=');
    if (!inside || equals == std::string_view::npos) continue;
    const auto key = trim(line.substr(0, equals));
    const std::string value(trim(line.substr(equals + 1)));
    if (key == "aws_access_key_id") out.keys.access_key_id = value;
    if (key == "aws_secret_access_key") out.keys.secret_access_key = value;
    if (key == "aws_session_token") out.keys.session_token = value;
    if (key == "region") out.region = value;
  }
}

AwsProfile read_aws_profile(std::string_view name, const config::Environment& environment) {
  AwsProfile profile;
  const auto config = home_file(environment, "AWS_CONFIG_FILE", "config");
  const auto keys = home_file(environment, "AWS_SHARED_CREDENTIALS_FILE", "credentials");
  if (!config.empty()) read_aws_section(file_text(config), name, profile);
  if (!keys.empty()) {
    // The credentials file has the last word, and its keys belong together.
    AwsProfile own;
    read_aws_section(file_text(keys), name, own);
    profile.found = profile.found || own.found;
    if (complete(own.keys)) profile.keys = own.keys;
    if (profile.region.empty()) profile.region = own.region;
  }
  return profile;
}

AwsFound find_aws_credentials(const AwsWanted& wanted, const config::Environment& environment) {
  std::string name = wanted.profile;
  if (name.empty()) name = variable(environment, "AWS_PROFILE");
  const bool named = !name.empty();
  if (!named) name = "default";
  const auto profile = read_aws_profile(name, environment);
  const auto first_of = [&]() -> AwsFound {
    if (complete(wanted.keys)) return AwsFound{wanted.keys, {}, {}, {}};
    if (wanted.from == "environment") return from_environment(environment);
    if (wanted.from == "profile") return from_profile(name, profile);
    if (wanted.from == "container") return from_container(wanted, environment);
    if (wanted.from == "instance") return from_instance(wanted, environment);
    if (!wanted.profile.empty()) return from_profile(name, profile);
    if (auto found = from_environment(environment); found.keys) return found;
    auto found = from_profile(name, profile);
    if (found.keys || named) return found;
    if (auto container = from_container(wanted, environment); container.source) return container;
    if (wanted.may_ask_instance) return from_instance(wanted, environment);
    found.problem = "no AWS credentials: neither keys, a profile nor a container's";
    return found;
  };
  AwsFound found = first_of();
  found.region = variable(environment, "AWS_REGION");
  if (found.region.empty()) found.region = variable(environment, "AWS_DEFAULT_REGION");
  if (found.region.empty()) found.region = profile.region;
  return found;
}

}  // namespace pontage::providers
