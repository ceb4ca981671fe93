// The content parts of a Responses request as parts of a conversation.
#include <simdjson.h>

#include "dialects/responses_conversation.hpp"

namespace pontage::dialects::responses {

namespace dom = simdjson::dom;
using anthropic::member;
using anthropic::object_at;
using anthropic::text_at;
using llm::Part;
using llm::Source;

namespace {

// `data:image/png;base64,…` in its parts; nothing is copied.
bool split_data_uri(std::string_view address, Part& part) {
  constexpr std::string_view kScheme = "data:";
  constexpr std::string_view kBase64 = ";base64";
  if (!address.starts_with(kScheme)) return false;
  const std::size_t comma = address.find(',');
  if (comma == std::string_view::npos) return false;
  std::string_view type = address.substr(kScheme.size(), comma - kScheme.size());
  if (!type.ends_with(kBase64)) return false;
  type.remove_suffix(kBase64.size());
  part.source = Source::kBase64;
  part.media_type = type.substr(0, type.find(';'));
  part.data = address.substr(comma + 1);
  return true;
}

bool missing(TranslationNotes& notes, const std::string& where) {
  return notes.refuse(Code::k_missing_field, where, "Missing required parameter: '" + where + "'.");
}

bool other_store(TranslationNotes& notes, const Part& part) {
  return notes.impossible(part.where + ".file_id",
                          "A file id is only known to the provider that stores it; send the data.");
}

bool read_image(TranslationNotes& notes, const Object& object, Part& part) {
  part.kind = Part::Kind::kImage;
  part.detail = text_at(object, "detail");
  const std::string_view address = text_at(object, "image_url");
  if (address.empty()) {
    if (!text_at(object, "file_id").empty()) return other_store(notes, part);
    return missing(notes, part.where + ".image_url");
  }
  if (split_data_uri(address, part)) return true;
  if (address.starts_with("data:")) {
    return notes.refuse(Code::k_invalid_value, part.where + ".image_url",
                        "An image in the request is a base64 data URL.");
  }
  part.source = Source::kUrl;
  part.data = address;
  return true;
}

bool read_file(TranslationNotes& notes, const Object& object, Part& part) {
  part.kind = Part::Kind::kDocument;
  part.title = text_at(object, "filename");
  const std::string_view data = text_at(object, "file_data");
  if (!data.empty()) {
    if (split_data_uri(data, part)) return true;
    part.source = Source::kBase64;  // without a head it is what its name says
    part.media_type = "application/pdf";
    part.data = data;
  } else if (const auto address = text_at(object, "file_url"); !address.empty()) {
    part.source = Source::kUrl;
    part.data = address;
  } else if (!text_at(object, "file_id").empty()) {
    return other_store(notes, part);
  } else {
    return missing(notes, part.where + ".file_data");
  }
  return true;
}

bool read_audio(TranslationNotes& notes, const Object& object, Part& part) {
  part.kind = Part::Kind::kAudio;
  Object audio;
  if (!object_at(object, "input_audio", audio)) return missing(notes, part.where + ".input_audio");
  part.source = Source::kBase64;
  part.media_type = text_at(audio, "format");
  part.data = text_at(audio, "data");
  return true;
}

bool read_part(TranslationNotes& notes, const Element& element, Part& part) {
  Object object;
  if (element.get_object().get(object) != simdjson::SUCCESS)
    return notes.refuse(Code::k_invalid_value, part.where, "A part must be an object.");
  const std::string_view type = text_at(object, "type");
  if (type == "input_image") return read_image(notes, object, part);
  if (type == "input_file") return read_file(notes, object, part);
  if (type == "input_audio") return read_audio(notes, object, part);
  std::string_view key = "text";
  if (type == "refusal") {
    part.kind = Part::Kind::kRefusal;
    key = "refusal";
  } else if (type != "input_text" && type != "output_text" && type != "text") {
    return notes.impossible(part.where + ".type",
                            "The part `" + std::string(type) + "` has no place in other dialects.");
  }
  Element text;
  if (!member(object, key, text) || text.get_string().get(part.text) != simdjson::SUCCESS) {
    return missing(notes, part.where + "." + std::string(key));
  }
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
  if (content.get_array().get(list) != simdjson::SUCCESS) {
    return notes.refuse(
        Code::k_invalid_value, where,
        "Invalid type for '" + where + "': expected a string or an array of objects.");
  }
  out.reserve(out.size() + list.size());
  std::size_t index = 0;
  for (const Element one : list) {
    Part& part = out.emplace_back();
    part.where = where + "[" + std::to_string(index++) + "]";
    if (!read_part(notes, one, part)) return false;
  }
  return true;
}

}  // namespace pontage::dialects::responses
