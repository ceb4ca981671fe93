// The fields of a chat request beside messages and tools (row G5): what has a place in Anthropic's
// request, what is harmless, what is a wish that may go unfulfilled, and what changes the answer
// and is refused.
#include <simdjson.h>

#include <algorithm>
#include <array>

#include "core/strings.hpp"
#include "dialects/anthropic_request.hpp"

namespace pontage::dialects::anthropic {

namespace dom = simdjson::dom;

namespace {

enum class Policy : std::uint8_t {
  kKnown,    // translated elsewhere, or of no meaning to a provider
  kWish,     // a hint: left out, listed in `dropped`
  kZero,     // refused unless 0
  kFalse,    // refused unless false
  kOne,      // refused unless 1
  kEmpty,    // refused unless an empty object or list
  kRefused,  // refused when present
};

struct Field {
  std::string_view name;
  Policy policy;
  std::string_view why = {};
};

constexpr std::string_view kNoLogprobs = "Anthropic models give no log probabilities.";
constexpr std::string_view kNoPenalty = "Anthropic models have no such penalty.";
constexpr std::string_view kNoAudio = "Anthropic models answer with text only.";
constexpr std::string_view kOldFunctions =
    "Deprecated function calling is not translated; use `tools`.";

// Every field of the chat request; what is not here is not known and treated as a wish.
constexpr std::array<Field, 39> kFields = {{
    {"model", Policy::kKnown},
    {"messages", Policy::kKnown},
    {"max_tokens", Policy::kKnown},
    {"max_completion_tokens", Policy::kKnown},
    {"stream", Policy::kKnown},
    {"stream_options", Policy::kKnown},
    {"tools", Policy::kKnown},
    {"tool_choice", Policy::kKnown},
    {"parallel_tool_calls", Policy::kKnown},
    {"temperature", Policy::kKnown},
    {"top_p", Policy::kKnown},
    {"top_k", Policy::kKnown},
    {"stop", Policy::kKnown},
    {"user", Policy::kKnown},
    {"safety_identifier", Policy::kKnown},
    {"reasoning_effort", Policy::kKnown},
    {"thinking", Policy::kKnown},
    {"response_format", Policy::kKnown},
    {"modalities", Policy::kKnown},
    {"service_tier", Policy::kKnown},
    {"store", Policy::kKnown},     // nothing is stored at OpenAI either way
    {"metadata", Policy::kKnown},  // the gateway's own: tags of the ledger
    {"prompt_cache_key", Policy::kKnown},
    {"prompt_cache_retention", Policy::kKnown},
    {"prompt_cache_options", Policy::kKnown},
    {"seed", Policy::kWish},
    {"prediction", Policy::kWish},
    {"verbosity", Policy::kWish},
    {"n", Policy::kOne, "Anthropic gives one answer a request."},
    {"logprobs", Policy::kFalse, kNoLogprobs},
    {"top_logprobs", Policy::kZero, kNoLogprobs},
    {"frequency_penalty", Policy::kZero, kNoPenalty},
    {"presence_penalty", Policy::kZero, kNoPenalty},
    {"logit_bias", Policy::kEmpty, "Anthropic models take no token biases."},
    {"audio", Policy::kRefused, kNoAudio},
    {"web_search_options", Policy::kRefused,
     "The web search of OpenAI's models is not translated."},
    {"moderation", Policy::kRefused, "OpenAI's moderation is not at hand for this provider."},
    {"functions", Policy::kEmpty, kOldFunctions},
    {"function_call", Policy::kRefused, kOldFunctions},
}};

bool is_harmless(Policy policy, const dom::element& value) {
  switch (policy) {
    case Policy::kKnown:
    case Policy::kWish:
      return true;
    case Policy::kZero:
      return number(value) == 0.0;
    case Policy::kOne:
      return number(value) == 1.0;
    case Policy::kFalse:
      return value.is_bool() && !value.get_bool().value_unsafe();
    case Policy::kEmpty: {
      dom::object object;
      dom::array array;
      if (value.get_object().get(object) == simdjson::SUCCESS)
        return object.begin() == object.end();
      return value.get_array().get(array) == simdjson::SUCCESS && array.begin() == array.end();
    }
    case Policy::kRefused:
      return false;
  }
  return false;
}

bool check_modalities(Translation& t, const Object& request) {
  dom::array list;
  if (request.at_key("modalities").get_array().get(list) != simdjson::SUCCESS) return true;
  for (const dom::element one : list) {
    std::string_view word;
    if (one.get_string().get(word) == simdjson::SUCCESS && word != "text") {
      return t.unsupported("modalities", kNoAudio);
    }
  }
  return true;
}

}  // namespace

bool check_fields(Translation& t, const Object& request) {
  for (const auto field : request) {
    if (field.value.is_null()) continue;
    const auto row = std::find_if(kFields.begin(), kFields.end(),
                                  [&](const Field& known) { return known.name == field.key; });
    if (row == kFields.end() || row->policy == Policy::kWish) {
      t.drop(field.key);
    } else if (!is_harmless(row->policy, field.value) && !t.unsupported(row->name, row->why)) {
      return false;
    }
  }
  const auto tier = text_at(request, "service_tier");
  if (!tier.empty() && tier != "auto" && tier != "default") t.drop("service_tier");
  return check_modalities(t, request);
}

namespace {

// A number of the request that is not its default, on both sides 1; false when it is refused.
bool read_share(Translation& t, const Object& request, std::string_view key, double max,
                std::optional<double>& out) {
  dom::element element;
  if (!member(request, key, element)) return true;
  const auto value = number(element);
  if (!value || *value < 0 || *value > max) {
    return t.refuse(
        Code::k_invalid_value, std::string(key),
        "`" + std::string(key) + "` must be a number from 0 to " + (max > 1 ? "2." : "1."));
  }
  // Above 1 Anthropic has nothing; 1 is its default, and models that take no sampling parameters
  // take its absence.
  if (*value < 1) out = value;
  return true;
}

bool append_sampling(Translation& t, const Object& request, std::string& out) {
  std::optional<double> temperature;
  std::optional<double> top_p;
  if (!read_share(t, request, "temperature", 2, temperature) ||
      !read_share(t, request, "top_p", 1, top_p)) {
    return false;
  }
  const auto top_k = integer_at(request, "top_k");
  constexpr std::string_view kWhy = "While a model thinks, Anthropic takes no sampling parameters.";
  constexpr double kLeastThinkingTopP = 0.95;
  const auto append = [&](std::string_view key, bool allowed) {
    if (t.thinking && !allowed) return t.unsupported(key, kWhy);
    out.append(",\"").append(key).append("\":");
    append_minified(out, request.at_key(key).value_unsafe());
    return true;
  };
  return (!temperature || append("temperature", false)) &&
         (!top_p || append("top_p", *top_p >= kLeastThinkingTopP)) &&
         (!top_k || append("top_k", false));
}

bool append_stop(Translation& t, const Object& request, std::string& out) {
  dom::element element;
  if (!member(request, "stop", element)) return true;
  std::string list;
  bool blank_stop = false;
  const auto add = [&](const dom::element& one) {
    std::string_view text;
    if (one.get_string().get(text) != simdjson::SUCCESS) return false;
    if (blank(text)) {
      blank_stop = blank_stop || !text.empty();
      return true;
    }
    append_comma(list);
    append_string(list, text);
    return true;
  };
  dom::array stops;
  bool good = true;
  if (element.get_array().get(stops) == simdjson::SUCCESS) {
    for (const dom::element one : stops) good = good && add(one);
  } else {
    good = add(element);
  }
  if (!good)
    return t.refuse(Code::k_invalid_value, "stop", "`stop` must be a string or a list of strings.");
  if (blank_stop && !t.unsupported("stop", "Anthropic takes no stop sequence of white space only."))
    return false;
  if (!list.empty()) out.append(",\"stop_sequences\":[").append(list).push_back(']');
  return true;
}

void append_user(Translation& t, const Object& request, std::string& out) {
  constexpr std::size_t kMaxUserId = 256;  // Anthropic's limit
  const bool has_user = !text_at(request, "user").empty();
  const std::string_view key = has_user ? "user" : "safety_identifier";
  const std::string_view id = text_at(request, key);
  if (id.empty()) return;
  if (id.size() > kMaxUserId) return t.drop(key);
  out.append(",\"metadata\":{");
  append_member(out, "user_id", id);
  out.push_back('}');
}

}  // namespace

bool append_parameters(Translation& t, const Object& request, std::string& out) {
  if (!append_sampling(t, request, out) || !append_stop(t, request, out)) return false;
  append_user(t, request, out);
  return true;
}

}  // namespace pontage::dialects::anthropic
