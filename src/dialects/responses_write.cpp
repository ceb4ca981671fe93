// A conversation of no dialect as a Responses request. Errors name the fields of the client's own
// request.
#include "dialects/responses_write.hpp"

#include <algorithm>

#include "core/strings.hpp"
#include "dialects/anthropic_json.hpp"
#include "dialects/conversation_limits.hpp"
#include "dialects/openai_models.hpp"
#include "dialects/openai_names.hpp"
#include "dialects/responses.hpp"

namespace pontage::dialects::responses {

using anthropic::append_comma;
using anthropic::append_member;
using anthropic::append_string;
using llm::Conversation;

namespace {

constexpr std::int64_t kLeastTokens = 16;  // of max_output_tokens
constexpr std::size_t kMaxUser = 64;       // OpenAI's

bool append_tools(TranslationNotes& notes, const Conversation& conversation, std::string& out) {
  std::string list;
  for (const llm::Tool& tool : conversation.tools) {
    if (!tool.foreign_type.empty()) {
      if (!notes.unsupported(tool.where + ".type", "The tool `" + std::string(tool.foreign_type) +
                                                       "` is the client's vendor's own; this "
                                                       "provider does not have it.")) {
        return false;
      }
      continue;
    }
    append_comma(list);
    list.append("{\"type\":\"function\"");
    append_member(list, "name", openai_tool_name(tool.name));
    if (!tool.description.empty()) append_member(list, "description", tool.description);
    list.append(",\"parameters\":")
        .append(tool.schema.size() > 2 ? tool.schema : "{\"type\":\"object\",\"properties\":{}}");
    // "Default true" there, unlike everywhere else.
    list.append(tool.strict ? ",\"strict\":true}" : ",\"strict\":false}");
  }
  if (!list.empty()) out.append(",\"tools\":[").append(list).append("]");
  return true;
}

void append_choice(const Conversation& conversation, std::string& out) {
  using Kind = llm::ToolChoice::Kind;
  const llm::ToolChoice& choice = conversation.choice;
  if (conversation.tools.empty()) return;
  if (choice.one_at_a_time) out.append(",\"parallel_tool_calls\":false");
  if (!choice.allowed.empty()) {
    out.append(R"(,"tool_choice":{"type":"allowed_tools")");
    append_member(out, "mode", choice.kind == Kind::kAny ? "required" : "auto");
    out.append(",\"tools\":[");
    for (const std::string_view name : choice.allowed) {
      append_comma(out);
      out.append("{\"type\":\"function\"");
      append_member(out, "name", openai_tool_name(name));
      out.push_back('}');
    }
    out.append("]}");
    return;
  }
  switch (choice.kind) {
    case Kind::kUnsaid:
      break;
    case Kind::kAuto:
      append_member(out, "tool_choice", "auto");
      break;
    case Kind::kAny:
      append_member(out, "tool_choice", "required");
      break;
    case Kind::kNone:
      append_member(out, "tool_choice", "none");
      break;
    case Kind::kNamed:
      out.append(R"(,"tool_choice":{"type":"function")");
      append_member(out, "name", openai_tool_name(choice.name));
      out.push_back('}');
      break;
  }
}

bool append_sampling(TranslationNotes& notes, const Conversation& conversation, std::string& out) {
  const bool refuses = openai::is_strict_reasoner(notes.shape);
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
  struct Wish {
    std::string_view field;
    bool asked;
  };
  const Wish wishes[] = {{conversation.names.top_k, !conversation.top_k.empty()},
                         {conversation.names.stop, !conversation.stop.empty()}};
  for (const Wish& wish : wishes) {
    if (wish.asked && !notes.unsupported(wish.field, "OpenAI's Responses API does not have it."))
      return false;
  }
  for (const auto& hint : conversation.annex) notes.drop(hint.first);
  return within_abilities(notes, conversation, {});
}

// A summary is asked for where the client wanted to see thinking.
void append_reasoning(TranslationNotes& notes, const Conversation& conversation, std::string& out) {
  using Kind = llm::Reasoning::Kind;
  const llm::Reasoning& reasoning = conversation.reasoning;
  const bool asked = reasoning.kind == Kind::kBudget || reasoning.kind == Kind::kAdaptive;
  if (!openai::reasons(notes.shape)) {
    if (asked || !reasoning.effort.empty()) notes.drop(reasoning.where);
    return;
  }
  out.append(R"(,"include":["reasoning.encrypted_content"])");
  const std::string_view effort = openai::effort_of(reasoning);
  const std::string_view summary = !reasoning.summary.empty() ? reasoning.summary
                                   : asked                    ? "auto"
                                                              : std::string_view();
  if (reasoning.kind == Kind::kOff || (effort.empty() && summary.empty())) return;
  out.append(",\"reasoning\":{");
  if (!effort.empty()) append_member(out, "effort", effort);
  if (!summary.empty()) append_member(out, "summary", summary);
  out.push_back('}');
}

void append_format(const Conversation& conversation, std::string& out) {
  if (conversation.answer_schema.empty()) {
    if (conversation.answer_json) out.append(R"(,"text":{"format":{"type":"json_object"}})");
    return;
  }
  out.append(R"(,"text":{"format":{"type":"json_schema")");
  append_member(out, "name",
                conversation.answer_name.empty() ? "answer" : conversation.answer_name);
  out.append(",\"schema\":").append(conversation.answer_schema);
  const bool strict = conversation.answer_strict || openai::fits_strict(conversation.answer_schema);
  out.append(strict ? ",\"strict\":true}}" : ",\"strict\":false}}");
}

void append_instructions(const Conversation& conversation, std::string& out) {
  std::string text;
  for (const llm::Part& part : conversation.system) {
    if (part.kind != llm::Part::Kind::kText || part.text.empty()) continue;
    text.append(text.empty() ? "" : "\n").append(part.text);
  }
  if (!text.empty()) append_member(out, "instructions", text);
}

}  // namespace

bool write_request(TranslationNotes& notes, const Conversation& conversation,
                   const RequestView& view, std::string& out) {
  out.append("{\"model\":");
  append_json_string(out, notes.shape.model);
  out.append(",\"store\":false");
  if (view.stream) out.append(",\"stream\":true");
  append_instructions(conversation, out);
  if (!append_input(notes, conversation, out) || !append_tools(notes, conversation, out) ||
      !append_sampling(notes, conversation, out)) {
    return false;
  }
  append_choice(conversation, out);
  append_reasoning(notes, conversation, out);
  append_format(conversation, out);
  if (conversation.max_tokens) {
    // What is below is refused as a whole.
    if (*conversation.max_tokens < kLeastTokens) notes.drop(conversation.names.max_tokens);
    out.append(",\"max_output_tokens\":")
        .append(std::to_string(std::max(*conversation.max_tokens, kLeastTokens)));
  }
  if (conversation.user.size() > kMaxUser) {
    notes.drop(conversation.names.user);
  } else if (!conversation.user.empty()) {
    append_member(out, "user", conversation.user);
  }
  out.push_back('}');
  return true;
}

}  // namespace pontage::dialects::responses
