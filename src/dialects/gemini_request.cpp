// Reads a Gemini request: checks what the gateway decides by, and the types of what Google
// documents; takes copies of what rules ask for. Fields by either of their names, as proto3's JSON
// has it. Messages are worded as Google words them.
#include <simdjson.h>

#include <array>

#include "dialects/gemini.hpp"
#include "dialects/gemini_json.hpp"
#include "dialects/json_document.hpp"
#include "dialects/json_place.hpp"

namespace pontage::dialects {
namespace {

using simdjson::dom::element;
using Problem = std::optional<Error>;

constexpr std::size_t kNameLimit = 64;  // longer tool names are kept for the way back

Error wrong(std::string param, std::string_view text, Code code = Code::k_invalid_value) {
  std::string detail = "Invalid value at '" + param + "': " + std::string(text);
  return {code, Origin::kClient, Retry::kNever, std::move(detail), std::move(param), {}};
}

Error not_a(std::string param, std::string_view kind, const element& got) {
  return wrong(std::move(param),
               "expected " + std::string(kind) + ", but got " + std::string(kind_name(got)) + ".");
}

std::string at(std::string_view list, std::size_t index) {
  return std::string(list) + "[" + std::to_string(index) + "]";
}

class Reading {
 public:
  Result<RequestView> read(const element& root);

 private:
  Problem contents(const element& value);
  Problem content(const element& value, const std::string& where);
  Problem part(const element& value, const std::string& where);
  Problem system(const element& value);
  Problem tools(const element& value);
  Problem tool_config(const element& value);
  Problem config(const element& value);
  Problem names(const element& value, const std::string& where);

  struct Field {
    std::string_view name;
    Problem (Reading::*take)(const element&);
  };
  static constexpr std::size_t kFieldCount = 5;
  static const std::array<Field, kFieldCount> kFields;

  RequestView view_;
};

const std::array<Reading::Field, Reading::kFieldCount> Reading::kFields = {{
    {"contents", &Reading::contents},
    {"systemInstruction", &Reading::system},
    {"tools", &Reading::tools},
    {"toolConfig", &Reading::tool_config},
    {"generationConfig", &Reading::config},
}};

Result<RequestView> Reading::read(const element& root) {
  simdjson::dom::object object;
  if (root.get(object) != simdjson::SUCCESS)
    return std::unexpected(not_a("request", "an object", root));
  std::uint32_t seen = 0;
  for (const auto [key, value] : object) {
    const std::string name = gemini::camel_case(key);
    for (std::size_t i = 0; i < kFields.size(); ++i) {
      if (kFields[i].name != name) continue;
      if ((seen >> i & 1U) != 0) {
        return std::unexpected(
            wrong(name, "it stands twice in the body; send it once.", Code::k_duplicate_field));
      }
      seen |= 1U << i;
      if (value.is_null()) continue;
      if (auto problem = (this->*kFields[i].take)(value))
        return std::unexpected(std::move(*problem));
    }
  }
  if (view_.message_count == 0)
    return std::unexpected(wrong("contents", "contents are required", Code::k_missing_field));
  return std::move(view_);
}

Problem Reading::contents(const element& value) {
  simdjson::dom::array list;
  if (value.get(list) != simdjson::SUCCESS) return not_a("contents", "an array", value);
  std::size_t index = 0;
  for (const element one : list) {
    const std::string where = at("contents", index++);
    if (auto problem = content(one, where)) return problem;
    const std::string_view role = gemini::text_field(one, "role");
    if (!role.empty() && role != "user" && role != "model" && role != "function")
      return wrong(where + ".role", "Please use a valid role: user, model.");
  }
  if (index == 0) return wrong("contents", "contents are required", Code::k_missing_field);
  view_.message_count = static_cast<std::int64_t>(index);
  return std::nullopt;
}

Problem Reading::content(const element& value, const std::string& where) {
  if (!value.is_object()) return not_a(where, "an object", value);
  element found;
  simdjson::dom::array parts;
  if (gemini::field(value, "role", found) && !found.is_string())
    return not_a(where + ".role", "a string", found);
  if (!gemini::field(value, "parts", found)) return std::nullopt;
  if (found.get(parts) != simdjson::SUCCESS) return not_a(where + ".parts", "an array", found);
  std::size_t index = 0;
  for (const element one : parts) {
    if (auto problem = part(one, at(where + ".parts", index++))) return problem;
  }
  return std::nullopt;
}

Problem Reading::part(const element& value, const std::string& where) {
  if (!value.is_object()) return not_a(where, "an object", value);
  element found;
  for (const std::string_view name : {"text", "thoughtSignature"}) {
    if (gemini::field(value, name, found) && !found.is_string())
      return not_a(where + "." + std::string(name), "a string", found);
  }
  for (const std::string_view name :
       {"inlineData", "fileData", "functionCall", "functionResponse"}) {
    if (!gemini::field(value, name, found)) continue;
    if (!found.is_object()) return not_a(where + "." + std::string(name), "an object", found);
    view_.has_images =
        view_.has_images || gemini::text_field(found, "mimeType").starts_with("image/");
  }
  return std::nullopt;
}

Problem Reading::system(const element& value) {
  return content(value, "systemInstruction");
}

Problem Reading::tools(const element& value) {
  simdjson::dom::array list;
  if (value.get(list) != simdjson::SUCCESS) return not_a("tools", "an array", value);
  std::size_t index = 0;
  for (const element one : list) {
    const std::string where = at("tools", index++);
    if (!one.is_object()) return not_a(where, "an object", one);
    element found;
    if (!gemini::field(one, "functionDeclarations", found)) continue;
    if (auto problem = names(found, where + ".functionDeclarations")) return problem;
  }
  view_.has_tools = index != 0;
  return std::nullopt;
}

Problem Reading::names(const element& value, const std::string& where) {
  simdjson::dom::array list;
  if (value.get(list) != simdjson::SUCCESS) return not_a(where, "an array", value);
  std::size_t index = 0;
  for (const element one : list) {
    const std::string here = at(where, index++);
    if (!one.is_object()) return not_a(here, "an object", one);
    const std::string_view name = gemini::text_field(one, "name");
    if (name.empty()) return wrong(here + ".name", "Invalid function name.", Code::k_missing_field);
    if (name.size() > kNameLimit) view_.long_tool_names.emplace_back(name);
  }
  return std::nullopt;
}

Problem Reading::tool_config(const element& value) {
  if (!value.is_object()) return not_a("toolConfig", "an object", value);
  return std::nullopt;
}

Problem Reading::config(const element& value) {
  if (!value.is_object()) return not_a("generationConfig", "an object", value);
  const auto where = [](std::string_view name) { return "generationConfig." + std::string(name); };
  element found;
  for (const std::string_view name :
       {"temperature", "topP", "topK", "presencePenalty", "frequencyPenalty", "maxOutputTokens",
        "candidateCount", "seed"}) {
    if (gemini::field(value, name, found) && !found.is_number())
      return not_a(where(name), "a number", found);
  }
  view_.max_tokens = gemini::int_field(value, "maxOutputTokens");
  if (view_.max_tokens && *view_.max_tokens < 1)
    return wrong(where("maxOutputTokens"), "max_output_tokens must be positive.");
  view_.choices = gemini::int_field(value, "candidateCount").value_or(1);
  if (view_.choices < 1 || view_.choices > 8)
    return wrong(where("candidateCount"), "candidate_count must be in the range [1, 8].");
  if (gemini::field(value, "stopSequences", found) && !found.is_array())
    return not_a(where("stopSequences"), "an array", found);
  for (const std::string_view name : {"responseSchema", "responseJsonSchema"}) {
    if (!gemini::field(value, name, found)) continue;
    if (!found.is_object()) return not_a(where(name), "an object", found);
    view_.has_schema = true;
  }
  const std::string_view type = gemini::text_field(value, "responseMimeType");
  view_.has_schema = view_.has_schema || type == "application/json";
  if (!gemini::field(value, "thinkingConfig", found)) return std::nullopt;
  if (!found.is_object()) return not_a(where("thinkingConfig"), "an object", found);
  view_.asks_reasoning = gemini::flag_field(found, "includeThoughts") ||
                         gemini::int_field(found, "thinkingBudget").value_or(0) != 0 ||
                         !gemini::text_field(found, "thinkingLevel").empty();
  return std::nullopt;
}

Error broken_json(std::string_view body, std::string_view reason) {
  std::string text = "Invalid JSON payload received. ";
  if (body.empty()) {
    text.append("It is empty.");
  } else if (const auto place = find_json_error(body)) {
    text.append("Unexpected token at ").append(describe_place(body, *place));
    text.append(*place >= body.size() ? ": it ends too early." : ".");
  } else {
    text.append(reason);
  }
  return {Code::k_invalid_json, Origin::kClient, Retry::kNever, std::move(text), {}, {}};
}

class GeminiRequestReader final : public RequestReader {
 public:
  explicit GeminiRequestReader(bool count) : count_(count) {}
  Result<RequestView> read(std::string_view body, std::size_t readable) override {
    element root;
    if (const char* reason = parser_.parse(body, readable, root)) {
      parser_.trim();
      return std::unexpected(broken_json(body, reason));
    }
    element inner;
    if (count_ && gemini::field(root, "generateContentRequest", inner)) root = inner;
    auto view = Reading().read(root);
    parser_.trim();
    return view;
  }

 private:
  JsonParser parser_;
  bool count_;
};

}  // namespace

std::unique_ptr<RequestReader> make_gemini_request_reader() {
  return std::make_unique<GeminiRequestReader>(false);
}

std::unique_ptr<RequestReader> make_gemini_count_reader() {
  return std::make_unique<GeminiRequestReader>(true);
}

}  // namespace pontage::dialects
