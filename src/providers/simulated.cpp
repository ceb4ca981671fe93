// The simulated provider speaks OpenAI's dialect and asks for no key.
#include "providers/family.hpp"

namespace pontage::providers {

void simulated_append_auth(std::string& /*head*/, std::string_view /*key*/) {}

}  // namespace pontage::providers
