// Gemini's contents as turns of a conversation. Calls and their results know each other by name
// and order where a client gives no ids: they get some.
#include <simdjson.h>

#include <algorithm>
#include <array>

#include "dialects/gemini_conversation.hpp"
#include "dialects/json_document.hpp"

namespace pontage::dialects::gemini {

namespace dom = simdjson::dom;
using llm::Part;
using llm::Source;

namespace {

class Contents {
 public:
  Contents(TranslationNotes& notes, llm::Conversation& out) : notes_(notes), out_(out) {}
  bool read(const Element& request);

 private:
  struct Call {
    std::string_view id;
    std::string_view name;
  };
  bool content(const Element& value, const std::string& where, std::vector<Part>& out);
  bool part(const Element& value, const std::string& where, std::vector<Part>& out);
  void thought(const Element& value, const std::string& where, std::vector<Part>& out);
  bool call(const Element& value, Part& out);
  bool result(const Element& value, Part& out);
  bool media(const Element& value, Part& out);
  bool file(const Element& value, Part& out);
  std::string_view keep(std::string text) { return out_.made.emplace_front(std::move(text)); }

  TranslationNotes& notes_;
  llm::Conversation& out_;
  std::vector<Call> open_;
  std::size_t calls_ = 0;
};

bool Contents::read(const Element& request) {
  Element found;
  dom::array list;
  if (field(request, "systemInstruction", found) &&
      !content(found, "systemInstruction", out_.system)) {
    return false;
  }
  if (!field(request, "contents", found) || found.get(list) != simdjson::SUCCESS)
    return notes_.refuse(Code::k_missing_field, "contents", "contents are required");
  std::size_t index = 0;
  for (const Element one : list) {
    const std::string where = "contents[" + std::to_string(index++) + "]";
    const auto role = text_field(one, "role") == "model" ? llm::Role::kAssistant : llm::Role::kUser;
    // Streams leave a content a chunk in the history of Google's SDKs: they are one turn.
    if (out_.turns.empty() || out_.turns.back().role != role) {
      llm::Turn& turn = out_.turns.emplace_back();
      turn.role = role;
      turn.where = where;
      if (role == llm::Role::kAssistant) open_.clear();
    }
    if (!content(one, where, out_.turns.back().parts)) return false;
  }
  return true;
}

bool Contents::content(const Element& value, const std::string& where, std::vector<Part>& out) {
  Element found;
  dom::array parts;
  if (!field(value, "parts", found) || found.get(parts) != simdjson::SUCCESS) return true;
  std::size_t index = 0;
  for (const Element one : parts) {
    if (!part(one, where + ".parts[" + std::to_string(index++) + "]", out)) return false;
  }
  return true;
}

// A thought, or the signature of the thinking before a part: of this gateway's making, or a
// Gemini's, which means nothing elsewhere.
void Contents::thought(const Element& value, const std::string& where, std::vector<Part>& out) {
  const std::string_view raw = text_field(value, "thoughtSignature");
  const std::string_view text =
      flag_field(value, "thought") ? text_field(value, "text") : std::string_view{};
  if (const auto data = unwrap_redacted(raw)) {
    Part& made = out.emplace_back();
    made.kind = Part::Kind::kRedactedThinking;
    made.where = where;
    made.text = keep(*data);
    return;
  }
  const auto signature = unwrap_signature(raw);
  if (text.empty() && !signature) return;
  const bool goes_on =
      !out.empty() && out.back().kind == Part::Kind::kThinking && out.back().signature.empty();
  Part& made = goes_on ? out.back() : out.emplace_back();
  made.kind = Part::Kind::kThinking;
  if (!goes_on) made.where = where;
  if (!text.empty())
    made.text = made.text.empty() ? text : keep(std::string(made.text).append(text));
  if (signature) made.signature = keep(*signature);
}

bool Contents::part(const Element& value, const std::string& where, std::vector<Part>& out) {
  thought(value, where, out);
  if (flag_field(value, "thought")) return true;
  Element found;
  Part made;
  made.where = where;
  if (field(value, "functionCall", found)) {
    if (!call(found, made)) return false;
  } else if (field(value, "functionResponse", found)) {
    if (!result(found, made)) return false;
  } else if (field(value, "inlineData", found)) {
    if (!media(found, made)) return false;
  } else if (field(value, "fileData", found)) {
    if (!file(found, made)) return false;
  } else if (field(value, "text", found)) {
    made.text = as_text(found).value_or(std::string_view{});
    if (made.text.empty()) return true;
  } else {
    made.kind = Part::Kind::kForeign;
    made.name = "part";
    dom::object members;
    if (value.get(members) != simdjson::SUCCESS || members.size() == 0) return true;
    made.name = (*members.begin()).key;
    made.json = json_text(value);
  }
  out.push_back(std::move(made));
  return true;
}

bool Contents::call(const Element& value, Part& out) {
  out.kind = Part::Kind::kToolCall;
  out.name = text_field(value, "name");
  if (out.name.empty())
    return notes_.refuse(Code::k_missing_field, out.where + ".functionCall.name",
                         "A call needs the name of its function.");
  out.id = text_field(value, "id");
  if (out.id.empty()) out.id = keep("call_" + std::to_string(calls_));
  ++calls_;
  Element found;
  out.json = "{}";
  if (field(value, "args", found)) {
    if (!found.is_object())
      return notes_.refuse(Code::k_invalid_value, out.where + ".functionCall.args",
                           "It must be an object.");
    out.json = json_text(found);
  }
  open_.push_back({out.id, out.name});
  return true;
}

// "Use `output` … and `error` … If they are not specified, then whole `response` is treated as
// function output"; SDKs that wrap plain values say `result`.
bool Contents::result(const Element& value, Part& out) {
  out.kind = Part::Kind::kToolResult;
  const std::string_view id = text_field(value, "id");
  const std::string_view name = text_field(value, "name");
  const auto fits = [&](const Call& one) { return id.empty() ? one.name == name : one.id == id; };
  const auto open = std::find_if(open_.begin(), open_.end(), fits);
  out.id = open != open_.end() ? open->id : id.empty() ? name : id;
  if (open != open_.end()) open_.erase(open);
  Element response;
  if (field(value, "response", response)) {
    Part& text = out.parts.emplace_back();
    text.where = out.where;
    Element said = response;
    dom::object members;
    if (response.get(members) == simdjson::SUCCESS && members.size() == 1) {
      for (const std::string_view key : {"output", "error", "result"}) {
        if (!member(response, key, said)) continue;
        out.is_error = key == "error";
        break;
      }
    }
    text.text = said.is_string() ? as_text(said).value_or("") : keep(json_text(said));
  }
  Element found;
  dom::array parts;
  if (!field(value, "parts", found) || found.get(parts) != simdjson::SUCCESS) return true;
  for (const Element one : parts) {
    Part made;
    made.where = out.where;
    if (!field(one, "inlineData", found)) continue;
    if (!media(found, made)) return false;
    out.parts.push_back(std::move(made));
  }
  return true;
}

bool Contents::media(const Element& value, Part& out) {
  out.source = Source::kBase64;
  out.media_type = text_field(value, "mimeType");
  out.data = text_field(value, "data");
  out.title = text_field(value, "displayName");
  if (out.media_type.empty() || out.data.empty())
    return notes_.refuse(Code::k_missing_field, out.where + ".inlineData",
                         "It needs a mimeType and data.");
  if (out.data.find_first_of("-_") != std::string_view::npos) {  // the other alphabet of base64
    std::string plain(out.data);
    std::replace(plain.begin(), plain.end(), '-', '+');
    std::replace(plain.begin(), plain.end(), '_', '/');
    out.data = keep(std::move(plain));
  }
  if (out.media_type.starts_with("image/")) {
    out.kind = Part::Kind::kImage;
  } else if (out.media_type.starts_with("audio/")) {
    out.kind = Part::Kind::kAudio;
    out.media_type.remove_prefix(std::string_view("audio/").size());
    if (out.media_type == "mpeg") out.media_type = "mp3";
    if (out.media_type == "x-wav") out.media_type = "wav";
  } else if (out.media_type.starts_with("video/")) {
    return notes_.impossible(out.where + ".inlineData", "This provider takes no video.");
  } else {
    out.kind = Part::Kind::kDocument;
  }
  return true;
}

bool Contents::file(const Element& value, Part& out) {
  out.data = text_field(value, "fileUri");
  out.media_type = text_field(value, "mimeType");
  if (out.data.empty())
    return notes_.refuse(Code::k_missing_field, out.where + ".fileData.fileUri",
                         "It needs an address.");
  const bool stored = out.data.find("generativelanguage.googleapis.com/") != std::string_view::npos;
  const bool web = out.data.starts_with("https://") || out.data.starts_with("http://");
  out.source = web && !stored ? Source::kUrl : Source::kFile;
  out.kind = out.media_type.starts_with("image/") ? Part::Kind::kImage : Part::Kind::kDocument;
  return true;
}

}  // namespace

bool read_contents(TranslationNotes& notes, const Element& request, llm::Conversation& out) {
  return Contents(notes, out).read(request);
}

}  // namespace pontage::dialects::gemini
