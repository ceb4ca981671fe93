// Parts of turns as Converse content blocks. What has no block is refused by name.
#include <array>

#include "core/base64.hpp"
#include "core/strings.hpp"
#include "dialects/anthropic_json.hpp"
#include "dialects/bedrock_request.hpp"
#include "dialects/messages.hpp"
#include "dialects/openai_names.hpp"
#include "dialects/our_marks.hpp"

namespace pontage::dialects::bedrock {

using anthropic::append_comma;
using anthropic::append_member;
using anthropic::append_string;
using llm::Part;
using llm::Source;

namespace {

struct Format {
  std::string_view media_type;
  std::string_view name;
};
constexpr std::array kImages = {Format{"image/png", "png"}, Format{"image/jpeg", "jpeg"},
                                Format{"image/jpg", "jpeg"}, Format{"image/gif", "gif"},
                                Format{"image/webp", "webp"}};
constexpr std::array kDocuments = {
    Format{"application/pdf", "pdf"},
    Format{"text/csv", "csv"},
    Format{"application/msword", "doc"},
    Format{"application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx"},
    Format{"application/vnd.ms-excel", "xls"},
    Format{"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"},
    Format{"text/html", "html"},
    Format{"text/plain", "txt"},
    Format{"text/markdown", "md"}};

template <std::size_t N>
std::string_view format_of(const std::array<Format, N>& formats, std::string_view media_type) {
  for (const auto& format : formats) {
    if (iequals(format.media_type, media_type)) return format.name;
  }
  return {};
}

// Bytes in base64, or an object of S3; false: neither.
bool append_source(const Part& part, std::string& out) {
  if (part.source == Source::kBase64) {
    out.reserve(out.size() + part.data.size() + 64);
    out.append("\"source\":{\"bytes\":");
    append_string(out, part.data);
    out.append("}");
    return true;
  }
  if (part.source != Source::kUrl || !part.data.starts_with("s3://")) return false;
  out.append("\"source\":{\"s3Location\":{\"uri\":");
  append_string(out, part.data);
  out.append("}}");
  return true;
}

constexpr std::string_view kSendData =
    "Bedrock takes data and s3:// addresses, no others; send the data.";

bool append_image(TranslationNotes& notes, const Part& part, std::string& out) {
  std::string_view format = format_of(kImages, part.media_type);
  if (format.empty() && part.source == Source::kUrl) {  // an S3 object says it by its name
    const auto dot = part.data.rfind('.');
    const auto end = dot == std::string_view::npos ? "" : part.data.substr(dot + 1);
    format = format_of(kImages, "image/" + std::string(end));
  }
  std::string source;
  if (!append_source(part, source)) return notes.impossible(part.where, std::string(kSendData));
  if (format.empty())
    return notes.impossible(part.where, "Bedrock takes images of png, jpeg, gif and webp.");
  append_comma(out);
  out.append("{\"image\":{\"format\":\"").append(format).append("\",").append(source).append("}}");
  return true;
}

// "The name of the document can only contain alphanumeric characters, whitespace characters (no
// more than one in a row), hyphens, parentheses, square brackets" (API_runtime_DocumentBlock).
std::string document_name(std::string_view title) {
  constexpr std::string_view kAllowed = "-()[] ";
  constexpr std::size_t kLongest = 200;
  std::string out;
  for (const char c : title.substr(0, kLongest)) {
    const bool good = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                      kAllowed.find(c) != std::string_view::npos;
    const char next = good ? c : '-';
    if (next != ' ' || !out.ends_with(' ')) out.push_back(next);
  }
  return std::string(trim(out)).empty() ? "document" : std::string(trim(out));
}

void append_document_block(const Part& part, std::string_view format, std::string_view source,
                           std::string& out) {
  append_comma(out);
  out.append("{\"document\":{\"format\":\"").append(format).append("\",\"name\":");
  append_string(out, document_name(part.title));
  if (!part.context.empty()) append_member(out, "context", part.context);
  if (part.wants_citations) out.append(",\"citations\":{\"enabled\":true}");
  out.append(",").append(source).append("}}");
}

bool append_document(TranslationNotes& notes, const Part& part, std::string& out) {
  if (part.source == Source::kText) {
    append_document_block(part, "txt",
                          "\"source\":{\"bytes\":\"" + base64_encode(part.data) + "\"}", out);
    return true;
  }
  if (part.source == Source::kParts) {
    for (const Part& inner : part.parts) {
      if (!append_part(notes, inner, out)) return false;
    }
    return true;
  }
  std::string source;
  if (!append_source(part, source)) return notes.impossible(part.where, std::string(kSendData));
  const auto format =
      part.media_type.empty() ? std::string_view("pdf") : format_of(kDocuments, part.media_type);
  if (format.empty())
    return notes.impossible(part.where, "Bedrock takes no documents of this media type.");
  append_document_block(part, format, source, out);
  return true;
}

bool append_call(TranslationNotes& notes, const Part& part, std::string& out) {
  if (!part.json.empty() && !part.json.starts_with('{'))
    return notes.impossible(part.where, "Bedrock takes a call's arguments as a JSON object only.");
  append_comma(out);
  out.append("{\"toolUse\":{\"toolUseId\":");
  append_string(out, part.id);
  append_member(out, "name", openai_tool_name(part.name));
  out.append(",\"input\":").append(part.json.empty() ? "{}" : part.json).append("}}");
  return true;
}

bool append_result(TranslationNotes& notes, const Part& part, std::string& out) {
  std::string content;
  if (!part.text.empty()) {
    content.append("{\"text\":");
    append_string(content, part.text);
    content.push_back('}');
  }
  for (const Part& inner : part.parts) {
    if (!append_part(notes, inner, content)) return false;
  }
  append_comma(out);
  out.append("{\"toolResult\":{\"toolUseId\":");
  append_string(out, part.id);
  out.append(",\"content\":[");
  out.append(content.empty() ? "{\"text\":\"[no result]\"}" : content).append("]");
  if (part.is_error) out.append(",\"status\":\"error\"");
  out.append("}}");
  return true;
}

// Thinking is taken back only with the signature that its maker gave it.
void append_thinking(const Part& part, std::string& out) {
  if (part.kind == Part::Kind::kRedactedThinking) {
    append_comma(out);
    out.append("{\"reasoningContent\":{\"redactedContent\":");
    append_string(out, part.text);
    out.append("}}");
  } else if (!part.signature.empty() && !part.signature.starts_with(kOurMark)) {
    append_comma(out);
    out.append("{\"reasoningContent\":{\"reasoningText\":{\"text\":");
    append_string(out, part.text);
    append_member(out, "signature", part.signature);
    out.append("}}}");
  }
}

bool append_block(TranslationNotes& notes, const Part& part, std::string& out) {
  switch (part.kind) {
    case Part::Kind::kText:
    case Part::Kind::kRefusal:
      if (anthropic::blank(part.text)) return true;  // refused there
      append_comma(out);
      out.append("{\"text\":");
      append_string(out, part.text);
      out.push_back('}');
      return true;
    case Part::Kind::kImage:
      return append_image(notes, part, out);
    case Part::Kind::kDocument:
      return append_document(notes, part, out);
    case Part::Kind::kAudio:
      append_comma(out);
      out.append("{\"audio\":{\"format\":");
      append_string(out, part.media_type);
      out.append(",\"source\":{\"bytes\":");
      append_string(out, part.data);
      out.append("}}}");
      return true;
    case Part::Kind::kToolCall:
      return append_call(notes, part, out);
    case Part::Kind::kToolResult:
      return append_result(notes, part, out);
    case Part::Kind::kThinking:
    case Part::Kind::kRedactedThinking:
      append_thinking(part, out);
      return true;
    case Part::Kind::kForeign:
      break;
  }
  return notes.impossible(
      part.where, "The block `" + std::string(part.name) + "` has no place in a Converse message.");
}

}  // namespace

void append_cache_point(const std::string& mark, std::string& out) {
  if (mark.empty()) return;
  append_comma(out);
  out.append(R"({"cachePoint":{"type":"default")");
  if (mark.find("\"1h\"") != std::string::npos) out.append(R"(,"ttl":"1h")");
  out.append("}}");
}

bool append_part(TranslationNotes& notes, const Part& part, std::string& out) {
  const std::size_t before = out.size();
  if (!append_block(notes, part, out)) return false;
  if (out.size() != before) append_cache_point(part.cache_control, out);
  return true;
}

}  // namespace pontage::dialects::bedrock
