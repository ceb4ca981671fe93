// Reads an Anthropic Messages request: checks what the gateway decides by, and the types of what
// the vendor documents; takes copies of what rules ask for. Fields that are not known are between
// the client and the provider. Messages are worded as Anthropic words them: agents look for them.
#include <simdjson.h>

#include <array>
#include <optional>

#include "dialects/json_document.hpp"
#include "dialects/json_place.hpp"
#include "dialects/messages.hpp"
#include "dialects/openai_names.hpp"

namespace pontage::dialects {
namespace {

using simdjson::dom::element;
using Problem = std::optional<Error>;

Error wrong(std::string param, std::string_view text, Code code = Code::k_invalid_value) {
  std::string detail = param + ": " + std::string(text);
  return {code, Origin::kClient, Retry::kNever, std::move(detail), std::move(param), {}};
}

Error missing(std::string param) {
  return wrong(std::move(param), "Field required", Code::k_missing_field);
}

std::string at(std::string_view list, std::size_t index) {
  return std::string(list) + "." + std::to_string(index);
}

// One pass over the top level; each field that is looked at has a method.
class Reading {
 public:
  Result<RequestView> read(const element& root, bool answer);

 private:
  Problem model(const element& value);
  Problem messages(const element& value);
  Problem max_tokens(const element& value);
  Problem system(const element& value);
  Problem stream(const element& value);
  Problem metadata(const element& value);
  Problem tools(const element& value);
  Problem tool_choice(const element& value);
  Problem thinking(const element& value);
  Problem output_config(const element& value);
  Problem output_format(const element& value);
  Problem stop_sequences(const element& value);
  Problem temperature(const element& value) { return number("temperature", value); }
  Problem top_p(const element& value) { return number("top_p", value); }
  Problem top_k(const element& value);

  static Problem number(std::string_view name, const element& value);
  Problem message(const element& value, std::size_t index);
  Problem content(const element& value, const std::string& where);
  Problem blocks(const element& list, const std::string& where);

  struct Field {
    std::string_view name;
    Problem (Reading::*take)(const element&);
  };
  static const std::array<Field, 15> kFields;

  RequestView view_;
  bool has_messages_ = false;
  bool has_max_tokens_ = false;
};

const std::array<Reading::Field, 15> Reading::kFields = {{
    {"model", &Reading::model},
    {"messages", &Reading::messages},
    {"max_tokens", &Reading::max_tokens},
    {"system", &Reading::system},
    {"stream", &Reading::stream},
    {"metadata", &Reading::metadata},
    {"tools", &Reading::tools},
    {"tool_choice", &Reading::tool_choice},
    {"thinking", &Reading::thinking},
    {"output_config", &Reading::output_config},
    {"output_format", &Reading::output_format},
    {"stop_sequences", &Reading::stop_sequences},
    {"temperature", &Reading::temperature},
    {"top_p", &Reading::top_p},
    {"top_k", &Reading::top_k},
}};

Result<RequestView> Reading::read(const element& root, bool answer) {
  simdjson::dom::object object;
  if (root.get(object) != simdjson::SUCCESS) {
    return client_error(Code::k_invalid_value, "The body must be a JSON object, but it is " +
                                                   std::string(kind_name(root)) + ".");
  }
  std::uint32_t seen = 0;
  for (const auto [key, value] : object) {
    for (std::size_t i = 0; i < kFields.size(); ++i) {
      if (kFields[i].name != key) continue;
      if ((seen >> i & 1U) != 0) {
        return std::unexpected(wrong(std::string(key), "stands twice in the body; send it once",
                                     Code::k_duplicate_field));
      }
      seen |= 1U << i;
      if (value.is_null() && kFields[i].take != &Reading::messages) break;
      if (auto problem = (this->*kFields[i].take)(value))
        return std::unexpected(std::move(*problem));
      break;
    }
  }
  if (!has_messages_) return std::unexpected(missing("messages"));
  if (answer && !has_max_tokens_) return std::unexpected(missing("max_tokens"));
  return std::move(view_);
}

Problem Reading::model(const element& value) {
  const auto text = as_text(value);
  if (!text) return wrong("model", "Input should be a valid string");
  view_.model = *text;
  view_.has_model = !text->empty();
  return std::nullopt;
}

Problem Reading::max_tokens(const element& value) {
  const auto limit = as_int(value);
  if (!limit) return wrong("max_tokens", "Input should be a valid integer");
  if (*limit < 0) return wrong("max_tokens", "Input should be greater than or equal to 0");
  view_.max_tokens = limit;
  has_max_tokens_ = true;
  return std::nullopt;
}

Problem Reading::system(const element& value) {
  if (value.is_string()) return std::nullopt;
  if (!value.is_array()) return wrong("system", "Input should be a valid string or list");
  std::size_t index = 0;
  for (const element block : simdjson::dom::array(value)) {
    const std::string where = at("system", index++);
    if (!block.is_object()) return wrong(where, "Input should be an object");
    element text;
    if (!member(block, "text", text)) return missing(where + ".text");
    if (!text.is_string()) return wrong(where + ".text", "Input should be a valid string");
  }
  return std::nullopt;
}

Problem Reading::stream(const element& value) {
  if (value.get(view_.stream) != simdjson::SUCCESS)
    return wrong("stream", "Input should be a valid boolean");
  return std::nullopt;
}

Problem Reading::metadata(const element& value) {
  simdjson::dom::object object;
  if (value.get(object) != simdjson::SUCCESS) return wrong("metadata", "Input should be an object");
  for (const auto [key, entry] : object) {
    for (const auto& [name, unused] : view_.metadata) {
      if (name == key)
        return wrong("metadata." + name, "stands twice in the body; send it once",
                     Code::k_duplicate_field);
    }
    if (const auto text = as_text(entry)) {
      view_.metadata.emplace_back(key, *text);
      if (key == "user_id") view_.user = *text;
    } else if (key == "user_id" && !entry.is_null()) {
      return wrong("metadata.user_id", "Input should be a valid string");
    } else if (entry.is_number() || entry.is_bool()) {
      view_.metadata.emplace_back(key, json_text(entry));
    }
  }
  return std::nullopt;
}

Problem Reading::tools(const element& value) {
  if (!value.is_array()) return wrong("tools", "Input should be a valid list");
  std::size_t index = 0;
  for (const element tool : simdjson::dom::array(value)) {
    const std::size_t here = index++;
    if (!tool.is_object()) return wrong(at("tools", here), "Input should be an object");
    element name;
    if (!member(tool, "name", name)) continue;  // some of the vendor's own tools have none
    const auto text = as_text(name);
    if (!text) return wrong(at("tools", here) + ".name", "Input should be a valid string");
    // Kept for the way back.
    if (text->size() > kOpenAiNameLimit) view_.long_tool_names.emplace_back(*text);
  }
  view_.has_tools = index != 0;
  return std::nullopt;
}

Problem Reading::tool_choice(const element& value) {
  if (!value.is_object()) return wrong("tool_choice", "Input should be an object");
  if (text_member(value, "type").empty()) return missing("tool_choice.type");
  return std::nullopt;
}

Problem Reading::thinking(const element& value) {
  if (!value.is_object()) return wrong("thinking", "Input should be an object");
  const std::string_view type = text_member(value, "type");
  if (type.empty()) return missing("thinking.type");
  view_.asks_reasoning = type != "disabled";
  return std::nullopt;
}

Problem Reading::output_config(const element& value) {
  if (!value.is_object()) return wrong("output_config", "Input should be an object");
  element format;
  if (!member(value, "format", format)) return std::nullopt;
  return output_format(format);
}

Problem Reading::output_format(const element& value) {
  if (!value.is_object()) return wrong("output_format", "Input should be an object");
  view_.has_schema = true;
  return std::nullopt;
}

Problem Reading::stop_sequences(const element& value) {
  if (!value.is_array()) return wrong("stop_sequences", "Input should be a valid list");
  std::size_t index = 0;
  for (const element one : simdjson::dom::array(value)) {
    if (!one.is_string())
      return wrong(at("stop_sequences", index), "Input should be a valid string");
    ++index;
  }
  return std::nullopt;
}

Problem Reading::number(std::string_view name, const element& value) {
  if (value.is_number()) return std::nullopt;
  return wrong(std::string(name), "Input should be a valid number");
}

Problem Reading::top_k(const element& value) {
  if (as_int(value)) return std::nullopt;
  return wrong("top_k", "Input should be a valid integer");
}

Problem Reading::messages(const element& value) {
  simdjson::dom::array list;
  if (value.get(list) != simdjson::SUCCESS)
    return wrong("messages", "Input should be a valid list");
  std::size_t index = 0;
  for (const element entry : list) {
    if (auto problem = message(entry, index)) return problem;
    ++index;
  }
  if (index == 0) return wrong("messages", "at least one message is required");
  view_.message_count = static_cast<std::int64_t>(index);
  has_messages_ = true;
  return std::nullopt;
}

Problem Reading::message(const element& value, std::size_t index) {
  simdjson::dom::object object;
  if (value.get(object) != simdjson::SUCCESS)
    return wrong(at("messages", index), "Input should be an object");
  bool has_role = false;
  bool has_content = false;
  for (const auto [key, entry] : object) {
    if (key == "role") {
      const auto role = as_text(entry);
      // "system" between turns is a beta of the vendor's; whether a provider takes it, it says.
      if (!role || (*role != "user" && *role != "assistant" && *role != "system")) {
        return wrong(at("messages", index) + ".role", "Input should be \"user\" or \"assistant\"");
      }
      has_role = true;
    } else if (key == "content") {
      has_content = true;
      if (entry.is_string()) continue;
      if (auto problem = content(entry, at("messages", index) + ".content")) return problem;
    }
  }
  if (!has_role) return missing(at("messages", index) + ".role");
  if (!has_content) return missing(at("messages", index) + ".content");
  return std::nullopt;
}

Problem Reading::content(const element& value, const std::string& where) {
  if (!value.is_array()) return wrong(where, "Input should be a valid string or list");
  return blocks(value, where);
}

Problem Reading::blocks(const element& list, const std::string& where) {
  std::size_t index = 0;
  for (const element block : simdjson::dom::array(list)) {
    const std::size_t here = index++;
    if (!block.is_object()) return wrong(at(where, here), "Input should be an object");
    element type;
    if (!member(block, "type", type)) return missing(at(where, here) + ".type");
    const auto name = as_text(type);
    if (!name) return wrong(at(where, here) + ".type", "Input should be a valid string");
    view_.has_images = view_.has_images || *name == "image";
    element inner;
    if (*name == "tool_result" && member(block, "content", inner) && !inner.is_string()) {
      if (auto problem = content(inner, at(where, here) + ".content")) return problem;
    }
  }
  return std::nullopt;
}

Error broken_json(std::string_view body, std::string_view reason) {
  std::string text = "The request body is not valid JSON";
  if (body.empty()) {
    text.append(": it is empty");
  } else if (const auto place = find_json_error(body)) {
    text.append(": ").append(describe_place(body, *place));
    if (*place >= body.size()) text.append(": it ends too early");
  } else {
    text.append(": ").append(reason);
  }
  return {Code::k_invalid_json, Origin::kClient, Retry::kNever, std::move(text), {}, {}};
}

class MessagesRequestReader final : public RequestReader {
 public:
  explicit MessagesRequestReader(bool answer) : answer_(answer) {}
  Result<RequestView> read(std::string_view body, std::size_t readable) override {
    element root;
    if (const char* reason = parser_.parse(body, readable, root)) {
      parser_.trim();
      return std::unexpected(broken_json(body, reason));
    }
    auto view = Reading().read(root, answer_);
    parser_.trim();
    return view;
  }

 private:
  JsonParser parser_;
  bool answer_;
};

}  // namespace

std::unique_ptr<RequestReader> make_messages_request_reader(bool answer) {
  return std::make_unique<MessagesRequestReader>(answer);
}

}  // namespace pontage::dialects
