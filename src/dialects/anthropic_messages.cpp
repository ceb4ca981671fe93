// OpenAI's list of messages as Anthropic's `system` and alternating turns (rows G1-G3): leading
// system messages go to the top, later ones keep their place as user text, tool messages become
// results at the head of the next user turn.
#include <simdjson.h>

#include <vector>

#include "core/strings.hpp"
#include "dialects/anthropic_calls.hpp"
#include "dialects/anthropic_request.hpp"
#include "dialects/anthropic_wire.hpp"

namespace pontage::dialects::anthropic {

namespace dom = simdjson::dom;

// Anthropic wants a user turn first; OpenAI takes a greeting of the assistant, so one is put before
// it.
constexpr std::string_view kOpeningTurn = "Hello.";

namespace {

struct Turn {
  bool user = false;
  std::string results;  // tool_result blocks: they must come first in their turn
  std::string blocks;
};

class Conversation {
 public:
  explicit Conversation(Translation& t) : t_(t), calls_(t) {}
  bool read(const dom::array& messages);
  bool write(std::string& out);

 private:
  bool message(const dom::object& message, const std::string& where, bool last);
  bool system(const dom::object& message, const std::string& where);
  bool user(const dom::object& message, const std::string& where, bool last);
  bool assistant(const dom::object& message, const std::string& where, bool last);
  Turn& turn(bool user);
  void note_thinking();

  Translation& t_;
  Calls calls_;
  std::string system_;
  std::vector<Turn> turns_;
};

// Moves what may be megabytes where it can.
void join(std::string& out, std::string&& blocks) {
  if (out.empty()) {
    out = std::move(blocks);
  } else {
    out.append(",").append(blocks);
  }
}

Turn& Conversation::turn(bool user) {
  if (turns_.empty() || turns_.back().user != user) turns_.push_back(Turn{user, {}, {}});
  return turns_.back();
}

bool Conversation::read(const dom::array& messages) {
  const std::size_t count = messages.size();
  std::size_t index = 0;
  for (const dom::element element : messages) {
    const std::string where = "messages[" + std::to_string(index) + "]";
    dom::object object;
    if (element.get_object().get(object) != simdjson::SUCCESS) {
      return t_.refuse(Code::k_invalid_value, where, "A message must be an object.");
    }
    if (!message(object, where, ++index == count)) return false;
  }
  return calls_.all_answered();
}

bool Conversation::message(const dom::object& message, const std::string& where, bool last) {
  const std::string_view role = text_at(message, "role");
  if (role == "user") return user(message, where, last);
  if (role == "assistant") return assistant(message, where, last);
  if (role == "tool") return calls_.append_result(message, where, turn(true).results);
  if (role == "system" || role == "developer") return system(message, where);
  if (role == "function") {
    return t_.impossible(
        where + ".role",
        "Messages of the deprecated function calling are not translated; use tools.");
  }
  return t_.refuse(Code::k_invalid_value, where + ".role",
                   "The role `" + std::string(role) + "` is not known.");
}

bool Conversation::system(const dom::object& message, const std::string& where) {
  // Only some models take a system role between turns, and only in some places: user text, marked
  // as what it is, works with all of them and keeps the prompt cache of what stands before.
  const bool leading = turns_.empty();
  std::string blocks;
  if (!append_content(t_, message, leading ? PartsFor::kText : PartsFor::kReminder, where,
                      blocks)) {
    return false;
  }
  if (blocks.empty()) return true;
  std::string& out = leading ? system_ : turn(true).blocks;
  join(out, std::move(blocks));
  return true;
}

bool Conversation::user(const dom::object& message, const std::string& where, bool last) {
  std::string blocks;
  if (!append_content(t_, message, PartsFor::kUser, where, blocks)) return false;
  if (blocks.empty()) {
    if (!last)
      return true;  // a blank turn in the history says nothing, and Anthropic refuses blank text
    return t_.refuse(Code::k_invalid_value, where + ".content",
                     "Anthropic takes no message without text.");
  }
  std::string& out = turn(true).blocks;
  join(out, std::move(blocks));
  return true;
}

// Thinking that Anthropic signed, put back before the text and the calls of its turn. Entries of
// one index are the pieces of one block, joined by the client or not; what is of another vendor, or
// unsigned, is left out.
void append_thinking_blocks(const dom::object& message, std::string& out) {
  dom::array details;
  if (message.at_key("reasoning_details").get_array().get(details) != simdjson::SUCCESS) return;
  std::string text;
  std::string signature;
  std::optional<std::int64_t> open;
  const auto close = [&] {
    if (!signature.empty()) {
      append_comma(out);
      out.append("{\"type\":\"thinking\"");
      append_member(out, "thinking", text);
      append_member(out, "signature", signature);
      out.push_back('}');
    }
    text.clear();
    signature.clear();
  };
  for (const dom::element element : details) {
    dom::object entry;
    if (element.get_object().get(entry) != simdjson::SUCCESS) continue;
    const std::string_view format = text_at(entry, "format");
    if (!format.empty() && !format.starts_with(kReasoningFormat)) continue;
    const std::string_view type = text_at(entry, "type");
    const auto index = integer_at(entry, "index");
    if (!index || index != open || !signature.empty()) close();
    open = index;
    if (type == "reasoning.text") {
      text.append(text_at(entry, "text"));
      signature.append(text_at(entry, "signature"));
    } else if (type == "reasoning.encrypted" && !format.empty()) {
      close();
      append_comma(out);
      out.append("{\"type\":\"redacted_thinking\"");
      append_member(out, "data", text_at(entry, "data"));
      out.push_back('}');
    }
  }
  close();
}

bool Conversation::assistant(const dom::object& message, const std::string& where, bool last) {
  if (!calls_.all_answered()) return false;
  dom::element element;
  if (member(message, "function_call", element)) {
    return t_.impossible(where + ".function_call",
                         "Deprecated function calls are not translated; use tools.");
  }
  if (member(message, "audio", element)) {
    return t_.impossible(where + ".audio",
                         "Spoken answers are only known to the provider that gave them.");
  }
  std::string blocks;
  append_thinking_blocks(message, blocks);
  if (member(message, "content", element)) {
    if (last && element.is_string()) {
      // "final assistant content cannot end with trailing whitespace"
      std::string_view text = element.get_string().value_unsafe();
      text = text.substr(0, text.find_last_not_of(" \t\n\r\f\v") + 1);
      if (!blank(text)) append_text_block(blocks, text);
    } else if (!append_parts(t_, element, PartsFor::kText, where + ".content", blocks)) {
      return false;
    }
  }
  if (const auto refusal = text_at(message, "refusal"); !blank(refusal))
    append_text_block(blocks, refusal);
  if (!calls_.append_calls(message, where, blocks)) return false;
  if (blocks.empty()) return true;
  std::string& out = turn(false).blocks;
  join(out, std::move(blocks));
  return true;
}

// With a token budget for thinking, Anthropic wants the assistant's part of the running turn to
// begin with it.
void Conversation::note_thinking() {
  const Turn* running = nullptr;
  if (!turns_.back().user) {
    running = &turns_.back();
  } else if (!turns_.back().results.empty() && turns_.size() >= 2) {
    running = &turns_[turns_.size() - 2];
  }
  t_.unsigned_tool_turn = running != nullptr &&
                          !running->blocks.starts_with("{\"type\":\"thinking\"") &&
                          !running->blocks.starts_with("{\"type\":\"redacted_thinking\"");
}

bool Conversation::write(std::string& out) {
  if (turns_.empty()) {
    // Instructions and nothing else: they are the user's turn.
    if (system_.empty())
      return t_.refuse(Code::k_invalid_value, "messages", "The messages hold no text.");
    turn(true).blocks = std::move(system_);
    system_.clear();
  }
  note_thinking();
  if (!system_.empty()) out.append(",\"system\":[").append(system_).push_back(']');
  out.append(",\"messages\":[");
  if (!turns_.front().user) {
    out.append("{\"role\":\"user\",\"content\":[");
    append_text_block(out, kOpeningTurn);
    out.append("]}");
  }
  for (const Turn& one : turns_) {
    append_comma(out);
    out.append("{\"role\":\"").append(one.user ? "user" : "assistant").append("\",\"content\":[");
    out.append(one.results);
    if (!one.results.empty() && !one.blocks.empty()) out.push_back(',');
    out.append(one.blocks).append("]}");
  }
  out.push_back(']');
  return true;
}

}  // namespace

bool append_conversation(Translation& t, const Object& request, std::string& out) {
  dom::array messages;
  if (request.at_key("messages").get_array().get(messages) != simdjson::SUCCESS) {
    return t.refuse(Code::k_invalid_value, "messages", "`messages` must be a list.");
  }
  Conversation conversation(t);
  return conversation.read(messages) && conversation.write(out);
}

}  // namespace pontage::dialects::anthropic
