#include "http/content_type.hpp"

#include "core/strings.hpp"

namespace pontage::http {

std::string_view media_type(std::string_view content_type) {
  return trim(content_type.substr(0, content_type.find(';')));
}

bool is_media_type(std::string_view content_type, std::string_view type) {
  return iequals(media_type(content_type), type);
}

bool is_json(std::string_view content_type) {
  constexpr std::string_view kApplication = "application/";
  constexpr std::string_view kSuffix = "+json";
  const std::string_view type = media_type(content_type);
  if (iequals(type, "application/json")) return true;
  return type.size() > kApplication.size() + kSuffix.size() &&
         iequals(type.substr(0, kApplication.size()), kApplication) &&
         iequals(type.substr(type.size() - kSuffix.size()), kSuffix);
}

}  // namespace pontage::http
