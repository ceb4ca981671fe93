// The simulated provider speaks OpenAI's dialects and asks for no key.
#include "providers/family.hpp"

namespace pontage::providers {

const Family& simulated_family() {
  static const Family kFamily = {.kind = "simulated",
                                 .endpoints = openai_family().endpoints,
                                 .base_path = "/v1",
                                 .needs_key = false,
                                 .append_auth = [](std::string&, std::string_view) {}};
  return kFamily;
}

}  // namespace pontage::providers
