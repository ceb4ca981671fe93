#include "simulate/ask_clouds.hpp"

#include <nlohmann/json.hpp>

#include "simulate/request_parser.hpp"

namespace pontage::simulate {
namespace {

using nlohmann::json;

constexpr int kMaxTokens = 4096;  // Converse has a default of each model's own

json blocks(const json& content);

// One Converse block as one of Anthropic's.
json block(const json& from) {
  if (!from.is_object()) return from;
  if (from.contains("text")) return {{"type", "text"}, {"text", from["text"]}};
  if (from.contains("toolUse") && from["toolUse"].is_object()) {
    const json& call = from["toolUse"];
    return {{"type", "tool_use"},
            {"id", call.value("toolUseId", "")},
            {"name", call.value("name", "")},
            {"input", call.value("input", json::object())}};
  }
  if (from.contains("toolResult") && from["toolResult"].is_object()) {
    const json& result = from["toolResult"];
    return {{"type", "tool_result"},
            {"tool_use_id", result.value("toolUseId", "")},
            {"content", blocks(result.value("content", json::array()))}};
  }
  return {{"type", "other"}};
}

json blocks(const json& content) {
  if (!content.is_array()) return content;
  json out = json::array();
  for (const auto& one : content) out.push_back(block(one));
  return out;
}

void copy_tools(const json& config, json& out) {
  if (!config.is_object()) return;
  out["tools"] = json::array();
  for (const auto& tool : config.value("tools", json::array())) {
    if (!tool.is_object() || !tool.contains("toolSpec")) continue;
    const json& spec = tool["toolSpec"];
    json schema = spec.value("inputSchema", json::object());
    out["tools"].push_back(
        {{"name", spec.value("name", "")}, {"input_schema", schema.value("json", json::object())}});
  }
  const json choice = config.value("toolChoice", json::object());
  if (choice.contains("any")) out["tool_choice"] = {{"type", "any"}};
  if (choice.contains("tool"))
    out["tool_choice"] = {{"type", "tool"}, {"name", choice["tool"].value("name", "")}};
}

void copy_rest(const json& root, json& out) {
  const json inference = root.value("inferenceConfig", json::object());
  out["max_tokens"] = inference.value("maxTokens", kMaxTokens);
  if (inference.contains("stopSequences")) out["stop_sequences"] = inference["stopSequences"];
  const json fields = root.value("additionalModelRequestFields", json::object());
  if (fields.contains("thinking")) out["thinking"] = fields["thinking"];
  const json wanted = root.value("outputConfig", json::object());
  const auto schema = wanted.value("/textFormat/structure/jsonSchema/schema"_json_pointer, "");
  const json parsed = json::parse(schema, nullptr, false);
  if (!schema.empty() && !parsed.is_discarded())
    out["output_config"] = {{"format", {{"type", "json_schema"}, {"schema", parsed}}}};
}

std::string between(std::string_view path, std::string_view before, std::string_view after) {
  const auto begin = path.find(before) + before.size();
  return percent_decode(path.substr(begin, path.rfind(after) - begin));
}

}  // namespace

std::string converse_as_messages(std::string_view path, const std::string& body) try {
  const json root = json::parse(body, nullptr, false);
  if (!root.is_object()) return body;
  json out = {{"model", between(path, "/model/", "/converse")},
              {"stream", path.ends_with("-stream")},
              {"messages", json::array()}};
  for (const auto& message : root.value("messages", json::array())) {
    out["messages"].push_back({{"role", message.value("role", "")},
                               {"content", blocks(message.value("content", json()))}});
  }
  if (root.contains("system")) out["system"] = blocks(root["system"]);
  copy_tools(root.value("toolConfig", json()), out);
  copy_rest(root, out);
  return out.dump();
} catch (const json::exception&) {  // a member of another type than it should be
  return body;
}

std::string vertex_as_messages(std::string_view path, const std::string& body) {
  json root = json::parse(body, nullptr, false);
  if (!root.is_object()) return body;
  root["model"] = between(path, "/models/", ":");
  return root.dump();
}

}  // namespace pontage::simulate
