// Reads a Responses request: checks what the gateway decides by and what the vendor documents of
// it, takes copies of what rules ask for and of what an answer repeats. Fields that are not known
// are between the client and the provider.
#include <simdjson.h>

#include <algorithm>
#include <array>
#include <optional>

#include "dialects/json_document.hpp"
#include "dialects/openai_complaints.hpp"
#include "dialects/responses.hpp"
#include "dialects/responses_echo.hpp"
#include "dialects/responses_names.hpp"

namespace pontage::dialects::responses {
namespace {

using openai::wrong_type;
using simdjson::dom::element;
using Problem = std::optional<Error>;

constexpr std::size_t kNameLimit = 64;  // longer tool names are kept for the way back
constexpr std::array<std::string_view, 4> kRoles = {"assistant", "system", "developer", "user"};

std::string at(const std::string& list, std::size_t index) {
  return list + "[" + std::to_string(index) + "]";
}

// One pass over the top level; each field that is looked at has a method.
class Reading {
 public:
  Result<RequestView> read(const element& root);

 private:
  Problem model(const element& value);
  Problem input(const element& value);
  Problem stream(const element& value) { return flag("stream", value, view_.stream); }
  Problem max_output_tokens(const element& value);
  Problem instructions(const element& value);
  Problem user(const element& value);
  Problem safety_identifier(const element& value);
  Problem metadata(const element& value);
  Problem tools(const element& value);
  Problem tool_choice(const element& value);
  Problem text(const element& value);
  Problem reasoning(const element& value);
  Problem temperature(const element& value) { return number("temperature", value); }
  Problem top_p(const element& value) { return number("top_p", value); }
  Problem parallel_tool_calls(const element& value) {
    bool unused = false;
    return flag("parallel_tool_calls", value, unused);
  }
  Problem elsewhere(const element& value);  // where the conversation so far is kept

  static Problem flag(std::string_view name, const element& value, bool& out);
  static Problem number(std::string_view name, const element& value);
  Problem item(const element& value, const std::string& where);
  Problem content(const element& value, const std::string& where);
  Problem tool_list(const element& value, const std::string& where, std::string_view space);
  void take_tool(const element& tool, std::string_view name, std::string_view space);

  struct Field {
    std::string_view name;
    Problem (Reading::*take)(const element&);
  };
  static const std::array<Field, 18> kFields;

  RequestView view_;
  bool has_input_ = false;
  bool elsewhere_ = false;
  bool has_user_ = false;
};

const std::array<Reading::Field, 18> Reading::kFields = {{
    {"model", &Reading::model},
    {"input", &Reading::input},
    {"stream", &Reading::stream},
    {"instructions", &Reading::instructions},
    {"max_output_tokens", &Reading::max_output_tokens},
    {"user", &Reading::user},
    {"safety_identifier", &Reading::safety_identifier},
    {"metadata", &Reading::metadata},
    {"tools", &Reading::tools},
    {"tool_choice", &Reading::tool_choice},
    {"text", &Reading::text},
    {"reasoning", &Reading::reasoning},
    {"temperature", &Reading::temperature},
    {"top_p", &Reading::top_p},
    {"parallel_tool_calls", &Reading::parallel_tool_calls},
    {"previous_response_id", &Reading::elsewhere},
    {"conversation", &Reading::elsewhere},
    {"prompt", &Reading::elsewhere},
}};

Result<RequestView> Reading::read(const element& root) {
  simdjson::dom::object object;
  if (root.get(object) != simdjson::SUCCESS) {
    return client_error(Code::k_invalid_value, "The body must be a JSON object, but it is " +
                                                   std::string(kind_name(root)) + ".");
  }
  std::uint32_t seen = 0;
  for (const auto [key, value] : object) {
    for (std::size_t i = 0; i < kFields.size(); ++i) {
      if (kFields[i].name != key) continue;
      if ((seen >> i & 1U) != 0) return std::unexpected(openai::duplicate(key));
      seen |= 1U << i;
      if (value.is_null()) break;
      if (auto problem = (this->*kFields[i].take)(value))
        return std::unexpected(std::move(*problem));
      break;
    }
  }
  if (!has_input_) return std::unexpected(openai::missing("input"));
  if (view_.message_count == 0 && !elsewhere_) {
    return std::unexpected(openai::wrong_value(
        "input",
        "empty array. Expected an array with minimum length 1, but got an empty array instead."));
  }
  view_.answer_echo = echo_of(root);
  return std::move(view_);
}

Problem Reading::model(const element& value) {
  const auto name = as_text(value);
  if (!name) return wrong_type("model", "a string", value);
  view_.model = *name;
  view_.has_model = !name->empty();
  return std::nullopt;
}

Problem Reading::flag(std::string_view name, const element& value, bool& out) {
  if (value.get(out) != simdjson::SUCCESS) return wrong_type(name, "a boolean", value);
  return std::nullopt;
}

Problem Reading::number(std::string_view name, const element& value) {
  if (!value.is_number()) return wrong_type(name, "a number", value);
  return std::nullopt;
}

Problem Reading::elsewhere(const element& /*value*/) {
  has_input_ = true;
  elsewhere_ = true;
  return std::nullopt;
}

Problem Reading::max_output_tokens(const element& value) {
  const auto limit = as_int(value);
  if (!limit) return wrong_type("max_output_tokens", "an integer", value);
  if (*limit < 0)
    return openai::wrong_value("max_output_tokens",
                               "integer below minimum value. Expected a value "
                               ">= 1.");
  view_.max_tokens = limit;
  return std::nullopt;
}

Problem Reading::instructions(const element& value) {
  if (!value.is_string() && !value.is_array()) return wrong_type("instructions", "a string", value);
  return std::nullopt;
}

Problem Reading::user(const element& value) {
  const auto name = as_text(value);
  if (!name) return wrong_type("user", "a string", value);
  view_.user = *name;
  has_user_ = true;
  return std::nullopt;
}

// "The `user` field … is being replaced by safety_identifier and prompt_cache_key."
Problem Reading::safety_identifier(const element& value) {
  const auto name = as_text(value);
  if (!name) return wrong_type("safety_identifier", "a string", value);
  if (!has_user_) view_.user = *name;
  return std::nullopt;
}

Problem Reading::metadata(const element& value) {
  simdjson::dom::object object;
  if (value.get(object) != simdjson::SUCCESS) return wrong_type("metadata", "an object", value);
  for (const auto [key, entry] : object) {
    for (const auto& [name, unused] : view_.metadata) {
      if (name == key) return openai::duplicate("metadata." + name);
    }
    if (const auto said = as_text(entry)) {
      view_.metadata.emplace_back(key, *said);
    } else if (entry.is_number() || entry.is_bool()) {
      view_.metadata.emplace_back(key, json_text(entry));
    }
  }
  return std::nullopt;
}

Problem Reading::tools(const element& value) {
  return tool_list(value, "tools", {});
}

Problem Reading::tool_list(const element& value, const std::string& where, std::string_view space) {
  simdjson::dom::array list;
  if (value.get(list) != simdjson::SUCCESS) return wrong_type(where, "an array of objects", value);
  std::size_t index = 0;
  for (const element tool : list) {
    const std::string here = at(where, index++);
    if (!tool.is_object()) return wrong_type(here, "an object", tool);
    element found;
    if (member(tool, "name", found) && !found.is_string())
      return wrong_type(here + ".name", "a string", found);
    const std::string_view name = text_member(tool, "name");
    if (text_member(tool, "type") == "namespace" && member(tool, "tools", found)) {
      if (auto problem = tool_list(found, here + ".tools", name)) return problem;
    } else if (!name.empty()) {
      take_tool(tool, name, space);
    }
  }
  view_.has_tools = view_.has_tools || index != 0;
  return std::nullopt;
}

void Reading::take_tool(const element& tool, std::string_view name, std::string_view space) {
  std::string sent = space.empty() ? std::string(name) : name_in_space(space, name);
  if (sent.size() > kNameLimit) view_.long_tool_names.push_back(sent);
  const bool text = text_member(tool, "type") == "custom";
  if (!text && space.empty()) return;
  view_.tool_forms.push_back({std::move(sent), std::string(name), std::string(space), text});
}

Problem Reading::tool_choice(const element& value) {
  if (!value.is_string() && !value.is_object())
    return wrong_type("tool_choice", "a string or an object", value);
  return std::nullopt;
}

Problem Reading::text(const element& value) {
  if (!value.is_object()) return wrong_type("text", "an object", value);
  element format;
  if (!member(value, "format", format)) return std::nullopt;
  if (!format.is_object()) return wrong_type("text.format", "an object", format);
  const std::string_view type = text_member(format, "type");
  view_.has_schema = type == "json_schema" || type == "json_object";
  return std::nullopt;
}

Problem Reading::reasoning(const element& value) {
  if (!value.is_object()) return wrong_type("reasoning", "an object", value);
  view_.asks_reasoning = text_member(value, "effort") != "none";
  return std::nullopt;
}

Problem Reading::input(const element& value) {
  simdjson::dom::array list;
  if (value.get(list) == simdjson::SUCCESS) {
    std::size_t index = 0;
    for (const element entry : list) {
      if (auto problem = item(entry, at("input", index++))) return problem;
    }
    view_.message_count = static_cast<std::int64_t>(index);
  } else if (value.is_string()) {
    view_.message_count = 1;
  } else {
    return wrong_type("input", "a string or an array of objects", value);
  }
  has_input_ = true;
  return std::nullopt;
}

Problem Reading::item(const element& value, const std::string& where) {
  if (!value.is_object()) return wrong_type(where, "an object", value);
  element found;
  if (member(value, "type", found) && !found.is_string())
    return wrong_type(where + ".type", "a string", found);
  const std::string_view type = text_member(value, "type");
  if (type == "message" || (type.empty() && !member(value, "id", found))) {
    const std::string_view role = text_member(value, "role");
    if (role.empty()) return openai::missing(where + ".role");
    if (std::find(kRoles.begin(), kRoles.end(), role) == kRoles.end()) {
      return openai::wrong_value(where + ".role",
                                 "the value is not supported. Supported values are: 'assistant', "
                                 "'system', 'developer', and 'user'.");
    }
    if (!member(value, "content", found)) return openai::missing(where + ".content");
  }
  if (member(value, "content", found)) {
    if (auto problem = content(found, where + ".content")) return problem;
  }
  if (member(value, "output", found) && found.is_array()) {
    if (auto problem = content(found, where + ".output")) return problem;
  }
  if (type == "additional_tools" && member(value, "tools", found))
    return tool_list(found, where + ".tools", {});
  return std::nullopt;
}

Problem Reading::content(const element& value, const std::string& where) {
  if (value.is_string()) return std::nullopt;
  simdjson::dom::array parts;
  if (value.get(parts) != simdjson::SUCCESS)
    return wrong_type(where, "a string or an array of objects", value);
  std::size_t index = 0;
  for (const element part : parts) {
    if (!part.is_object()) return wrong_type(at(where, index), "an object", part);
    view_.has_images = view_.has_images || text_member(part, "type") == "input_image";
    ++index;
  }
  return std::nullopt;
}

class ResponsesReader final : public RequestReader {
 public:
  Result<RequestView> read(std::string_view body, std::size_t readable) override {
    element root;
    if (const char* reason = parser_.parse(body, readable, root)) {
      parser_.trim();
      return std::unexpected(openai::broken_json(body, reason));
    }
    auto view = Reading().read(root);
    parser_.trim();
    return view;
  }

 private:
  JsonParser parser_;
};

}  // namespace

std::unique_ptr<RequestReader> make_request_reader() {
  return std::make_unique<ResponsesReader>();
}

}  // namespace pontage::dialects::responses
