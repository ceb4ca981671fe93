// Anthropic's Messages API: its own key header. The version that every request must name
// (docs.anthropic.com, "API versions") is the client's, else provider.cpp adds one.
#include <array>

#include "http/headers.hpp"
#include "providers/family.hpp"

namespace pontage::providers {
namespace {

constexpr std::array kEndpoints = {
    Endpoint{dialects::Dialect::kAnthropicMessages, "/messages"},
};

void append_auth(std::string& head, std::string_view key) {
  if (!key.empty()) http::append_header(head, "x-api-key", key);
}

}  // namespace

const Family& anthropic_family() {
  static constexpr Family kFamily = {.kind = "anthropic",
                                     .endpoints = kEndpoints,
                                     .base_path = "/v1",
                                     .needs_key = true,
                                     .append_auth = append_auth};
  return kFamily;
}

}  // namespace pontage::providers
