// How hard the model thinks and in what form it answers (row G5). Which way of thinking a model has
// is read from its name; a name that is not known has the newest.
#include <simdjson.h>

#include <algorithm>
#include <array>

#include "dialects/anthropic_json.hpp"
#include "dialects/anthropic_write.hpp"
#include "dialects/json_document.hpp"

namespace pontage::dialects::anthropic {

namespace dom = simdjson::dom;
using Kind = llm::Reasoning::Kind;

namespace {

enum class Way : std::uint8_t {
  kNone,      // before thinking
  kBudget,    // thinking {enabled, budget_tokens}
  kBoth,      // that, and the next
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
// They also have no `xhigh`.
constexpr std::array<std::string_view, 2> kWithBoth = {"opus-4-6", "sonnet-4-6"};

template <std::size_t N>
bool names_one(std::string_view model, const std::array<std::string_view, N>& parts) {
  return std::any_of(parts.begin(), parts.end(), [&](std::string_view part) {
    return model.find(part) != std::string_view::npos;
  });
}

Way way_of(const TargetShape& shape) {
  const std::string_view model = shape.model;
  if (names_one(model, kWithoutThinking)) return Way::kNone;
  if (names_one(model, kWithBudget) || model.ends_with("opus-4") || model.ends_with("sonnet-4"))
    return Way::kBudget;
  return names_one(model, kWithBoth) ? Way::kBoth : Way::kAdaptive;
}

struct Effort {
  std::string_view name;
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

const Effort* effort_of(std::string_view name) {
  const auto found = std::find_if(kEfforts.begin(), kEfforts.end(),
                                  [&](const Effort& one) { return one.name == name; });
  return found == kEfforts.end() ? nullptr : &*found;
}

// The least effort that thinks as much.
const Effort& effort_for(std::int64_t budget) {
  const auto found = std::find_if(kEfforts.begin(), kEfforts.end(),
                                  [&](const Effort& one) { return one.budget_tokens >= budget; });
  return found == kEfforts.end() ? kEfforts[4] : *found;
}

// Where thinking cannot be, the wish is dropped: no room for it, a call that is forced, or a
// running tool turn whose thinking the client did not keep.
void append_budget(Writing& w, std::int64_t budget) {
  if (budget < kMinBudget || w.forced_tool || w.unsigned_tool_turn)
    return w.notes.drop(w.conversation.reasoning.where);
  w.thinking = true;
  w.out.append(",\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":")
      .append(std::to_string(budget))
      .push_back('}');
}

std::string_view level_of(const Effort& effort, Way way) {
  return effort.level == "xhigh" && way == Way::kBoth ? "high" : effort.level;
}

std::string_view append_adaptive(Writing& w, const Effort* effort, Way way) {
  if (!w.forced_tool) {
    w.thinking = true;
    w.out.append(",\"thinking\":{\"type\":\"adaptive\"}");
  }
  return effort != nullptr ? level_of(*effort, way) : std::string_view{};
}

// `level`: what output_config is to say.
bool append_reasoning(Writing& w, std::string_view& level) {
  const llm::Reasoning& reasoning = w.conversation.reasoning;
  const std::string_view name = w.conversation.reasoning.where;
  const Effort* effort = effort_of(reasoning.effort);
  const Way way = way_of(w.notes.shape);
  if (reasoning.kind == Kind::kUnsaid && effort == nullptr) return true;
  if (reasoning.kind == Kind::kOff) {
    if (way != Way::kNone) w.out.append(",\"thinking\":{\"type\":\"disabled\"}");
    return true;
  }
  if (way == Way::kNone) return w.notes.unsupported(name, "This model does not think.");
  const bool has_levels = way != Way::kBudget;
  if (reasoning.kind == Kind::kUnsaid) {  // an effort for the answer, without a word on thinking
    if (has_levels) {
      level = level_of(*effort, way);
    } else {
      w.notes.drop(name);
    }
  } else if (reasoning.kind == Kind::kBudget && way != Way::kAdaptive) {
    append_budget(w, std::min(reasoning.budget_tokens, w.max_tokens - 1));
    if (has_levels && effort != nullptr) level = level_of(*effort, way);
  } else if (reasoning.kind == Kind::kBudget) {
    level =
        append_adaptive(w, effort != nullptr ? effort : &effort_for(reasoning.budget_tokens), way);
  } else if (has_levels) {
    level = append_adaptive(w, effort, way);
  } else {  // a budget leaves at least half of max_tokens to the answer
    const std::int64_t budget =
        effort != nullptr ? effort->budget_tokens : kEfforts[2].budget_tokens;
    append_budget(w, std::min(budget, w.max_tokens / 2));
  }
  return true;
}

// Anthropic wants `additionalProperties: false` said of every object schema; where the client is
// silent it is added. Values of these keys are data, not schemas.
constexpr std::array<std::string_view, 4> kDataKeys = {"enum", "const", "default", "examples"};

void append_closed(std::string& out, const Element& schema) {
  dom::array list;
  if (schema.get(list) == simdjson::SUCCESS) {
    out.push_back('[');
    for (const Element one : list) {
      append_comma(out);
      append_closed(out, one);
    }
    out.push_back(']');
    return;
  }
  Object object;
  if (schema.get(object) != simdjson::SUCCESS) return append_minified(out, schema);
  bool is_object = text_at(object, "type") == "object";
  out.push_back('{');
  for (const auto field : object) {
    append_comma(out);
    append_string(out, field.key);
    out.push_back(':');
    const bool data = std::find(kDataKeys.begin(), kDataKeys.end(), field.key) != kDataKeys.end();
    data ? append_minified(out, field.value) : append_closed(out, field.value);
    is_object = is_object && field.key != "additionalProperties";
  }
  if (is_object) {
    append_comma(out);
    out.append("\"additionalProperties\":false");
  }
  out.push_back('}');
}

bool append_format(Writing& w, std::string& config) {
  const llm::Conversation& c = w.conversation;
  if (c.answer_schema.empty()) {
    return !c.answer_json ||
           w.notes.unsupported(c.names.answer,
                               "Anthropic has no JSON mode without a schema; give a JSON schema.");
  }
  JsonParser& parser = thread_parser();
  Element schema;
  if (parser.parse(c.answer_schema, schema) != nullptr)
    return w.notes.refuse(Code::k_invalid_value, std::string(c.names.answer), "It is no schema.");
  append_comma(config);
  config.append("\"format\":{\"type\":\"json_schema\",\"schema\":");
  append_closed(config, schema);
  config.push_back('}');
  parser.trim();
  return true;
}

}  // namespace

bool append_thinking(Writing& w) {
  std::string_view level;
  std::string config;
  if (!append_reasoning(w, level)) return false;
  if (!level.empty()) append_member(config, "effort", level);
  if (!append_format(w, config)) return false;
  if (!config.empty()) w.out.append(",\"output_config\":{").append(config).push_back('}');
  return true;
}

}  // namespace pontage::dialects::anthropic
