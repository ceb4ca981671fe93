#include "dialects/openai_complaints.hpp"

#include <simdjson.h>

#include "dialects/json_document.hpp"
#include "dialects/json_place.hpp"

namespace pontage::dialects::openai {

using simdjson::dom::element;

namespace {

std::string quoted(std::string_view param) {
  return "'" + std::string(param) + "'";
}

}  // namespace

Error wrong_type(std::string_view param, std::string_view expected, const element& got) {
  std::string text = "Invalid type for " + quoted(param) + ": expected ";
  text.append(expected).append(", but got ").append(kind_name(got)).append(" instead.");
  return {Code::k_invalid_value, Origin::kClient,    Retry::kNever,
          std::move(text),       std::string(param), {}};
}

Error wrong_value(std::string_view param, std::string_view text) {
  return {Code::k_invalid_value, Origin::kClient,
          Retry::kNever,         "Invalid " + quoted(param) + ": " + std::string(text),
          std::string(param),    {}};
}

Error missing(std::string_view param) {
  return {Code::k_missing_field, Origin::kClient,
          Retry::kNever,         "Missing required parameter: " + quoted(param) + ".",
          std::string(param),    {}};
}

Error duplicate(std::string_view param) {
  return {Code::k_duplicate_field,
          Origin::kClient,
          Retry::kNever,
          "The parameter " + quoted(param) + " stands twice in the body; send it once.",
          std::string(param),
          {}};
}

Error broken_json(std::string_view body, std::string_view reason) {
  std::string text = "We could not parse the JSON body of your request";
  if (body.empty()) {
    text.append(": it is empty.");
  } else if (const auto at = find_json_error(body)) {
    text.append(" (").append(describe_place(body, *at));
    text.append(*at >= body.size() ? ": it ends too early)." : ").");
  } else {
    text.append(": ").append(reason);
  }
  return {Code::k_invalid_json, Origin::kClient, Retry::kNever, std::move(text), {}, {}};
}

}  // namespace pontage::dialects::openai
