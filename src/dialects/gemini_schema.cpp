// Schemas on their way to Gemini and from its clients. To Gemini they go as `parametersJsonSchema`
// and `responseJsonSchema`: these take JSON Schema, with `$ref`, `anyOf` and
// `additionalProperties`, where the older `parameters` and `responseSchema` take a dialect of
// OpenAPI 3.0 that has none of them. What those fields do not list (ai.google.dev, API reference,
// GenerationConfig.responseJsonSchema) is left out: it may be refused.
#include <simdjson.h>

#include <algorithm>
#include <array>

#include "core/strings.hpp"
#include "dialects/anthropic_json.hpp"
#include "dialects/gemini_conversation.hpp"
#include "dialects/json_document.hpp"

namespace pontage::dialects::gemini {

using anthropic::append_comma;
using anthropic::append_minified;
using anthropic::append_string;

namespace {

// Kept as they are.
constexpr std::array<std::string_view, 13> kPlain = {
    "$id",      "$anchor",  "type",    "format",  "title",    "description",     "enum",
    "minItems", "maxItems", "minimum", "maximum", "required", "propertyOrdering"};
constexpr std::array<std::string_view, 3> kLists = {"prefixItems", "anyOf", "oneOf"};

template <std::size_t N>
bool listed(const std::array<std::string_view, N>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

void append_key(std::string& out, std::string_view key) {
  append_comma(out);
  append_string(out, key);
  out.push_back(':');
}

// The older place of definitions, where generators for draft 7 put them.
void append_reference(std::string& out, std::string_view reference) {
  constexpr std::string_view kOld = "#/definitions/";
  append_string(out, reference.starts_with(kOld)
                         ? "#/$defs/" + std::string(reference.substr(kOld.size()))
                         : std::string(reference));
}

void append_list(std::string& out, const Element& value) {
  simdjson::dom::array list;
  out.push_back('[');
  if (value.get(list) == simdjson::SUCCESS) {
    for (const Element one : list) {
      append_comma(out);
      append_schema(out, one);
    }
  }
  out.push_back(']');
}

void append_map(std::string& out, const Element& value) {
  simdjson::dom::object map;
  out.push_back('{');
  if (value.get(map) == simdjson::SUCCESS) {
    for (const auto [key, one] : map) {
      append_key(out, key);
      append_schema(out, one);
    }
  }
  out.push_back('}');
}

void append_keyword(std::string& out, std::string_view key, const Element& value) {
  if (key == "$ref") {
    append_key(out, key);
    append_reference(out, as_text(value).value_or(std::string_view{}));
  } else if (key == "$defs" || key == "definitions") {
    append_key(out, "$defs");
    append_map(out, value);
  } else if (key == "properties") {
    append_key(out, key);
    append_map(out, value);
  } else if (key == "items" || key == "additionalProperties") {
    append_key(out, key);
    append_schema(out, value);
  } else if (listed(kLists, key)) {
    append_key(out, key);
    append_list(out, value);
  } else if (key == "allOf") {  // of one, as some generators write a reference with a description
    simdjson::dom::array list;
    if (value.get(list) != simdjson::SUCCESS || list.size() != 1) return;
    append_key(out, "anyOf");
    append_list(out, value);
  } else if (key == "const") {
    append_key(out, "enum");
    out.push_back('[');
    append_minified(out, value);
    out.push_back(']');
  } else if (listed(kPlain, key)) {
    append_key(out, key);
    append_minified(out, value);
  }
}

}  // namespace

void append_schema(std::string& out, const Element& schema) {
  simdjson::dom::object object;
  if (schema.get(object) != simdjson::SUCCESS) {  // true and false are schemas
    append_minified(out, schema);
    return;
  }
  Element found;
  // "If $ref is set on a sub-schema, no other properties, except for than those starting as a $,
  // may be set."
  const bool reference = member(schema, "$ref", found);
  out.push_back('{');
  for (const auto [key, value] : object) {
    if (!reference || key.starts_with('$') || key == "definitions") append_keyword(out, key, value);
  }
  out.push_back('}');
}

bool append_schema_text(std::string& out, std::string_view schema) {
  simdjson::dom::parser parser;
  Element root;
  if (parser.parse(schema.data(), schema.size()).get(root) != simdjson::SUCCESS ||
      !root.is_object()) {
    return false;
  }
  append_schema(out, root);
  return true;
}

// Google refuses an object without properties; a function without a schema takes nothing.
bool append_function_schema(std::string& out, std::string_view schema) {
  if (schema.empty()) return true;
  simdjson::dom::parser parser;
  Element root;
  simdjson::dom::object members;
  if (parser.parse(schema.data(), schema.size()).get(root) != simdjson::SUCCESS ||
      root.get(members) != simdjson::SUCCESS) {
    return false;
  }
  simdjson::dom::object properties;
  const bool named = members.at_key("properties").get(properties) == simdjson::SUCCESS;
  if (named ? properties.size() == 0 : members.size() <= 1) return true;
  out.append(",\"parametersJsonSchema\":");
  append_schema(out, root);
  return true;
}

namespace {

// Types are "OBJECT" there and "object" here; null is a type of its own here.
void append_type(std::string& out, std::string_view type, bool nullable) {
  append_key(out, "type");
  if (nullable) out.push_back('[');
  append_string(out, to_lower(type));
  if (nullable) out.append(",\"null\"]");
}

// Counts are 64 bits wide there, which proto's JSON writes as texts.
void append_value(std::string& out, std::string_view key, const Element& value) {
  const auto number = key.starts_with("min") || key.starts_with("max")
                          ? parse_int(as_text(value).value_or(std::string_view{}))
                          : std::nullopt;
  if (number) {
    out.append(std::to_string(*number));
  } else {
    append_minified(out, value);
  }
}

void append_json_schema(std::string& out, const Element& schema) {
  simdjson::dom::object object;
  if (schema.get(object) != simdjson::SUCCESS) {
    append_minified(out, schema);
    return;
  }
  const bool nullable = flag_field(schema, "nullable");
  out.push_back('{');
  for (const auto [name, value] : object) {
    const std::string key = camel_case(name);
    simdjson::dom::array list;
    simdjson::dom::object map;
    if (key == "type" && value.is_string()) {
      append_type(out, as_text(value).value_or(std::string_view{}), nullable);
    } else if (key == "properties" && value.get(map) == simdjson::SUCCESS) {
      append_key(out, key);
      out.push_back('{');
      for (const auto [property, one] : map) {
        append_key(out, property);
        append_json_schema(out, one);
      }
      out.push_back('}');
    } else if (key == "anyOf" && value.get(list) == simdjson::SUCCESS) {
      append_key(out, key);
      out.push_back('[');
      for (const Element one : list) {
        append_comma(out);
        append_json_schema(out, one);
      }
      out.push_back(']');
    } else if (key == "items") {
      append_key(out, key);
      append_json_schema(out, value);
    } else if (key != "nullable" && key != "propertyOrdering" && key != "example") {
      append_key(out, key);
      append_value(out, key, value);
    }
  }
  out.push_back('}');
}

}  // namespace

std::string json_schema_of(const Element& schema) {
  std::string out;
  append_json_schema(out, schema);
  return out;
}

}  // namespace pontage::dialects::gemini
