// A Responses request as a conversation: its fields. What only OpenAI's own servers can do is
// refused by name; what changes nothing for the client elsewhere is left out.
#include "dialects/responses_conversation.hpp"

#include <simdjson.h>

#include <algorithm>
#include <array>

#include "dialects/responses.hpp"

namespace pontage::dialects::responses {

namespace dom = simdjson::dom;
using anthropic::append_minified;
using anthropic::integer_at;
using anthropic::member;
using anthropic::object_at;
using anthropic::text_at;
using llm::Conversation;

namespace {

// Fields that are read, or mean nothing to a provider of another dialect.
constexpr std::array<std::string_view, 24> kKnown = {"model",
                                                     "input",
                                                     "instructions",
                                                     "stream",
                                                     "stream_options",
                                                     "max_output_tokens",
                                                     "metadata",
                                                     "client_metadata",
                                                     "tools",
                                                     "tool_choice",
                                                     "parallel_tool_calls",
                                                     "reasoning",
                                                     "text",
                                                     "temperature",
                                                     "top_p",
                                                     "user",
                                                     "safety_identifier",
                                                     "store",
                                                     "include",
                                                     "prompt_cache_key",
                                                     "prompt_cache_options",
                                                     "prompt_cache_retention",
                                                     "background",
                                                     "truncation"};

struct Elsewhere {
  std::string_view field;
  std::string_view why;
};
// What only the provider that keeps it has. Another target of the chain may be that one.
constexpr std::array kElsewhere = {
    Elsewhere{"previous_response_id",
              "Only the provider that stored the response knows it; send the whole conversation "
              "as `input` items, with `store: false`."},
    Elsewhere{"conversation",
              "Only the provider that stores the conversation knows it; send the whole "
              "conversation as `input` items."},
    Elsewhere{"prompt", "Only the provider that stores the prompt knows it; send its text."},
};

template <std::size_t N>
bool listed(const std::array<std::string_view, N>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_empty(const Element& value) {
  dom::array list;
  bool flag = true;
  return value.is_null() ||
         (value.get_array().get(list) == simdjson::SUCCESS && list.size() == 0) ||
         (value.get_bool().get(flag) == simdjson::SUCCESS && !flag);
}

bool check_fields(TranslationNotes& notes, const Object& request) {
  for (const auto field : request) {
    if (is_empty(field.value)) continue;
    for (const Elsewhere& row : kElsewhere) {
      if (row.field == field.key)
        return notes.impossible(std::string(row.field), std::string(row.why));
    }
    if (field.key == "background")
      return notes.impossible("background", "This provider answers at once only.");
    if (field.key == "service_tier") {
      const std::string_view tier = text_at(request, "service_tier");
      if (tier != "auto" && tier != "default") notes.drop("service_tier");
    } else if (field.key == "top_logprobs") {
      if (integer_at(request, "top_logprobs").value_or(1) != 0 &&
          !notes.unsupported("top_logprobs", "This provider gives no log probabilities.")) {
        return false;
      }
    } else if (!listed(kKnown, field.key)) {
      notes.drop(field.key);
    }
  }
  if (text_at(request, "truncation") == "auto") notes.drop("truncation");
  return true;
}

bool read_instructions(TranslationNotes& notes, const Object& request, Conversation& out) {
  Element value;
  if (!member(request, "instructions", value)) return true;
  if (value.is_string()) return read_parts(notes, value, "instructions", out.system);
  return notes.impossible("instructions", "This provider takes `instructions` as one text.");
}

void read_reasoning(TranslationNotes& notes, const Object& request, llm::Reasoning& out) {
  Object reasoning;
  if (!object_at(request, "reasoning", reasoning)) return;
  const std::string_view effort = text_at(reasoning, "effort");
  out.where = "reasoning.effort";
  if (effort == "none") {
    out.kind = llm::Reasoning::Kind::kOff;
  } else {
    out.effort = effort;
  }
  out.summary = text_at(reasoning, "summary");
  if (out.summary.empty()) out.summary = text_at(reasoning, "generate_summary");
  if (!text_at(reasoning, "mode").empty()) notes.drop("reasoning.mode");
}

bool read_format(TranslationNotes& notes, const Object& request, Conversation& out) {
  Object text;
  Object format;
  if (!object_at(request, "text", text)) return true;
  if (const auto verbosity = text_at(text, "verbosity");
      !verbosity.empty() && verbosity != "medium") {
    out.annex.emplace_back("verbosity", "\"" + std::string(verbosity.substr(0, 16)) + "\"");
    notes.drop("text.verbosity");
  }
  if (!object_at(text, "format", format)) return true;
  const std::string_view type = text_at(format, "type");
  if (type == "json_object") out.answer_json = true;
  if (type == "json_object" || type == "text" || type.empty()) return true;
  if (type != "json_schema") {
    return notes.refuse(Code::k_invalid_value, "text.format.type",
                        "Invalid value for 'text.format.type'. Supported values are: 'text', "
                        "'json_schema', and 'json_object'.");
  }
  Element schema;
  if (!member(format, "schema", schema) || !schema.is_object()) {
    return notes.refuse(Code::k_missing_field, "text.format.schema",
                        "Missing required parameter: 'text.format.schema'.");
  }
  append_minified(out.answer_schema, schema);
  out.answer_name = text_at(format, "name");
  if (format.at_key("strict").get_bool().get(out.answer_strict) != simdjson::SUCCESS)
    out.answer_strict = false;
  return true;
}

void read_number(const Object& request, std::string_view key, std::string& out) {
  Element value;
  if (member(request, key, value) && value.is_number()) append_minified(out, value);
}

void read_parameters(const Object& request, Conversation& out) {
  out.names.turns = "input";
  out.names.max_tokens = "max_output_tokens";
  out.names.answer = "text.format";
  out.max_tokens = integer_at(request, "max_output_tokens");
  read_number(request, "temperature", out.temperature);
  read_number(request, "top_p", out.top_p);
  out.user = text_at(request, "user");
  if (!out.user.empty()) return;
  out.names.user = "safety_identifier";
  out.user = text_at(request, "safety_identifier");
  out.names.turns = "input";
  out.names.max_tokens = "max_output_tokens";
  out.names.answer = "text.format";
}

}  // namespace

bool read_conversation(TranslationNotes& notes, const Element& root, Conversation& out) {
  const Object request = root.get_object().value_unsafe();
  Element found;
  if (!check_fields(notes, request) || !read_instructions(notes, request, out)) return false;
  if (member(request, "tools", found) && !read_tools(notes, found, "tools", out)) return false;
  if (member(request, "input", found) && !read_input(notes, found, out)) return false;
  if (!read_choice(notes, request, out) || !read_format(notes, request, out)) return false;
  read_reasoning(notes, request, out.reasoning);
  read_parameters(request, out);
  return true;
}

}  // namespace pontage::dialects::responses
