#include "dialects/model_limits.hpp"

#include <algorithm>
#include <iterator>

namespace pontage::dialects {
namespace {

using llm::Conversation;
using llm::Part;

// Why the model cannot take such a part; empty: it can, or nobody knows.
std::string_view lack_of(const llm::Capabilities& can, Part::Kind kind) {
  if (kind == Part::Kind::kImage && !can.images) return "This model takes no images.";
  if (kind == Part::Kind::kDocument && !can.documents) return "This model takes no documents.";
  if (kind == Part::Kind::kAudio && !can.audio) return "This model takes no audio.";
  return {};
}

// Parts of the prompt are never left out: a prompt without its picture is another prompt.
bool check_parts(TranslationNotes& notes, const std::vector<Part>& parts) {
  return std::ranges::all_of(parts, [&](const Part& part) {
    const auto why = lack_of(notes.shape.can, part.kind);
    if (!why.empty()) return notes.impossible(part.where, std::string(why));
    return check_parts(notes, part.parts);
  });
}

bool fit_tools(TranslationNotes& notes, Conversation& conversation) {
  if (notes.shape.can.tools || conversation.tools.empty()) return true;
  if (!notes.unsupported("tools", "This model calls no tools.")) return false;
  conversation.tools.clear();
  conversation.choice = {};
  return true;
}

// Wishes: an answer without them is still an answer.
void fit_wishes(TranslationNotes& notes, Conversation& conversation) {
  const auto& can = notes.shape.can;
  if (!can.temperature) {
    for (auto [name, value] :
         {std::pair<std::string_view, std::string*>{"temperature", &conversation.temperature},
          {"top_p", &conversation.top_p},
          {conversation.names.top_k, &conversation.top_k}}) {
      if (!value->empty() && *value != "1") notes.drop(name);
      value->clear();
    }
  }
  if (!can.reasoning && conversation.reasoning.kind != llm::Reasoning::Kind::kUnsaid) {
    if (conversation.reasoning.kind != llm::Reasoning::Kind::kOff)
      notes.drop(conversation.reasoning.where);
    conversation.reasoning = {};
  }
}

bool fit_answer(TranslationNotes& notes, Conversation& conversation) {
  const auto& can = notes.shape.can;
  if (!can.structured_output && !conversation.answer_schema.empty()) {
    if (!notes.unsupported(conversation.names.answer, "This model takes no schema for its answer."))
      return false;
    conversation.answer_schema.clear();
  }
  const auto& turns = conversation.turns;
  if (!can.prefill && !turns.empty() && turns.back().role == llm::Role::kAssistant) {
    return notes.impossible(turns.back().where, "This model continues no answer that was begun.");
  }
  return true;
}

void fit_system(Conversation& conversation) {
  auto& turns = conversation.turns;
  if (conversation.system.empty()) return;
  if (turns.empty() || turns.front().role != llm::Role::kUser) turns.emplace(turns.begin());
  auto& first = turns.front().parts;
  first.insert(first.begin(), std::make_move_iterator(conversation.system.begin()),
               std::make_move_iterator(conversation.system.end()));
  conversation.system.clear();
}

}  // namespace

bool fit_to_model(TranslationNotes& notes, Conversation& conversation) {
  const auto& can = notes.shape.can;
  if (can.max_output > 0 && conversation.max_tokens)
    conversation.max_tokens = std::min(*conversation.max_tokens, can.max_output);
  fit_wishes(notes, conversation);
  if (!can.system_role) fit_system(conversation);
  if (!fit_tools(notes, conversation) || !fit_answer(notes, conversation)) return false;
  if (can.images && can.documents && can.audio) return true;
  return std::ranges::all_of(conversation.turns,
                             [&](const llm::Turn& turn) { return check_parts(notes, turn.parts); });
}

}  // namespace pontage::dialects
