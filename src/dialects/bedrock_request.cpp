#include "dialects/bedrock_request.hpp"

#include <algorithm>
#include <array>

#include "dialects/anthropic_json.hpp"
#include "dialects/conversation_limits.hpp"
#include "dialects/openai_names.hpp"

namespace pontage::dialects::bedrock {

using anthropic::append_comma;
using anthropic::append_member;
using anthropic::append_string;
using llm::Conversation;
using llm::Part;

namespace {

constexpr std::int64_t kMinBudget = 1024;  // thinking tokens, Anthropic's
constexpr std::string_view kEmptySchema = R"({"type":"object","properties":{}})";

bool is_claude(std::string_view model) {
  return model.find("anthropic.") != std::string_view::npos ||
         model.find("claude") != std::string_view::npos;
}
bool is_nova(std::string_view model) {
  return model.find("amazon.nova") != std::string_view::npos;
}

bool append_parts(TranslationNotes& notes, const std::vector<Part>& parts, std::string& out) {
  return std::ranges::all_of(parts,
                             [&](const Part& part) { return append_part(notes, part, out); });
}

// Roles take turns there: turns of one role that follow each other are one message.
class Messages {
 public:
  explicit Messages(std::string& out) : out_(out) {}
  void add(std::string_view role, std::string_view content) {
    if (content.empty()) return;
    // "A conversation must start with a user message"; a chat may well begin with a greeting.
    if (out_.empty() && role == "assistant") add("user", R"({"text":"Hello."})");
    if (role != role_) {
      close();
      append_comma(out_);
      out_.append("{\"role\":\"").append(role).append("\",\"content\":[");
      role_ = role;
    } else {
      out_.push_back(',');
    }
    out_.append(content);
  }
  void close() {
    if (!role_.empty()) out_.append("]}");
    role_ = {};
  }

 private:
  std::string& out_;
  std::string_view role_;
};

// No model takes the system's word between turns; in its place it is told to the model as text.
std::string reminder(const llm::Turn& turn) {
  std::string text = "<system-reminder>";
  for (const Part& part : turn.parts) text.append(part.text);
  text.append("</system-reminder>");
  std::string out = "{\"text\":";
  append_string(out, text);
  out.push_back('}');
  return out;
}

bool has_tool_blocks(const Conversation& conversation) {
  return std::ranges::any_of(conversation.turns, [](const llm::Turn& turn) {
    return std::ranges::any_of(turn.parts, [](const Part& part) {
      return part.kind == Part::Kind::kToolCall || part.kind == Part::Kind::kToolResult;
    });
  });
}

void append_spec(std::string_view name, std::string_view description, std::string_view schema,
                 std::string& out) {
  append_comma(out);
  out.append("{\"toolSpec\":{\"name\":");
  append_string(out, openai_tool_name(name));
  if (!anthropic::blank(description)) append_member(out, "description", description);
  out.append(",\"inputSchema\":{\"json\":").append(schema).append("}");
}

bool append_tool(TranslationNotes& notes, const llm::Tool& tool, std::string& out) {
  if (!tool.foreign_type.empty()) {
    return notes.unsupported(tool.where + ".type", "The tool `" + std::string(tool.foreign_type) +
                                                       "` is not one that Converse has.");
  }
  append_spec(tool.name, tool.description, tool.schema.empty() ? kEmptySchema : tool.schema, out);
  out.append(tool.strict ? ",\"strict\":true}}" : "}}");
  append_cache_point(tool.cache_control, out);
  return true;
}

// "The toolConfig field must be defined when using toolUse and toolResult content blocks": a client
// that stopped offering its tools gets those that its conversation names.
void append_named_tools(const Conversation& conversation, std::string& out) {
  std::vector<std::string_view> names;
  for (const auto& turn : conversation.turns) {
    for (const auto& part : turn.parts) {
      if (part.kind != Part::Kind::kToolCall || std::ranges::find(names, part.name) != names.end())
        continue;
      names.push_back(part.name);
      append_spec(part.name, {}, kEmptySchema, out);
      out.append("}}");
    }
  }
}

bool append_choice(TranslationNotes& notes, const llm::ToolChoice& choice, std::string& out) {
  using Kind = llm::ToolChoice::Kind;
  switch (choice.kind) {
    case Kind::kUnsaid:
    case Kind::kAuto:
      return true;
    case Kind::kAny:
      out.append(",\"toolChoice\":{\"any\":{}}");
      return true;
    case Kind::kNone:
      return notes.unsupported("tool_choice",
                               "Converse cannot forbid tools in a conversation that "
                               "has used some.");
    case Kind::kNamed:
      break;
  }
  out.append(",\"toolChoice\":{\"tool\":{\"name\":");
  append_string(out, openai_tool_name(choice.name));
  out.append("}}");
  return true;
}

bool append_tools(TranslationNotes& notes, const Conversation& conversation, std::string& out) {
  const auto& choice = conversation.choice;
  const bool used = has_tool_blocks(conversation);
  if (choice.kind == llm::ToolChoice::Kind::kNone && !used) return true;
  std::string list;
  for (const auto& tool : conversation.tools) {
    const bool allowed = choice.allowed.empty() ||
                         std::ranges::find(choice.allowed, tool.name) != choice.allowed.end();
    if (allowed && !append_tool(notes, tool, list)) return false;
  }
  if (list.empty() && used) append_named_tools(conversation, list);
  if (list.empty()) return true;
  out.append(",\"toolConfig\":{\"tools\":[").append(list).append("]");
  if (!append_choice(notes, choice, out)) return false;
  out.push_back('}');
  if (choice.one_at_a_time) notes.drop("parallel_tool_calls");
  return true;
}

struct Effort {
  std::string_view name;
  std::int64_t budget_tokens;
};
constexpr std::array kEfforts = {Effort{"minimal", 1024}, Effort{"low", 2048},
                                 Effort{"medium", 8192},  Effort{"high", 16384},
                                 Effort{"xhigh", 32000},  Effort{"max", 32000}};

std::int64_t budget_of(const llm::Reasoning& reasoning) {
  if (reasoning.budget_tokens > 0) return reasoning.budget_tokens;
  const auto found = std::ranges::find(kEfforts, reasoning.effort, &Effort::name);
  return found != kEfforts.end() ? found->budget_tokens : 0;
}

// How hard to think is the model's own field there. True: it thinks.
bool append_reasoning(TranslationNotes& notes, const Conversation& conversation,
                      std::string& fields) {
  using Kind = llm::Reasoning::Kind;
  const auto& reasoning = conversation.reasoning;
  if (reasoning.kind == Kind::kUnsaid && reasoning.effort.empty()) return false;
  const std::string_view model = notes.shape.model;
  if (model.find("openai.gpt-oss") != std::string_view::npos && !reasoning.effort.empty()) {
    append_member(fields, "reasoning_effort", reasoning.effort);
    return true;
  }
  if (!is_claude(model)) {
    if (reasoning.kind != Kind::kOff) notes.drop("reasoning");
    return false;
  }
  append_comma(fields);
  if (reasoning.kind == Kind::kOff) {
    fields.append(R"("thinking":{"type":"disabled"})");
    return false;
  }
  if (reasoning.kind == Kind::kAdaptive) {
    fields.append(R"("thinking":{"type":"adaptive"})");
    return true;
  }
  std::int64_t budget = budget_of(reasoning);
  // The budget must leave room within maxTokens.
  if (conversation.max_tokens && budget >= *conversation.max_tokens)
    budget = *conversation.max_tokens / 2;
  if (budget < kMinBudget) {
    if (fields.ends_with(',')) fields.pop_back();
    notes.drop("reasoning");
    return false;
  }
  fields.append(R"("thinking":{"type":"enabled","budget_tokens":)")
      .append(std::to_string(budget))
      .append("}");
  return true;
}

bool append_top_k(TranslationNotes& notes, const std::string& top_k, std::string& fields) {
  if (is_nova(notes.shape.model)) {
    append_comma(fields);
    fields.append(R"("inferenceConfig":{"topK":)").append(top_k).append("}");
    return true;
  }
  if (!is_claude(notes.shape.model))
    return notes.unsupported("top_k", "Converse has no top_k for this model.");
  append_comma(fields);
  fields.append("\"top_k\":").append(top_k);
  return true;
}

bool check_absent(TranslationNotes& notes, const Conversation& conversation) {
  if (!within_abilities(notes, conversation, {})) return false;
  if (conversation.answer_json && conversation.answer_schema.empty() &&
      !notes.unsupported(conversation.names.answer, "Bedrock's Converse has no such field.")) {
    return false;
  }
  if (!conversation.user.empty()) notes.drop(conversation.names.user);
  for (const auto& [name, value] : conversation.annex) notes.drop(name);
  return true;
}

void append_inference(TranslationNotes& notes, const Conversation& conversation, bool thinks,
                      std::string& out) {
  std::string config;
  const auto field = [&config](std::string_view key, std::string_view value) {
    append_comma(config);
    config.append("\"").append(key).append("\":").append(value);
  };
  if (conversation.max_tokens) field("maxTokens", std::to_string(*conversation.max_tokens));
  const bool samples = !thinks || !is_claude(notes.shape.model);
  const auto sampling = [&](std::string_view key, std::string_view name, const std::string& value) {
    if (value.empty()) return;
    if (samples) {
      field(key, value);
    } else {
      notes.drop(name);  // "Thinking isn't compatible with temperature, top_p, or top_k"
    }
  };
  sampling("temperature", "temperature", conversation.temperature);
  sampling("topP", "top_p", conversation.top_p);
  if (!conversation.stop.empty()) {
    std::string list;
    for (const auto stop : conversation.stop) {
      append_comma(list);
      append_string(list, stop);
    }
    field("stopSequences", "[" + list + "]");
  }
  if (!config.empty()) out.append(",\"inferenceConfig\":{").append(config).append("}");
}

void append_format(const Conversation& conversation, std::string& out) {
  if (conversation.answer_schema.empty()) return;
  out.append(
      R"(,"outputConfig":{"textFormat":{"type":"json_schema","structure":{"jsonSchema":{"schema":)");
  append_string(out, conversation.answer_schema);
  if (!conversation.answer_name.empty()) append_member(out, "name", conversation.answer_name);
  out.append("}}}}");
}

}  // namespace

bool append_messages(TranslationNotes& notes, const Conversation& conversation, std::string& out) {
  std::string system;
  if (!append_parts(notes, conversation.system, system)) return false;
  std::string list;
  Messages messages(list);
  for (const auto& turn : conversation.turns) {
    std::string content;
    if (!append_parts(notes, turn.parts, content)) return false;
    if (turn.role != llm::Role::kSystem) {
      messages.add(turn.role == llm::Role::kAssistant ? "assistant" : "user", content);
    } else if (!list.empty()) {
      messages.add("user", reminder(turn));
    } else if (!content.empty()) {
      append_comma(system);
      system.append(content);
    }
  }
  messages.close();
  if (list.empty()) {  // only the system spoke: that is what is to be answered
    messages.add("user", system);
    messages.close();
    system.clear();
  }
  if (!system.empty()) out.append("\"system\":[").append(system).append("],");
  out.append("\"messages\":[").append(list).append("]");
  return true;
}

bool append_parameters(TranslationNotes& notes, const Conversation& conversation,
                       std::string& out) {
  std::string fields;
  if (!check_absent(notes, conversation)) return false;
  const bool thinks = append_reasoning(notes, conversation, fields);
  if (!conversation.top_k.empty()) {
    if (thinks && is_claude(notes.shape.model)) {
      notes.drop("top_k");
    } else if (!append_top_k(notes, conversation.top_k, fields)) {
      return false;
    }
  }
  append_inference(notes, conversation, thinks, out);
  if (!append_tools(notes, conversation, out)) return false;
  append_format(conversation, out);
  if (!fields.empty()) out.append(",\"additionalModelRequestFields\":{").append(fields).append("}");
  return true;
}

}  // namespace pontage::dialects::bedrock
