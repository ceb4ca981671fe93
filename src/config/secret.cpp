// Secrets from files, as container platforms mount them.
#include "config/describe.hpp"
#include "config/limits.hpp"
#include "config/load.hpp"
#include "config/source_text.hpp"

namespace pontage::config {

std::optional<std::string> resolve_secret(const Node& node, Diagnostics& diagnostics) {
  constexpr std::string_view kFile = "file:";
  if (node.is_null() || !node.unset_variable.empty()) return std::nullopt;
  if (!node.is_scalar()) {
    diagnostics.error(node.mark, "expected a text, ${NAME} or file:PATH, found " + describe(node));
    return std::nullopt;
  }
  if (!node.text.starts_with(kFile)) {
    if (node.text.empty()) return std::nullopt;
    return node.text;
  }
  const std::string path = node.text.substr(kFile.size());
  std::string problem;
  auto bytes = read_bytes(path, kSecretBytes, problem);
  if (!bytes) {
    diagnostics.error(node.mark, "cannot read the secret file " + quote(path) + ": " + problem);
    return std::nullopt;
  }
  std::string value = std::move(*bytes);
  if (value.size() > kSecretBytes) {
    diagnostics.error(node.mark, "the secret file " + quote(path) + " is larger than 64 KiB");
    return std::nullopt;
  }
  if (value.ends_with('\n')) value.pop_back();
  if (value.ends_with('\r')) value.pop_back();
  if (value.empty()) {
    diagnostics.error(node.mark, "the secret file " + quote(path) + " is empty");
    return std::nullopt;
  }
  return value;
}

}  // namespace pontage::config
