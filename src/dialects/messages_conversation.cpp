#include "dialects/messages_conversation.hpp"

#include <simdjson.h>

#include <algorithm>
#include <array>

namespace pontage::dialects::messages {

namespace dom = simdjson::dom;
using anthropic::append_minified;
using anthropic::integer_at;
using anthropic::member;
using anthropic::object_at;
using anthropic::text_at;
using llm::Conversation;

namespace {

// Fields that are read below, or mean nothing to a provider of another dialect.
constexpr std::array<std::string_view, 17> kKnown = {
    "model",          "messages",    "max_tokens", "system",        "stream",        "metadata",
    "tools",          "tool_choice", "thinking",   "output_config", "output_format", "temperature",
    "stop_sequences", "top_p",       "top_k",      "cache_control", "service_tier"};

// Fields that bring something into the answer that only Anthropic can bring.
constexpr std::array<std::string_view, 2> kOnlyThere = {"container", "mcp_servers"};

template <std::size_t N>
bool listed(const std::array<std::string_view, N>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_empty(const Element& value) {
  dom::array list;
  return value.is_null() || (value.get_array().get(list) == simdjson::SUCCESS && list.size() == 0);
}

bool check_fields(TranslationNotes& notes, const Object& request) {
  for (const auto field : request) {
    if (is_empty(field.value) || listed(kKnown, field.key)) continue;
    if (!listed(kOnlyThere, field.key)) {
      notes.drop(field.key);
    } else if (!notes.unsupported(field.key, "Only Anthropic's own servers have this.")) {
      return false;
    }
  }
  const auto tier = text_at(request, "service_tier");
  if (!tier.empty() && tier != "auto" && tier != "standard_only") notes.drop("service_tier");
  return true;
}

bool read_turns(TranslationNotes& notes, const Object& request, Conversation& out) {
  dom::array list;
  if (request.at_key("messages").get_array().get(list) != simdjson::SUCCESS)
    return notes.refuse(Code::k_invalid_value, "messages", "Input should be a valid list");
  out.turns.reserve(list.size());
  std::size_t index = 0;
  for (const dom::element element : list) {
    llm::Turn& turn = out.turns.emplace_back();
    turn.where = "messages." + std::to_string(index++);
    Object message;
    dom::element content;
    if (element.get_object().get(message) != simdjson::SUCCESS)
      return notes.refuse(Code::k_invalid_value, turn.where, "Input should be an object");
    const std::string_view role = text_at(message, "role");
    turn.role = role == "assistant" ? llm::Role::kAssistant
                : role == "system"  ? llm::Role::kSystem
                                    : llm::Role::kUser;
    if (!member(message, "content", content))
      return notes.refuse(Code::k_missing_field, turn.where + ".content", "Field required");
    if (!read_parts(notes, content, turn.where + ".content", turn.parts)) return false;
  }
  return true;
}

bool read_tools(TranslationNotes& notes, const Object& request, Conversation& out) {
  dom::array list;
  if (request.at_key("tools").get_array().get(list) != simdjson::SUCCESS) return true;
  std::size_t index = 0;
  for (const dom::element element : list) {
    llm::Tool& tool = out.tools.emplace_back();
    tool.where = "tools." + std::to_string(index++);
    Object object;
    if (element.get_object().get(object) != simdjson::SUCCESS)
      return notes.refuse(Code::k_invalid_value, tool.where, "Input should be an object");
    tool.name = text_at(object, "name");
    tool.description = text_at(object, "description");
    const std::string_view type = text_at(object, "type");
    if (!type.empty() && type != "custom") tool.foreign_type = type;
    if (tool.name.empty() && tool.foreign_type.empty())
      return notes.refuse(Code::k_missing_field, tool.where + ".name", "Field required");
    if (object.at_key("strict").get_bool().get(tool.strict) != simdjson::SUCCESS)
      tool.strict = false;
    dom::element schema;
    if (!member(object, "input_schema", schema)) continue;
    if (!schema.is_object())
      return notes.refuse(Code::k_invalid_value, tool.where + ".input_schema",
                          "Input should be an object");
    append_minified(tool.schema, schema);
  }
  return true;
}

bool read_choice(TranslationNotes& notes, const Object& request, llm::ToolChoice& out) {
  using Kind = llm::ToolChoice::Kind;
  Object choice;
  if (!object_at(request, "tool_choice", choice)) return true;
  const std::string_view type = text_at(choice, "type");
  if (type == "auto") {
    out.kind = Kind::kAuto;
  } else if (type == "any") {
    out.kind = Kind::kAny;
  } else if (type == "none") {
    out.kind = Kind::kNone;
  } else if (type == "tool") {
    out.kind = Kind::kNamed;
    out.name = text_at(choice, "name");
    if (out.name.empty())
      return notes.refuse(Code::k_missing_field, "tool_choice.name", "Field required");
  } else {
    return notes.refuse(Code::k_invalid_value, "tool_choice.type",
                        "Input should be auto, any, tool or none");
  }
  bool single = false;
  out.one_at_a_time =
      choice.at_key("disable_parallel_tool_use").get_bool().get(single) == simdjson::SUCCESS &&
      single;
  return true;
}

void read_reasoning(const Object& request, llm::Reasoning& out) {
  using Kind = llm::Reasoning::Kind;
  Object thinking;
  if (object_at(request, "thinking", thinking)) {
    const std::string_view type = text_at(thinking, "type");
    out.kind = type == "disabled"  ? Kind::kOff
               : type == "enabled" ? Kind::kBudget
                                   : Kind::kAdaptive;
    out.budget_tokens = integer_at(thinking, "budget_tokens").value_or(0);
  }
  Object config;
  if (object_at(request, "output_config", config)) out.effort = text_at(config, "effort");
  out.where = out.kind == Kind::kUnsaid ? "output_config.effort" : "thinking";
}

bool read_format(TranslationNotes& notes, const Object& request, Conversation& out) {
  Object config;
  Object format;
  std::string where = "output_format";
  bool found = object_at(request, "output_format", format);
  if (object_at(request, "output_config", config) && object_at(config, "format", format)) {
    where = "output_config.format";
    found = true;
  }
  if (!found) return true;
  dom::element schema;
  if (text_at(format, "type") != "json_schema")
    return notes.refuse(Code::k_invalid_value, where + ".type", "Input should be json_schema");
  if (!member(format, "schema", schema) || !schema.is_object())
    return notes.refuse(Code::k_missing_field, where + ".schema", "Field required");
  append_minified(out.answer_schema, schema);
  return true;
}

void read_number(const Object& request, std::string_view key, std::string& out) {
  dom::element value;
  if (member(request, key, value) && value.is_number()) append_minified(out, value);
}

void read_parameters(const Object& request, Conversation& out) {
  out.max_tokens = integer_at(request, "max_tokens");
  read_number(request, "temperature", out.temperature);
  read_number(request, "top_p", out.top_p);
  read_number(request, "top_k", out.top_k);
  dom::array stops;
  if (request.at_key("stop_sequences").get_array().get(stops) == simdjson::SUCCESS) {
    for (const dom::element one : stops) {
      std::string_view text;
      if (one.get_string().get(text) == simdjson::SUCCESS && !text.empty())
        out.stop.push_back(text);
    }
  }
  Object metadata;
  if (object_at(request, "metadata", metadata)) out.user = text_at(metadata, "user_id");
}

}  // namespace

bool read_conversation(TranslationNotes& notes, const Object& request, Conversation& out) {
  dom::element system;
  if (!check_fields(notes, request)) return false;
  if (member(request, "system", system) && !read_parts(notes, system, "system", out.system))
    return false;
  if (!read_turns(notes, request, out) || !read_tools(notes, request, out) ||
      !read_choice(notes, request, out.choice) || !read_format(notes, request, out)) {
    return false;
  }
  read_reasoning(request, out.reasoning);
  read_parameters(request, out);
  return true;
}

}  // namespace pontage::dialects::messages
