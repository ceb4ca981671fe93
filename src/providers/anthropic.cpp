// Anthropic's Messages API: its own key header. The version that every request must name
// (docs.anthropic.com, "API versions") is the client's, else provider.cpp adds one.
#include "http/headers.hpp"
#include "providers/family.hpp"

namespace pontage::providers {

void anthropic_append_auth(std::string& head, std::string_view key) {
  if (!key.empty()) http::append_header(head, "x-api-key", key);
}

}  // namespace pontage::providers
