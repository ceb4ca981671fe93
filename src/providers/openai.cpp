// OpenAI and everything that speaks its Chat Completions API: a bearer token. The older and the
// newer APIs beside it are spoken by some.
#include <array>

#include "http/headers.hpp"
#include "providers/family.hpp"

namespace pontage::providers {
namespace {

using dialects::Dialect;

constexpr std::array kEndpoints = {
    Endpoint{Dialect::kOpenAiChat, "/chat/completions"},
    Endpoint{Dialect::kOpenAiEmbeddings, "/embeddings"},
    Endpoint{Dialect::kOpenAiCompletions, "/completions"},
    Endpoint{Dialect::kOpenAiResponses, "/responses", false},
};

void append_auth(std::string& head, std::string_view key) {
  if (!key.empty()) http::append_header(head, "Authorization", "Bearer " + std::string(key));
}

}  // namespace

const Family& openai_family() {
  static constexpr Family kFamily = {.kind = "openai",
                                     .endpoints = kEndpoints,
                                     .base_path = "/v1",
                                     .needs_key = true,
                                     .append_auth = append_auth};
  return kFamily;
}

}  // namespace pontage::providers
