// A Responses request as the chat request that asks the same: what the simulator answers by is read
// in one way.
#pragma once

#include <string>

namespace pontage::simulate {

/// The body itself where it is no JSON object.
std::string responses_as_chat(const std::string& body);

}  // namespace pontage::simulate
