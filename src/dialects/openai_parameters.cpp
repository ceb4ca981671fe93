// Everything beside the messages of an OpenAI chat request (rows B10-B18): tools, limits, sampling,
// reasoning, the answer's form.
#include <simdjson.h>

#include <algorithm>
#include <array>

#include "dialects/anthropic_json.hpp"
#include "dialects/conversation_limits.hpp"
#include "dialects/json_document.hpp"
#include "dialects/openai_conversation.hpp"
#include "dialects/openai_names.hpp"

namespace pontage::dialects::openai {

using anthropic::append_comma;
using anthropic::append_member;
using anthropic::append_string;
using llm::Conversation;

namespace {

constexpr std::size_t kMaxStops = 4;           // OpenAI's
constexpr std::size_t kMaxUser = 64;           // the same
constexpr std::int64_t kLowBudget = 4096;      // thinking tokens; what openai.chat's efforts stand
constexpr std::int64_t kMediumBudget = 12288;  // for in the other direction lies between

// Models that take `reasoning_effort`, by parts of their names; others answer 400 to it.
constexpr std::array<std::string_view, 7> kReasoning = {
    "gpt-5", "gpt-oss", "o4-mini", "gemini-2.5", "gemini-3", "grok-3-mini", "magistral"};

bool reasons(const TargetShape& shape) {
  if (shape.can.max_completion_tokens) return true;
  const std::string_view model = shape.model;
  const std::string_view name = model.substr(model.rfind('/') + 1);
  if (name.starts_with("o1") || name.starts_with("o3")) return true;
  return std::any_of(kReasoning.begin(), kReasoning.end(), [&](std::string_view part) {
    return model.find(part) != std::string_view::npos;
  });
}

// OpenAI's own reasoning models also refuse sampling parameters, and the older limit's name.
bool is_strict_reasoner(const TargetShape& shape) {
  const std::string_view name = shape.model.substr(shape.model.rfind('/') + 1);
  return shape.can.max_completion_tokens || name.starts_with("o1") || name.starts_with("o3") ||
         name.starts_with("o4-mini") || name.starts_with("gpt-5");
}

bool append_tool(TranslationNotes& notes, const llm::Tool& tool, std::string& out) {
  if (!tool.foreign_type.empty()) {
    return notes.unsupported(tool.where + ".type",
                             "The tool `" + std::string(tool.foreign_type) +
                                 "` is Anthropic's own; this provider does not have it.");
  }
  append_comma(out);
  out.append("{\"type\":\"function\",\"function\":{");
  append_member(out, "name", openai_tool_name(tool.name));
  if (!tool.description.empty()) append_member(out, "description", tool.description);
  out.append(",\"parameters\":")
      .append(tool.schema.size() > 2 ? tool.schema : "{\"type\":\"object\",\"properties\":{}}");
  if (tool.strict) out.append(",\"strict\":true");
  out.append("}}");
  return true;
}

void append_choice(const llm::ToolChoice& choice, std::string& out) {
  using Kind = llm::ToolChoice::Kind;
  switch (choice.kind) {
    case Kind::kUnsaid:
      break;
    case Kind::kAuto:
      out.append(R"(,"tool_choice":"auto")");
      break;
    case Kind::kAny:
      out.append(R"(,"tool_choice":"required")");
      break;
    case Kind::kNone:
      out.append(R"(,"tool_choice":"none")");
      break;
    case Kind::kNamed:
      out.append(R"(,"tool_choice":{"type":"function","function":{)");
      append_member(out, "name", openai_tool_name(choice.name));
      out.append("}}");
      break;
  }
  if (choice.one_at_a_time) out.append(",\"parallel_tool_calls\":false");
}

bool append_sampling(TranslationNotes& notes, const Conversation& conversation, std::string& out) {
  if (!conversation.top_k.empty() &&
      !notes.unsupported(conversation.names.top_k, "OpenAI's chat completions have no top_k.")) {
    return false;
  }
  if (!within_abilities(notes, conversation,
                        {.penalties = true, .logit_bias = true, .seed = true})) {
    return false;
  }
  const bool refuses = is_strict_reasoner(notes.shape);
  const auto append = [&](std::string_view key, const std::string& value) {
    if (value.empty()) return;
    if (refuses) {
      if (value != "1") notes.drop(key);
      return;
    }
    out.append(",\"").append(key).append("\":").append(value);
  };
  append("temperature", conversation.temperature);
  append("top_p", conversation.top_p);
  append("frequency_penalty", conversation.frequency_penalty);
  append("presence_penalty", conversation.presence_penalty);
  append("logit_bias", conversation.logit_bias);
  if (conversation.seed) out.append(",\"seed\":").append(std::to_string(*conversation.seed));
  return true;
}

bool append_stops(TranslationNotes& notes, const Conversation& conversation, std::string& out) {
  if (conversation.stop.empty()) return true;
  if (conversation.stop.size() > kMaxStops &&
      !notes.unsupported(conversation.names.stop, "OpenAI takes at most 4 stop sequences.")) {
    return false;
  }
  out.append(",\"stop\":[");
  for (std::size_t i = 0; i < std::min(kMaxStops, conversation.stop.size()); ++i) {
    append_comma(out);
    append_string(out, conversation.stop[i]);
  }
  out.push_back(']');
  return true;
}

std::string_view effort_of(const llm::Reasoning& reasoning) {
  if (reasoning.kind == llm::Reasoning::Kind::kBudget) {
    if (reasoning.budget_tokens <= kLowBudget) return "low";
    return reasoning.budget_tokens <= kMediumBudget ? "medium" : "high";
  }
  if (reasoning.effort == "low" || reasoning.effort == "medium") return reasoning.effort;
  if (reasoning.effort == "minimal") return "low";  // not every model has a level below it
  if (reasoning.effort.empty() && reasoning.kind == llm::Reasoning::Kind::kAdaptive) return {};
  return "high";  // and beyond: not every model has a level above it
}

// How hard to think is a wish: where it cannot be said it is dropped, and listed.
void append_reasoning(TranslationNotes& notes, const Conversation& conversation, std::string& out) {
  using Kind = llm::Reasoning::Kind;
  const llm::Reasoning& reasoning = conversation.reasoning;
  if (reasoning.kind == Kind::kOff) return;
  if (reasoning.kind == Kind::kUnsaid && reasoning.effort.empty()) return;
  if (!reasons(notes.shape)) return notes.drop(reasoning.where);
  const std::string_view effort = effort_of(reasoning);
  if (!effort.empty()) append_member(out, "reasoning_effort", effort);
}

// True when the schema can be asked for strictly: every object closed, every property required.
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

void append_format(const Conversation& conversation, std::string& out) {
  if (conversation.answer_schema.empty()) {
    if (conversation.answer_json) out.append(R"(,"response_format":{"type":"json_object"})");
    return;
  }
  JsonParser& parser = thread_parser();
  simdjson::dom::element schema;
  const bool strict =
      conversation.answer_strict ||
      (parser.parse(conversation.answer_schema, schema) == nullptr && fits_strict(schema));
  parser.trim();
  const std::string_view name = conversation.answer_name;
  out.append(R"(,"response_format":{"type":"json_schema","json_schema":{)");
  append_member(out, "name", name.empty() ? std::string_view("answer") : name);
  out.append(",\"schema\":").append(conversation.answer_schema);
  out.append(strict ? ",\"strict\":true}}" : "}}");
}

}  // namespace

bool append_tools(TranslationNotes& notes, const Conversation& conversation, std::string& out) {
  std::string list;
  const auto& allowed = conversation.choice.allowed;
  for (const llm::Tool& tool : conversation.tools) {
    const bool shown =
        allowed.empty() || std::find(allowed.begin(), allowed.end(), tool.name) != allowed.end();
    if (shown && !append_tool(notes, tool, list)) return false;
  }
  if (list.empty()) return true;
  out.append(",\"tools\":[").append(list).append("]");
  append_choice(conversation.choice, out);
  return true;
}

bool append_parameters(TranslationNotes& notes, const Conversation& conversation,
                       std::string& out) {
  for (const auto& hint : conversation.annex) notes.drop(hint.first);
  if (conversation.max_tokens) {
    const std::int64_t most = notes.shape.can.max_output;
    out.append(is_strict_reasoner(notes.shape) ? ",\"max_completion_tokens\":" : ",\"max_tokens\":")
        .append(std::to_string(most > 0 ? std::min(*conversation.max_tokens, most)
                                        : *conversation.max_tokens));
  }
  if (!append_sampling(notes, conversation, out) || !append_stops(notes, conversation, out))
    return false;
  append_reasoning(notes, conversation, out);
  append_format(conversation, out);
  if (conversation.user.size() > kMaxUser) {
    notes.drop(conversation.names.user);
  } else if (!conversation.user.empty()) {
    append_member(out, "user", conversation.user);
  }
  return true;
}

}  // namespace pontage::dialects::openai
