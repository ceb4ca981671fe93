// JSON that satisfies a schema, as far as providers' strict modes go. A schema that asks for the
// impossible gets null.
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "core/ids.hpp"
#include "simulate/content.hpp"

namespace pontage::simulate {
namespace {

using nlohmann::json;

constexpr int kDepth = 12;  // of nesting; deeper only what is required
constexpr int kArrayDefault = 2;
constexpr int kValues = 20'000;         // in one answer, whatever nested bounds ask for
constexpr std::size_t kLargest = 4096;  // characters or items that a bound may ask for

class Builder {
 public:
  Builder(const json& root, std::uint64_t hash) : root_(root), random_(hash) {}

  json build(const json& schema, int depth) {
    if (!schema.is_object() || depth > 2 * kDepth || ++built_ > kValues) return nullptr;
    if (schema.contains("$ref")) return build(resolve(schema["$ref"]), depth + 1);
    if (schema.contains("const")) return schema["const"];
    if (const auto values = schema.find("enum");
        values != schema.end() && values->is_array() && !values->empty()) {
      return (*values)[random_.below(values->size())];
    }
    for (const char* choice : {"anyOf", "oneOf", "allOf"}) {
      const auto found = schema.find(choice);
      if (found != schema.end() && found->is_array() && !found->empty())
        return build((*found)[0], depth + 1);
    }
    const std::string type = type_of(schema);
    if (type == "object") return object(schema, depth);
    if (type == "array") return array(schema, depth);
    if (type == "string") return string(schema);
    if (type == "integer" || type == "number") return number(schema, type == "integer");
    if (type == "boolean") return random_.below(2) == 1;
    return nullptr;
  }

 private:
  static std::string type_of(const json& schema) {
    const auto type = schema.find("type");
    if (type != schema.end() && type->is_string()) return type->get<std::string>();
    if (type != schema.end() && type->is_array() && !type->empty() && type->front().is_string()) {
      return type->front().get<std::string>();
    }
    if (schema.contains("properties") || schema.empty()) return "object";
    return schema.contains("items") ? "array" : "string";
  }

  const json& resolve(const json& reference) const {
    static const json nothing;
    const std::string text = reference.is_string() ? reference.get<std::string>() : "";
    if (text == "#") return root_;
    if (!text.starts_with("#/")) return nothing;
    const json* at = &root_;
    std::size_t begin = 2;
    while (begin <= text.size()) {
      const std::size_t end = std::min(text.find('/', begin), text.size());
      const auto found = at->is_object() ? at->find(text.substr(begin, end - begin)) : at->end();
      if (found == at->end()) return nothing;
      at = &*found;
      begin = end + 1;
    }
    return *at;
  }

  static std::size_t bound(const json& schema, const char* name, std::size_t otherwise) {
    const auto found = schema.find(name);
    if (found == schema.end() || !found->is_number_unsigned()) return otherwise;
    return std::min(found->get<std::size_t>(), kLargest);
  }

  json object(const json& schema, int depth) {
    json out = json::object();
    const json required = schema.value("required", json::array());
    const auto properties = schema.find("properties");
    if (properties == schema.end() || !properties->is_object()) return out;
    for (const auto& [name, property] : properties->items()) {
      const bool needed = std::ranges::find(required, json(name)) != required.end();
      if (needed || depth < kDepth / 3) out[name] = build(property, depth + 1);
    }
    return out;
  }

  json array(const json& schema, int depth) {
    json out = json::array();
    const std::size_t least = bound(schema, "minItems", 0);
    const std::size_t most = bound(schema, "maxItems", kLargest);
    const std::size_t wish = depth < kDepth / 3 ? kArrayDefault : 0;
    const std::size_t count = std::clamp<std::size_t>(wish, least, std::max(least, most));
    const auto items = schema.find("items");
    for (std::size_t i = 0; i < count; ++i) {
      out.push_back(items == schema.end() ? json("item") : build(*items, depth + 1));
    }
    return out;
  }

  json string(const json& schema) {
    const auto format = schema.find("format");
    if (format != schema.end()) {
      if (*format == "date") return "2025-03-14";
      if (*format == "date-time") return "2025-03-14T09:26:53Z";
      if (*format == "time") return "09:26:53Z";
      if (*format == "email") return "keeper@example.com";
      if (*format == "uri") return "https://example.com/bridge";
      if (*format == "uuid") return "123e4567-e89b-42d3-a456-426614174000";
      if (*format == "ipv4") return "192.0.2.1";
    }
    std::string text = prose(random_.next(), 2).text;
    const std::size_t least = bound(schema, "minLength", 0);
    const std::size_t most = std::max(least, bound(schema, "maxLength", kLargest));
    if (text.size() > most) text.resize(most);
    if (text.size() < least) text.resize(least, 'a');
    return text;
  }

  json number(const json& schema, bool integer) {
    const auto get = [&](const char* name, double otherwise) {
      const auto found = schema.find(name);
      return found != schema.end() && found->is_number() ? found->get<double>() : otherwise;
    };
    const double step = integer ? 1 : 0.5;
    double low = std::max(get("minimum", -1e15), get("exclusiveMinimum", -1e15 - step) + step);
    double high = std::min(get("maximum", 1e15), get("exclusiveMaximum", 1e15 + step) - step);
    if (low <= -1e14 && high >= 1e14) low = 0, high = 100;
    if (low <= -1e14) low = high - 100;
    if (high >= 1e14) high = low + 100;
    double value = low + std::floor(random_.unit() * (high - low) / step) * step;
    const double multiple = get("multipleOf", 0);
    if (multiple > 0) value = std::ceil(value / multiple) * multiple;
    if (value > high) value = low;
    if (integer) return static_cast<std::int64_t>(std::ceil(value));
    return value;
  }

  const json& root_;
  FastRandom random_;
  int built_ = 0;
};

}  // namespace

std::string json_for_schema(std::string_view schema, std::uint64_t hash) {
  const json root = json::parse(schema, nullptr, false);
  json value;
  if (!root.is_object() || root.empty()) {
    FastRandom random(hash);
    value = {{"answer", prose(random.next(), 4).text},
             {"confidence", 0.5},
             {"items", json::array({1, 2, 3})},
             {"ok", true}};
  } else {
    value = Builder(root, hash).build(root, 0);
  }
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace pontage::simulate
