// OpenAI's content parts (row G6): text, images, files, sound.
#include <simdjson.h>

#include <algorithm>
#include <array>
#include <optional>

#include "core/strings.hpp"
#include "dialects/openai_read.hpp"

namespace pontage::dialects::openai {

namespace dom = simdjson::dom;
using anthropic::member;
using anthropic::object_at;
using anthropic::text_at;
using llm::Part;
using llm::Source;

namespace {

// In the spelling that providers know.
struct MediaType {
  std::string_view spelled;
  std::string_view name;
};
constexpr std::array<MediaType, 8> kMediaTypes = {{{"image/jpeg", "image/jpeg"},
                                                   {"image/jpg", "image/jpeg"},
                                                   {"image/png", "image/png"},
                                                   {"image/gif", "image/gif"},
                                                   {"image/webp", "image/webp"},
                                                   {"application/pdf", "application/pdf"},
                                                   {"text/plain", "text/plain"},
                                                   {"text/markdown", "text/markdown"}}};

std::string_view media_type_of(std::string_view spelled) {
  spelled = trim(spelled);
  const auto known =
      std::find_if(kMediaTypes.begin(), kMediaTypes.end(),
                   [&](const MediaType& one) { return iequals(one.spelled, spelled); });
  return known == kMediaTypes.end() ? spelled : known->name;
}

// `data:<media>[;parameter…];base64,<data>` (RFC 2397); other encodings of the data are not taken.
bool read_data_uri(std::string_view uri, Part& part) {
  const std::size_t comma = uri.find(',');
  if (!iequals(uri.substr(0, 5), "data:") || comma == std::string_view::npos) return false;
  const std::string_view head = uri.substr(5, comma - 5);
  const std::size_t last = head.rfind(';');
  if (last == std::string_view::npos || !iequals(trim(head.substr(last + 1)), "base64"))
    return false;
  part.media_type = media_type_of(head.substr(0, head.find(';')));
  part.data = uri.substr(comma + 1);
  part.source = Source::kBase64;
  return !part.media_type.empty() && !part.data.empty();
}

bool is_web_address(std::string_view uri) {
  return iequals(uri.substr(0, 8), "https://") || iequals(uri.substr(0, 7), "http://");
}

bool read_image(TranslationNotes& notes, const Object& object, Part& part) {
  part.kind = Part::Kind::kImage;
  part.where.append(".image_url.url");
  Object image;
  std::string_view url;
  if (object_at(object, "image_url", image)) {
    url = text_at(image, "url");
    part.detail = text_at(image, "detail");
  } else {
    url = text_at(object, "image_url");  // a bare string is what many clients send
  }
  if (url.empty())
    return notes.refuse(Code::k_missing_field, part.where, "An image part needs a `url`.");
  if (is_web_address(url)) {
    part.source = Source::kUrl;
    part.data = url;
    return true;
  }
  return read_data_uri(url, part) ||
         notes.refuse(Code::k_invalid_value, part.where,
                      "An image must be an http(s) address or a base64 data URI.");
}

bool read_file(TranslationNotes& notes, const Object& object, Part& part) {
  part.kind = Part::Kind::kDocument;
  part.where.append(".file");
  Object file;
  if (!object_at(object, "file", file))
    return notes.refuse(Code::k_missing_field, part.where, "A file part needs a `file` object.");
  const std::string_view data = text_at(file, "file_data");
  part.title = text_at(file, "filename");
  if (data.empty()) {
    return notes.impossible(
        part.where + ".file_id",
        "A file id is only known to the provider that stores it; send `file_data`.");
  }
  part.where.append(".file_data");
  if (is_web_address(data)) {
    part.source = Source::kUrl;
    part.data = data;
    return true;
  }
  if (read_data_uri(data, part)) return true;
  const std::string_view name = part.title;
  if (!iequals(data.substr(0, 5), "data:") && name.size() > 4 &&
      iequals(name.substr(name.size() - 4), ".pdf")) {
    part.source = Source::kBase64;  // bare base64, named by its file name
    part.media_type = "application/pdf";
    part.data = data;
    return true;
  }
  return notes.refuse(Code::k_invalid_value, part.where,
                      "A file must be a base64 data URI, or a PDF by its name.");
}

bool read_audio(TranslationNotes& notes, const Object& object, Part& part) {
  part.kind = Part::Kind::kAudio;
  Object audio;
  if (object_at(object, "input_audio", audio)) {
    part.source = Source::kBase64;
    part.media_type = text_at(audio, "format");
    part.data = text_at(audio, "data");
  }
  return !part.data.empty() || notes.refuse(Code::k_missing_field, part.where + ".input_audio",
                                            "A sound part needs its `data` and `format`.");
}

bool read_part(TranslationNotes& notes, const Element& element, Parts allowed, Part& part) {
  Object object;
  if (element.get(object) != simdjson::SUCCESS)
    return notes.refuse(Code::k_invalid_value, part.where, "A content part must be an object.");
  part.cache_control = read_cache_mark(object);
  const std::string_view type = text_at(object, "type");
  if (type == "text" || type == "refusal") {
    if (type == "refusal") part.kind = Part::Kind::kRefusal;
    Element text;
    if (member(object, type, text) && text.get(part.text) == simdjson::SUCCESS) return true;
    return notes.refuse(Code::k_missing_field, part.where + "." + std::string(type),
                        "A text part needs its text.");
  }
  if (allowed == Parts::kTextOnly) {
    return notes.refuse(Code::k_invalid_value, part.where + ".type",
                        "This message takes text parts only.");
  }
  if (type == "image_url") return read_image(notes, object, part);
  if (type == "file") return read_file(notes, object, part);
  if (type == "input_audio") return read_audio(notes, object, part);
  return notes.refuse(Code::k_invalid_value, part.where + ".type",
                      "The content part `" + std::string(type) + "` is not known.");
}

}  // namespace

std::string read_cache_mark(const Object& object) {
  std::string out;
  Element mark;
  if (member(object, "cache_control", mark) && mark.is_object())
    anthropic::append_minified(out, mark);
  return out;
}

bool read_content(TranslationNotes& notes, const Element& content, Parts allowed,
                  const std::string& where, std::vector<Part>& out) {
  std::string_view text;
  if (content.get(text) == simdjson::SUCCESS) {
    Part& part = out.emplace_back();
    part.where = where;
    part.text = text;
    return true;
  }
  dom::array list;
  if (content.get(list) != simdjson::SUCCESS) {
    return notes.refuse(Code::k_invalid_value, where,
                        "`content` must be a string or a list of parts.");
  }
  out.reserve(out.size() + list.size());
  std::size_t index = 0;
  for (const Element one : list) {
    Part& part = out.emplace_back();
    part.where = where + "[" + std::to_string(index++) + "]";
    if (!read_part(notes, one, allowed, part)) return false;
  }
  return true;
}

}  // namespace pontage::dialects::openai
