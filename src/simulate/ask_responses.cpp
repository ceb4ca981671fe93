#include "simulate/ask_responses.hpp"

#include <nlohmann/json.hpp>

namespace pontage::simulate {
namespace {

using nlohmann::json;

json call(const json& item) {
  json function = {{"name", item.value("name", "")}, {"arguments", item.value("arguments", "")}};
  return {{"id", item.value("call_id", "")}, {"type", "function"}, {"function", function}};
}

// Calls in a row are one assistant message there.
void add_call(const json& item, json& messages) {
  const bool goes_on = !messages.empty() && messages.back().value("role", "") == "assistant";
  if (!goes_on) messages.push_back({{"role", "assistant"}, {"content", ""}});
  messages.back()["tool_calls"].push_back(call(item));
}

json parts(const json& content) {
  if (!content.is_array()) return content;
  json out = json::array();
  for (const auto& part : content)
    out.push_back({{"type", "text"}, {"text", part.value("text", "")}});
  return out;
}

void add_item(const json& item, json& messages) {
  const std::string type = item.value("type", "message");
  if (type == "function_call") {
    add_call(item, messages);
  } else if (type == "function_call_output") {
    messages.push_back({{"role", "tool"},
                        {"tool_call_id", item.value("call_id", "")},
                        {"content", parts(item.value("output", json()))}});
  } else if (type == "message") {
    messages.push_back(
        {{"role", item.value("role", "")}, {"content", parts(item.value("content", json()))}});
  }
}

void copy_tools(const json& root, json& out) {
  for (const auto& tool : root.value("tools", json::array())) {
    if (tool.value("type", "") != "function") continue;
    out["tools"].push_back({{"type", "function"}, {"function", tool}});
  }
  const json choice = root.value("tool_choice", json());
  if (choice.is_string()) out["tool_choice"] = choice;
  if (choice.is_object())
    out["tool_choice"] = {{"type", "function"}, {"function", {{"name", choice.value("name", "")}}}};
}

void copy_format(const json& root, json& out) {
  const json format = root.value("text", json::object()).value("format", json::object());
  const std::string type = format.value("type", "text");
  if (type == "json_object") out["response_format"] = format;
  if (type == "json_schema") out["response_format"] = {{"type", type}, {"json_schema", format}};
}

}  // namespace

std::string responses_as_chat(const std::string& body) try {
  const json root = json::parse(body, nullptr, false);
  if (!root.is_object()) return body;
  json out = {{"model", root.value("model", "")}, {"stream", root.value("stream", false)}};
  json messages = json::array();
  if (const json said = root.value("instructions", json()); said.is_string())
    messages.push_back({{"role", "system"}, {"content", said}});
  const json input = root.value("input", json());
  if (input.is_string()) messages.push_back({{"role", "user"}, {"content", input}});
  if (input.is_array()) {
    for (const auto& item : input) add_item(item, messages);
  }
  if (!input.is_null()) out["messages"] = std::move(messages);
  if (root.contains("max_output_tokens")) out["max_tokens"] = root["max_output_tokens"];
  copy_tools(root, out);
  copy_format(root, out);
  return out.dump();
} catch (const json::exception&) {  // a member of another type than it should be
  return body;
}

}  // namespace pontage::simulate
