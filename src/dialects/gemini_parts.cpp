// Parts of a conversation as Gemini's parts: texts, bytes in place, and addresses that Google
// fetches. What has no part is refused by name: a prompt without its picture is another prompt.
#include <array>

#include "core/strings.hpp"
#include "dialects/anthropic_json.hpp"
#include "dialects/gemini_conversation.hpp"

namespace pontage::dialects::gemini {

using anthropic::append_comma;
using anthropic::append_member;
using llm::Part;
using llm::Source;

namespace {

constexpr int kFetches = 25;  // "External URLs": not supported for the Gemini 2.0 family and before

std::string_view type_of_name(std::string_view address) {
  struct Row {
    std::string_view ending;
    std::string_view type;
  };
  static constexpr std::array kRows = {
      Row{".png", "image/png"},   Row{".jpg", "image/jpeg"},      Row{".jpeg", "image/jpeg"},
      Row{".webp", "image/webp"}, Row{".gif", "image/gif"},       Row{".heic", "image/heic"},
      Row{".heif", "image/heif"}, Row{".pdf", "application/pdf"},
  };
  const std::string_view path = address.substr(0, address.find_first_of("?#"));
  for (const Row& row : kRows) {
    if (path.size() > row.ending.size() &&
        iequals(path.substr(path.size() - row.ending.size()), row.ending))
      return row.type;
  }
  return {};
}

void append_bytes(std::string& out, std::string_view media_type, std::string_view data) {
  append_comma(out);
  out.reserve(out.size() + data.size() + 64);
  out.append("{\"inlineData\":{");
  append_member(out, "mimeType", media_type);
  append_member(out, "data", data);
  out.append("}}");
}

// Google's own files, cloud storage and videos at all times; "publicly accessible URLs" (https)
// since 2.5.
bool append_address(TranslationNotes& notes, const Part& part, std::string& out) {
  const std::string_view address = part.data;
  const bool own = address.starts_with("https://generativelanguage.googleapis.com/") ||
                   address.starts_with("gs://") || address.starts_with("https://www.youtube.com/");
  const int made = generation(notes.shape.model);
  if (!own && (!address.starts_with("https://") || (made != 0 && made < kFetches))) {
    return notes.impossible(
        part.where, "This Gemini model fetches no such address; send the data itself (base64).");
  }
  const std::string_view type = part.media_type.empty() ? type_of_name(address) : part.media_type;
  append_comma(out);
  out.append("{\"fileData\":{");
  if (!type.empty()) append_member(out, "mimeType", type);
  append_member(out, "fileUri", address);
  out.append("}}");
  return true;
}

bool append_media(TranslationNotes& notes, const Part& part, std::string& out) {
  switch (part.source) {
    case Source::kBase64:
      append_bytes(out, part.media_type, part.data);
      return true;
    case Source::kUrl:
      return append_address(notes, part, out);
    case Source::kFile:
      return notes.impossible(
          part.where, "A file id is only known to the provider that stores it; send the data.");
    case Source::kNone:
    case Source::kText:
    case Source::kParts:
      break;
  }
  return notes.refuse(Code::k_invalid_value, part.where, "Its data is missing.");
}

bool append_document(TranslationNotes& notes, const Part& part, std::string& out) {
  if (part.wants_citations) notes.drop(part.where + ".citations");
  std::string head;
  for (const std::string_view line : {part.title, part.context}) {
    if (!line.empty()) head.append(line).append("\n");
  }
  if (part.source == Source::kText) {
    append_text_part(out, head + std::string(part.data));
    return true;
  }
  if (!head.empty()) append_text_part(out, head);
  if (part.source != Source::kParts) return append_media(notes, part, out);
  for (const Part& inner : part.parts) {
    if (!append_part(notes, inner, out)) return false;
  }
  return true;
}

}  // namespace

void append_text_part(std::string& out, std::string_view text) {
  append_comma(out);
  out.push_back('{');
  append_member(out, "text", text);
  out.push_back('}');
}

bool append_part(TranslationNotes& notes, const Part& part, std::string& out) {
  switch (part.kind) {
    case Part::Kind::kText:
      if (!part.text.empty()) append_text_part(out, part.text);
      return true;
    case Part::Kind::kImage:
      return append_media(notes, part, out);
    case Part::Kind::kDocument:
      return append_document(notes, part, out);
    case Part::Kind::kAudio:  // the format's name: "wav", "mp3"
      append_bytes(out, "audio/" + std::string(part.media_type), part.data);
      return true;
    case Part::Kind::kThinking:
    case Part::Kind::kRedactedThinking:
      return true;
    case Part::Kind::kForeign:
      if (part.name == "search_result" || part.name == "tool_reference") {
        append_text_part(out, part.json);
        return true;
      }
      return notes.impossible(part.where,
                              "`" + std::string(part.name) + "` has no place in a Gemini request.");
    case Part::Kind::kRefusal:
    case Part::Kind::kToolCall:
    case Part::Kind::kToolResult:
      break;
  }
  return notes.refuse(Code::k_invalid_value, part.where, "This part cannot stand here");
}

}  // namespace pontage::dialects::gemini
