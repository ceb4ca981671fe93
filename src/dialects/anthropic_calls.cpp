#include "dialects/anthropic_calls.hpp"

#include <simdjson.h>

#include "dialects/anthropic_request.hpp"

namespace pontage::dialects::anthropic {

namespace dom = simdjson::dom;

Calls::Calls(Translation& t) : t_(t), parser_(std::make_unique<dom::parser>()) {}
Calls::~Calls() = default;

bool Calls::append_calls(const dom::object& message, const std::string& where,
                         std::string& blocks) {
  dom::element element;
  if (!member(message, "tool_calls", element)) return true;
  dom::array calls;
  if (element.get_array().get(calls) != simdjson::SUCCESS) {
    return t_.refuse(Code::k_invalid_value, where + ".tool_calls", "`tool_calls` must be a list.");
  }
  pending_where_ = where;
  std::size_t index = 0;
  for (const dom::element call : calls) {
    const std::string path = where + ".tool_calls[" + std::to_string(index++) + "]";
    dom::object object;
    if (call.get_object().get(object) != simdjson::SUCCESS) {
      return t_.refuse(Code::k_invalid_value, path, "A tool call must be an object.");
    }
    if (!append_call(object, path, blocks)) return false;
  }
  return true;
}

bool Calls::append_call(const dom::object& call, const std::string& where, std::string& blocks) {
  dom::object function;
  if (text_at(call, "type") == "custom") {
    return t_.impossible(where + ".type", "Anthropic has no custom tools with free text input.");
  }
  if (!object_at(call, "function", function)) {
    return t_.refuse(Code::k_missing_field, where + ".function",
                     "A tool call needs its `function`.");
  }
  const std::string_view id = text_at(call, "id");
  if (id.empty())
    return t_.refuse(Code::k_missing_field, where + ".id", "A tool call needs its `id`.");
  if (pending_.contains(id)) {
    return t_.refuse(Code::k_invalid_value, where + ".id",
                     "Two calls of one turn have the same id.");
  }
  const std::string_view name = text_at(function, "name");
  if (!valid_tool_name(name)) {
    return t_.refuse(Code::k_invalid_value, where + ".function.name",
                     "A tool's name is 1 to 128 letters, digits, `_` or `-`.");
  }
  const auto call_id = pending_.emplace(id, wire_id(id)).first;
  t_.called.emplace(name);
  append_comma(blocks);
  blocks.append("{\"type\":\"tool_use\"");
  append_member(blocks, "id", call_id->second);
  append_member(blocks, "name", name);
  blocks.append(",\"input\":");
  if (!append_arguments(function, where + ".function.arguments", blocks)) return false;
  blocks.push_back('}');
  return true;
}

namespace {

// The text with every long run of digits cut short: simdjson cannot hold numbers beyond 64 bits,
// which are good JSON; whether the rest is can be asked of this. A number stays a number, as its
// first digits stay.
std::string shorten_numbers(std::string_view text) {
  constexpr std::size_t kKeep = 15;
  std::string out;
  out.reserve(text.size());
  std::size_t digits = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"') in_string = !in_string;
    if (in_string && c == '\\' && i + 1 < text.size()) out.push_back(text[i++]);
    digits = !in_string && c >= '0' && c <= '9' ? digits + 1 : 0;
    if (digits <= kKeep) out.push_back(text[i]);
  }
  return out;
}

}  // namespace

// The arguments are spliced as they stand once they are known to be one JSON object.
bool Calls::append_arguments(const dom::object& function, const std::string& where,
                             std::string& out) {
  dom::element element;
  if (!member(function, "arguments", element)) {
    out.append("{}");
    return true;
  }
  if (element.is_object()) {
    append_minified(out, element);
    return true;
  }
  std::string_view text;
  if (element.get_string().get(text) != simdjson::SUCCESS) {
    return t_.refuse(Code::k_invalid_value, where,
                     "`arguments` must be a string that holds a JSON object.");
  }
  if (blank(text)) {
    out.append("{}");
    return true;
  }
  dom::object object;
  auto problem = parser_->parse(text.data(), text.size()).get_object().get(object);
  if (problem == simdjson::NUMBER_ERROR) {
    const std::string shortened = shorten_numbers(text);
    problem = parser_->parse(shortened.data(), shortened.size()).get_object().get(object);
  }
  if (problem != simdjson::SUCCESS) {
    return t_.refuse(Code::k_invalid_value, where,
                     "The arguments of a tool call must be a JSON object.");
  }
  out.append(text);
  return true;
}

// Anthropic's ids are [a-zA-Z0-9_-] and stand once in a conversation; other vendors'
// (`functions.f:0`, `call_0` in every turn) are rewritten, the same way each time so that the
// prompt cache holds.
std::string Calls::wire_id(std::string_view client_id) {
  std::string id(client_id);
  for (char& c : id) {
    const bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '_' || c == '-';
    if (!good) c = '_';
  }
  if (used_ids_.contains(id)) {
    int& n = next_suffix_.emplace(id, 2).first->second;
    std::string other;
    do other = id + "_" + std::to_string(n++);
    while (used_ids_.contains(other));
    id = std::move(other);
  }
  used_ids_.insert(id);
  return id;
}

bool Calls::append_result(const dom::object& message, const std::string& where, std::string& out) {
  const std::string_view id = text_at(message, "tool_call_id");
  const auto call = pending_.find(id);
  if (call == pending_.end()) {
    return t_.refuse(id.empty() ? Code::k_missing_field : Code::k_invalid_value,
                     where + ".tool_call_id",
                     "A tool message must answer a call of the assistant message before it, once.");
  }
  std::string content;
  if (!append_content(t_, message, PartsFor::kTool, where, content)) return false;
  append_comma(out);
  out.append("{\"type\":\"tool_result\"");
  append_member(out, "tool_use_id", call->second);
  if (!content.empty()) out.append(",\"content\":[").append(content).push_back(']');
  append_cache_control(out, message);
  out.push_back('}');
  pending_.erase(call);
  return true;
}

bool Calls::all_answered() {
  if (pending_.empty()) return true;
  return t_.refuse(Code::k_invalid_value, pending_where_ + ".tool_calls",
                   "Every tool call must be answered by a tool message; `" +
                       pending_.begin()->first + "` is not.");
}

}  // namespace pontage::dialects::anthropic
