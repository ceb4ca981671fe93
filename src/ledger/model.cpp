#include "ledger/model.hpp"

namespace pontage::ledger {

std::string_view token_class_name(TokenClass token_class) {
  switch (token_class) {
    case TokenClass::kInput:
      return "input";
    case TokenClass::kCacheRead:
      return "cache_read";
    case TokenClass::kCacheWrite5m:
      return "cache_write_5m";
    case TokenClass::kCacheWrite1h:
      return "cache_write_1h";
    case TokenClass::kInputAudio:
      return "input_audio";
    case TokenClass::kOutput:
      return "output";
    case TokenClass::kReasoning:
      return "reasoning";
    case TokenClass::kOutputAudio:
      return "output_audio";
  }
  return "";
}

std::string_view tier_name(ModelTier tier) {
  switch (tier) {
    case ModelTier::kUnknown:
      return "unknown";
    case ModelTier::kCheap:
      return "cheap";
    case ModelTier::kStandard:
      return "standard";
    case ModelTier::kStrong:
      return "strong";
  }
  return "";
}

std::string_view ability_name(Ability ability) {
  switch (ability) {
    case Ability::kTools:
      return "tools";
    case Ability::kImages:
      return "images";
    case Ability::kDocuments:
      return "documents";
    case Ability::kAudio:
      return "audio";
    case Ability::kTemperature:
      return "temperature";
    case Ability::kReasoning:
      return "reasoning";
    case Ability::kStructuredOutput:
      return "structured_output";
    case Ability::kSystemRole:
      return "system_role";
    case Ability::kPrefill:
      return "prefill";
    case Ability::kMaxCompletionTokens:
      return "max_completion_tokens";
  }
  return "";
}

void Abilities::set(Ability ability, bool able) {
  const auto mask = static_cast<std::uint16_t>(~bit(ability));
  can &= mask;
  cannot &= mask;
  (able ? can : cannot) |= bit(ability);
}

const Price* price_at(const Model* model, WallTime at) {
  if (model == nullptr) return nullptr;
  for (const Price& price : model->prices) {
    const bool begun = !price.effective_from || *price.effective_from <= at;
    const bool ended = price.effective_until && *price.effective_until <= at;
    if (begun && !ended) return &price;
  }
  return nullptr;
}

llm::Capabilities capabilities(const Model* model) {
  llm::Capabilities out;
  if (model == nullptr) return out;
  const Abilities& known = model->abilities;
  out.tools = !known.cannot_do(Ability::kTools);
  out.images = !known.cannot_do(Ability::kImages);
  out.documents = !known.cannot_do(Ability::kDocuments);
  out.audio = !known.cannot_do(Ability::kAudio);
  out.temperature = !known.cannot_do(Ability::kTemperature);
  out.reasoning = !known.cannot_do(Ability::kReasoning);
  out.structured_output = !known.cannot_do(Ability::kStructuredOutput);
  out.system_role = !known.cannot_do(Ability::kSystemRole);
  out.prefill = !known.cannot_do(Ability::kPrefill);
  out.max_completion_tokens = known.can_do(Ability::kMaxCompletionTokens);
  out.max_output = model->max_output;
  out.context = model->context;
  return out;
}

std::optional<NanoUsd> comparable_price(const Price* price) {
  if (price == nullptr || price->local || price->nominal) return std::nullopt;
  const auto& input = price->base.of(TokenClass::kInput);
  const auto& output = price->base.of(TokenClass::kOutput);
  if (!input || !output) return std::nullopt;
  NanoUsd sum = cost_of(3 * kTokensPerRate / 4, *input);
  return sum += cost_of(kTokensPerRate / 4, *output);
}

}  // namespace pontage::ledger
