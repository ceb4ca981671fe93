// Parts of a conversation as Anthropic content blocks (row G6). What has no block is refused by
// name and never dropped: a prompt without its picture is another prompt.
#include <algorithm>
#include <array>

#include "dialects/anthropic_json.hpp"
#include "dialects/anthropic_write.hpp"
#include "dialects/messages.hpp"
#include "dialects/our_marks.hpp"

namespace pontage::dialects::anthropic {

using llm::Part;
using llm::Source;

namespace {

constexpr std::array<std::string_view, 4> kImageTypes = {"image/jpeg", "image/png", "image/gif",
                                                         "image/webp"};
constexpr std::string_view kOtherStore =
    "A file id is only known to the provider that stores it; send the data.";

// `,"source":{…}`
bool append_source(Writing& w, const Part& part) {
  std::string& out = w.out;
  switch (part.source) {
    case Source::kUrl:
      out.append(",\"source\":{\"type\":\"url\"");
      append_member(out, "url", part.data);
      break;
    case Source::kBase64:
      out.reserve(out.size() + part.data.size() + 128);
      out.append(",\"source\":{\"type\":\"base64\"");
      append_member(out, "media_type", part.media_type);
      append_member(out, "data", part.data);
      break;
    case Source::kText:
      out.append(",\"source\":{\"type\":\"text\",\"media_type\":\"text/plain\"");
      append_member(out, "data", part.data);
      break;
    case Source::kParts:
      out.append(",\"source\":{\"type\":\"content\",\"content\":[");
      for (const Part& inner : part.parts) {
        if (!append_block(w, inner)) return false;
      }
      out.push_back(']');
      break;
    case Source::kFile:
      return w.notes.impossible(part.where, std::string(kOtherStore));
    case Source::kNone:
      return w.notes.refuse(Code::k_missing_field, part.where, "The data is missing.");
  }
  out.push_back('}');
  return true;
}

bool append_image(Writing& w, const Part& part) {
  const bool known =
      part.source != Source::kBase64 ||
      std::find(kImageTypes.begin(), kImageTypes.end(), part.media_type) != kImageTypes.end();
  if (!known) {
    return w.notes.refuse(Code::k_invalid_value, part.where,
                          "Anthropic takes JPEG, PNG, GIF and WebP images, not `" +
                              std::string(part.media_type) + "`.");
  }
  append_comma(w.out);
  w.out.append("{\"type\":\"image\"");
  if (!append_source(w, part)) return false;
  close_block(w.out, part);
  return true;
}

bool append_document(Writing& w, const Part& part) {
  if (part.source == Source::kBase64 && part.media_type != "application/pdf") {
    return w.notes.refuse(Code::k_invalid_value, part.where,
                          "Anthropic takes PDF files as base64; send other files as text.");
  }
  append_comma(w.out);
  w.out.append("{\"type\":\"document\"");
  if (!append_source(w, part)) return false;
  if (!blank(part.title)) append_member(w.out, "title", part.title);
  if (!part.context.empty()) append_member(w.out, "context", part.context);
  if (part.wants_citations) w.out.append(",\"citations\":{\"enabled\":true}");
  close_block(w.out, part);
  return true;
}

}  // namespace

void open_text(std::string& out, std::string_view text) {
  append_comma(out);
  out.append("{\"type\":\"text\"");
  append_member(out, "text", text);
}

void close_block(std::string& out, const Part& part) {
  if (!part.cache_control.empty()) out.append(",\"cache_control\":").append(part.cache_control);
  out.push_back('}');
}

bool says_something(const Part& part) {
  switch (part.kind) {
    case Part::Kind::kText:
    case Part::Kind::kRefusal:
      // "text content blocks must contain non-whitespace text"
      return !blank(part.text);
    case Part::Kind::kThinking:
      return !part.signature.empty() && !part.signature.starts_with(kOurMark);
    case Part::Kind::kImage:
    case Part::Kind::kDocument:
    case Part::Kind::kAudio:
    case Part::Kind::kToolCall:
    case Part::Kind::kToolResult:
    case Part::Kind::kRedactedThinking:
    case Part::Kind::kForeign:
      break;
  }
  return true;
}

bool append_block(Writing& w, const Part& part) {
  switch (part.kind) {
    case Part::Kind::kText:
    case Part::Kind::kRefusal:
      if (blank(part.text)) return true;
      open_text(w.out, part.text);
      close_block(w.out, part);
      return true;
    case Part::Kind::kImage:
      return append_image(w, part);
    case Part::Kind::kDocument:
      return append_document(w, part);
    case Part::Kind::kAudio:
      return w.notes.impossible(part.where, "Anthropic models take no audio.");
    case Part::Kind::kThinking:
    case Part::Kind::kRedactedThinking:
    case Part::Kind::kToolCall:
    case Part::Kind::kToolResult:
    case Part::Kind::kForeign:
      break;
  }
  return w.notes.impossible(part.where, "This part has no place in an Anthropic message.");
}

}  // namespace pontage::dialects::anthropic
