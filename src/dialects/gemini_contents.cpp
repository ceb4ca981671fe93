// Turns as Gemini's contents: the system's word apart, roles in turns, each call answered in its
// order right after its turn (Gemini wants as many answers as calls, and knows them by name), and
// Gemini's own thought signatures back where they came from.
#include <algorithm>

#include "dialects/anthropic_json.hpp"
#include "dialects/gemini_conversation.hpp"
#include "dialects/openai_names.hpp"

namespace pontage::dialects::gemini {

using anthropic::append_comma;
using anthropic::append_member;
using anthropic::append_string;
using llm::Part;

namespace {

constexpr std::string_view kBilling = "x-anthropic-billing-header:";
constexpr std::string_view kNoResult = "[no result]";
constexpr int kStrict = 30;  // from Gemini 3 on calls need signatures, and results may hold media

class Contents {
 public:
  Contents(TranslationNotes& notes, std::string& out)
      : notes_(notes), out_(out), strict_(generation(notes.shape.model) >= kStrict) {}
  bool write(const llm::Conversation& conversation);

 private:
  struct Call {
    std::string_view id;
    std::string_view name;
  };
  // What a user's turn is made of: its parts, or a system's word between the turns.
  struct Said {
    const Part* part;
    bool reminder;
  };
  void system(const std::vector<Part>& parts);
  bool user();
  bool assistant(const llm::Turn& turn);
  void call(const Part& part, std::string& out);
  bool result(const Call& call, const Part* part, std::string& results, std::string& beside);
  void content(std::string_view role, std::string_view parts);

  TranslationNotes& notes_;
  std::string& out_;
  bool strict_;
  std::string_view role_;  // of the content that is open
  std::vector<Call> open_calls_;
  std::vector<Said> said_;
  std::string system_;
  std::string signature_;  // of Gemini's, for the next part
};

bool Contents::write(const llm::Conversation& conversation) {
  system(conversation.system);
  out_.append("\"contents\":[");
  bool begun = false;
  for (const llm::Turn& turn : conversation.turns) {
    if (turn.role == llm::Role::kSystem && !begun) {
      system(turn.parts);
    } else if (turn.role == llm::Role::kAssistant) {
      if (!user() || !assistant(turn)) return false;
    } else {
      for (const Part& part : turn.parts) said_.push_back({&part, turn.role == llm::Role::kSystem});
    }
    begun = begun || turn.role != llm::Role::kSystem;
  }
  if (!user()) return false;
  if (role_.empty())
    return notes_.refuse(Code::k_invalid_value, std::string(conversation.names.turns),
                         "Nothing is said.");
  out_.append("]}]");
  if (!system_.empty())
    out_.append(",\"systemInstruction\":{\"parts\":[").append(system_).append("]}");
  return true;
}

void Contents::system(const std::vector<Part>& parts) {
  for (const Part& part : parts) {
    // An agent's accounting line, new in every request: it would spoil the provider's prompt cache.
    if (part.kind == Part::Kind::kText && !part.text.empty() && !part.text.starts_with(kBilling))
      append_text_part(system_, part.text);
  }
}

// Contents of one role are one: "ensure that multiturn requests alternate between user and model".
void Contents::content(std::string_view role, std::string_view parts) {
  if (parts.empty()) return;
  if (role_ == role) {
    out_.push_back(',');
  } else {
    if (!role_.empty()) out_.append("]},");
    out_.append("{\"role\":\"").append(role).append("\",\"parts\":[");
    role_ = role;
  }
  out_.append(parts);
}

void Contents::call(const Part& part, std::string& out) {
  append_comma(out);
  out.append("{\"functionCall\":{");
  if (!part.id.empty()) append_member(out, "id", part.id);
  append_member(out, "name", openai_tool_name(part.name));
  out.append(",\"args\":").append(part.json.empty() ? "{}" : part.json).append("}");
  // "If there are parallel function calls, only the first functionCall part will contain a
  // signature".
  if (signature_.empty() && strict_ && open_calls_.empty()) signature_ = kNoSignature;
  if (!signature_.empty()) append_member(out, "thoughtSignature", signature_);
  signature_.clear();
  out.push_back('}');
  open_calls_.push_back({part.id, part.name});
}

bool Contents::assistant(const llm::Turn& turn) {
  std::string parts;
  const auto text = [&](std::string_view words, std::string_view more) {
    append_comma(parts);
    parts.append("{");
    append_member(parts, "text", words);
    parts.append(more);
    if (more.empty() && !signature_.empty()) {
      append_member(parts, "thoughtSignature", signature_);
      signature_.clear();
    }
    parts.push_back('}');
  };
  for (const Part& part : turn.parts) {
    switch (part.kind) {
      case Part::Kind::kText:
      case Part::Kind::kRefusal:
        if (!part.text.empty()) text(part.text, {});
        break;
      case Part::Kind::kThinking:
        if (!part.signature.starts_with(kSigned)) break;  // another maker's
        if (!part.text.empty()) text(part.text, ",\"thought\":true");
        signature_ = part.signature.substr(kSigned.size());
        break;
      case Part::Kind::kRedactedThinking:
        break;
      case Part::Kind::kToolCall:
        call(part, parts);
        break;
      case Part::Kind::kImage:
      case Part::Kind::kDocument:
      case Part::Kind::kAudio:
        if (!append_part(notes_, part, parts)) return false;
        break;
      case Part::Kind::kToolResult:
      case Part::Kind::kForeign:
        return notes_.impossible(part.where, "This part has no place in a Gemini answer.");
    }
  }
  if (!signature_.empty()) text({}, {});  // as a stream of Gemini's ends
  content("model", parts);
  return true;
}

// "Use `output` key to specify function output and `error` key to specify error details".
bool Contents::result(const Call& call, const Part* part, std::string& results,
                      std::string& beside) {
  std::string text;
  std::string media;
  const auto add = [&text](std::string_view piece) {
    if (piece.empty()) return;
    if (!text.empty()) text.push_back('\n');
    text.append(piece);
  };
  if (part == nullptr) add(kNoResult);
  for (std::size_t i = 0; part != nullptr && i < part->parts.size(); ++i) {
    const Part& inner = part->parts[i];
    if (inner.kind == Part::Kind::kText) {
      add(inner.text);
    } else if (inner.kind == Part::Kind::kForeign) {
      add(inner.json);
    } else if (inner.kind == Part::Kind::kDocument && inner.source == llm::Source::kText) {
      add(inner.title);
      add(inner.data);
    } else {
      const bool within = strict_ && inner.source == llm::Source::kBase64;
      if (!append_part(notes_, inner, within ? media : beside)) return false;
    }
  }
  append_comma(results);
  results.append("{\"functionResponse\":{");
  if (!call.id.empty()) append_member(results, "id", call.id);
  append_member(results, "name", openai_tool_name(call.name));
  results.append(",\"response\":{");
  append_member(results, part != nullptr && part->is_error ? "error" : "output", text);
  results.push_back('}');
  if (!media.empty()) results.append(",\"parts\":[").append(media).append("]");
  results.append("}}");
  return true;
}

bool Contents::user() {
  std::string parts;
  std::string beside;
  for (const Call& call : open_calls_) {
    const auto answers = [&](const Said& one) {
      return one.part != nullptr && one.part->kind == Part::Kind::kToolResult &&
             one.part->id == call.id;
    };
    const auto found = std::find_if(said_.begin(), said_.end(), answers);
    if (!result(call, found == said_.end() ? nullptr : found->part, parts, beside)) return false;
    if (found != said_.end()) found->part = nullptr;
  }
  open_calls_.clear();
  if (!beside.empty()) {
    append_comma(parts);
    parts.append(beside);
  }
  for (const Said& one : said_) {
    if (one.part == nullptr) continue;
    if (one.part->kind == Part::Kind::kToolResult) {
      notes_.drop(one.part->where);  // an answer to a call that nobody made
    } else if (one.reminder && one.part->kind == Part::Kind::kText) {
      if (!one.part->text.starts_with(kBilling))
        append_text_part(
            parts, "<system-reminder>\n" + std::string(one.part->text) + "\n</system-reminder>");
    } else if (!append_part(notes_, *one.part, parts)) {
      return false;
    }
  }
  said_.clear();
  content("user", parts);
  return true;
}

}  // namespace

bool append_contents(TranslationNotes& notes, const llm::Conversation& conversation,
                     std::string& out) {
  return Contents(notes, out).write(conversation);
}

}  // namespace pontage::dialects::gemini
