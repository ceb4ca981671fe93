// Naming of values in messages: shortened at a character's border, control bytes replaced, secrets
// left out.
#include "config/describe.hpp"

#include <algorithm>

namespace pontage::config {
namespace {
constexpr std::size_t kShownBytes = 60;
}

std::string quote(std::string_view text) {
  std::string out = "\"";
  std::size_t end = std::min(text.size(), kShownBytes);
  while (end < text.size() && end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U)
    --end;
  for (const char c : text.substr(0, end)) {
    const auto byte = static_cast<unsigned char>(c);
    out += byte < 0x20 || byte == 0x7F ? '?' : c;
  }
  if (end < text.size()) out += "...";
  return out + '"';
}

std::string describe(const Node& node) {
  if (!node.is_scalar()) return std::string(kind_name(node.kind));
  if (node.secret) return "a value from the environment";
  return quote(node.text);
}

}  // namespace pontage::config
