// Anthropic's content blocks as parts of a conversation.
#include <simdjson.h>

#include "dialects/messages.hpp"
#include "dialects/messages_conversation.hpp"

namespace pontage::dialects::messages {

namespace dom = simdjson::dom;
using anthropic::append_minified;
using anthropic::member;
using anthropic::object_at;
using anthropic::text_at;
using llm::Part;
using llm::Source;

namespace {

std::string minified(const Element& element) {
  std::string out;
  append_minified(out, element);
  return out;
}

bool read_source(TranslationNotes& notes, const Object& block, Part& part) {
  Object source;
  if (!object_at(block, "source", source)) {
    return notes.refuse(Code::k_missing_field, part.where + ".source", "Field required");
  }
  const std::string_view type = text_at(source, "type");
  part.media_type = text_at(source, "media_type");
  if (type == "base64") {
    part.source = Source::kBase64;
    part.data = text_at(source, "data");
  } else if (type == "url") {
    part.source = Source::kUrl;
    part.data = text_at(source, "url");
  } else if (type == "file") {
    part.source = Source::kFile;
    part.data = text_at(source, "file_id");
  } else if (type == "text") {
    part.source = Source::kText;
    part.data = text_at(source, "data");
  } else if (type == "content") {
    part.source = Source::kParts;
    dom::element inner;
    return !member(source, "content", inner) ||
           read_parts(notes, inner, part.where + ".source.content", part.parts);
  } else {
    return notes.refuse(Code::k_invalid_value, part.where + ".source.type",
                        "Input should be base64, url, file, text or content");
  }
  if (part.data.empty() && part.source != Source::kText) {
    const std::string_view name = part.source == Source::kBase64 ? ".source.data"
                                  : part.source == Source::kUrl  ? ".source.url"
                                                                 : ".source.file_id";
    return notes.refuse(Code::k_missing_field, part.where + std::string(name), "Field required");
  }
  return true;
}

bool read_document(TranslationNotes& notes, const Object& block, Part& part) {
  part.title = text_at(block, "title");
  part.context = text_at(block, "context");
  Object citations;
  bool enabled = false;
  part.wants_citations = object_at(block, "citations", citations) &&
                         citations.at_key("enabled").get_bool().get(enabled) == simdjson::SUCCESS &&
                         enabled;
  return read_source(notes, block, part);
}

bool need(TranslationNotes& notes, const Part& part, std::string_view value,
          std::string_view name) {
  if (!value.empty()) return true;
  return notes.refuse(Code::k_missing_field, part.where + "." + std::string(name),
                      "Field required");
}

bool read_call(TranslationNotes& notes, const Object& block, Part& part) {
  part.id = text_at(block, "id");
  part.name = text_at(block, "name");
  dom::element input;
  part.json = "{}";
  if (member(block, "input", input)) {
    if (!input.is_object())
      return notes.refuse(Code::k_invalid_value, part.where + ".input",
                          "Input should be an object");
    part.json = minified(input);
  }
  return need(notes, part, part.id, "id") && need(notes, part, part.name, "name");
}

bool read_result(TranslationNotes& notes, const Object& block, Part& part) {
  part.id = text_at(block, "tool_use_id");
  if (block.at_key("is_error").get_bool().get(part.is_error) != simdjson::SUCCESS)
    part.is_error = false;
  if (!need(notes, part, part.id, "tool_use_id")) return false;
  dom::element content;
  return !member(block, "content", content) ||
         read_parts(notes, content, part.where + ".content", part.parts);
}

bool read_block(TranslationNotes& notes, const Element& element, Part& part) {
  Object block;
  if (element.get_object().get(block) != simdjson::SUCCESS)
    return notes.refuse(Code::k_invalid_value, part.where, "Input should be an object");
  Element mark;
  if (member(block, "cache_control", mark)) append_minified(part.cache_control, mark);
  const std::string_view type = text_at(block, "type");
  if (type == "text") {
    part.text = text_at(block, "text");
    dom::element text;
    if (member(block, "text", text) && text.is_string()) return true;
    return notes.refuse(Code::k_missing_field, part.where + ".text", "Field required");
  }
  if (type == "image") {
    part.kind = Part::Kind::kImage;
    return read_source(notes, block, part);
  }
  if (type == "document") {
    part.kind = Part::Kind::kDocument;
    return read_document(notes, block, part);
  }
  if (type == "tool_use") {
    part.kind = Part::Kind::kToolCall;
    return read_call(notes, block, part);
  }
  if (type == "tool_result") {
    part.kind = Part::Kind::kToolResult;
    return read_result(notes, block, part);
  }
  if (type == "thinking") {
    part.kind = Part::Kind::kThinking;
    part.text = text_at(block, "thinking");
    part.signature = text_at(block, "signature");
    if (part.signature == kUnsigned) part.signature = {};  // the gateway's own word
    return true;
  }
  if (type == "redacted_thinking") {
    part.kind = Part::Kind::kRedactedThinking;
    part.text = text_at(block, "data");
    return true;
  }
  part.kind = Part::Kind::kForeign;
  part.name = type;
  part.json = minified(element);
  return true;
}

}  // namespace

bool read_parts(TranslationNotes& notes, const Element& content, const std::string& where,
                std::vector<Part>& out) {
  std::string_view text;
  if (content.get_string().get(text) == simdjson::SUCCESS) {
    Part& part = out.emplace_back();
    part.where = where;
    part.text = text;
    return true;
  }
  dom::array list;
  if (content.get_array().get(list) != simdjson::SUCCESS)
    return notes.refuse(Code::k_invalid_value, where, "Input should be a valid string or list");
  out.reserve(out.size() + list.size());
  std::size_t index = 0;
  for (const dom::element block : list) {
    Part& part = out.emplace_back();
    part.where = where + "." + std::to_string(index++);
    if (!read_block(notes, block, part)) return false;
  }
  return true;
}

}  // namespace pontage::dialects::messages
