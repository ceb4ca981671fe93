#include "simulate/ask.hpp"

#include <nlohmann/json.hpp>

#include "simulate/ask_messages.hpp"

namespace pontage::simulate {
namespace {

using nlohmann::json;

const json& member(const json& object, const char* name) {
  static const json nothing;
  const auto found = object.find(name);
  return found == object.end() ? nothing : *found;
}

std::string text_of(const json& value) {
  return value.is_string() ? value.get<std::string>() : std::string();
}

std::optional<std::int64_t> integer_of(const json& value) {
  if (!value.is_number_integer()) return std::nullopt;
  return value.get<std::int64_t>();
}

void read_stop(const json& stop, Ask& ask) {
  if (stop.is_string()) ask.stop.push_back(stop.get<std::string>());
  if (!stop.is_array()) return;
  for (const auto& one : stop) {
    if (one.is_string() && !one.get_ref<const std::string&>().empty()) ask.stop.push_back(one);
  }
}

void read_openai_tools(const json& root, Ask& ask) {
  for (const auto& tool : member(root, "tools")) {
    if (!tool.is_object()) continue;
    const json& function = member(tool, "function");
    if (!function.is_object()) continue;
    const json& schema = member(function, "parameters");
    ask.tools.push_back(
        {text_of(member(function, "name")), schema.is_object() ? schema.dump() : "{}"});
  }
  const json& choice = member(root, "tool_choice");
  if (choice == "none") ask.tool_choice = ToolChoice::kNone;
  if (choice == "required") ask.tool_choice = ToolChoice::kRequired;
  if (choice.is_object() && member(choice, "function").is_object()) {
    ask.tool_choice = ToolChoice::kNamed;
    ask.tool_name = text_of(member(member(choice, "function"), "name"));
  }
}

void read_anthropic_tools(const json& root, Ask& ask) {
  for (const auto& tool : member(root, "tools")) {
    if (!tool.is_object()) continue;
    const json& schema = member(tool, "input_schema");
    ask.tools.push_back({text_of(member(tool, "name")), schema.is_object() ? schema.dump() : "{}"});
  }
  const json& choice = member(root, "tool_choice");
  if (!choice.is_object()) return;
  const std::string type = text_of(member(choice, "type"));
  if (type == "none") ask.tool_choice = ToolChoice::kNone;
  if (type == "any") ask.tool_choice = ToolChoice::kRequired;
  if (type == "tool") {
    ask.tool_choice = ToolChoice::kNamed;
    ask.tool_name = text_of(member(choice, "name"));
  }
}

void read_openai_json_mode(const json& root, Ask& ask) {
  const json& format = member(root, "response_format");
  if (!format.is_object()) return;
  if (member(format, "type") == "json_object") ask.json = JsonMode::kObject;
  if (member(format, "type") != "json_schema" || !member(format, "json_schema").is_object()) return;
  ask.json = JsonMode::kSchema;
  ask.schema = member(member(format, "json_schema"), "schema").dump();
}

void read_anthropic_json_mode(const json& root, Ask& ask) {
  const json& config = member(root, "output_config");
  const json& format =
      config.is_object() ? member(config, "format") : member(root, "output_format");
  if (!format.is_object() || member(format, "type") != "json_schema") return;
  ask.json = JsonMode::kSchema;
  ask.schema = member(format, "schema").dump();
}

std::optional<Complaint> read_openai(const json& root, Ask& ask) {
  const json& options = member(root, "stream_options");
  ask.include_usage = options.is_object() && member(options, "include_usage") == true;
  if (!options.is_null() && !ask.stream) {
    return Complaint{"The 'stream_options' parameter is only allowed when 'stream' is enabled.",
                     "stream_options", ""};
  }
  ask.max_tokens = integer_of(member(root, "max_completion_tokens"));
  if (!ask.max_tokens) ask.max_tokens = integer_of(member(root, "max_tokens"));
  if (ask.max_tokens && *ask.max_tokens < 1) {
    return Complaint{"Invalid 'max_tokens': integer below minimum value. Expected a value >= 1.",
                     "max_tokens", "integer_below_min_value"};
  }
  const auto choices = integer_of(member(root, "n")).value_or(1);
  if (choices < 1 || choices > 128)
    return Complaint{"Invalid 'n': expected a value from 1 to 128.", "n", ""};
  ask.choices = static_cast<int>(choices);
  read_stop(member(root, "stop"), ask);
  read_openai_tools(root, ask);
  read_openai_json_mode(root, ask);
  return read_openai_messages(root, ask);
}

std::optional<Complaint> read_anthropic(const json& root, Ask& ask) {
  ask.include_usage = true;
  ask.max_tokens = integer_of(member(root, "max_tokens"));
  if (!ask.max_tokens) return Complaint{"max_tokens: Field required", "", ""};
  if (*ask.max_tokens < 1)
    return Complaint{"max_tokens: Input should be greater than or equal to 1", "", ""};
  const json& thinking = member(root, "thinking");
  if (thinking.is_object()) {
    const std::string type = text_of(member(thinking, "type"));
    ask.thinking = !type.empty() && type != "disabled";
  }
  read_stop(member(root, "stop_sequences"), ask);
  read_anthropic_tools(root, ask);
  read_anthropic_json_mode(root, ask);
  return read_anthropic_messages(root, ask);
}

Complaint missing(Dialect dialect, const std::string& field) {
  if (!is_openais(dialect)) return {field + ": Field required", "", ""};
  if (field == "model") return {"you must provide a model parameter", "", ""};
  return {"Missing required parameter: '" + field + "'.", field, "missing_required_parameter"};
}

}  // namespace

std::uint64_t hash_text(std::string_view text, std::uint64_t seed) {
  std::uint64_t hash = seed * 0x9E3779B97F4A7C15ULL ^ 0xCBF29CE484222325ULL;
  for (const char c : text) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001B3ULL;
  }
  hash ^= hash >> 32;
  hash *= 0xBF58476D1CE4E5B9ULL;
  return hash ^ hash >> 29;
}

std::expected<Ask, Complaint> parse_ask(Dialect dialect, std::string_view body) {
  const json root = json::parse(body, nullptr, false);
  if (!root.is_object()) {
    return std::unexpected(Complaint{"We could not parse the JSON body of your request.", "", ""});
  }
  Ask ask;
  ask.dialect = dialect;
  const json& model = member(root, "model");
  if (!model.is_string() || model.get_ref<const std::string&>().empty()) {
    return std::unexpected(missing(dialect, "model"));
  }
  ask.model = model.get<std::string>();
  const json& messages = member(root, "messages");
  if (messages.is_null())
    return std::unexpected(missing(dialect, dialect == Dialect::kResponses ? "input" : "messages"));
  if (!messages.is_array() || messages.empty()) {
    return std::unexpected(
        !is_openais(dialect)
            ? Complaint{"messages: at least one message is required", "", ""}
            : Complaint{"Invalid 'messages': empty array. Expected an array with minimum length 1, "
                        "but got an empty array instead.",
                        "messages", "empty_array"});
  }
  ask.stream = member(root, "stream") == true;
  auto complaint = is_openais(dialect) ? read_openai(root, ask) : read_anthropic(root, ask);
  if (complaint) return std::unexpected(std::move(*complaint));
  return ask;
}

}  // namespace pontage::simulate
