// Content parts of OpenAI messages as Anthropic content blocks (row G6): text, images, PDF
// documents. What has no block is refused by name and never dropped: a prompt without its picture
// is another prompt.
#include <simdjson.h>

#include <algorithm>
#include <array>

#include "core/strings.hpp"
#include "dialects/anthropic_request.hpp"

namespace pontage::dialects::anthropic {

namespace dom = simdjson::dom;

namespace {

constexpr std::array<std::string_view, 4> kImageTypes = {"image/jpeg", "image/png", "image/gif",
                                                         "image/webp"};

struct DataUri {
  std::string media_type;
  std::string_view data;
};

// `data:<media>[;parameter…];base64,<data>` (RFC 2397); other encodings of the data are not taken.
std::optional<DataUri> parse_data_uri(std::string_view uri) {
  const std::size_t comma = uri.find(',');
  if (!iequals(uri.substr(0, 5), "data:") || comma == std::string_view::npos) return std::nullopt;
  const auto fields = split(uri.substr(5, comma - 5), ';');
  if (!iequals(trim(fields.back()), "base64") || fields.size() < 2) return std::nullopt;
  DataUri out{to_lower(trim(fields.front())), uri.substr(comma + 1)};
  if (out.media_type == "image/jpg") out.media_type = "image/jpeg";
  return out;
}

bool is_web_address(std::string_view uri) {
  return iequals(uri.substr(0, 8), "https://") || iequals(uri.substr(0, 7), "http://");
}

void append_url_source(std::string& out, std::string_view url) {
  out.append(",\"source\":{\"type\":\"url\"");
  append_member(out, "url", url);
  out.push_back('}');
}

void append_base64_source(std::string& out, std::string_view media_type, std::string_view data) {
  out.reserve(out.size() + data.size() + 128);
  out.append(",\"source\":{\"type\":\"base64\"");
  append_member(out, "media_type", media_type);
  append_member(out, "data", data);
  out.push_back('}');
}

bool append_image(Translation& t, const dom::object& part, const std::string& where,
                  std::string& out) {
  const std::string param = where + ".image_url.url";
  dom::object image;
  // The object is the documented form; a bare string is what many clients send.
  const std::string_view url =
      object_at(part, "image_url", image) ? text_at(image, "url") : text_at(part, "image_url");
  if (url.empty()) return t.refuse(Code::k_missing_field, param, "An image part needs a `url`.");
  out.append("{\"type\":\"image\"");
  if (is_web_address(url)) {
    append_url_source(out, url);
  } else {
    const auto uri = parse_data_uri(url);
    if (!uri || uri->data.empty()) {
      return t.refuse(Code::k_invalid_value, param,
                      "An image must be an http(s) address or a base64 data URI.");
    }
    if (std::find(kImageTypes.begin(), kImageTypes.end(), uri->media_type) == kImageTypes.end()) {
      return t.refuse(
          Code::k_invalid_value, param,
          "Anthropic takes JPEG, PNG, GIF and WebP images, not `" + uri->media_type + "`.");
    }
    append_base64_source(out, uri->media_type, uri->data);
  }
  append_cache_control(out, part);
  out.push_back('}');
  return true;
}

bool append_file(Translation& t, const dom::object& part, const std::string& where,
                 std::string& out) {
  const std::string param = where + ".file.file_data";
  dom::object file;
  if (!object_at(part, "file", file)) {
    return t.refuse(Code::k_missing_field, where + ".file", "A file part needs a `file` object.");
  }
  const std::string_view data = text_at(file, "file_data");
  const std::string_view name = text_at(file, "filename");
  if (data.empty()) {
    return t.impossible(
        where + ".file.file_id",
        "A file id is only known to the provider that stores it; send `file_data`.");
  }
  out.append("{\"type\":\"document\"");
  const auto uri = parse_data_uri(data);
  if (is_web_address(data)) {
    append_url_source(out, data);
  } else if (uri && uri->media_type == "application/pdf" && !uri->data.empty()) {
    append_base64_source(out, uri->media_type, uri->data);
  } else if (!uri && name.size() > 4 && iequals(name.substr(name.size() - 4), ".pdf")) {
    append_base64_source(out, "application/pdf", data);  // bare base64, named by its file name
  } else {
    return t.refuse(
        Code::k_invalid_value, param,
        "Anthropic takes PDF files as base64 data URIs; send other files as text parts.");
  }
  if (!blank(name)) append_member(out, "title", name);
  append_cache_control(out, part);
  out.push_back('}');
  return true;
}

// "text content blocks must contain non-whitespace text": blank ones are left out.
void append_text(std::string& out, std::string_view text, PartsFor role, const dom::object* part) {
  if (blank(text)) return;
  append_comma(out);
  out.append("{\"type\":\"text\",\"text\":\"");
  if (role == PartsFor::kReminder) out.append("<system-reminder>\\n");
  append_escaped(out, text);
  if (role == PartsFor::kReminder) out.append("\\n</system-reminder>");
  out.push_back('"');
  if (part != nullptr) append_cache_control(out, *part);
  out.push_back('}');
}

bool append_part(Translation& t, const dom::object& part, PartsFor role, const std::string& where,
                 std::string& out) {
  const std::string_view type = text_at(part, "type");
  if (type == "text" || type == "refusal") {
    dom::element text;
    if (!member(part, type, text) || !text.is_string()) {
      return t.refuse(Code::k_missing_field, where + "." + std::string(type),
                      "A text part needs its text.");
    }
    append_text(out, text.get_string().value_unsafe(), role, &part);
    return true;
  }
  if (role == PartsFor::kText || role == PartsFor::kReminder) {
    return t.refuse(Code::k_invalid_value, where + ".type", "This message takes text parts only.");
  }
  if (type == "image_url" || type == "file") append_comma(out);
  if (type == "image_url") return append_image(t, part, where, out);
  if (type == "file") return append_file(t, part, where, out);
  if (type == "input_audio") return t.impossible(where, "Anthropic models take no audio.");
  return t.refuse(Code::k_invalid_value, where + ".type",
                  "The content part `" + std::string(type) + "` is not known.");
}

}  // namespace

void append_cache_control(std::string& out, const Object& part) {
  dom::object mark;
  if (!object_at(part, "cache_control", mark)) return;
  out.append(",\"cache_control\":");
  append_minified(out, part.at_key("cache_control").value_unsafe());
}

void append_text_block(std::string& out, std::string_view text) {
  append_comma(out);
  out.append("{\"type\":\"text\"");
  append_member(out, "text", text);
  out.push_back('}');
}

bool append_content(Translation& t, const dom::object& message, PartsFor role,
                    const std::string& where, std::string& blocks) {
  dom::element content;
  if (!member(message, "content", content)) {
    if (role == PartsFor::kTool) return true;
    return t.refuse(Code::k_missing_field, where + ".content", "The message has no content.");
  }
  return append_parts(t, content, role, where + ".content", blocks);
}

bool append_parts(Translation& t, const Element& content, PartsFor role, const std::string& where,
                  std::string& out) {
  if (content.is_string()) {
    append_text(out, content.get_string().value_unsafe(), role, nullptr);
    return true;
  }
  dom::array parts;
  if (content.get_array().get(parts) != simdjson::SUCCESS) {
    return t.refuse(Code::k_invalid_value, where, "`content` must be a string or a list of parts.");
  }
  std::size_t index = 0;
  for (const dom::element part : parts) {
    const std::string path = where + "[" + std::to_string(index++) + "]";
    dom::object object;
    if (part.get_object().get(object) != simdjson::SUCCESS) {
      return t.refuse(Code::k_invalid_value, path, "A content part must be an object.");
    }
    if (!append_part(t, object, role, path, out)) return false;
  }
  return true;
}

}  // namespace pontage::dialects::anthropic
