// Reads an OpenAI request (chat, or one of the forms that take a prompt): checks what the gateway
// decides by, and takes copies of it.
// Everything else in the body is between the client and the provider. Messages are worded as OpenAI
// words them, since clients' users know those.
#include <simdjson.h>

#include <array>
#include <optional>

#include "dialects/json_document.hpp"
#include "dialects/openai.hpp"
#include "dialects/openai_complaints.hpp"

namespace pontage::dialects {
namespace {

using openai::broken_json;
using openai::duplicate;
using openai::missing;
using openai::wrong_type;
using openai::wrong_value;
using simdjson::dom::element;

constexpr std::int64_t kChoicesLimit = 128;  // OpenAI's own

using Problem = std::optional<Error>;

// One pass over the top level; each field that decides something has a method.
class Reading {
 public:
  /// `input`: the field that holds what the model is to work on.
  explicit Reading(std::string_view input) : input_(input) {}
  Result<RequestView> read(const element& root);

 private:
  Problem model(const element& value);
  Problem stream(const element& value);
  Problem messages(const element& value);
  Problem metadata(const element& value);
  Problem user(const element& value);
  Problem max_tokens(const element& value) { return token_limit("max_tokens", value, max_tokens_); }
  Problem max_completion_tokens(const element& value) {
    return token_limit("max_completion_tokens", value, max_completion_tokens_);
  }
  Problem tools(const element& value) { return tool_list("tools", value); }
  Problem functions(const element& value) { return tool_list("functions", value); }
  Problem choices(const element& value);
  Problem stream_options(const element& value);
  Problem response_format(const element& value);
  Problem reasoning_effort(const element& value);
  Problem reasoning(const element& value);
  Problem prompt(const element& value);
  [[nodiscard]] bool concerns(std::string_view field) const {
    return field == input_ || (field != "messages" && field != "prompt" && field != "input");
  }

  static Problem token_limit(std::string_view name, const element& value,
                             std::optional<std::int64_t>& out);
  Problem tool_list(std::string_view name, const element& value);
  Problem message(const element& value);
  Problem content(const element& value);
  [[nodiscard]] std::string here(std::string_view member) const;

  struct Field {
    std::string_view name;
    Problem (Reading::*take)(const element&);
  };
  static const std::array<Field, 16> kFields;

  std::string_view input_;
  RequestView view_;
  std::optional<std::int64_t> max_tokens_;
  std::optional<std::int64_t> max_completion_tokens_;
  bool has_input_ = false;
};

const std::array<Reading::Field, 16> Reading::kFields = {{
    {"model", &Reading::model},
    {"messages", &Reading::messages},
    {"prompt", &Reading::prompt},
    {"input", &Reading::prompt},
    {"stream", &Reading::stream},
    {"stream_options", &Reading::stream_options},
    {"max_tokens", &Reading::max_tokens},
    {"max_completion_tokens", &Reading::max_completion_tokens},
    {"n", &Reading::choices},
    {"tools", &Reading::tools},
    {"functions", &Reading::functions},
    {"metadata", &Reading::metadata},
    {"user", &Reading::user},
    {"response_format", &Reading::response_format},
    {"reasoning_effort", &Reading::reasoning_effort},
    {"reasoning", &Reading::reasoning},
}};

Result<RequestView> Reading::read(const element& root) {
  simdjson::dom::object object;
  if (root.get(object) != simdjson::SUCCESS) {
    return std::unexpected(
        Error{Code::k_invalid_value,
              Origin::kClient,
              Retry::kNever,
              "The body must be a JSON object, but it is " + std::string(kind_name(root)) + ".",
              {},
              {}});
  }
  std::uint32_t seen = 0;
  for (const auto [key, value] : object) {
    for (std::size_t i = 0; i < kFields.size(); ++i) {
      if (kFields[i].name != key || !concerns(key)) continue;
      if ((seen >> i & 1U) != 0) return std::unexpected(duplicate(key));
      seen |= 1U << i;
      if (auto problem = (this->*kFields[i].take)(value))
        return std::unexpected(std::move(*problem));
      break;
    }
  }
  if (!has_input_) return std::unexpected(missing(input_));
  if (input_ == "input") view_.stream = false;  // vectors come at once
  view_.max_tokens = max_completion_tokens_ ? max_completion_tokens_ : max_tokens_;
  return std::move(view_);
}

Problem Reading::model(const element& value) {
  if (value.is_null()) return std::nullopt;
  const auto text = as_text(value);
  if (!text) return wrong_type("model", "a string", value);
  view_.model = *text;
  view_.has_model = !text->empty();
  return std::nullopt;
}

Problem Reading::stream(const element& value) {
  if (value.is_null()) return std::nullopt;
  if (value.get(view_.stream) != simdjson::SUCCESS) return wrong_type("stream", "a boolean", value);
  return std::nullopt;
}

Problem Reading::stream_options(const element& value) {
  if (value.is_null()) return std::nullopt;
  simdjson::dom::object options;
  if (value.get(options) != simdjson::SUCCESS)
    return wrong_type("stream_options", "an object", value);
  bool seen = false;
  for (const auto [key, option] : options) {
    if (key != "include_usage") continue;
    if (seen) return duplicate("stream_options.include_usage");
    seen = true;
    if (!option.is_null() && option.get(view_.include_usage) != simdjson::SUCCESS) {
      return wrong_type("stream_options.include_usage", "a boolean", option);
    }
  }
  return std::nullopt;
}

Problem Reading::user(const element& value) {
  if (value.is_null()) return std::nullopt;
  const auto text = as_text(value);
  if (!text) return wrong_type("user", "a string", value);
  view_.user = *text;
  return std::nullopt;
}

// A negative limit means "none" to several local servers, so it passes and says nothing.
Problem Reading::token_limit(std::string_view name, const element& value,
                             std::optional<std::int64_t>& out) {
  if (value.is_null()) return std::nullopt;
  const auto number = as_int(value);
  if (!number) return wrong_type(name, "an integer", value);
  if (*number >= 0) out = number;
  return std::nullopt;
}

Problem Reading::choices(const element& value) {
  if (value.is_null()) return std::nullopt;
  const auto number = as_int(value);
  if (!number) return wrong_type("n", "an integer", value);
  if (*number < 1 || *number > kChoicesLimit) {
    return wrong_value(
        "n", "expected a value from 1 to 128, but got " + std::to_string(*number) + " instead.");
  }
  view_.choices = *number;
  return std::nullopt;
}

Problem Reading::tool_list(std::string_view name, const element& value) {
  if (value.is_null()) return std::nullopt;
  simdjson::dom::array tools;
  if (value.get(tools) != simdjson::SUCCESS) return wrong_type(name, "an array of objects", value);
  std::size_t index = 0;
  for (const element tool : tools) {
    if (!tool.is_object()) {
      return wrong_type(std::string(name) + "[" + std::to_string(index) + "]", "an object", tool);
    }
    ++index;
  }
  view_.has_tools = view_.has_tools || index != 0;
  return std::nullopt;
}

Problem Reading::metadata(const element& value) {
  if (value.is_null()) return std::nullopt;
  simdjson::dom::object object;
  if (value.get(object) != simdjson::SUCCESS) return wrong_type("metadata", "an object", value);
  for (const auto [key, entry] : object) {
    for (const auto& [name, unused] : view_.metadata) {
      if (name == key) return duplicate("metadata." + name);
    }
    if (const auto text = as_text(entry)) {
      view_.metadata.emplace_back(key, *text);
    } else if (entry.is_number() || entry.is_bool()) {
      view_.metadata.emplace_back(key, json_text(entry));
    }
  }
  return std::nullopt;
}

Problem Reading::response_format(const element& value) {
  const std::string_view type = text_member(value, "type");
  view_.has_schema = type == "json_schema" || type == "json_object";
  return std::nullopt;
}

Problem Reading::reasoning_effort(const element& value) {
  const auto effort = as_text(value);
  view_.asks_reasoning = view_.asks_reasoning || (effort && *effort != "none");
  return std::nullopt;
}

// OpenRouter's and vLLM's spelling: {"effort": …} or {"max_tokens": …} or {"enabled": true}.
Problem Reading::reasoning(const element& value) {
  element found;
  if (member(value, "effort", found)) return reasoning_effort(found);
  bool enabled = false;
  if (member(value, "enabled", found) && found.get(enabled) == simdjson::SUCCESS && !enabled) {
    return std::nullopt;
  }
  view_.asks_reasoning = view_.asks_reasoning || value.is_object();
  return std::nullopt;
}

Problem Reading::messages(const element& value) {
  simdjson::dom::array list;
  if (value.get(list) != simdjson::SUCCESS)
    return wrong_type("messages", "an array of objects", value);
  for (const element entry : list) {
    if (auto problem = message(entry)) return problem;
    ++view_.message_count;
  }
  if (view_.message_count == 0) {
    return wrong_value(
        "messages",
        "empty array. Expected an array with minimum length 1, but got an empty array instead.");
  }
  has_input_ = true;
  return std::nullopt;
}

// A text, a list of texts, a list of token numbers, or a list of such lists.
Problem Reading::prompt(const element& value) {
  if (value.is_null()) return std::nullopt;
  simdjson::dom::array list;
  if (value.get(list) == simdjson::SUCCESS) {
    bool numbers = false;
    for (const element one : list) {
      if (!one.is_string() && !one.is_int64() && !one.is_array() && !one.is_object())
        return wrong_type(std::string(input_) + "[" + std::to_string(view_.message_count) + "]",
                          "a string or an array of integers", one);
      numbers = numbers || one.is_int64();
      ++view_.message_count;
    }
    if (view_.message_count == 0) return wrong_value(input_, "it is an empty array.");
    if (numbers) view_.message_count = 1;
  } else if (value.is_string()) {
    view_.message_count = 1;
  } else {
    return wrong_type(input_, "a string or an array", value);
  }
  has_input_ = true;
  return std::nullopt;
}

// "messages[3].content": made when it is needed, which is only to complain.
std::string Reading::here(std::string_view member) const {
  return "messages[" + std::to_string(view_.message_count) + "]" + std::string(member);
}

Problem Reading::message(const element& value) {
  simdjson::dom::object object;
  if (value.get(object) != simdjson::SUCCESS) return wrong_type(here(""), "an object", value);
  bool has_role = false;
  for (const auto [key, entry] : object) {
    if (key == "role") {
      if (!entry.is_string()) return wrong_type(here(".role"), "a string", entry);
      has_role = true;
    } else if (key == "content") {
      if (auto problem = content(entry)) return problem;
    }
  }
  if (!has_role) return missing(here(".role"));
  return std::nullopt;
}

Problem Reading::content(const element& value) {
  if (value.is_string() || value.is_null()) return std::nullopt;
  simdjson::dom::array parts;
  if (value.get(parts) != simdjson::SUCCESS) {
    return wrong_type(here(".content"), "a string or an array of objects", value);
  }
  std::size_t index = 0;
  for (const element part : parts) {
    if (!part.is_object()) {
      return wrong_type(here(".content[" + std::to_string(index) + "]"), "an object", part);
    }
    const std::string_view type = text_member(part, "type");
    view_.has_images =
        view_.has_images || type == "image_url" || type == "image" || type == "input_image";
    ++index;
  }
  return std::nullopt;
}

class OpenAiRequestReader final : public RequestReader {
 public:
  explicit OpenAiRequestReader(std::string_view input) : input_(input) {}
  Result<RequestView> read(std::string_view body, std::size_t readable) override {
    element root;
    if (const char* reason = parser_.parse(body, readable, root)) {
      parser_.trim();
      return std::unexpected(broken_json(body, reason));
    }
    auto view = Reading(input_).read(root);
    parser_.trim();
    return view;
  }

 private:
  std::string_view input_;
  JsonParser parser_;
};

}  // namespace

std::unique_ptr<RequestReader> make_openai_request_reader() {
  return std::make_unique<OpenAiRequestReader>("messages");
}

std::unique_ptr<RequestReader> make_openai_prompt_reader(std::string_view field) {
  return std::make_unique<OpenAiRequestReader>(field);
}

}  // namespace pontage::dialects
