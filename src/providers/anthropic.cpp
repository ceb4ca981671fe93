// Anthropic's Messages API: its own key header, and a version that every request must name
// (docs.anthropic.com, "API versions").
#include "http/headers.hpp"
#include "providers/family.hpp"

namespace pontage::providers {

void anthropic_append_auth(std::string& head, std::string_view key) {
  if (!key.empty()) http::append_header(head, "x-api-key", key);
  http::append_header(head, "anthropic-version", "2023-06-01");
}

}  // namespace pontage::providers
