#include "simulate/ask_gemini.hpp"

#include <nlohmann/json.hpp>
#include <set>

#include "core/strings.hpp"
#include "http/url.hpp"
#include "simulate/answer.hpp"

namespace pontage::simulate {
namespace {

using nlohmann::json;

constexpr int kMaxTokens = 8192;
constexpr std::string_view kModels = "/v1beta/models/";
constexpr std::string_view kVertex = "/publishers/google/models/";

std::string model_of(std::string_view path) {
  const auto vertex = path.find(kVertex);
  const auto begin = vertex != std::string_view::npos ? vertex + kVertex.size()
                                                      : path.find(kModels) + kModels.size();
  return http::percent_decode(path.substr(begin, path.rfind(':') - begin));
}

json block(const json& part, std::size_t index) {
  if (part.contains("functionCall")) {
    const json& call = part["functionCall"];
    return {{"type", "tool_use"},
            {"id", call.value("id", "call" + std::to_string(index))},
            {"name", call.value("name", "")},
            {"input", call.value("args", json::object())}};
  }
  if (part.contains("functionResponse")) {
    const json& result = part["functionResponse"];
    const json response = result.value("response", json::object());
    const json said = response.value("output", response.value("error", response));
    return {{"type", "tool_result"},
            {"tool_use_id", result.value("id", "call" + std::to_string(index))},
            {"content", said.is_string() ? said.get<std::string>() : said.dump()}};
  }
  if (part.contains("text") && !part.value("thought", false))
    return {{"type", "text"}, {"text", part["text"]}};
  return {{"type", "other"}};
}

json blocks(const json& content) {
  json out = json::array();
  std::size_t index = 0;
  for (const auto& part : content.value("parts", json::array()))
    out.push_back(block(part, index++));
  return out;
}

// Google's Schema says "OBJECT" where JSON Schema says "object".
json json_schema(json schema) {
  if (schema.is_object() && schema.contains("type") && schema["type"].is_string())
    schema["type"] = to_lower(schema["type"].get<std::string>());
  if (schema.is_structured()) {
    for (auto& inner : schema) inner = json_schema(std::move(inner));
  }
  return schema;
}

// Proto3 JSON is read in either spelling.
json parameters_of(const json& function) {
  for (const char* name : {"parametersJsonSchema", "parameters_json_schema"}) {
    if (function.contains(name)) return function[name];
  }
  return json_schema(function.value("parameters", json::object()));
}

void copy_tools(const json& root, json& out) {
  for (const auto& tool : root.value("tools", json::array())) {
    for (const auto& function : tool.value("functionDeclarations", json::array())) {
      out["tools"].push_back(
          {{"name", function.value("name", "")}, {"input_schema", parameters_of(function)}});
    }
  }
  const json config =
      root.value("toolConfig", json::object()).value("functionCallingConfig", json::object());
  const std::string mode = config.value("mode", "AUTO");
  const json names = config.value("allowedFunctionNames", json::array());
  if (mode == "NONE") out["tool_choice"] = {{"type", "none"}};
  if (mode != "ANY") return;
  out["tool_choice"] = {{"type", "any"}};
  if (names.size() == 1) out["tool_choice"] = {{"type", "tool"}, {"name", names[0]}};
}

void copy_config(const json& root, json& out) {
  const json config = root.value("generationConfig", json::object());
  out["max_tokens"] = config.value("maxOutputTokens", kMaxTokens);
  if (config.contains("stopSequences")) out["stop_sequences"] = config["stopSequences"];
  const json thinking = config.value("thinkingConfig", json::object());
  if (thinking.value("includeThoughts", false)) out["thinking"] = {{"type", "enabled"}};
  for (const char* name : {"responseJsonSchema", "responseSchema"}) {
    if (config.contains(name))
      out["output_config"] = {
          {"format", {{"type", "json_schema"}, {"schema", json_schema(config[name])}}}};
  }
}

// "Please ensure that the number of function response parts is equal to the number of function call
// parts of the function call turn."
std::optional<Complaint> check_calls(const json& contents) {
  std::size_t open = 0;
  for (const auto& content : contents) {
    std::size_t calls = 0;
    std::size_t answers = 0;
    for (const auto& part : content.value("parts", json::array())) {
      calls += part.contains("functionCall") ? 1 : 0;
      answers += part.contains("functionResponse") ? 1 : 0;
    }
    if (answers != open) {
      return Complaint{
          "Please ensure that the number of function response parts is equal to the number of "
          "function call parts of the function call turn.",
          "", ""};
    }
    open = calls;
  }
  return std::nullopt;
}

std::optional<Complaint> check_signatures(std::string_view model, const json& contents) {
  if (!model.starts_with("gemini-3")) return std::nullopt;
  for (const auto& content : contents) {
    for (const auto& part : content.value("parts", json::array())) {
      if (!part.contains("functionCall")) continue;
      if (part.contains("thoughtSignature")) break;
      return Complaint{"Function call is missing a thought_signature in functionCall parts.", "",
                       ""};
    }
  }
  return std::nullopt;
}

}  // namespace

bool below_google(std::string_view path) {
  return path.starts_with("/v1beta/");
}

bool is_gemini(std::string_view path) {
  return (path.starts_with(kModels) || path.find(kVertex) != std::string_view::npos) &&
         (path.ends_with(":generateContent") || path.ends_with(":streamGenerateContent"));
}

bool is_gemini_count(std::string_view path) {
  return path.starts_with(kModels) && path.ends_with(":countTokens");
}

std::optional<Complaint> gemini_complaint(std::string_view target, const std::string& body) try {
  const std::string_view path = target.substr(0, target.find('?'));
  const json root = json::parse(body, nullptr, false);
  if (!root.is_object()) return Complaint{"Invalid JSON payload received.", "", ""};
  if (path.ends_with(":streamGenerateContent") && target.find("alt=sse") == std::string_view::npos)
    return Complaint{"simulate: streams are given with alt=sse only", "", ""};
  for (const auto& [key, value] : root.items()) {
    static const std::set<std::string> kKnown = {
        "contents",         "systemInstruction", "tools",         "toolConfig",
        "generationConfig", "safetySettings",    "cachedContent", "labels"};
    if (!kKnown.contains(key)) {
      return Complaint{
          "Invalid JSON payload received. Unknown name \"" + key + "\": Cannot find field.", "",
          ""};
    }
  }
  const json contents = root.value("contents", json::array());
  if (contents.empty())
    return Complaint{"* GenerateContentRequest.contents: contents is not specified", "", ""};
  for (const auto& content : contents) {
    const std::string role = content.value("role", "user");
    if (role != "user" && role != "model")
      return Complaint{"Please use a valid role: user, model.", "", ""};
    if (content.value("parts", json::array()).empty())
      return Complaint{"* GenerateContentRequest.contents: contents.parts must not be empty.", "",
                       ""};
  }
  if (auto wrong = check_calls(contents)) return wrong;
  return check_signatures(model_of(path), contents);
} catch (const json::exception&) {  // a member of another type than it should be
  return Complaint{"Invalid JSON payload received. A value has the wrong type.", "", ""};
}

std::string gemini_as_messages(std::string_view path, const std::string& body) try {
  const json root = json::parse(body, nullptr, false);
  if (!root.is_object()) return body;
  json out = {{"model", model_of(path)},
              {"stream", path.ends_with(":streamGenerateContent")},
              {"messages", json::array()}};
  for (const auto& content : root.value("contents", json::array())) {
    const bool model = content.value("role", "user") == "model";
    out["messages"].push_back(
        {{"role", model ? "assistant" : "user"}, {"content", blocks(content)}});
  }
  if (root.contains("systemInstruction")) out["system"] = blocks(root["systemInstruction"]);
  copy_tools(root, out);
  copy_config(root, out);
  return out.dump();
} catch (const json::exception&) {
  return body;
}

std::string gemini_count(std::string_view path, const std::string& body) {
  const auto ask = parse_ask(Dialect::kGemini, gemini_as_messages(path, body));
  return "{\"totalTokens\":" + std::to_string(ask ? count_prompt(*ask) : 0) + "}";
}

std::string gemini_models(std::string_view path, std::span<const std::string_view> models) {
  const auto entry = [](std::string_view id) {
    std::string out = R"({"name":)";
    append_json_string(out, "models/" + std::string(id));
    return out + R"(,"supportedGenerationMethods":["generateContent","countTokens"]})";
  };
  if (path.starts_with(kModels)) return entry(path.substr(kModels.size()));
  std::string list;
  for (const auto id : models) list += (list.empty() ? "" : ",") + entry(id);
  return R"({"models":[)" + list + "]}";
}

}  // namespace pontage::simulate
