#include "dialects/openai_read.hpp"

#include <simdjson.h>

#include <algorithm>
#include <array>

namespace pontage::dialects::openai {

namespace dom = simdjson::dom;
using anthropic::append_minified;
using anthropic::text_at;

namespace {

enum class Policy : std::uint8_t {
  kRead,     // elsewhere, or means nothing to a provider of another dialect
  kHint,     // kept for providers that know it, by its name
  kEmpty,    // refused unless an empty list
  kRefused,  // changes the answer, and only OpenAI's own dialect has it
};

struct Field {
  std::string_view name;
  Policy policy;
  std::string_view why = {};
};

constexpr std::string_view kNoAudio = "This provider's models answer with text only.";
constexpr std::string_view kOldFunctions =
    "Deprecated function calling is not translated; use `tools`.";

// Every field of the chat request; what is not here is not known and treated as a wish.
constexpr std::array<Field, 41> kFields = {{
    {"model", Policy::kRead},
    {"messages", Policy::kRead},
    {"max_tokens", Policy::kRead},
    {"max_completion_tokens", Policy::kRead},
    {"stream", Policy::kRead},
    {"stream_options", Policy::kRead},
    {"tools", Policy::kRead},
    {"tool_choice", Policy::kRead},
    {"parallel_tool_calls", Policy::kRead},
    {"temperature", Policy::kRead},
    {"top_p", Policy::kRead},
    {"top_k", Policy::kRead},
    {"stop", Policy::kRead},
    {"user", Policy::kRead},
    {"safety_identifier", Policy::kRead},
    {"reasoning_effort", Policy::kRead},
    {"reasoning", Policy::kRead},
    {"include_reasoning", Policy::kRead},
    {"thinking", Policy::kRead},
    {"response_format", Policy::kRead},
    {"modalities", Policy::kRead},
    {"n", Policy::kRead},
    {"seed", Policy::kRead},
    {"logprobs", Policy::kRead},
    {"top_logprobs", Policy::kRead},
    {"frequency_penalty", Policy::kRead},
    {"presence_penalty", Policy::kRead},
    {"logit_bias", Policy::kRead},
    {"service_tier", Policy::kRead},
    {"store", Policy::kRead},     // nothing is stored at OpenAI either way
    {"metadata", Policy::kRead},  // the gateway's own: tags of the ledger
    {"prompt_cache_key", Policy::kRead},
    {"prompt_cache_retention", Policy::kRead},
    {"prompt_cache_options", Policy::kRead},
    {"prediction", Policy::kHint},
    {"verbosity", Policy::kHint},
    {"audio", Policy::kRefused, kNoAudio},
    {"web_search_options", Policy::kRefused,
     "The web search of OpenAI's models is not translated."},
    {"moderation", Policy::kRefused, "OpenAI's moderation is not at hand for this provider."},
    {"functions", Policy::kEmpty, kOldFunctions},
    {"function_call", Policy::kRefused, kOldFunctions},
}};

bool is_empty_list(const Element& value) {
  dom::array list;
  return value.get(list) == simdjson::SUCCESS && list.begin() == list.end();
}

void keep(const Element& value, std::string_view name, llm::Conversation& out) {
  append_minified(out.annex.emplace_back(name, std::string()).second, value);
}

bool check_modalities(TranslationNotes& notes, const Object& request) {
  dom::array list;
  if (request.at_key("modalities").get(list) != simdjson::SUCCESS) return true;
  for (const Element one : list) {
    std::string_view word;
    if (one.get(word) == simdjson::SUCCESS && word != "text")
      return notes.unsupported("modalities", kNoAudio);
  }
  return true;
}

bool read_fields(TranslationNotes& notes, const Object& request, llm::Conversation& out) {
  for (const auto field : request) {
    if (field.value.is_null()) continue;
    const auto row = std::find_if(kFields.begin(), kFields.end(),
                                  [&](const Field& known) { return known.name == field.key; });
    if (row == kFields.end()) {
      notes.drop(field.key);
      continue;
    }
    if (row->policy == Policy::kHint) keep(field.value, row->name, out);
    const bool refused = row->policy == Policy::kRefused ||
                         (row->policy == Policy::kEmpty && !is_empty_list(field.value));
    if (refused && !notes.unsupported(row->name, row->why)) return false;
  }
  const auto tier = text_at(request, "service_tier");
  if (!tier.empty() && tier != "auto" && tier != "default")
    keep(request.at_key("service_tier").value_unsafe(), "service_tier", out);
  return check_modalities(notes, request);
}

}  // namespace

bool read_conversation(TranslationNotes& notes, const Object& request, llm::Conversation& out) {
  return read_fields(notes, request, out) && read_turns(notes, request, out) &&
         read_tools(notes, request, out) && read_parameters(notes, request, out);
}

}  // namespace pontage::dialects::openai
