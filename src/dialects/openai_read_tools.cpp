// OpenAI's function tools and tool_choice (row G5).
#include <simdjson.h>

#include "dialects/openai_read.hpp"

namespace pontage::dialects::openai {

namespace dom = simdjson::dom;
using anthropic::append_minified;
using anthropic::member;
using anthropic::object_at;
using anthropic::text_at;
using llm::ToolChoice;

namespace {

constexpr std::string_view kNoCustomTools =
    "Custom tools with free text input are only known to OpenAI's own models.";

bool read_allowed_tools(TranslationNotes& notes, const Object& choice, ToolChoice& out) {
  Object wrapper;
  dom::array tools;
  if (object_at(choice, "allowed_tools", wrapper) &&
      wrapper.at_key("tools").get(tools) == simdjson::SUCCESS) {
    out.kind =
        text_at(wrapper, "mode") == "required" ? ToolChoice::Kind::kAny : ToolChoice::Kind::kAuto;
    for (const Element element : tools) {
      Object tool;
      Object function;
      if (element.get(tool) == simdjson::SUCCESS && object_at(tool, "function", function) &&
          !text_at(function, "name").empty()) {
        out.allowed.push_back(text_at(function, "name"));
      }
    }
  }
  return !out.allowed.empty() ||
         notes.refuse(Code::k_invalid_value, "tool_choice.allowed_tools",
                      "It needs a `mode` and a list of `tools` with names.");
}

bool read_choice_word(TranslationNotes& notes, std::string_view word, ToolChoice& out) {
  if (word == "auto") {
    out.kind = ToolChoice::Kind::kAuto;
  } else if (word == "none") {
    out.kind = ToolChoice::Kind::kNone;
  } else if (word == "required") {
    out.kind = ToolChoice::Kind::kAny;
  } else {
    return notes.refuse(Code::k_invalid_value, "tool_choice",
                        "`tool_choice` is none, auto, required or a tool.");
  }
  return true;
}

bool read_choice(TranslationNotes& notes, const Object& request, ToolChoice& out) {
  bool parallel = true;
  out.one_at_a_time =
      request.at_key("parallel_tool_calls").get(parallel) == simdjson::SUCCESS && !parallel;
  Element element;
  if (!member(request, "tool_choice", element)) return true;
  std::string_view word;
  if (element.get(word) == simdjson::SUCCESS) return read_choice_word(notes, word, out);
  Object choice;
  if (element.get(choice) != simdjson::SUCCESS) {
    return notes.refuse(Code::k_invalid_value, "tool_choice",
                        "`tool_choice` must be a string or an object.");
  }
  const std::string_view type = text_at(choice, "type");
  if (type == "allowed_tools") return read_allowed_tools(notes, choice, out);
  if (type == "custom") return notes.impossible("tool_choice.type", std::string(kNoCustomTools));
  Object function;
  if (object_at(choice, "function", function)) out.name = text_at(function, "name");
  if (out.name.empty()) {
    return notes.refuse(Code::k_missing_field, "tool_choice.function.name",
                        "The tool to call has no name.");
  }
  out.kind = ToolChoice::Kind::kNamed;
  return true;
}

bool read_tool(TranslationNotes& notes, const Element& element, std::string where, llm::Tool& out) {
  Object tool;
  Object function;
  if (element.get(tool) != simdjson::SUCCESS)
    return notes.refuse(Code::k_invalid_value, std::move(where), "A tool must be an object.");
  if (text_at(tool, "type") != "function") {
    return notes.impossible(where + ".type",
                            "Only function tools can be put to a provider of another dialect.");
  }
  where.append(".function");
  if (!object_at(tool, "function", function)) {
    return notes.refuse(Code::k_missing_field, std::move(where),
                        "A function tool needs its `function`.");
  }
  out.where = std::move(where);
  out.name = text_at(function, "name");
  out.description = text_at(function, "description");
  if (function.at_key("strict").get(out.strict) != simdjson::SUCCESS) out.strict = false;
  out.cache_control = read_cache_mark(tool);
  Element schema;
  if (!member(function, "parameters", schema)) return true;
  if (!schema.is_object()) {
    return notes.refuse(Code::k_invalid_value, out.where + ".parameters",
                        "`parameters` must be a JSON schema object.");
  }
  append_minified(out.schema, schema);
  return true;
}

}  // namespace

bool read_tools(TranslationNotes& notes, const Object& request, llm::Conversation& out) {
  if (!read_choice(notes, request, out.choice)) return false;
  Element element;
  if (!member(request, "tools", element)) return true;
  dom::array list;
  if (element.get(list) != simdjson::SUCCESS)
    return notes.refuse(Code::k_invalid_value, "tools", "`tools` must be a list.");
  out.tools.reserve(list.size());
  bool named_is_there = out.choice.kind != ToolChoice::Kind::kNamed;
  std::size_t index = 0;
  for (const Element one : list) {
    llm::Tool& tool = out.tools.emplace_back();
    if (!read_tool(notes, one, "tools[" + std::to_string(index++) + "]", tool)) return false;
    named_is_there = named_is_there || tool.name == out.choice.name;
  }
  return named_is_there || notes.refuse(Code::k_invalid_value, "tool_choice.function.name",
                                        "`tools` has no tool of this name.");
}

}  // namespace pontage::dialects::openai
