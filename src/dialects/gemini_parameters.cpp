// Everything beside the contents of a Gemini request: tools, limits, sampling, thinking, the
// answer's form. `safetySettings` stay what the account has.
#include <algorithm>

#include "dialects/anthropic_json.hpp"
#include "dialects/conversation_limits.hpp"
#include "dialects/gemini_conversation.hpp"
#include "dialects/openai_names.hpp"

namespace pontage::dialects::gemini {

using anthropic::append_comma;
using anthropic::append_member;
using anthropic::append_string;
using llm::Conversation;

namespace {

constexpr std::size_t kMaxStops = 5;  // "up to 5"
constexpr int kThinks = 25;           // models that think, by their generation
constexpr int kByLevel = 30;          // and that are told how much by a level, not by a budget

// Thinking tokens that efforts and levels stand for, as Google's own OpenAI endpoint has it
// (ai.google.dev, "OpenAI compatibility").
constexpr std::int64_t kLowBudget = 1024;
constexpr std::int64_t kMediumBudget = 8192;
constexpr std::int64_t kHighBudget = 24576;

bool append_tool(TranslationNotes& notes, const llm::Tool& tool, std::string& out) {
  if (!tool.foreign_type.empty()) {
    return notes.unsupported(tool.where, "The tool `" + std::string(tool.foreign_type) +
                                             "` belongs to another vendor; Gemini has no such "
                                             "tool.");
  }
  append_comma(out);
  out.push_back('{');
  append_member(out, "name", openai_tool_name(tool.name));
  if (!tool.description.empty()) append_member(out, "description", tool.description);
  if (!append_function_schema(out, tool.schema))
    return notes.refuse(Code::k_invalid_value, tool.where, "The schema must be an object.");
  out.push_back('}');
  return true;
}

void append_names(std::string& out, const std::vector<std::string_view>& names) {
  if (names.empty()) return;
  out.append(",\"allowedFunctionNames\":[");
  for (const std::string_view name : names) {
    append_comma(out);
    append_string(out, openai_tool_name(name));
  }
  out.push_back(']');
}

// "allowedFunctionNames … should only be set when the mode is ANY or VALIDATED"; the latter leaves
// the model the choice to call nothing.
void append_choice(TranslationNotes& notes, const llm::ToolChoice& choice, std::string& out) {
  using Kind = llm::ToolChoice::Kind;
  if (choice.one_at_a_time) notes.drop("parallel_tool_calls");
  if (choice.kind == Kind::kUnsaid && choice.allowed.empty()) return;
  out.append(",\"toolConfig\":{\"functionCallingConfig\":{\"mode\":");
  switch (choice.kind) {
    case Kind::kUnsaid:
    case Kind::kAuto:
      out.append(choice.allowed.empty() ? "\"AUTO\"" : "\"VALIDATED\"");
      append_names(out, choice.allowed);
      break;
    case Kind::kAny:
      out.append("\"ANY\"");
      append_names(out, choice.allowed);
      break;
    case Kind::kNone:
      out.append("\"NONE\"");
      break;
    case Kind::kNamed:
      out.append("\"ANY\"");
      append_names(out, {choice.name});
      break;
  }
  out.append("}}");
}

class Config {
 public:
  Config(TranslationNotes& notes, const Conversation& from, std::string& out)
      : notes_(notes), from_(from), out_(out) {}
  bool write();

 private:
  void value(std::string_view key, std::string_view json) {
    if (json.empty()) return;
    append_comma(out_);
    out_.append("\"").append(key).append("\":").append(json);
  }
  bool stops();
  bool format();
  void thinking();
  void budget(std::int64_t tokens);
  void level(std::string_view name);
  void off();

  TranslationNotes& notes_;
  const Conversation& from_;
  std::string& out_;
};

bool Config::write() {
  out_.append(",\"generationConfig\":{");
  for (const auto& hint : from_.annex) notes_.drop(hint.first);
  if (!within_abilities(notes_, from_, {.penalties = true, .logit_bias = false, .seed = true}))
    return false;
  if (from_.max_tokens) value("maxOutputTokens", std::to_string(*from_.max_tokens));
  value("temperature", from_.temperature);
  value("topP", from_.top_p);
  value("topK", from_.top_k);
  if (from_.seed) value("seed", std::to_string(*from_.seed));
  value("presencePenalty", from_.presence_penalty);
  value("frequencyPenalty", from_.frequency_penalty);
  if (!stops() || !format()) return false;
  thinking();
  out_.push_back('}');
  if (out_.ends_with(",\"generationConfig\":{}"))
    out_.resize(out_.size() - std::string_view(",\"generationConfig\":{}").size());
  return true;
}

bool Config::stops() {
  if (from_.stop.empty()) return true;
  if (from_.stop.size() > kMaxStops &&
      !notes_.unsupported(from_.names.stop, "Gemini takes at most 5 stop sequences.")) {
    return false;
  }
  append_comma(out_);
  out_.append("\"stopSequences\":[");
  for (std::size_t i = 0; i < std::min(kMaxStops, from_.stop.size()); ++i) {
    append_comma(out_);
    append_string(out_, from_.stop[i]);
  }
  out_.push_back(']');
  return true;
}

bool Config::format() {
  if (from_.answer_schema.empty() && !from_.answer_json) return true;
  value("responseMimeType", "\"application/json\"");
  if (from_.answer_schema.empty()) return true;
  out_.append(",\"responseJsonSchema\":");
  return append_schema_text(out_, from_.answer_schema) ||
         notes_.refuse(Code::k_invalid_value, std::string(from_.names.answer),
                       "The schema must be an object.");
}

// How hard to think is a wish: where it cannot be said it is dropped, and listed.
void Config::thinking() {
  using Kind = llm::Reasoning::Kind;
  const llm::Reasoning& wish = from_.reasoning;
  const std::string_view effort = wish.effort;
  if (wish.kind == Kind::kUnsaid && effort.empty()) return;
  const int made = generation(notes_.shape.model);
  if (made != 0 && made < kThinks) {
    if (wish.kind != Kind::kOff) notes_.drop(effort.empty() ? "thinking" : "reasoning_effort");
    return;
  }
  append_comma(out_);
  out_.append("\"thinkingConfig\":{");
  if (wish.kind == Kind::kOff || effort == "none") {
    off();
  } else {
    out_.append("\"includeThoughts\":true");
    if (made >= kByLevel) {
      const bool low =
          wish.kind == Kind::kBudget ? wish.budget_tokens <= kLowBudget * 4 : effort == "low";
      const bool medium = wish.kind == Kind::kBudget ? wish.budget_tokens <= kMediumBudget * 3 / 2
                                                     : effort == "medium";
      if (effort == "minimal") {
        off();
      } else if (wish.kind == Kind::kBudget || !effort.empty()) {
        level(low ? "low" : medium ? "medium" : "high");
      }
    } else if (wish.kind == Kind::kBudget) {
      budget(wish.budget_tokens);
    } else if (effort.empty()) {
      value("thinkingBudget", "-1");  // "dynamic"
    } else {
      budget(effort == "minimal" || effort == "low" ? kLowBudget
             : effort == "medium"                   ? kMediumBudget
                                                    : kHighBudget);
    }
  }
  out_.push_back('}');
}

// As little as the model can: "you can't disable thinking for Gemini 2.5 Pro", nor for Gemini 3;
// `minimal` is a level of Flash models only.
void Config::off() {
  const std::string_view model = notes_.shape.model;
  const bool flash = model.find("flash") != std::string_view::npos;
  if (generation(model) >= kByLevel) {
    level(flash ? "minimal" : "low");
  } else {
    value("thinkingBudget", flash ? "0" : "128");
  }
}

// The first Gemini 3 Pro knows two levels.
void Config::level(std::string_view name) {
  if (name == "medium" && notes_.shape.model.find("gemini-3-pro") != std::string_view::npos)
    name = "high";
  value("thinkingLevel", "\"" + std::string(name) + "\"");
}

// The ranges of ai.google.dev, "Thinking": Pro 128 to 32768, Flash to 24576, Flash Lite from 512.
void Config::budget(std::int64_t tokens) {
  const std::string_view model = notes_.shape.model;
  const bool flash = model.find("flash") != std::string_view::npos;
  const bool lite = model.find("flash-lite") != std::string_view::npos;
  const std::int64_t least = lite ? 512 : flash ? 1 : 128;
  value("thinkingBudget",
        std::to_string(std::clamp<std::int64_t>(tokens, least, flash ? 24576 : 32768)));
}

}  // namespace

bool append_tools(TranslationNotes& notes, const Conversation& conversation, std::string& out) {
  std::string list;
  for (const llm::Tool& tool : conversation.tools) {
    if (!append_tool(notes, tool, list)) return false;
  }
  if (list.empty()) return true;
  out.append(",\"tools\":[{\"functionDeclarations\":[").append(list).append("]}]");
  append_choice(notes, conversation.choice, out);
  return true;
}

bool append_config(TranslationNotes& notes, const Conversation& conversation, std::string& out) {
  if (!conversation.user.empty()) notes.drop(conversation.names.user);
  return Config(notes, conversation, out).write();
}

}  // namespace pontage::dialects::gemini
