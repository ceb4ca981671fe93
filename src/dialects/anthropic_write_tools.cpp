// Tools and the choice among them (row G5).
#include <algorithm>
#include <set>

#include "dialects/anthropic_json.hpp"
#include "dialects/anthropic_write.hpp"
#include "dialects/json_splice.hpp"

namespace pontage::dialects::anthropic {

using Kind = llm::ToolChoice::Kind;

bool valid_tool_name(std::string_view name) {
  constexpr std::size_t kMaxLength = 128;
  const auto good = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  };
  return !name.empty() && name.size() <= kMaxLength && std::all_of(name.begin(), name.end(), good);
}

namespace {

bool has_type(const std::string& schema) {
  MemberWalk walk(schema, 0);
  while (walk.next()) {
    if (walk.key_is("type")) return schema[walk.value().begin] != 'n';  // null says nothing
  }
  return false;
}

// `input_schema` must be an object schema; one without a type is given it.
void append_schema(std::string& out, const std::string& schema) {
  out.append(",\"input_schema\":");
  if (schema.empty()) {
    out.append("{\"type\":\"object\",\"properties\":{}}");
  } else if (has_type(schema)) {
    out.append(schema);
  } else if (schema.size() > 2) {
    out.append("{\"type\":\"object\",").append(schema, 1);
  } else {
    out.append("{\"type\":\"object\"}");
  }
}

bool append_tool(Writing& w, const llm::Tool& tool) {
  if (!tool.foreign_type.empty()) {
    return w.notes.unsupported(tool.where + ".type", "The tool `" + std::string(tool.foreign_type) +
                                                         "` is not at hand at this provider.");
  }
  if (!valid_tool_name(tool.name)) {
    return w.notes.refuse(Code::k_invalid_value, tool.where + ".name",
                          "A tool's name is 1 to 128 letters, digits, `_` or `-`.");
  }
  append_comma(w.out);
  w.out.push_back('{');
  append_member(w.out, "name", tool.name);
  if (!tool.description.empty()) append_member(w.out, "description", tool.description);
  append_schema(w.out, tool.schema);
  if (tool.strict) w.out.append(",\"strict\":true");
  if (!tool.cache_control.empty()) w.out.append(",\"cache_control\":").append(tool.cache_control);
  w.out.push_back('}');
  return true;
}

bool is_allowed(const llm::ToolChoice& choice, const llm::Tool& tool) {
  return choice.allowed.empty() ||
         std::find(choice.allowed.begin(), choice.allowed.end(), tool.name) != choice.allowed.end();
}

// A history with calls needs its tools declared; a client that asks for a last word without tools
// sends none.
void append_called_tools(Writing& w) {
  std::set<std::string_view> called;
  for (const llm::Turn& turn : w.conversation.turns) {
    for (const llm::Part& part : turn.parts) {
      if (part.kind == llm::Part::Kind::kToolCall) called.insert(part.name);
    }
  }
  if (called.empty()) return;
  w.out.append(",\"tools\":[");
  for (const std::string_view name : called) {
    append_comma(w.out);
    w.out.push_back('{');
    append_member(w.out, "name", name);
    w.out.append(",\"input_schema\":{\"type\":\"object\"}}");
  }
  w.out.append("],\"tool_choice\":{\"type\":\"none\"}");
}

std::string_view choice_name(Kind kind) {
  switch (kind) {
    case Kind::kAny:
      return "any";
    case Kind::kNone:
      return "none";
    case Kind::kNamed:
      return "tool";
    case Kind::kUnsaid:
    case Kind::kAuto:
      break;
  }
  return "auto";
}

void append_choice(std::string& out, const llm::ToolChoice& choice) {
  const bool one_at_a_time = choice.one_at_a_time && choice.kind != Kind::kNone;
  if (choice.kind == Kind::kUnsaid && !one_at_a_time) return;
  out.append(",\"tool_choice\":{");
  append_member(out, "type", choice_name(choice.kind));
  if (choice.kind == Kind::kNamed) append_member(out, "name", choice.name);
  if (one_at_a_time) out.append(",\"disable_parallel_tool_use\":true");
  out.push_back('}');
}

}  // namespace

bool append_tools(Writing& w) {
  const llm::ToolChoice& choice = w.conversation.choice;
  const std::size_t before = w.out.size();
  w.out.append(",\"tools\":[");
  const std::size_t start = w.out.size();
  for (const llm::Tool& tool : w.conversation.tools) {
    if (is_allowed(choice, tool) && !append_tool(w, tool)) return false;
  }
  if (w.out.size() == start) {
    w.out.resize(before);
    append_called_tools(w);
    return true;
  }
  w.out.push_back(']');
  w.forced_tool = choice.kind == Kind::kAny || choice.kind == Kind::kNamed;
  append_choice(w.out, choice);
  return true;
}

}  // namespace pontage::dialects::anthropic
