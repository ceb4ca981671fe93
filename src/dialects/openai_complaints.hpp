// What is wrong with a request, worded as OpenAI words it: clients' users know those messages.
#pragma once

#include <string_view>

#include "pontage/core/error.hpp"

namespace simdjson::dom {
class element;
}  // namespace simdjson::dom

namespace pontage::dialects::openai {

/// `expected`: "a string", "an array of objects".
Error wrong_type(std::string_view param, std::string_view expected,
                 const simdjson::dom::element& got);
Error wrong_value(std::string_view param, std::string_view text);
Error missing(std::string_view param);
Error duplicate(std::string_view param);
/// `reason`: the parser's, where the place cannot be told.
Error broken_json(std::string_view body, std::string_view reason);

}  // namespace pontage::dialects::openai
