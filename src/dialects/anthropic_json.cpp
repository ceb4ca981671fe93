#include "dialects/anthropic_json.hpp"

#include <simdjson.h>

#include <array>
#include <charconv>
#include <cmath>
#include <cstring>

#include "core/strings.hpp"

namespace pontage::dialects::anthropic {

namespace dom = simdjson::dom;

bool member(const Object& object, std::string_view key, Element& out) {
  return object.at_key(key).get(out) == simdjson::SUCCESS && !out.is_null();
}

bool object_at(const Object& object, std::string_view key, Object& out) {
  return object.at_key(key).get_object().get(out) == simdjson::SUCCESS;
}

std::string_view text_at(const Object& object, std::string_view key) {
  std::string_view text;
  if (object.at_key(key).get_string().get(text) != simdjson::SUCCESS) return {};
  return text;
}

std::optional<double> number(const Element& element) {
  double value = 0;  // get_double also takes integers.
  if (element.get_double().get(value) != simdjson::SUCCESS) return std::nullopt;
  return value;
}

std::optional<std::int64_t> integer_at(const Object& object, std::string_view key) {
  dom::element element;
  if (!member(object, key, element)) return std::nullopt;
  std::int64_t value = 0;
  if (element.get_int64().get(value) == simdjson::SUCCESS) return value;
  const auto real = number(element);
  if (!real || std::trunc(*real) != *real || std::abs(*real) > 9e15) return std::nullopt;
  return static_cast<std::int64_t>(*real);
}

bool blank(std::string_view text) {
  return text.find_first_not_of(" \t\n\r\f\v") == std::string_view::npos;
}

void append_comma(std::string& out) {
  if (!out.empty() && out.back() != '{' && out.back() != '[') out.push_back(',');
}

namespace {

// True when one of the eight bytes is a quote, a backslash or below 0x20 (the "has zero byte" and
// "has less" tricks; they may only err by looking too closely).
bool needs_escape(std::uint64_t word) {
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  constexpr std::uint64_t kHighs = 0x8080808080808080;
  const auto zero_byte = [](std::uint64_t x) { return (x - kOnes) & ~x & kHighs; };
  const std::uint64_t below_space = (word - kOnes * 0x20) & ~word & kHighs;
  return (zero_byte(word ^ (kOnes * '"')) | zero_byte(word ^ (kOnes * '\\')) | below_space) != 0;
}

}  // namespace

void append_escaped(std::string& out, std::string_view text) {
  std::size_t plain = 0;  // what is before i and not yet appended starts here
  std::size_t i = 0;
  while (i < text.size()) {
    std::uint64_t word = 0;
    if (i + sizeof(word) <= text.size()) {
      std::memcpy(&word, text.data() + i, sizeof(word));
      if (!needs_escape(word)) {
        i += sizeof(word);
        continue;
      }
    }
    const auto c = static_cast<unsigned char>(text[i]);
    if (c < 0x20 || c == '"' || c == '\\') {
      out.append(text, plain, i - plain);
      append_json_escaped(out, text.substr(i, 1));
      plain = i + 1;
    }
    ++i;
  }
  out.append(text, plain);
}

void append_string(std::string& out, std::string_view text) {
  out.push_back('"');
  append_escaped(out, text);
  out.push_back('"');
}

void append_member(std::string& out, std::string_view key, std::string_view text) {
  append_comma(out);
  append_string(out, key);
  out.push_back(':');
  append_string(out, text);
}

namespace {

// The shortest text that reads back as the same number; `1.0` is written `1`, the same value in
// JSON.
void append_number(std::string& out, double value) {
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  out.append(text.data(), end);
}

void append_object(std::string& out, const dom::object& object) {
  out.push_back('{');
  bool first = true;
  for (const auto field : object) {
    if (!first) out.push_back(',');
    first = false;
    append_string(out, field.key);
    out.push_back(':');
    append_minified(out, field.value);
  }
  out.push_back('}');
}

void append_array(std::string& out, const dom::array& array) {
  out.push_back('[');
  bool first = true;
  for (const auto element : array) {
    if (!first) out.push_back(',');
    first = false;
    append_minified(out, element);
  }
  out.push_back(']');
}

}  // namespace

// Recursion is bounded by the depth that the parser accepts (1,024).
void append_minified(std::string& out, const Element& element) {
  switch (element.type()) {
    case dom::element_type::OBJECT:
      return append_object(out, dom::object(element.get_object().value_unsafe()));
    case dom::element_type::ARRAY:
      return append_array(out, dom::array(element.get_array().value_unsafe()));
    case dom::element_type::STRING:
      return append_string(out, element.get_string().value_unsafe());
    case dom::element_type::INT64:
      out.append(std::to_string(element.get_int64().value_unsafe()));
      return;
    case dom::element_type::UINT64:
      out.append(std::to_string(element.get_uint64().value_unsafe()));
      return;
    case dom::element_type::DOUBLE:
      return append_number(out, element.get_double().value_unsafe());
    case dom::element_type::BOOL:
      out.append(element.get_bool().value_unsafe() ? "true" : "false");
      return;
    case dom::element_type::NULL_VALUE:
      out.append("null");
      return;
  }
}

}  // namespace pontage::dialects::anthropic
