// OpenAI and everything that speaks its Chat Completions API: a bearer token.
#include "http/headers.hpp"
#include "providers/family.hpp"

namespace pontage::providers {

void openai_append_auth(std::string& head, std::string_view key) {
  if (!key.empty()) http::append_header(head, "Authorization", "Bearer " + std::string(key));
}

}  // namespace pontage::providers
