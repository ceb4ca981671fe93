// Turns as OpenAI messages (rows B1, B2, B5-B9): the system's word first, each call answered right
// after its turn and in its order, whatever order the results came in.
#include <algorithm>

#include "dialects/anthropic_json.hpp"
#include "dialects/openai_conversation.hpp"
#include "dialects/openai_names.hpp"

namespace pontage::dialects::openai {

using anthropic::append_comma;
using anthropic::append_escaped;
using anthropic::append_member;
using anthropic::append_string;
using llm::Part;

namespace {

constexpr std::string_view kBilling = "x-anthropic-billing-header:";
constexpr std::string_view kNoResult = "[no result]";
constexpr std::string_view kErrorMark = "[tool error] ";
constexpr std::string_view kImagesFollow = "[the images follow in the next message]";

// Thinking models that want their own thinking back within a tool turn, and refuse the turn
// otherwise.
bool wants_reasoning_back(std::string_view model) {
  return model.find("deepseek") != std::string_view::npos ||
         model.find("kimi") != std::string_view::npos;
}

class Messages {
 public:
  Messages(TranslationNotes& notes, std::string& out) : notes_(notes), out_(out) {}
  bool write(const llm::Conversation& conversation);

 private:
  void system(const std::vector<Part>& parts, std::string_view named, std::string& out) const;
  bool assistant(const llm::Turn& turn, bool last);
  bool user(const llm::Turn& turn);
  static void name(std::string& out, std::string_view name) {
    if (!name.empty()) append_member(out, "name", name);
  }
  bool result(const Part& part, std::string& images);
  void answer_open();
  void open(std::string& out, std::string_view role) const {
    append_comma(out);
    out.append("{\"role\":\"").append(role).append("\"");
  }

  TranslationNotes& notes_;
  std::string& out_;
  std::vector<std::string_view> open_calls_;  // of the last assistant turn, not answered yet
  std::string waiting_;  // system messages that came between calls and their results
};

bool Messages::write(const llm::Conversation& conversation) {
  out_.append("\"messages\":[");
  system(conversation.system, {}, out_);
  for (const llm::Turn& turn : conversation.turns) {
    const bool last = &turn == &conversation.turns.back();
    if (turn.role == llm::Role::kSystem) {
      system(turn.parts, turn.name, open_calls_.empty() ? out_ : waiting_);
    } else if (turn.role == llm::Role::kAssistant) {
      if (!assistant(turn, last)) return false;
    } else if (!user(turn)) {
      return false;
    }
  }
  answer_open();
  out_.push_back(']');
  return true;
}

void Messages::system(const std::vector<Part>& parts, std::string_view named,
                      std::string& out) const {
  std::string text;
  for (const Part& part : parts) {
    // An agent's accounting line, new in every request: it would spoil the provider's prompt cache.
    if (part.kind != Part::Kind::kText || part.text.empty() || part.text.starts_with(kBilling))
      continue;
    if (!text.empty()) text.push_back('\n');
    text.append(part.text);
  }
  if (text.empty()) return;
  open(out, "system");
  name(out, named);
  append_member(out, "content", text);
  out.push_back('}');
}

// Every call needs an answer; a client that was interrupted has none.
void Messages::answer_open() {
  for (const std::string_view id : open_calls_) {
    open(out_, "tool");
    append_member(out_, "tool_call_id", id);
    append_member(out_, "content", kNoResult);
    out_.push_back('}');
  }
  open_calls_.clear();
  if (waiting_.empty()) return;
  append_comma(out_);
  out_.append(waiting_);
  waiting_.clear();
}

void append_call(std::string& calls, const Part& part) {
  append_comma(calls);
  calls.append("{\"id\":");
  append_string(calls, part.id);
  calls.append(",\"type\":\"function\",\"function\":{\"name\":");
  append_string(calls, openai_tool_name(part.name));
  append_member(calls, "arguments", part.json);
  calls.append("}}");
}

bool Messages::assistant(const llm::Turn& turn, bool last) {
  answer_open();
  std::string text;
  std::string thinking;
  std::string calls;
  for (const Part& part : turn.parts) {
    switch (part.kind) {
      case Part::Kind::kText:
      case Part::Kind::kRefusal:
        append_escaped(text, part.text);
        break;
      case Part::Kind::kThinking:
        append_escaped(thinking, part.text);
        break;
      case Part::Kind::kRedactedThinking:
        break;
      case Part::Kind::kToolCall:
        append_call(calls, part);
        open_calls_.push_back(part.id);
        break;
      case Part::Kind::kImage:
      case Part::Kind::kDocument:
      case Part::Kind::kAudio:
      case Part::Kind::kToolResult:
      case Part::Kind::kForeign:
        return notes_.impossible(part.where, "This block has no place in an OpenAI message.");
    }
  }
  if (text.empty() && calls.empty()) return true;
  if (last && calls.empty() &&
      !notes_.unsupported(turn.where,
                          "An answer that is begun by the client cannot be continued "
                          "by this provider.")) {
    return false;
  }
  open(out_, "assistant");
  name(out_, turn.name);
  out_.append(",\"content\":");
  if (text.empty()) {
    out_.append("null");
  } else {
    out_.append("\"").append(text).append("\"");
  }
  if (!thinking.empty() && wants_reasoning_back(notes_.shape.model))
    out_.append(",\"reasoning_content\":\"").append(thinking).append("\"");
  if (!calls.empty()) out_.append(",\"tool_calls\":[").append(calls).append("]");
  out_.push_back('}');
  return true;
}

// A tool's answer is text there: other parts go as their JSON, images after all the answers.
bool Messages::result(const Part& part, std::string& images) {
  std::string text;
  const auto add = [&text](std::string_view piece) {
    if (piece.empty()) return;
    if (!text.empty()) text.push_back('\n');
    text.append(piece);
  };
  for (const Part& inner : part.parts) {
    if (inner.kind == Part::Kind::kText) {
      add(inner.text);
    } else if (inner.kind == Part::Kind::kForeign) {
      add(inner.json);
    } else if (inner.kind == Part::Kind::kDocument && inner.source == llm::Source::kText) {
      add(inner.title);
      add(inner.data);
    } else if (!append_user_part(notes_, inner, images)) {
      return false;
    }
  }
  if (text.empty() && !images.empty()) text = kImagesFollow;
  if (part.is_error) text.insert(0, kErrorMark);
  open(out_, "tool");
  append_member(out_, "tool_call_id", part.id);
  append_member(out_, "content", text);
  out_.push_back('}');
  return true;
}

bool Messages::user(const llm::Turn& turn) {
  std::string parts;
  std::vector<const Part*> results;
  for (const Part& part : turn.parts) {
    if (part.kind == Part::Kind::kToolResult) results.push_back(&part);
  }
  std::vector<std::string_view> unanswered;
  for (const std::string_view id : open_calls_) {
    const auto found = std::find_if(results.begin(), results.end(), [&](const Part* one) {
      return one != nullptr && one->id == id;
    });
    if (found == results.end()) {
      unanswered.push_back(id);
      continue;
    }
    if (!result(**found, parts)) return false;
    *found = nullptr;
  }
  for (const Part* orphan : results) {  // answers to calls that nobody made
    if (orphan != nullptr) notes_.drop(orphan->where);
  }
  open_calls_ = std::move(unanswered);
  answer_open();
  const Part* only_text = nullptr;
  std::size_t others = parts.empty() ? 0 : 1;
  for (const Part& part : turn.parts) {
    if (part.kind == Part::Kind::kToolResult) continue;
    if (!append_user_part(notes_, part, parts)) return false;
    if (part.kind == Part::Kind::kText && only_text == nullptr) {
      only_text = &part;
    } else {
      ++others;
    }
  }
  if (parts.empty()) return true;
  open(out_, "user");
  name(out_, turn.name);
  if (only_text != nullptr && others == 0) {
    append_member(out_, "content", only_text->text);
  } else {
    out_.append(",\"content\":[").append(parts).append("]");
  }
  out_.push_back('}');
  return true;
}

}  // namespace

bool append_messages(TranslationNotes& notes, const llm::Conversation& conversation,
                     std::string& out) {
  return Messages(notes, out).write(conversation);
}

}  // namespace pontage::dialects::openai
