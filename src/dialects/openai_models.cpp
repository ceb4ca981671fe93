#include "dialects/openai_models.hpp"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "dialects/json_document.hpp"

namespace pontage::dialects::openai {
namespace {

constexpr std::int64_t kLowBudget = 4096;      // thinking tokens; what openai.chat's efforts stand
constexpr std::int64_t kMediumBudget = 12288;  // for in the other direction lies between

// Models that take `reasoning_effort`, by parts of their names; others answer 400 to it.
constexpr std::array<std::string_view, 7> kReasoning = {
    "gpt-5", "gpt-oss", "o4-mini", "gemini-2.5", "gemini-3", "grok-3-mini", "magistral"};

bool fits_strict(const simdjson::dom::element& schema) {
  simdjson::dom::array list;
  if (schema.get(list) == simdjson::SUCCESS)
    return std::all_of(list.begin(), list.end(), [](const auto& one) { return fits_strict(one); });
  simdjson::dom::object object;
  if (schema.get(object) != simdjson::SUCCESS) return true;
  simdjson::dom::element found;
  if (text_member(schema, "type") == "object" || member(schema, "properties", found)) {
    bool open = true;
    simdjson::dom::object properties;
    simdjson::dom::array required;
    if (object.at_key("additionalProperties").get(open) != simdjson::SUCCESS || open) return false;
    const std::size_t wanted =
        object.at_key("properties").get(properties) == simdjson::SUCCESS ? properties.size() : 0;
    const std::size_t named =
        object.at_key("required").get(required) == simdjson::SUCCESS ? required.size() : 0;
    if (wanted != named) return false;
  }
  return std::all_of(object.begin(), object.end(),
                     [](const auto& field) { return fits_strict(field.value); });
}

}  // namespace

bool reasons(const TargetShape& shape) {
  if (shape.can.max_completion_tokens) return true;
  const std::string_view model = shape.model;
  const std::string_view name = model.substr(model.rfind('/') + 1);
  if (name.starts_with("o1") || name.starts_with("o3")) return true;
  return std::any_of(kReasoning.begin(), kReasoning.end(), [&](std::string_view part) {
    return model.find(part) != std::string_view::npos;
  });
}

bool is_strict_reasoner(const TargetShape& shape) {
  const std::string_view name = shape.model.substr(shape.model.rfind('/') + 1);
  return shape.can.max_completion_tokens || name.starts_with("o1") || name.starts_with("o3") ||
         name.starts_with("o4-mini") || name.starts_with("gpt-5");
}

std::string_view effort_of(const llm::Reasoning& reasoning) {
  if (reasoning.kind == llm::Reasoning::Kind::kBudget) {
    if (reasoning.budget_tokens <= kLowBudget) return "low";
    return reasoning.budget_tokens <= kMediumBudget ? "medium" : "high";
  }
  if (reasoning.effort == "low" || reasoning.effort == "medium") return reasoning.effort;
  if (reasoning.effort == "minimal") return "low";  // few models have a level below it
  if (reasoning.effort.empty()) return {};
  return "high";  // and beyond: not every model has a level above it
}

bool fits_strict(const std::string& schema) {
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  return parser.parse(schema).get(root) == simdjson::SUCCESS && fits_strict(root);
}

}  // namespace pontage::dialects::openai
