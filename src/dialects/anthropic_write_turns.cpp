// Turns as Anthropic's alternating messages (rows G1-G3): consecutive turns of one side become one,
// results of tools stand first in theirs, later words of the system keep their place as user text.
#include <map>
#include <set>

#include "dialects/anthropic_json.hpp"
#include "dialects/anthropic_write.hpp"

namespace pontage::dialects::anthropic {

using llm::Part;
using llm::Role;
using llm::Turn;

namespace {

// Anthropic wants a user turn first; others take a greeting of the assistant, so one is put before
// it.
constexpr std::string_view kOpeningTurn = "Hello.";
constexpr std::string_view kNoResult = "[no result]";

class Messages {
 public:
  explicit Messages(Writing& w) : w_(w), out_(w.out) {}
  bool write();

 private:
  using At = std::vector<Turn>::const_iterator;

  bool system(const std::vector<Part>& parts);
  [[nodiscard]] At group_end(At begin) const;
  bool assistant(At begin, At end);
  bool assistant_part(const Part& part, bool last_words);
  bool call(const Part& part);
  bool user(At begin, At end);
  bool result(const Part& part);
  void missing_results();
  void reminder(const Part& part);
  void open(std::string_view role);
  [[nodiscard]] std::string wire_id(std::string_view client_id);

  Writing& w_;
  std::string& out_;
  std::map<std::string_view, std::string> open_calls_;  // the client's id and ours, not answered
  std::set<std::string, std::less<>> used_ids_;
  std::map<std::string, int, std::less<>> next_suffix_;
};

bool says_something(const Turn& turn) {
  for (const Part& part : turn.parts) {
    if (anthropic::says_something(part)) return true;
  }
  return false;
}

bool is_assistant(const Turn& turn) {
  return turn.role == Role::kAssistant;
}

void Messages::open(std::string_view role) {
  append_comma(out_);
  out_.append("{\"role\":\"").append(role).append("\",\"content\":[");
}

bool Messages::system(const std::vector<Part>& parts) {
  for (const Part& part : parts) {
    if (!append_block(w_, part)) return false;
  }
  return true;
}

// Past the turns of one side; those that say nothing belong to either.
Messages::At Messages::group_end(At begin) const {
  const bool side = is_assistant(*begin);
  At at = begin;
  while (at != w_.conversation.turns.end() && (is_assistant(*at) == side || !says_something(*at)))
    ++at;
  return at;
}

bool Messages::write() {
  const auto& turns = w_.conversation.turns;
  const auto& instructions = w_.conversation.system;
  At at = turns.begin();
  while (at != turns.end() && !says_something(*at)) ++at;
  bool instructed = false;
  for (const Part& part : instructions) instructed = instructed || anthropic::says_something(part);
  if (!turns.empty() && turns.back().role == Role::kUser && !says_something(turns.back())) {
    return w_.notes.refuse(Code::k_invalid_value, turns.back().where + ".content",
                           "Anthropic takes no message without text.");
  }
  if (at == turns.end() && !instructed) {
    return w_.notes.refuse(Code::k_invalid_value, std::string(w_.conversation.names.turns),
                           "The messages hold no text.");
  }
  if (at == turns.end()) {  // instructions and nothing else: they are the user's turn
    out_.append(",\"messages\":[");
    open("user");
    if (!system(instructions)) return false;
    out_.append("]}]");
    return true;
  }
  if (instructed) {
    out_.append(",\"system\":[");
    if (!system(instructions)) return false;
    out_.push_back(']');
  }
  out_.append(",\"messages\":[");
  if (is_assistant(*at)) {
    open("user");
    open_text(out_, kOpeningTurn);
    out_.append("}]}");
  }
  while (at != turns.end()) {
    const At end = group_end(at);
    if (!(is_assistant(*at) ? assistant(at, end) : user(at, end))) return false;
    at = end;
  }
  if (!open_calls_.empty()) {
    open("user");
    missing_results();
    out_.append("]}");
  }
  out_.push_back(']');
  return true;
}

bool Messages::assistant(At begin, At end) {
  const bool last = end == w_.conversation.turns.end();
  At last_turn = end - 1;
  while (!says_something(*last_turn)) --last_turn;
  open("assistant");
  const std::size_t start = out_.size();
  for (At at = begin; at != end; ++at) {
    for (const Part& part : at->parts) {
      const bool last_words = last && at == last_turn && &part == &at->parts.back();
      if (!assistant_part(part, last_words)) return false;
    }
  }
  const std::string_view blocks = std::string_view(out_).substr(start);
  // With a token budget for thinking, Anthropic wants the assistant's part of the running turn to
  // begin with it.
  w_.unsigned_tool_turn = !blocks.starts_with("{\"type\":\"thinking\"") &&
                          !blocks.starts_with("{\"type\":\"redacted_thinking\"");
  out_.append("]}");
  return true;
}

bool Messages::assistant_part(const Part& part, bool last_words) {
  if (!anthropic::says_something(part)) return true;
  if (part.kind == Part::Kind::kToolCall) return call(part);
  if (part.kind == Part::Kind::kThinking) {
    append_comma(out_);
    out_.append("{\"type\":\"thinking\"");
    append_member(out_, "thinking", part.text);
    append_member(out_, "signature", part.signature);
    out_.push_back('}');
    return true;
  }
  if (part.kind == Part::Kind::kRedactedThinking) {
    append_comma(out_);
    out_.append("{\"type\":\"redacted_thinking\"");
    append_member(out_, "data", part.text);
    out_.push_back('}');
    return true;
  }
  if (!last_words || part.kind != Part::Kind::kText) return append_block(w_, part);
  // "final assistant content cannot end with trailing whitespace"
  open_text(out_, part.text.substr(0, part.text.find_last_not_of(" \t\n\r\f\v") + 1));
  close_block(out_, part);
  return true;
}

bool Messages::call(const Part& part) {
  if (!valid_tool_name(part.name)) {
    return w_.notes.refuse(Code::k_invalid_value, part.where + ".name",
                           "A tool's name is 1 to 128 letters, digits, `_` or `-`.");
  }
  const auto [made, fresh] = open_calls_.emplace(part.id, std::string());
  if (!fresh) {
    return w_.notes.refuse(Code::k_invalid_value, part.where,
                           "Two calls of one turn have the same id.");
  }
  made->second = wire_id(part.id);
  append_comma(out_);
  out_.append("{\"type\":\"tool_use\"");
  append_member(out_, "id", made->second);
  append_member(out_, "name", part.name);
  out_.append(",\"input\":").append(part.json.empty() ? "{}" : part.json);
  close_block(out_, part);
  return true;
}

// Anthropic's ids are [a-zA-Z0-9_-] and stand once in a conversation; other vendors'
// (`functions.f:0`, `call_0` in every turn) are rewritten, the same way each time so that the
// prompt cache holds.
std::string Messages::wire_id(std::string_view client_id) {
  std::string id(client_id);
  for (char& c : id) {
    const bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '_' || c == '-';
    if (!good) c = '_';
  }
  if (used_ids_.contains(id)) {
    int& n = next_suffix_.emplace(id, 2).first->second;
    std::string other;
    do other = id + "_" + std::to_string(n++);
    while (used_ids_.contains(other));
    id = std::move(other);
  }
  used_ids_.insert(id);
  return id;
}

bool Messages::user(At begin, At end) {
  open("user");
  const std::size_t start = out_.size();
  for (At at = begin; at != end; ++at) {
    for (const Part& part : at->parts) {
      if (part.kind == Part::Kind::kToolResult && !result(part)) return false;
    }
  }
  missing_results();
  const bool running = out_.size() != start;
  for (At at = begin; at != end; ++at) {
    for (const Part& part : at->parts) {
      if (part.kind == Part::Kind::kToolResult || !anthropic::says_something(part)) continue;
      if (at->role == Role::kSystem && part.kind == Part::Kind::kText) {
        reminder(part);
      } else if (!append_block(w_, part)) {
        return false;
      }
    }
  }
  w_.unsigned_tool_turn = w_.unsigned_tool_turn && running;
  if (out_.size() == start) {  // answers to calls that nobody made, and nothing else
    open_text(out_, kNoResult);
    out_.push_back('}');
  }
  out_.append("]}");
  return true;
}

// Only some models take a system role between turns, and only in some places: user text, marked as
// what it is, works with all of them and keeps the prompt cache of what stands before.
void Messages::reminder(const Part& part) {
  append_comma(out_);
  out_.append("{\"type\":\"text\",\"text\":\"<system-reminder>\\n");
  append_escaped(out_, part.text);
  out_.append("\\n</system-reminder>\"");
  close_block(out_, part);
}

bool Messages::result(const Part& part) {
  const auto call = open_calls_.find(part.id);
  if (call == open_calls_.end()) {  // an answer to a call that nobody made, or a second one
    w_.notes.drop(part.where);
    return true;
  }
  append_comma(out_);
  out_.append("{\"type\":\"tool_result\"");
  append_member(out_, "tool_use_id", call->second);
  open_calls_.erase(call);
  const std::size_t before = out_.size();
  out_.append(",\"content\":[");
  const std::size_t start = out_.size();
  for (const Part& inner : part.parts) {
    if (!append_block(w_, inner)) return false;
  }
  if (out_.size() == start) {
    out_.resize(before);
  } else {
    out_.push_back(']');
  }
  if (part.is_error) out_.append(",\"is_error\":true");
  close_block(out_, part);
  return true;
}

// Every call needs an answer; a client that was interrupted has none.
void Messages::missing_results() {
  for (const auto& [client_id, id] : open_calls_) {
    append_comma(out_);
    out_.append("{\"type\":\"tool_result\"");
    append_member(out_, "tool_use_id", id);
    append_member(out_, "content", kNoResult);
    out_.push_back('}');
  }
  open_calls_.clear();
}

}  // namespace

bool append_conversation(Writing& w) {
  return Messages(w).write();
}

}  // namespace pontage::dialects::anthropic
