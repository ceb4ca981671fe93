// Signatures of other makers in Gemini's form. Google's SDKs hold `thoughtSignature` as bytes and
// may write it back in the other alphabet of base64, so text of another kind would not come back as
// it went.
#include <algorithm>

#include "core/base64.hpp"
#include "dialects/gemini_json.hpp"

namespace pontage::dialects::gemini {
namespace {

// Twelve characters each: whole groups of base64, which begin as kForeignPrefix says.
constexpr std::string_view kSignatureMark = "pontage-sig:";
constexpr std::string_view kRedactedMark = "pontage-red:";

std::optional<std::string> unwrap(std::string_view value, std::string_view mark) {
  if (!value.starts_with(kForeignPrefix)) return std::nullopt;
  std::string text(value);
  std::replace(text.begin(), text.end(), '-', '+');
  std::replace(text.begin(), text.end(), '_', '/');
  while (text.size() % 4 != 0) text.push_back('=');
  const auto plain = base64_decode(text);
  if (!plain || !plain->starts_with(mark)) return std::nullopt;
  return plain->substr(mark.size());
}

}  // namespace

std::string wrap_signature(std::string_view value) {
  return base64_encode(std::string(kSignatureMark).append(value));
}

std::string wrap_redacted(std::string_view data) {
  return base64_encode(std::string(kRedactedMark).append(data));
}

std::optional<std::string> unwrap_signature(std::string_view value) {
  return unwrap(value, kSignatureMark);
}

std::optional<std::string> unwrap_redacted(std::string_view value) {
  return unwrap(value, kRedactedMark);
}

}  // namespace pontage::dialects::gemini
