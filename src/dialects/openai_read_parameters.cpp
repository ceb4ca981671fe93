// The fields of an OpenAI chat request beside messages and tools: limits, sampling, stops, how hard
// to think, the answer's form, the user.
#include <simdjson.h>

#include <algorithm>
#include <array>

#include "dialects/openai_read.hpp"

namespace pontage::dialects::openai {

namespace dom = simdjson::dom;
using anthropic::append_minified;
using anthropic::integer_at;
using anthropic::member;
using anthropic::number;
using anthropic::object_at;
using anthropic::text_at;
using llm::Conversation;

namespace {

constexpr std::array<std::string_view, 6> kEfforts = {"minimal", "low",   "medium",
                                                      "high",    "xhigh", "max"};

// A negative limit means "none" to several local servers.
void read_max_tokens(const Object& request, Conversation& out) {
  for (const std::string_view key : {"max_tokens", "max_completion_tokens"}) {
    const auto limit = integer_at(request, key);
    if (!limit || *limit < 0) continue;
    out.max_tokens = limit;
    out.names.max_tokens = key;
  }
}

std::string quoted(std::string_view key) {
  return "`" + std::string(key) + "`";
}

// A number from `least` to `most`, as the client wrote it.
bool read_number(TranslationNotes& notes, const Object& request, std::string_view key, int least,
                 int most, std::string& out) {
  Element element;
  if (!member(request, key, element)) return true;
  const auto value = number(element);
  if (!value || *value < least || *value > most) {
    return notes.refuse(Code::k_invalid_value, std::string(key),
                        quoted(key) + " must be a number from " + std::to_string(least) + " to " +
                            std::to_string(most) + ".");
  }
  append_minified(out, element);
  return true;
}

// What is 0 asks for nothing.
bool read_penalty(TranslationNotes& notes, const Object& request, std::string_view key,
                  std::string& out) {
  if (!read_number(notes, request, key, -2, 2, out)) return false;
  if (!out.empty() && number(request.at_key(key).value_unsafe()) == 0.0) out.clear();
  return true;
}

bool read_sampling(TranslationNotes& notes, const Object& request, Conversation& out) {
  if (!read_number(notes, request, "temperature", 0, 2, out.temperature) ||
      !read_number(notes, request, "top_p", 0, 1, out.top_p) ||
      !read_penalty(notes, request, "frequency_penalty", out.frequency_penalty) ||
      !read_penalty(notes, request, "presence_penalty", out.presence_penalty)) {
    return false;
  }
  if (const auto top_k = integer_at(request, "top_k")) out.top_k = std::to_string(*top_k);
  out.seed = integer_at(request, "seed");
  return true;
}

// Several answers, and what is said of each token.
bool read_extent(TranslationNotes& notes, const Object& request, Conversation& out) {
  Element element;
  out.choices = integer_at(request, "n");
  if (member(request, "n", element) && !out.choices)
    return notes.refuse(Code::k_invalid_value, "n", "`n` must be a whole number.");
  if (member(request, "logprobs", element) && element.get(out.logprobs) != simdjson::SUCCESS)
    return notes.refuse(Code::k_invalid_value, "logprobs", "`logprobs` must be a boolean.");
  if (const auto count = integer_at(request, "top_logprobs"); count && *count != 0)
    out.top_logprobs = count;
  Object biases;
  if (!member(request, "logit_bias", element)) return true;
  if (element.get(biases) != simdjson::SUCCESS)
    return notes.refuse(Code::k_invalid_value, "logit_bias", "`logit_bias` must be an object.");
  if (biases.begin() != biases.end()) append_minified(out.logit_bias, element);
  return true;
}

bool read_stop(TranslationNotes& notes, const Object& request, Conversation& out) {
  Element element;
  if (!member(request, "stop", element)) return true;
  const auto add = [&out](const Element& one) {
    std::string_view text;
    if (one.get(text) != simdjson::SUCCESS) return false;
    if (!text.empty()) out.stop.push_back(text);
    return true;
  };
  dom::array stops;
  const bool good = element.get(stops) == simdjson::SUCCESS
                        ? std::all_of(stops.begin(), stops.end(), add)
                        : add(element);
  return good || notes.refuse(Code::k_invalid_value, "stop",
                              "`stop` must be a string or a list of strings.");
}

// Anthropic's own field, from clients that know whom they speak to.
void read_own_thinking(TranslationNotes& notes, const Object& thinking, llm::Reasoning& out) {
  using Kind = llm::Reasoning::Kind;
  const std::string_view type = text_at(thinking, "type");
  out.kind = type == "disabled" ? Kind::kOff : type == "enabled" ? Kind::kBudget : Kind::kAdaptive;
  out.budget_tokens = integer_at(thinking, "budget_tokens").value_or(0);
  if (!text_at(thinking, "display").empty()) notes.drop("thinking.display");
}

bool read_effort(TranslationNotes& notes, const Object& object, std::string_view key,
                 std::string_view where, llm::Reasoning& out) {
  const std::string_view word = text_at(object, key);
  const bool known = std::find(kEfforts.begin(), kEfforts.end(), word) != kEfforts.end();
  if (!known && word != "none") {
    return notes.refuse(Code::k_invalid_value, std::string(where),
                        quoted(where) + " is none, minimal, low, medium, high, xhigh or max.");
  }
  out.kind = known ? llm::Reasoning::Kind::kAdaptive : llm::Reasoning::Kind::kOff;
  if (known) out.effort = word;
  return true;
}

// OpenRouter's: {"effort"}, {"max_tokens"} or {"enabled"}.
bool read_router_reasoning(TranslationNotes& notes, const Object& object, llm::Reasoning& out) {
  using Kind = llm::Reasoning::Kind;
  Element element;
  bool enabled = true;
  if (member(object, "enabled", element) && element.get(enabled) == simdjson::SUCCESS && !enabled) {
    out.kind = Kind::kOff;
  } else if (member(object, "effort", element)) {
    return read_effort(notes, object, "effort", "reasoning.effort", out);
  } else if (const auto budget = integer_at(object, "max_tokens")) {
    out.kind = Kind::kBudget;
    out.budget_tokens = *budget;
  } else {
    out.kind = Kind::kAdaptive;
  }
  return true;
}

// The most particular word wins.
bool read_reasoning(TranslationNotes& notes, const Object& request, llm::Reasoning& out) {
  Object object;
  Element element;
  if (object_at(request, "thinking", object)) {
    out.where = "thinking";
    read_own_thinking(notes, object, out);
    return true;
  }
  if (member(request, "reasoning_effort", element)) {
    out.where = "reasoning_effort";
    return read_effort(notes, request, "reasoning_effort", out.where, out);
  }
  if (object_at(request, "reasoning", object)) {
    out.where = "reasoning";
    return read_router_reasoning(notes, object, out);
  }
  return true;
}

bool read_format(TranslationNotes& notes, const Object& request, Conversation& out) {
  Element element;
  if (!member(request, "response_format", element)) return true;
  Object format;
  if (element.get(format) != simdjson::SUCCESS) {
    return notes.refuse(Code::k_invalid_value, "response_format",
                        "`response_format` must be an object.");
  }
  const std::string_view type = text_at(format, "type");
  if (type == "text") return true;
  if (type == "json_object") {
    out.answer_json = true;
    return true;
  }
  if (type != "json_schema") {
    return notes.refuse(Code::k_invalid_value, "response_format.type",
                        "It is text, json_object or json_schema.");
  }
  Object wrapper;
  if (!object_at(format, "json_schema", wrapper) || !member(wrapper, "schema", element) ||
      !element.is_object()) {
    return notes.refuse(Code::k_missing_field, "response_format.json_schema.schema",
                        "The format needs its schema.");
  }
  append_minified(out.answer_schema, element);
  out.answer_name = text_at(wrapper, "name");
  if (wrapper.at_key("strict").get(out.answer_strict) != simdjson::SUCCESS)
    out.answer_strict = false;
  return true;
}

void read_user(const Object& request, Conversation& out) {
  for (const std::string_view key : {"user", "safety_identifier"}) {
    if (!out.user.empty()) return;
    out.user = text_at(request, key);
    out.names.user = key;
  }
}

}  // namespace

bool read_parameters(TranslationNotes& notes, const Object& request, Conversation& out) {
  read_max_tokens(request, out);
  read_user(request, out);
  return read_sampling(notes, request, out) && read_extent(notes, request, out) &&
         read_stop(notes, request, out) && read_reasoning(notes, request, out.reasoning) &&
         read_format(notes, request, out);
}

}  // namespace pontage::dialects::openai
