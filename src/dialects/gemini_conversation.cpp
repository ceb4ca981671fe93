// What stands beside the contents of a Gemini request, read: tools, the choice among them, limits,
// sampling, thinking, the answer's form.
#include "dialects/gemini_conversation.hpp"

#include <simdjson.h>

#include <algorithm>
#include <array>

#include "core/strings.hpp"
#include "dialects/json_document.hpp"

namespace pontage::dialects::gemini {

namespace dom = simdjson::dom;
using llm::Conversation;

namespace {

constexpr std::string_view kGooglesOwn = "Only Google's own servers have this.";

template <std::size_t N>
bool listed(const std::array<std::string_view, N>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// Read below, or without meaning for a provider of another dialect.
constexpr std::array<std::string_view, 7> kKnown = {
    "contents", "systemInstruction", "tools",         "toolConfig",
    "model",    "generationConfig",  "safetySettings"};
constexpr std::array<std::string_view, 15> kKnownConfig = {"temperature",
                                                           "topP",
                                                           "topK",
                                                           "maxOutputTokens",
                                                           "candidateCount",
                                                           "seed",
                                                           "stopSequences",
                                                           "presencePenalty",
                                                           "frequencyPenalty",
                                                           "responseMimeType",
                                                           "responseSchema",
                                                           "responseJsonSchema",
                                                           "thinkingConfig",
                                                           "responseModalities",
                                                           "mediaResolution"};
// Without them the answer would be another.
constexpr std::array<std::string_view, 2> kNeeded = {"cachedContent", "continuationToken"};
constexpr std::array<std::string_view, 4> kNeededConfig = {"responseLogprobs", "logprobs",
                                                           "speechConfig", "imageConfig"};

template <std::size_t N, std::size_t M>
bool check(TranslationNotes& notes, const Element& object, const std::string& where,
           const std::array<std::string_view, N>& known,
           const std::array<std::string_view, M>& needed) {
  dom::object members;
  if (object.get(members) != simdjson::SUCCESS) return true;
  for (const auto [key, value] : members) {
    const std::string name = camel_case(key);
    if (value.is_null() || listed(known, name)) continue;
    bool off = false;
    if (value.get(off) == simdjson::SUCCESS && !off) continue;
    if (!listed(needed, name)) {
      notes.drop(where + name);
    } else if (!notes.unsupported(where + name, kGooglesOwn)) {
      return false;
    }
  }
  return true;
}

bool read_function(TranslationNotes& notes, const Element& value, const std::string& where,
                   Conversation& out) {
  llm::Tool& tool = out.tools.emplace_back();
  tool.where = where;
  tool.name = text_field(value, "name");
  tool.description = text_field(value, "description");
  Element found;
  const bool plain = field(value, "parametersJsonSchema", found);
  if (!plain && !field(value, "parameters", found)) return true;
  if (!found.is_object())
    return notes.refuse(Code::k_invalid_value, where + ".parameters", "It must be an object.");
  tool.schema = plain ? json_text(found) : json_schema_of(found);
  return true;
}

bool read_tools(TranslationNotes& notes, const Element& request, Conversation& out) {
  Element found;
  dom::array list;
  if (!field(request, "tools", found) || found.get(list) != simdjson::SUCCESS) return true;
  std::size_t index = 0;
  for (const Element one : list) {
    const std::string where = "tools[" + std::to_string(index++) + "]";
    dom::object members;
    if (one.get(members) != simdjson::SUCCESS) continue;
    for (const auto [key, value] : members) {
      const std::string name = camel_case(key);
      if (value.is_null()) continue;
      if (name != "functionDeclarations") {
        if (!notes.unsupported(where + "." + name, kGooglesOwn)) return false;
        continue;
      }
      dom::array functions;
      if (value.get(functions) != simdjson::SUCCESS) continue;
      std::size_t at = 0;
      for (const Element function : functions) {
        const std::string here = where + ".functionDeclarations[" + std::to_string(at++) + "]";
        if (!read_function(notes, function, here, out)) return false;
      }
    }
  }
  return true;
}

bool read_choice(TranslationNotes& notes, const Element& request, llm::ToolChoice& out) {
  using Kind = llm::ToolChoice::Kind;
  Element config;
  Element found;
  if (!field(request, "toolConfig", config) || !field(config, "functionCallingConfig", found))
    return true;
  dom::array names;
  Element list;
  if (field(found, "allowedFunctionNames", list) && list.get(names) == simdjson::SUCCESS) {
    for (const Element name : names) out.allowed.push_back(as_text(name).value_or(""));
  }
  const std::string mode = to_lower(text_field(found, "mode"));
  if (mode == "any") {
    out.kind = out.allowed.size() == 1 ? Kind::kNamed : Kind::kAny;
  } else if (mode == "none") {
    out.kind = Kind::kNone;
  } else if (mode.empty() || mode == "auto" || mode == "validated" || mode == "mode_unspecified") {
    out.kind = mode.empty() ? Kind::kUnsaid : Kind::kAuto;
  } else {
    return notes.refuse(Code::k_invalid_value, "toolConfig.functionCallingConfig.mode",
                        "The mode must be AUTO, ANY, NONE or VALIDATED.");
  }
  if (out.kind != Kind::kNamed) return true;
  out.name = out.allowed.front();
  out.allowed.clear();
  return true;
}

void read_number(const Element& config, std::string_view name, std::string& out) {
  Element found;
  if (field(config, name, found) && found.is_number()) out = json_text(found);
}

void read_thinking(const Element& config, llm::Reasoning& out) {
  using Kind = llm::Reasoning::Kind;
  static constexpr std::array<std::string_view, 5> kLevels = {"minimal", "low", "medium", "high",
                                                              "xhigh"};
  Element found;
  if (!field(config, "thinkingConfig", found)) return;
  const std::string level = to_lower(text_field(found, "thinkingLevel"));
  for (const std::string_view known : kLevels) {
    if (known == level) out.effort = known;
  }
  const auto budget = int_field(found, "thinkingBudget");
  if (budget && *budget > 0) {
    out.kind = Kind::kBudget;
    out.budget_tokens = *budget;
  } else if (budget && *budget == 0) {
    out.kind = Kind::kOff;
  } else if (budget || !out.effort.empty() || flag_field(found, "includeThoughts")) {
    out.kind = Kind::kAdaptive;
  }
}

bool read_format(TranslationNotes& notes, const Element& config, Conversation& out) {
  Element found;
  const std::string_view type = text_field(config, "responseMimeType");
  if (!type.empty() && type != "application/json" && type != "text/plain" &&
      !notes.unsupported("generationConfig.responseMimeType", kGooglesOwn)) {
    return false;
  }
  out.answer_json = type == "application/json";
  if (field(config, "responseJsonSchema", found)) {
    out.answer_schema = json_text(found);
  } else if (field(config, "responseSchema", found)) {
    out.answer_schema = json_schema_of(found);
  }
  dom::array kinds;
  if (!field(config, "responseModalities", found) || found.get(kinds) != simdjson::SUCCESS)
    return true;
  for (const Element kind : kinds) {
    if (to_lower(as_text(kind).value_or("")) != "text" &&
        !notes.unsupported("generationConfig.responseModalities", kGooglesOwn)) {
      return false;
    }
  }
  return true;
}

bool read_config(TranslationNotes& notes, const Element& request, Conversation& out) {
  Element config;
  if (!field(request, "generationConfig", config)) return true;
  if (!check(notes, config, "generationConfig.", kKnownConfig, kNeededConfig)) return false;
  out.max_tokens = int_field(config, "maxOutputTokens");
  out.choices = int_field(config, "candidateCount");
  out.seed = int_field(config, "seed");
  read_number(config, "temperature", out.temperature);
  read_number(config, "topP", out.top_p);
  read_number(config, "topK", out.top_k);
  read_number(config, "presencePenalty", out.presence_penalty);
  read_number(config, "frequencyPenalty", out.frequency_penalty);
  Element found;
  dom::array stops;
  if (field(config, "stopSequences", found) && found.get(stops) == simdjson::SUCCESS) {
    for (const Element one : stops) {
      const auto text = as_text(one);
      if (text && !text->empty()) out.stop.push_back(*text);
    }
  }
  read_thinking(config, out.reasoning);
  return read_format(notes, config, out);
}

}  // namespace

bool read_conversation(TranslationNotes& notes, const Element& request, Conversation& out) {
  out.names = {.turns = "contents",
               .max_tokens = "generationConfig.maxOutputTokens",
               .top_k = "generationConfig.topK",
               .stop = "generationConfig.stopSequences",
               .answer = "generationConfig.responseJsonSchema",
               .user = "user",
               .choices = "generationConfig.candidateCount"};
  return check(notes, request, "", kKnown, kNeeded) && read_contents(notes, request, out) &&
         read_tools(notes, request, out) && read_choice(notes, request, out.choice) &&
         read_config(notes, request, out);
}

}  // namespace pontage::dialects::gemini
