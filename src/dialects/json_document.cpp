#include "dialects/json_document.hpp"

#include <simdjson.h>

#include <algorithm>
#include <cmath>

#include "core/defaults.hpp"

namespace pontage::dialects {
namespace {

using simdjson::dom::element;
using simdjson::dom::element_type;

constexpr std::size_t kFirstCapacity = 4096;
constexpr std::size_t kKeptCapacity =
    1024 * 1024;  // the tape of a document is up to 14 times its text

}  // namespace

JsonParser::JsonParser() = default;
JsonParser::~JsonParser() = default;

const char* JsonParser::parse(std::string_view text, std::size_t readable, element& root) {
  if (parser_ == nullptr) {
    parser_ = std::make_unique<simdjson::dom::parser>();
    // simdjson counts one level more for a scalar inside.
    const auto problem = parser_->allocate(kFirstCapacity, defaults::kJsonDepth + 1);
    if (problem != simdjson::SUCCESS) return simdjson::error_message(problem);
  }
  largest_ = std::max(largest_, text.size());
  const bool copy = readable < text.size() + simdjson::SIMDJSON_PADDING;
  const auto problem = parser_->parse(text.data(), text.size(), copy).get(root);
  return problem == simdjson::SUCCESS ? nullptr : simdjson::error_message(problem);
}

void JsonParser::trim() {
  if (largest_ <= kKeptCapacity) return;
  parser_.reset();
  largest_ = 0;
}

JsonParser& thread_parser() {
  thread_local JsonParser parser;
  return parser;
}

bool member(const element& object, std::string_view key, element& value) {
  simdjson::dom::object members;
  if (object.get(members) != simdjson::SUCCESS) return false;
  return members.at_key(key).get(value) == simdjson::SUCCESS && !value.is_null();
}

std::optional<std::string_view> as_text(const element& value) {
  std::string_view text;
  if (value.get(text) != simdjson::SUCCESS) return std::nullopt;
  return text;
}

std::string_view text_member(const element& object, std::string_view key) {
  element value;
  return member(object, key, value) ? as_text(value).value_or(std::string_view{})
                                    : std::string_view{};
}

std::optional<std::int64_t> as_int(const element& value) {
  std::int64_t number = 0;
  if (value.get(number) == simdjson::SUCCESS) return number;
  double real = 0;
  if (!value.is_double() || value.get(real) != simdjson::SUCCESS) return std::nullopt;
  constexpr double kExact = 9007199254740992.0;  // 2^53
  if (std::abs(real) > kExact || real != std::floor(real)) return std::nullopt;
  return static_cast<std::int64_t>(real);
}

std::optional<std::int64_t> int_member(const element& object, std::string_view key) {
  element value;
  return member(object, key, value) ? as_int(value) : std::nullopt;
}

std::string_view kind_name(const element& value) {
  switch (value.type()) {
    case element_type::ARRAY:
      return "an array";
    case element_type::OBJECT:
      return "an object";
    case element_type::INT64:
    case element_type::UINT64:
      return "an integer";
    case element_type::DOUBLE:
      return "a decimal number";
    case element_type::STRING:
      return "a string";
    case element_type::BOOL:
      return "a boolean";
    case element_type::NULL_VALUE:
      return "null";
  }
  return "something else";
}

std::string json_text(const element& value) {
  return simdjson::minify(value);
}

}  // namespace pontage::dialects
