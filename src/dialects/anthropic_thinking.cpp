// `reasoning_effort` and `response_format` (row G5): how hard the model thinks and in what form it
// answers. Which way of thinking a model has is read from its name; a name that is not known has
// the newest.
#include <simdjson.h>

#include <algorithm>
#include <array>

#include "core/strings.hpp"
#include "dialects/anthropic_request.hpp"

namespace pontage::dialects::anthropic {

namespace dom = simdjson::dom;

namespace {

enum class Way : std::uint8_t {
  kNone,      // before thinking
  kBudget,    // thinking {enabled, budget_tokens}
  kAdaptive,  // thinking {adaptive} and output_config.effort
};

// Parts of model names, in the vendor's spelling and in those of the clouds
// (`anthropic.claude-…-v1:0`, `…@20250514`).
constexpr std::array<std::string_view, 6> kWithoutThinking = {"claude-2",      "claude-instant",
                                                              "claude-3-5-",   "claude-3-haiku",
                                                              "claude-3-opus", "claude-3-sonnet"};
constexpr std::array<std::string_view, 13> kWithBudget = {
    "claude-3-7-", "opus-4-0",      "opus-4-1",       "opus-4-2",   "opus-4-5",
    "opus-4@",     "sonnet-4-0",    "sonnet-4-2",     "sonnet-4-5", "sonnet-4@",
    "haiku-4-5",   "claude-4-opus", "claude-4-sonnet"};
constexpr std::array<std::string_view, 2> kWithoutXhigh = {"opus-4-6", "sonnet-4-6"};

template <std::size_t N>
bool names_one(std::string_view model, const std::array<std::string_view, N>& parts) {
  return std::any_of(parts.begin(), parts.end(), [&](std::string_view part) {
    return model.find(part) != std::string_view::npos;
  });
}

Way way_of(std::string_view model) {
  if (names_one(model, kWithoutThinking)) return Way::kNone;
  if (names_one(model, kWithBudget) || model.ends_with("opus-4") || model.ends_with("sonnet-4")) {
    return Way::kBudget;
  }
  return Way::kAdaptive;
}

struct Effort {
  std::string_view name;   // OpenAI's
  std::string_view level;  // Anthropic's
  std::int64_t budget_tokens;
};
constexpr std::array<Effort, 6> kEfforts = {{{"minimal", "low", 1024},
                                             {"low", "low", 2048},
                                             {"medium", "medium", 8192},
                                             {"high", "high", 16384},
                                             {"xhigh", "xhigh", 32000},
                                             {"max", "max", 32000}}};
constexpr std::int64_t kMinBudget = 1024;  // Anthropic's

// A budget leaves at least half of max_tokens to the answer. Where thinking cannot be, the wish is
// dropped: no room for it, a call that is forced, or a running tool turn whose thinking the client
// did not keep.
void append_budget(Translation& t, const Effort& effort, std::string& out) {
  const std::int64_t budget = std::min(effort.budget_tokens, t.max_tokens / 2);
  if (budget < kMinBudget || t.forced_tool || t.unsigned_tool_turn)
    return t.drop("reasoning_effort");
  t.thinking = true;
  out.append(",\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":")
      .append(std::to_string(budget))
      .push_back('}');
}

std::string_view append_adaptive(Translation& t, const Effort& effort, std::string& out) {
  if (!t.forced_tool) {
    t.thinking = true;
    out.append(",\"thinking\":{\"type\":\"adaptive\"}");
  }
  return effort.level == "xhigh" && names_one(t.shape.model, kWithoutXhigh) ? "high" : effort.level;
}

bool append_reasoning(Translation& t, const Object& request, std::string& out,
                      std::string_view& level) {
  dom::element element;
  if (member(request, "thinking", element) && element.is_object()) {
    // Anthropic's own field, from a client that knows whom it speaks to.
    dom::object own;
    const bool is_object = element.get_object().get(own) == simdjson::SUCCESS;
    t.thinking = is_object && text_at(own, "type") != "disabled";
    out.append(",\"thinking\":");
    append_minified(out, element);
    return true;
  }
  if (!member(request, "reasoning_effort", element)) return true;
  std::string_view name;
  const bool is_text = element.get_string().get(name) == simdjson::SUCCESS;
  const auto effort = std::find_if(kEfforts.begin(), kEfforts.end(),
                                   [&](const Effort& one) { return one.name == name; });
  if (!is_text || (effort == kEfforts.end() && name != "none")) {
    return t.refuse(Code::k_invalid_value, "reasoning_effort",
                    "`reasoning_effort` is none, minimal, low, medium, high, xhigh or max.");
  }
  const Way way = way_of(t.shape.model);
  if (name == "none") {
    if (way != Way::kNone) out.append(",\"thinking\":{\"type\":\"disabled\"}");
    return true;
  }
  if (way == Way::kNone) return t.unsupported("reasoning_effort", "This model does not think.");
  if (way == Way::kBudget) {
    append_budget(t, *effort, out);
  } else {
    level = append_adaptive(t, *effort, out);
  }
  return true;
}

// Anthropic wants `additionalProperties: false` said of every object schema; where the client is
// silent it is added. Values of these keys are data, not schemas.
constexpr std::array<std::string_view, 4> kDataKeys = {"enum", "const", "default", "examples"};

void append_schema(const dom::element& schema, std::string& out) {
  dom::array list;
  if (schema.get_array().get(list) == simdjson::SUCCESS) {
    out.push_back('[');
    for (const dom::element one : list) {
      append_comma(out);
      append_schema(one, out);
    }
    out.push_back(']');
    return;
  }
  dom::object object;
  if (schema.get_object().get(object) != simdjson::SUCCESS) return append_minified(out, schema);
  bool is_object = text_at(object, "type") == "object";
  out.push_back('{');
  for (const auto field : object) {
    append_comma(out);
    append_string(out, field.key);
    out.push_back(':');
    const bool data = std::find(kDataKeys.begin(), kDataKeys.end(), field.key) != kDataKeys.end();
    data ? append_minified(out, field.value) : append_schema(field.value, out);
    is_object = is_object && field.key != "additionalProperties";
  }
  if (is_object) {
    append_comma(out);
    out.append("\"additionalProperties\":false");
  }
  out.push_back('}');
}

bool append_format(Translation& t, const Object& request, std::string& out) {
  dom::element element;
  if (!member(request, "response_format", element)) return true;
  dom::object format;
  if (element.get_object().get(format) != simdjson::SUCCESS) {
    return t.refuse(Code::k_invalid_value, "response_format",
                    "`response_format` must be an object.");
  }
  const std::string_view type = text_at(format, "type");
  if (type == "text") return true;
  if (type == "json_object") {
    return t.unsupported("response_format",
                         "Anthropic has no JSON mode without a schema; use json_schema.");
  }
  if (type != "json_schema") {
    return t.refuse(Code::k_invalid_value, "response_format.type",
                    "It is text, json_object or json_schema.");
  }
  dom::object wrapper;
  dom::object schema;
  if (!object_at(format, "json_schema", wrapper) || !object_at(wrapper, "schema", schema)) {
    return t.refuse(Code::k_missing_field, "response_format.json_schema.schema",
                    "The format needs its schema.");
  }
  out.append("\"format\":{\"type\":\"json_schema\",\"schema\":");
  append_schema(wrapper.at_key("schema").value_unsafe(), out);
  out.push_back('}');
  return true;
}

}  // namespace

bool append_thinking(Translation& t, const Object& request, std::string& out) {
  std::string_view level;
  std::string config;
  if (!append_reasoning(t, request, out, level)) return false;
  if (!level.empty()) append_member(config, "effort", level);
  std::string format;
  if (!append_format(t, request, format)) return false;
  if (!format.empty()) {
    append_comma(config);
    config.append(format);
  }
  if (!config.empty()) out.append(",\"output_config\":{").append(config).push_back('}');
  return true;
}

}  // namespace pontage::dialects::anthropic
