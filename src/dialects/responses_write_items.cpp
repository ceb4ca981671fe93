// Turns as input items: messages, calls and their results each on their own.
#include "dialects/anthropic_json.hpp"
#include "dialects/openai_names.hpp"
#include "dialects/responses_names.hpp"
#include "dialects/responses_write.hpp"

namespace pontage::dialects::responses {

using anthropic::append_comma;
using anthropic::append_escaped;
using anthropic::append_member;
using anthropic::append_string;
using llm::Part;
using llm::Source;

namespace {

constexpr std::string_view kErrorMark = "[tool error] ";
constexpr std::string_view kOtherStore =
    "A file id is only known to the provider that stores it; send the data.";

void append_text(std::string& out, std::string_view type, std::string_view text) {
  append_comma(out);
  out.push_back('{');
  append_member(out, "type", type);
  append_member(out, type == "refusal" ? "refusal" : "text", text);
  out.push_back('}');
}

void append_data_uri(std::string& out, const Part& part) {
  out.append("\"data:");
  append_escaped(out, part.media_type);
  out.append(";base64,");
  append_escaped(out, part.data);
  out.append("\"");
}

class Input {
 public:
  Input(TranslationNotes& notes, std::string& out) : notes_(notes), out_(out) {}
  bool turn(const llm::Turn& turn);

 private:
  bool user(const llm::Turn& turn);
  bool assistant(const llm::Turn& turn);
  void system(const llm::Turn& turn);
  bool part(const Part& part, std::string& parts);
  bool image(const Part& part, std::string& parts);
  bool document(const Part& part, std::string& parts);
  bool result(const Part& part);
  void call(const Part& part);
  void reasoning(const Part& part);
  void message(std::string_view role, std::string& parts);
  void said(std::string& parts, const Part*& only);
  bool wrong_place(const Part& part) {
    return notes_.refuse(Code::k_invalid_value, part.where, "This part cannot stand here.");
  }

  TranslationNotes& notes_;
  std::string& out_;
};

bool Input::turn(const llm::Turn& turn) {
  switch (turn.role) {
    case llm::Role::kUser:
      return user(turn);
    case llm::Role::kAssistant:
      return assistant(turn);
    case llm::Role::kSystem:
      break;
  }
  system(turn);
  return true;
}

void Input::message(std::string_view role, std::string& parts) {
  if (parts.empty()) return;
  append_comma(out_);
  out_.append("{\"type\":\"message\"");
  append_member(out_, "role", role);
  out_.append(",\"content\":[").append(parts).append("]}");
  parts.clear();
}

void Input::system(const llm::Turn& turn) {
  std::string parts;
  for (const Part& part : turn.parts) {
    if (part.kind == Part::Kind::kText && !part.text.empty())
      append_text(parts, "input_text", part.text);
  }
  message("developer", parts);
}

bool Input::user(const llm::Turn& turn) {
  for (const Part& part : turn.parts) {
    if (part.kind == Part::Kind::kToolResult && !result(part)) return false;
  }
  std::string parts;
  for (const Part& one : turn.parts) {
    if (one.kind != Part::Kind::kToolResult && !part(one, parts)) return false;
  }
  message("user", parts);
  return true;
}

// One text goes as plain text: the list form asks for ids and annotations that a text from
// elsewhere does not have.
void Input::said(std::string& parts, const Part*& only) {
  if (only == nullptr) {
    message("assistant", parts);
    return;
  }
  append_comma(out_);
  out_.append(R"({"type":"message","role":"assistant")");
  append_member(out_, "content", only->text);
  out_.push_back('}');
  parts.clear();
  only = nullptr;
}

bool Input::assistant(const llm::Turn& turn) {
  std::string parts;
  const Part* only = nullptr;
  for (const Part& part : turn.parts) {
    switch (part.kind) {
      case Part::Kind::kText:
        if (part.text.empty()) break;
        only = parts.empty() ? &part : nullptr;
        append_text(parts, "output_text", part.text);
        break;
      case Part::Kind::kRefusal:
        only = nullptr;
        append_text(parts, "refusal", part.text);
        break;
      case Part::Kind::kThinking:
        said(parts, only);
        reasoning(part);
        break;
      case Part::Kind::kRedactedThinking:
        break;
      case Part::Kind::kToolCall:
        said(parts, only);
        call(part);
        break;
      case Part::Kind::kImage:
      case Part::Kind::kDocument:
      case Part::Kind::kAudio:
      case Part::Kind::kToolResult:
      case Part::Kind::kForeign:
        return notes_.impossible(part.where, "This part has no place in an assistant's message.");
    }
  }
  said(parts, only);
  return true;
}

void Input::call(const Part& part) {
  append_comma(out_);
  out_.append("{\"type\":\"function_call\"");
  append_member(out_, "call_id", part.id);
  append_member(out_, "name", openai_tool_name(part.name));
  append_member(out_, "arguments", part.json);
  out_.push_back('}');
}

// Only what a provider of this dialect has encrypted; it refuses everybody else's.
void Input::reasoning(const Part& part) {
  std::string_view id;
  std::string_view encrypted;
  if (!read_reasoning_signature(part.signature, id, encrypted)) return;
  append_comma(out_);
  out_.append("{\"type\":\"reasoning\"");
  append_member(out_, "id", id);
  out_.append(",\"summary\":[");
  if (!part.text.empty()) append_text(out_, "summary_text", part.text);
  out_.push_back(']');
  append_member(out_, "encrypted_content", encrypted);
  out_.push_back('}');
}

bool Input::result(const Part& given) {
  std::string parts;
  const Part* only = nullptr;
  if (given.is_error) append_text(parts, "input_text", kErrorMark);
  for (const Part& inner : given.parts) {
    only = given.parts.size() == 1 && inner.kind == Part::Kind::kText && !given.is_error ? &inner
                                                                                         : nullptr;
    if (inner.kind == Part::Kind::kForeign) {
      append_text(parts, "input_text", inner.json);
    } else if (!part(inner, parts)) {
      return false;
    }
  }
  append_comma(out_);
  out_.append("{\"type\":\"function_call_output\"");
  append_member(out_, "call_id", given.id);
  if (only != nullptr || parts.empty()) {
    append_member(out_, "output", only != nullptr ? only->text : std::string_view());
  } else {
    out_.append(",\"output\":[").append(parts).append("]");
  }
  out_.push_back('}');
  return true;
}

bool Input::image(const Part& part, std::string& parts) {
  if (part.source == Source::kFile) return notes_.impossible(part.where, std::string(kOtherStore));
  if (part.source != Source::kBase64 && part.source != Source::kUrl) return wrong_place(part);
  append_comma(parts);
  parts.reserve(parts.size() + part.data.size() + 96);
  parts.append(R"({"type":"input_image","image_url":)");
  if (part.source == Source::kUrl) {
    append_string(parts, part.data);
  } else {
    append_data_uri(parts, part);
  }
  append_member(parts, "detail", part.detail.empty() ? std::string_view("auto") : part.detail);
  parts.push_back('}');
  return true;
}

bool Input::document(const Part& given, std::string& parts) {
  if (given.wants_citations) notes_.drop(given.where + ".citations");
  if (!given.context.empty()) append_text(parts, "input_text", given.context);
  switch (given.source) {
    case Source::kText:
      if (!given.title.empty()) append_text(parts, "input_text", given.title);
      append_text(parts, "input_text", given.data);
      return true;
    case Source::kParts:
      for (const Part& inner : given.parts) {
        if (!part(inner, parts)) return false;
      }
      return true;
    case Source::kBase64:
      append_comma(parts);
      parts.append("{\"type\":\"input_file\"");
      append_member(parts, "filename", given.title.empty() ? "document.pdf" : given.title);
      parts.append(",\"file_data\":");
      append_data_uri(parts, given);
      parts.push_back('}');
      return true;
    case Source::kUrl:
      append_comma(parts);
      parts.append("{\"type\":\"input_file\"");
      append_member(parts, "file_url", given.data);
      parts.push_back('}');
      return true;
    case Source::kFile:
    case Source::kNone:
      break;
  }
  return notes_.impossible(given.where, std::string(kOtherStore));
}

bool Input::part(const Part& part, std::string& parts) {
  switch (part.kind) {
    case Part::Kind::kText:
      if (!part.text.empty()) append_text(parts, "input_text", part.text);
      return true;
    case Part::Kind::kImage:
      return image(part, parts);
    case Part::Kind::kDocument:
      return document(part, parts);
    case Part::Kind::kThinking:
    case Part::Kind::kRedactedThinking:
      return true;
    case Part::Kind::kAudio:
    case Part::Kind::kForeign:
      return notes_.impossible(part.where, "This part has no place in a Responses request.");
    case Part::Kind::kRefusal:
    case Part::Kind::kToolCall:
    case Part::Kind::kToolResult:
      break;
  }
  return wrong_place(part);
}

}  // namespace

bool append_input(TranslationNotes& notes, const llm::Conversation& conversation,
                  std::string& out) {
  out.append(",\"input\":[");
  Input input(notes, out);
  for (const llm::Turn& turn : conversation.turns) {
    if (!input.turn(turn)) return false;
  }
  out.push_back(']');
  return true;
}

}  // namespace pontage::dialects::responses
