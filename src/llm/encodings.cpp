// Which encoding a model uses, and by how much other families' counts differ from o200k_base
// (docs/tokens.md).
#include <array>

#include "core/strings.hpp"
#include "llm/tokenizer.hpp"

namespace pontage::llm {
namespace {

struct Row {
  std::string_view name;
  EncodingChoice choice;
};

constexpr EncodingChoice exactly(Encoding encoding) {
  return {encoding, true, 1.0};
}
constexpr EncodingChoice about(double factor) {
  return {Encoding::kO200k, false, factor};
}

// OpenAI's models: the name begins so, and ends there or goes on with `-`, `.`, `:` or `@`. From
// tiktoken/model.py.
constexpr std::array kOpenAi{
    Row{"gpt-4o", exactly(Encoding::kO200k)},
    Row{"chatgpt-4o", exactly(Encoding::kO200k)},
    Row{"gpt-4.1", exactly(Encoding::kO200k)},
    Row{"gpt-4.5", exactly(Encoding::kO200k)},
    Row{"gpt-5", exactly(Encoding::kO200k)},
    Row{"gpt-oss", exactly(Encoding::kO200k)},  // o200k_harmony: the same but for special tokens
    Row{"o1", exactly(Encoding::kO200k)},
    Row{"o3", exactly(Encoding::kO200k)},
    Row{"o4", exactly(Encoding::kO200k)},
    Row{"gpt-4", exactly(Encoding::kCl100k)},
    Row{"gpt-3.5", exactly(Encoding::kCl100k)},
    Row{"gpt-35", exactly(Encoding::kCl100k)},  // as Azure spells it
    Row{"text-embedding-3", exactly(Encoding::kCl100k)},
    Row{"text-embedding-ada-002", exactly(Encoding::kCl100k)},
    Row{"davinci-002", exactly(Encoding::kCl100k)},
    Row{"babbage-002", exactly(Encoding::kCl100k)},
};

// Other families: the name contains this; the first row that fits decides. docs/tokens.md says
// where each factor is from.
constexpr double kOldClaude = 1.2;
constexpr double kNewClaude = 1.5;        // Opus 4.7 and what came after it
constexpr double kLargeVocabulary = 1.1;  // 128,000 tokens and more
constexpr double kSmallVocabulary = 1.3;  // 32,000 tokens
constexpr std::array kFamilies{
    Row{"claude-opus-4-7", about(kNewClaude)},
    Row{"claude-opus-4.7", about(kNewClaude)},  // as OpenRouter spells it
    Row{"claude-opus-4-8", about(kNewClaude)},
    Row{"claude-opus-4.8", about(kNewClaude)},
    Row{"claude-opus-5", about(kNewClaude)},
    Row{"claude-sonnet-5", about(kNewClaude)},
    Row{"claude-haiku-5", about(kNewClaude)},
    Row{"claude", about(kOldClaude)},
    Row{"llama-2", about(kSmallVocabulary)},
    Row{"llama2", about(kSmallVocabulary)},
    Row{"codellama", about(kSmallVocabulary)},
    Row{"llama", about(kLargeVocabulary)},
    Row{"mixtral", about(kSmallVocabulary)},
    Row{"mistral-7b", about(kSmallVocabulary)},
    Row{"mistral", about(kLargeVocabulary)},
    Row{"ministral", about(kLargeVocabulary)},
    Row{"codestral", about(kLargeVocabulary)},
    Row{"gemini", about(kLargeVocabulary)},
    Row{"gemma", about(kLargeVocabulary)},
    Row{"qwen", about(kLargeVocabulary)},
    Row{"deepseek", about(kLargeVocabulary)},
    Row{"grok", about(kLargeVocabulary)},
    Row{"kimi", about(kLargeVocabulary)},
    Row{"glm-", about(kLargeVocabulary)},
    Row{"command-", about(kLargeVocabulary)},
};

bool begins_with_name(std::string_view model, std::string_view name) {
  if (!model.starts_with(name)) return false;
  constexpr std::string_view kBorders = "-.:@";
  return model.size() == name.size() || kBorders.find(model[name.size()]) != std::string_view::npos;
}

}  // namespace

EncodingChoice encoding_for(std::string_view model) {
  const std::string lower = to_lower(model);
  std::string_view name = lower;
  if (const auto slash = name.rfind('/'); slash != std::string_view::npos)
    name.remove_prefix(slash + 1);
  if (name.starts_with("ft:")) name.remove_prefix(3);      // ft:BASE:ORG:NAME:ID
  if (name.starts_with("openai.")) name.remove_prefix(7);  // as Bedrock spells it
  for (const Row& row : kOpenAi) {
    if (begins_with_name(name, row.name)) return row.choice;
  }
  for (const Row& row : kFamilies) {
    if (lower.find(row.name) != std::string::npos) return row.choice;
  }
  return about(1.0);
}

}  // namespace pontage::llm
