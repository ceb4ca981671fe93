// Everything beside the messages of an OpenAI chat request (rows B10-B18): tools, limits, sampling,
// reasoning, the answer's form.
#include <algorithm>

#include "dialects/anthropic_json.hpp"
#include "dialects/conversation_limits.hpp"
#include "dialects/openai_conversation.hpp"
#include "dialects/openai_models.hpp"
#include "dialects/openai_names.hpp"

namespace pontage::dialects::openai {

using anthropic::append_comma;
using anthropic::append_member;
using anthropic::append_string;
using llm::Conversation;

namespace {

constexpr std::size_t kMaxStops = 4;  // OpenAI's
constexpr std::size_t kMaxUser = 64;  // the same

bool append_tool(TranslationNotes& notes, const llm::Tool& tool, std::string& out) {
  if (!tool.foreign_type.empty()) {
    return notes.unsupported(tool.where + ".type",
                             "The tool `" + std::string(tool.foreign_type) +
                                 "` is Anthropic's own; this provider does not have it.");
  }
  append_comma(out);
  out.append("{\"type\":\"function\",\"function\":{");
  append_member(out, "name", openai_tool_name(tool.name));
  if (!tool.description.empty()) append_member(out, "description", tool.description);
  out.append(",\"parameters\":")
      .append(tool.schema.size() > 2 ? tool.schema : "{\"type\":\"object\",\"properties\":{}}");
  if (tool.strict) out.append(",\"strict\":true");
  out.append("}}");
  return true;
}

void append_choice(const llm::ToolChoice& choice, std::string& out) {
  using Kind = llm::ToolChoice::Kind;
  switch (choice.kind) {
    case Kind::kUnsaid:
      break;
    case Kind::kAuto:
      out.append(R"(,"tool_choice":"auto")");
      break;
    case Kind::kAny:
      out.append(R"(,"tool_choice":"required")");
      break;
    case Kind::kNone:
      out.append(R"(,"tool_choice":"none")");
      break;
    case Kind::kNamed:
      out.append(R"(,"tool_choice":{"type":"function","function":{)");
      append_member(out, "name", openai_tool_name(choice.name));
      out.append("}}");
      break;
  }
  if (choice.one_at_a_time) out.append(",\"parallel_tool_calls\":false");
}

bool append_sampling(TranslationNotes& notes, const Conversation& conversation, std::string& out) {
  if (!conversation.top_k.empty() &&
      !notes.unsupported(conversation.names.top_k, "OpenAI's chat completions have no top_k.")) {
    return false;
  }
  if (!within_abilities(notes, conversation,
                        {.penalties = true, .logit_bias = true, .seed = true})) {
    return false;
  }
  const bool refuses = is_strict_reasoner(notes.shape);
  const auto append = [&](std::string_view key, const std::string& value) {
    if (value.empty()) return;
    if (refuses) {
      if (value != "1") notes.drop(key);
      return;
    }
    out.append(",\"").append(key).append("\":").append(value);
  };
  append("temperature", conversation.temperature);
  append("top_p", conversation.top_p);
  append("frequency_penalty", conversation.frequency_penalty);
  append("presence_penalty", conversation.presence_penalty);
  append("logit_bias", conversation.logit_bias);
  if (conversation.seed) out.append(",\"seed\":").append(std::to_string(*conversation.seed));
  return true;
}

bool append_stops(TranslationNotes& notes, const Conversation& conversation, std::string& out) {
  if (conversation.stop.empty()) return true;
  if (conversation.stop.size() > kMaxStops &&
      !notes.unsupported(conversation.names.stop, "OpenAI takes at most 4 stop sequences.")) {
    return false;
  }
  out.append(",\"stop\":[");
  for (std::size_t i = 0; i < std::min(kMaxStops, conversation.stop.size()); ++i) {
    append_comma(out);
    append_string(out, conversation.stop[i]);
  }
  out.push_back(']');
  return true;
}

// How hard to think is a wish: where it cannot be said it is dropped, and listed.
void append_reasoning(TranslationNotes& notes, const Conversation& conversation, std::string& out) {
  using Kind = llm::Reasoning::Kind;
  const llm::Reasoning& reasoning = conversation.reasoning;
  if (reasoning.kind == Kind::kOff) return;
  if (reasoning.kind == Kind::kUnsaid && reasoning.effort.empty()) return;
  if (!reasons(notes.shape)) return notes.drop(reasoning.where);
  const std::string_view effort = effort_of(reasoning);
  if (!effort.empty()) append_member(out, "reasoning_effort", effort);
}

void append_format(const Conversation& conversation, std::string& out) {
  if (conversation.answer_schema.empty()) {
    if (conversation.answer_json) out.append(R"(,"response_format":{"type":"json_object"})");
    return;
  }
  const bool named = !conversation.answer_name.empty();
  out.append(R"(,"response_format":{"type":"json_schema","json_schema":{)");
  append_member(out, "name", named ? conversation.answer_name : "answer");
  out.append(",\"schema\":").append(conversation.answer_schema);
  const bool strict = conversation.answer_strict || fits_strict(conversation.answer_schema);
  out.append(strict ? ",\"strict\":true}}" : "}}");
}

}  // namespace

bool append_tools(TranslationNotes& notes, const Conversation& conversation, std::string& out) {
  std::string list;
  const auto& allowed = conversation.choice.allowed;
  for (const llm::Tool& tool : conversation.tools) {
    const bool shown =
        allowed.empty() || std::find(allowed.begin(), allowed.end(), tool.name) != allowed.end();
    if (shown && !append_tool(notes, tool, list)) return false;
  }
  if (list.empty()) return true;
  out.append(",\"tools\":[").append(list).append("]");
  append_choice(conversation.choice, out);
  return true;
}

bool append_parameters(TranslationNotes& notes, const Conversation& conversation,
                       std::string& out) {
  for (const auto& hint : conversation.annex) notes.drop(hint.first);
  if (conversation.max_tokens) {
    out.append(is_strict_reasoner(notes.shape) ? ",\"max_completion_tokens\":" : ",\"max_tokens\":")
        .append(std::to_string(*conversation.max_tokens));
  }
  if (!append_sampling(notes, conversation, out) || !append_stops(notes, conversation, out))
    return false;
  append_reasoning(notes, conversation, out);
  append_format(conversation, out);
  if (conversation.user.size() > kMaxUser) {
    notes.drop(conversation.names.user);
  } else if (!conversation.user.empty()) {
    append_member(out, "user", conversation.user);
  }
  return true;
}

}  // namespace pontage::dialects::openai
