// Requests whose model stands in the path, as Anthropic's requests: what the clouds speak, put in
// the words that the simulator answers by.
#pragma once

#include <string>
#include <string_view>

namespace pontage::simulate {

/// `/model/{id}/converse[-stream]` and its body; a body that cannot be read comes back as it is.
std::string converse_as_messages(std::string_view path, const std::string& body);
/// `…/publishers/anthropic/models/{id}:[streamR|r]awPredict` and its body.
std::string vertex_as_messages(std::string_view path, const std::string& body);

}  // namespace pontage::simulate
