#include "dialects/responses_names.hpp"

#include <charconv>

namespace pontage::dialects::responses {
namespace {

// pontage-thinking-v1;LENGTH;SIGNATURE TEXT: nothing is escaped, so that reading borrows.
constexpr std::string_view kThinking = "pontage-thinking-v1;";
constexpr std::string_view kRedacted = "pontage-redacted-v1;";
constexpr std::string_view kReasoning = "pontage-openai-v1;";

}  // namespace

std::string seal(const SealedThinking& thinking) {
  if (thinking.redacted) return std::string(kRedacted).append(thinking.text);
  std::string out(kThinking);
  out.append(std::to_string(thinking.signature.size())).append(";");
  return out.append(thinking.signature).append(thinking.text);
}

bool unseal(std::string_view sealed, SealedThinking& out) {
  out = {};
  if (sealed.starts_with(kRedacted)) {
    out.text = sealed.substr(kRedacted.size());
    out.redacted = true;
    return true;
  }
  if (!sealed.starts_with(kThinking)) return false;
  sealed.remove_prefix(kThinking.size());
  std::size_t size = 0;
  const auto [end, problem] = std::from_chars(sealed.data(), sealed.data() + sealed.size(), size);
  if (problem != std::errc()) return false;
  sealed.remove_prefix(static_cast<std::size_t>(end - sealed.data()));
  if (!sealed.starts_with(';') || sealed.size() - 1 < size) return false;
  out.signature = sealed.substr(1, size);
  out.text = sealed.substr(1 + size);
  return true;
}

std::string reasoning_signature(std::string_view item_id, std::string_view encrypted) {
  return std::string(kReasoning).append(item_id).append(";").append(encrypted);
}

bool read_reasoning_signature(std::string_view signature, std::string_view& item_id,
                              std::string_view& encrypted) {
  if (!signature.starts_with(kReasoning)) return false;
  signature.remove_prefix(kReasoning.size());
  const std::size_t at = signature.find(';');
  if (at == std::string_view::npos) return false;
  item_id = signature.substr(0, at);
  encrypted = signature.substr(at + 1);
  return true;
}

std::string name_in_space(std::string_view space, std::string_view name) {
  return std::string(space).append("__").append(name);
}

}  // namespace pontage::dialects::responses
