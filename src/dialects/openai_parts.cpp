// Parts of a user's turn as OpenAI content parts (rows B3, B4). What has no part is refused by
// name: a prompt without its picture is another prompt.
#include "dialects/anthropic_json.hpp"
#include "dialects/openai_conversation.hpp"

namespace pontage::dialects::openai {

using anthropic::append_comma;
using anthropic::append_member;
using anthropic::append_string;
using llm::Part;
using llm::Source;

namespace {

constexpr std::string_view kOtherStore =
    "A file id is only known to the provider that stores it; send the data.";

void append_data_uri(std::string& out, std::string_view media_type, std::string_view data) {
  out.append("\"data:");
  anthropic::append_escaped(out, media_type);
  out.append(";base64,");
  anthropic::append_escaped(out, data);
  out.append("\"");
}

bool append_image(TranslationNotes& notes, const Part& part, std::string& out) {
  if (part.source == Source::kFile)
    return notes.impossible(part.where + ".source.type", std::string(kOtherStore));
  if (part.source != Source::kBase64 && part.source != Source::kUrl)
    return notes.refuse(Code::k_invalid_value, part.where + ".source.type",
                        "An image is base64 or a url");
  append_comma(out);
  out.reserve(out.size() + part.data.size() + 64);
  out.append("{\"type\":\"image_url\",\"image_url\":{\"url\":");
  if (part.source == Source::kUrl) {
    append_string(out, part.data);
  } else {
    append_data_uri(out, part.media_type, part.data);
  }
  if (!part.detail.empty()) append_member(out, "detail", part.detail);
  out.append("}}");
  return true;
}

bool append_document(TranslationNotes& notes, const Part& part, std::string& out) {
  if (part.wants_citations) notes.drop(part.where + ".citations");
  std::string head;
  for (const std::string_view line : {part.title, part.context}) {
    if (!line.empty()) head.append(line).append("\n");
  }
  switch (part.source) {
    case Source::kText:
      append_text_part(out, head + std::string(part.data));
      return true;
    case Source::kParts:
      if (!head.empty()) append_text_part(out, head);
      for (const Part& inner : part.parts) {
        if (!append_user_part(notes, inner, out)) return false;
      }
      return true;
    case Source::kBase64: {
      if (!part.context.empty()) append_text_part(out, part.context);
      append_comma(out);
      out.append("{\"type\":\"file\",\"file\":{\"filename\":");
      append_string(out, part.title.empty() ? "document.pdf" : part.title);
      out.append(",\"file_data\":");
      append_data_uri(out, part.media_type, part.data);
      out.append("}}");
      return true;
    }
    case Source::kFile:
      return notes.impossible(part.where + ".source.type", std::string(kOtherStore));
    case Source::kUrl:
    case Source::kNone:
      break;
  }
  return notes.impossible(part.where + ".source.type",
                          "This provider takes no documents by address; send the data.");
}

}  // namespace

void append_text_part(std::string& out, std::string_view text) {
  append_comma(out);
  out.append("{\"type\":\"text\"");
  append_member(out, "text", text);
  out.push_back('}');
}

bool append_user_part(TranslationNotes& notes, const Part& part, std::string& out) {
  switch (part.kind) {
    case Part::Kind::kText:
      if (!part.text.empty()) append_text_part(out, part.text);
      return true;
    case Part::Kind::kImage:
      return append_image(notes, part, out);
    case Part::Kind::kDocument:
      return append_document(notes, part, out);
    case Part::Kind::kAudio:
      append_comma(out);
      out.append(R"({"type":"input_audio","input_audio":{"format":)");
      append_string(out, part.media_type);
      append_member(out, "data", part.data);
      out.append("}}");
      return true;
    case Part::Kind::kThinking:
    case Part::Kind::kRedactedThinking:
      return true;
    case Part::Kind::kForeign:
      if (part.name == "search_result" || part.name == "tool_reference") {
        append_text_part(out, part.json);
        return true;
      }
      return notes.impossible(part.where + ".type", "The block `" + std::string(part.name) +
                                                        "` has no place in an OpenAI message.");
    case Part::Kind::kRefusal:
    case Part::Kind::kToolCall:
    case Part::Kind::kToolResult:
      break;
  }
  return notes.refuse(Code::k_invalid_value, part.where + ".type", "This block cannot stand here");
}

}  // namespace pontage::dialects::openai
