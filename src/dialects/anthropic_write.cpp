#include "dialects/anthropic_write.hpp"

#include <algorithm>
#include <charconv>

#include "core/strings.hpp"
#include "dialects/anthropic_json.hpp"
#include "dialects/conversation_limits.hpp"

namespace pontage::dialects::anthropic {

namespace {

constexpr std::size_t kMaxUserId = 256;      // Anthropic's limits
constexpr double kLeastThinkingTopP = 0.95;  // the same
constexpr double kDefaultShare = 1;          // temperature and top_p of a silent request

// Row G4: Anthropic wants a limit, and takes none above the model's.
bool append_max_tokens(Writing& w) {
  const TargetShape& shape = w.notes.shape;
  w.max_tokens = w.conversation.max_tokens.value_or(shape.default_max_tokens);
  if (w.max_tokens < 1) {
    const std::string name(w.conversation.names.max_tokens);
    return w.notes.refuse(Code::k_invalid_value, name, "`" + name + "` must be at least 1.");
  }
  if (shape.can.max_output > 0) w.max_tokens = std::min(w.max_tokens, shape.can.max_output);
  w.out.append(",\"max_tokens\":").append(std::to_string(w.max_tokens));
  return true;
}

// Anthropic's scale ends at 1, its default; models that take no sampling parameters take their
// absence.
bool append_share(Writing& w, std::string_view key, const std::string& text, double least) {
  double value = kDefaultShare;
  std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || value >= kDefaultShare) return true;
  if (w.thinking && value < least) {
    return w.notes.unsupported(key,
                               "While a model thinks, Anthropic takes no sampling parameters.");
  }
  w.out.append(",\"").append(key).append("\":").append(text);
  return true;
}

bool append_sampling(Writing& w) {
  const llm::Conversation& c = w.conversation;
  if (!append_share(w, "temperature", c.temperature, kDefaultShare) ||
      !append_share(w, "top_p", c.top_p, kLeastThinkingTopP)) {
    return false;
  }
  if (c.top_k.empty()) return true;
  if (w.thinking) {
    return w.notes.unsupported(c.names.top_k,
                               "While a model thinks, Anthropic takes no sampling parameters.");
  }
  w.out.append(",\"top_k\":").append(c.top_k);
  return true;
}

bool append_stops(Writing& w) {
  const llm::Conversation& c = w.conversation;
  const bool has_blank = std::any_of(c.stop.begin(), c.stop.end(), blank);
  if (has_blank &&
      !w.notes.unsupported(c.names.stop, "Anthropic takes no stop sequence of white space only.")) {
    return false;
  }
  if (std::all_of(c.stop.begin(), c.stop.end(), blank)) return true;
  w.out.append(",\"stop_sequences\":[");
  for (const std::string_view stop : c.stop) {
    if (blank(stop)) continue;
    append_comma(w.out);
    append_string(w.out, stop);
  }
  w.out.push_back(']');
  return true;
}

void append_user(Writing& w) {
  const std::string_view user = w.conversation.user;
  if (user.empty()) return;
  if (user.size() > kMaxUserId) return w.notes.drop(w.conversation.names.user);
  w.out.append(",\"metadata\":{");
  append_member(w.out, "user_id", user);
  w.out.push_back('}');
}

}  // namespace

bool append_parameters(Writing& w) {
  if (!append_sampling(w) || !append_stops(w)) return false;
  append_user(w);
  return true;
}

bool write_request(TranslationNotes& notes, const llm::Conversation& conversation,
                   const RequestView& view, std::string& out) {
  Writing w{notes, conversation, out};
  for (const auto& hint : conversation.annex) notes.drop(hint.first);
  if (notes.shape.model_member.empty()) {
    out.append("{\"model\":");
    append_json_string(out, notes.shape.model);
  } else {
    out.append("{").append(notes.shape.model_member);
  }
  if (!within_abilities(notes, conversation, {}) || !append_max_tokens(w) ||
      !append_conversation(w) || !append_tools(w) || !append_thinking(w) || !append_parameters(w)) {
    return false;
  }
  if (view.stream) out.append(",\"stream\":true");
  out.push_back('}');
  return true;
}

}  // namespace pontage::dialects::anthropic
