// The tools of a Responses request: functions in their flat form, free-text tools and those in
// namespaces as plain functions. OpenAI's own tools run on its servers only.
#include <simdjson.h>

#include <algorithm>

#include "dialects/responses_conversation.hpp"
#include "dialects/responses_names.hpp"

namespace pontage::dialects::responses {

namespace dom = simdjson::dom;
using anthropic::append_member;
using anthropic::append_minified;
using anthropic::member;
using anthropic::object_at;
using anthropic::text_at;
using llm::Conversation;

namespace {

// A function of one text. A grammar is told to the model: nobody else can hold it to one.
void append_text_schema(std::string& out, const Object& tool) {
  std::string told = "The input of the tool, as plain text.";
  Object format;
  if (object_at(tool, "format", format) && text_at(format, "type") == "grammar") {
    told = "The input of the tool, as plain text that follows this " +
           std::string(text_at(format, "syntax")) + " grammar:\n" +
           std::string(text_at(format, "definition"));
  }
  out.append(R"({"type":"object","properties":{"input":{"type":"string")");
  append_member(out, "description", told);
  out.append(R"(}},"required":["input"],"additionalProperties":false})");
}

bool read_function(TranslationNotes& notes, const Object& object, llm::Tool& tool) {
  Element schema;
  if (object.at_key("strict").get_bool().get(tool.strict) != simdjson::SUCCESS) tool.strict = false;
  if (!member(object, "parameters", schema)) return true;
  if (!schema.is_object()) {
    return notes.refuse(Code::k_invalid_value, tool.where + ".parameters",
                        "Invalid type for '" + tool.where + ".parameters': expected an object.");
  }
  append_minified(tool.schema, schema);
  return true;
}

bool read_tool(TranslationNotes& notes, const Element& element, const std::string& where,
               std::string_view space, Conversation& out) {
  Object object;
  if (element.get_object().get(object) != simdjson::SUCCESS)
    return notes.refuse(Code::k_invalid_value, where, "A tool must be an object.");
  const std::string_view type = text_at(object, "type");
  if (type != "function" && type != "custom") {
    return notes.unsupported(where + ".type",
                             "The tool `" + std::string(type) +
                                 "` runs on OpenAI's own servers; this provider does not have it.");
  }
  llm::Tool tool;
  tool.where = where;
  tool.name = text_at(object, "name");
  if (tool.name.empty()) {
    return notes.refuse(Code::k_missing_field, where + ".name",
                        "Missing required parameter: '" + where + ".name'.");
  }
  if (!space.empty()) tool.name = out.made.emplace_front(name_in_space(space, tool.name));
  tool.description = text_at(object, "description");
  if (type == "custom") {
    append_text_schema(tool.schema, object);
  } else if (!read_function(notes, object, tool)) {
    return false;
  }
  out.tools.push_back(std::move(tool));
  return true;
}

bool has_tool(const Conversation& conversation, std::string_view name) {
  return std::ranges::find(conversation.tools, name, &llm::Tool::name) != conversation.tools.end();
}

bool no_such_tool(TranslationNotes& notes, const std::string& where) {
  return notes.refuse(Code::k_invalid_value, where, "`tools` has no tool of this name.");
}

// The client offers all its tools and allows some: the others are not offered.
bool read_allowed(TranslationNotes& notes, const Object& choice, Conversation& out) {
  dom::array list;
  if (choice.at_key("tools").get_array().get(list) != simdjson::SUCCESS)
    return notes.refuse(Code::k_missing_field, "tool_choice.tools", "It must be a list of tools.");
  std::vector<std::string_view> names;
  for (const Element one : list) {
    Object tool;
    if (one.get_object().get(tool) == simdjson::SUCCESS) names.push_back(text_at(tool, "name"));
  }
  std::erase_if(out.tools, [&](const llm::Tool& tool) {
    return std::ranges::find(names, tool.name) == names.end();
  });
  if (out.tools.empty()) return no_such_tool(notes, "tool_choice.tools");
  out.choice.kind = text_at(choice, "mode") == "required" ? llm::ToolChoice::Kind::kAny
                                                          : llm::ToolChoice::Kind::kAuto;
  return true;
}

}  // namespace

bool read_tools(TranslationNotes& notes, const Element& list, const std::string& where,
                Conversation& out) {
  dom::array tools;
  if (list.get_array().get(tools) != simdjson::SUCCESS) return true;
  std::size_t index = 0;
  for (const Element one : tools) {
    const std::string here = where + "[" + std::to_string(index++) + "]";
    Object object;
    dom::array inner;
    const bool space = one.get_object().get(object) == simdjson::SUCCESS &&
                       text_at(object, "type") == "namespace" &&
                       object.at_key("tools").get_array().get(inner) == simdjson::SUCCESS;
    if (!space) {
      if (!read_tool(notes, one, here, {}, out)) return false;
      continue;
    }
    std::size_t inside = 0;
    for (const Element tool : inner) {
      const std::string place = here + ".tools[" + std::to_string(inside++) + "]";
      if (!read_tool(notes, tool, place, text_at(object, "name"), out)) return false;
    }
  }
  return true;
}

bool read_choice(TranslationNotes& notes, const Object& request, Conversation& out) {
  using Kind = llm::ToolChoice::Kind;
  bool parallel = true;
  out.choice.one_at_a_time =
      request.at_key("parallel_tool_calls").get_bool().get(parallel) == simdjson::SUCCESS &&
      !parallel && !out.tools.empty();
  Element value;
  if (!member(request, "tool_choice", value)) return true;
  Object choice;
  if (value.get_object().get(choice) != simdjson::SUCCESS) {
    const std::string_view word = text_at(request, "tool_choice");
    if (word == "auto") out.choice.kind = Kind::kAuto;
    if (word == "none") out.choice.kind = Kind::kNone;
    if (word == "required") out.choice.kind = Kind::kAny;
    if (out.choice.kind != Kind::kUnsaid) return true;
    return notes.refuse(Code::k_invalid_value, "tool_choice",
                        "Invalid value for 'tool_choice'. Supported values are: 'none', 'auto', "
                        "and 'required'.");
  }
  const std::string_view type = text_at(choice, "type");
  if (type == "allowed_tools") return read_allowed(notes, choice, out);
  if (type != "function" && type != "custom") {
    return notes.impossible("tool_choice.type",
                            "The tool `" + std::string(type) +
                                "` runs on OpenAI's own servers; this provider does not have it.");
  }
  out.choice.kind = Kind::kNamed;
  out.choice.name = text_at(choice, "name");
  if (const auto space = text_at(choice, "namespace"); !space.empty())
    out.choice.name = out.made.emplace_front(name_in_space(space, out.choice.name));
  return has_tool(out, out.choice.name) || no_such_tool(notes, "tool_choice.name");
}

}  // namespace pontage::dialects::responses
