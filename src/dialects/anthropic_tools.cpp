// OpenAI's function tools and tool_choice as Anthropic's (row G5).
#include <simdjson.h>

#include <algorithm>

#include "dialects/anthropic_request.hpp"

namespace pontage::dialects::anthropic {

namespace dom = simdjson::dom;

bool valid_tool_name(std::string_view name) {
  constexpr std::size_t kMaxLength = 128;
  const auto good = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  };
  return !name.empty() && name.size() <= kMaxLength && std::all_of(name.begin(), name.end(), good);
}

namespace {

struct Choice {
  std::string_view type;  // Anthropic's: auto, any, tool, none; empty when the client says nothing
  std::string_view name;  // of type tool
  bool limited = false;   // allowed_tools: only those of `allowed` are shown to the model
  std::set<std::string_view> allowed;
};

bool read_allowed_tools(Translation& t, const dom::object& choice, Choice& out) {
  dom::object wrapper;
  dom::array tools;
  if (!object_at(choice, "allowed_tools", wrapper) ||
      wrapper.at_key("tools").get_array().get(tools) != simdjson::SUCCESS) {
    return t.refuse(Code::k_invalid_value, "tool_choice.allowed_tools",
                    "It needs a `mode` and a list of `tools`.");
  }
  out.type = text_at(wrapper, "mode") == "required" ? "any" : "auto";
  out.limited = true;
  for (const dom::element tool : tools) {
    dom::object object;
    dom::object function;
    if (tool.get_object().get(object) == simdjson::SUCCESS &&
        object_at(object, "function", function)) {
      out.allowed.insert(text_at(function, "name"));
    }
  }
  return true;
}

bool read_choice(Translation& t, const Object& request, Choice& out) {
  dom::element element;
  if (!member(request, "tool_choice", element)) return true;
  std::string_view word;
  if (element.get_string().get(word) == simdjson::SUCCESS) {
    if (word == "auto" || word == "none") {
      out.type = word;
    } else if (word == "required") {
      out.type = "any";
    } else {
      return t.refuse(Code::k_invalid_value, "tool_choice",
                      "`tool_choice` is none, auto, required or a tool.");
    }
    return true;
  }
  dom::object choice;
  if (element.get_object().get(choice) != simdjson::SUCCESS) {
    return t.refuse(Code::k_invalid_value, "tool_choice",
                    "`tool_choice` must be a string or an object.");
  }
  if (text_at(choice, "type") == "allowed_tools") return read_allowed_tools(t, choice, out);
  if (text_at(choice, "type") == "custom") {
    return t.impossible("tool_choice.type", "Anthropic has no custom tools with free text input.");
  }
  dom::object function;
  if (object_at(choice, "function", function)) out.name = text_at(function, "name");
  if (out.name.empty()) {
    return t.refuse(Code::k_missing_field, "tool_choice.function.name",
                    "The tool to call has no name.");
  }
  out.type = "tool";
  return true;
}

// `input_schema` must be an object schema; one without a type is given it.
bool append_schema(Translation& t, const dom::object& function, const std::string& where,
                   std::string& out) {
  dom::element element;
  out.append(",\"input_schema\":");
  if (!member(function, "parameters", element)) {
    out.append("{\"type\":\"object\",\"properties\":{}}");
    return true;
  }
  dom::object schema;
  if (element.get_object().get(schema) != simdjson::SUCCESS) {
    return t.refuse(Code::k_invalid_value, where + ".parameters",
                    "`parameters` must be a JSON schema object.");
  }
  dom::element type;
  if (member(schema, "type", type)) {
    append_minified(out, element);
    return true;
  }
  std::string rest;
  append_minified(rest, element);
  out.append("{\"type\":\"object\"");
  if (rest.size() > 2)
    out.append(",").append(rest, 1);
  else
    out.push_back('}');
  return true;
}

bool append_tool(Translation& t, const dom::object& tool, const std::string& where,
                 std::string& out) {
  dom::object function;
  if (!object_at(tool, "function", function)) {
    return t.refuse(Code::k_missing_field, where + ".function",
                    "A function tool needs its `function`.");
  }
  const std::string path = where + ".function";
  const std::string_view name = text_at(function, "name");
  if (!valid_tool_name(name)) {
    return t.refuse(Code::k_invalid_value, path + ".name",
                    "A tool's name is 1 to 128 letters, digits, `_` or `-`.");
  }
  append_comma(out);
  out.push_back('{');
  append_member(out, "name", name);
  if (const auto text = text_at(function, "description"); !text.empty())
    append_member(out, "description", text);
  if (!append_schema(t, function, path, out)) return false;
  bool strict = false;
  if (function.at_key("strict").get_bool().get(strict) == simdjson::SUCCESS && strict) {
    out.append(",\"strict\":true");
  }
  append_cache_control(out, tool);
  out.push_back('}');
  return true;
}

bool append_list(Translation& t, const dom::array& tools, Choice& choice, std::string& out) {
  std::size_t index = 0;
  bool named_is_there = false;
  for (const dom::element element : tools) {
    const std::string where = "tools[" + std::to_string(index++) + "]";
    dom::object tool;
    if (element.get_object().get(tool) != simdjson::SUCCESS) {
      return t.refuse(Code::k_invalid_value, where, "A tool must be an object.");
    }
    if (text_at(tool, "type") != "function") {
      return t.impossible(where + ".type", "Only function tools can be put to an Anthropic model.");
    }
    dom::object function;
    const std::string_view name =
        object_at(tool, "function", function) ? text_at(function, "name") : "";
    named_is_there = named_is_there || name == choice.name;
    if (choice.limited && !choice.allowed.contains(name)) continue;
    if (!append_tool(t, tool, where, out)) return false;
  }
  if (choice.type == "tool" && !named_is_there) {
    return t.refuse(Code::k_invalid_value, "tool_choice.function.name",
                    "`tools` has no tool of this name.");
  }
  return true;
}

// A history with calls needs its tools declared; a client that asks for a last word without tools
// sends none.
void append_called_tools(const Translation& t, std::string& out) {
  if (t.called.empty()) return;
  out.append(",\"tools\":[");
  for (const std::string& name : t.called) {
    append_comma(out);
    out.push_back('{');
    append_member(out, "name", name);
    out.append(",\"input_schema\":{\"type\":\"object\"}}");
  }
  out.append("],\"tool_choice\":{\"type\":\"none\"}");
}

void append_choice(const Object& request, const Choice& choice, std::string& out) {
  bool parallel = true;
  const bool given =
      request.at_key("parallel_tool_calls").get_bool().get(parallel) == simdjson::SUCCESS;
  const bool one_at_a_time = given && !parallel && choice.type != "none";
  if (choice.type.empty() && !one_at_a_time) return;
  out.append(",\"tool_choice\":{");
  append_member(out, "type", choice.type.empty() ? "auto" : choice.type);
  if (choice.type == "tool") append_member(out, "name", choice.name);
  if (one_at_a_time) out.append(",\"disable_parallel_tool_use\":true");
  out.push_back('}');
}

}  // namespace

bool append_tools(Translation& t, const Object& request, std::string& out) {
  Choice choice;
  dom::element element;
  if (!read_choice(t, request, choice)) return false;
  dom::array tools;
  if (member(request, "tools", element) && element.get_array().get(tools) != simdjson::SUCCESS) {
    return t.refuse(Code::k_invalid_value, "tools", "`tools` must be a list.");
  }
  std::string list;
  if (member(request, "tools", element) && !append_list(t, tools, choice, list)) return false;
  if (list.empty()) {
    append_called_tools(t, out);
    return true;
  }
  t.has_tools = true;
  t.forced_tool = choice.type == "any" || choice.type == "tool";
  out.append(",\"tools\":[").append(list).push_back(']');
  append_choice(request, choice, out);
  return true;
}

}  // namespace pontage::dialects::anthropic
