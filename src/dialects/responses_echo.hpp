// What a Responses answer repeats of its request: SDKs take these members for granted.
#pragma once

#include <string>

namespace simdjson::dom {
class element;
}  // namespace simdjson::dom

namespace pontage::dialects::responses {

/// `"instructions":…,"tools":…`: each member as the request has it, else the vendor's default.
std::string echo_of(const simdjson::dom::element& request);
/// The same of a request that says nothing.
std::string default_echo();

}  // namespace pontage::dialects::responses
