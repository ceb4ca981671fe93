#include "dialects/gemini_json.hpp"

#include <simdjson.h>

#include <algorithm>
#include <array>

#include "dialects/anthropic_json.hpp"
#include "dialects/json_document.hpp"

namespace pontage::dialects::gemini {

namespace {

std::string snake_case(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c >= 'A' && c <= 'Z') {
      out.push_back('_');
      out.push_back(static_cast<char>(c - 'A' + 'a'));
    } else {
      out.push_back(c);
    }
  }
  return out;
}

std::int64_t clamped(std::optional<std::int64_t> value, bool& anomalous) {
  constexpr std::int64_t kMost = 1'000'000'000'000;  // keeps sums far from overflow
  if (value.value_or(0) < 0 || value.value_or(0) > kMost) anomalous = true;
  return std::clamp<std::int64_t>(value.value_or(0), 0, kMost);
}

std::int64_t without(std::int64_t whole, std::int64_t part, bool& anomalous) {
  if (whole < part) anomalous = true;
  return std::max<std::int64_t>(0, whole - part);
}

// Of `promptTokensDetails` and its like: [{"modality":"AUDIO","tokenCount":N}].
std::int64_t audio_tokens(const Element& usage, std::string_view name, bool& anomalous) {
  Element found;
  simdjson::dom::array list;
  std::int64_t tokens = 0;
  if (!field(usage, name, found) || found.get(list) != simdjson::SUCCESS) return 0;
  for (const Element one : list) {
    if (text_field(one, "modality") == "AUDIO")
      tokens = clamped(int_field(one, "tokenCount"), anomalous);
  }
  return tokens;
}

}  // namespace

std::string camel_case(std::string_view name) {
  std::string out;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const bool hump =
        name[i] == '_' && i > 0 && i + 1 < name.size() && name[i + 1] >= 'a' && name[i + 1] <= 'z';
    if (hump) ++i;
    out.push_back(hump ? static_cast<char>(name[i] - 'a' + 'A') : name[i]);
  }
  return out;
}

bool field(const Element& object, std::string_view name, Element& out) {
  if (member(object, name, out)) return true;
  const bool one_word = std::none_of(name.begin(), name.end(), [](char c) { return c <= 'Z'; });
  return !one_word && member(object, snake_case(name), out);
}

std::string_view text_field(const Element& object, std::string_view name) {
  Element found;
  return field(object, name, found) ? as_text(found).value_or(std::string_view{})
                                    : std::string_view{};
}

std::optional<std::int64_t> int_field(const Element& object, std::string_view name) {
  Element found;
  return field(object, name, found) ? as_int(found) : std::nullopt;
}

bool flag_field(const Element& object, std::string_view name) {
  Element found;
  bool flag = false;
  return field(object, name, found) && found.get(flag) == simdjson::SUCCESS && flag;
}

int generation(std::string_view model) {
  constexpr std::string_view kName = "gemini-";
  const std::size_t at = model.find(kName);
  if (at == std::string_view::npos) return 0;
  const std::string_view rest = model.substr(at + kName.size());
  const auto digit = [&](std::size_t i) {
    return i < rest.size() && rest[i] >= '0' && rest[i] <= '9';
  };
  if (!digit(0)) return 0;
  const int minor = rest.size() > 2 && rest[1] == '.' && digit(2) ? rest[2] - '0' : 0;
  return (rest[0] - '0') * 10 + minor;
}

// "promptTokenCount … includes the number of tokens in the cached content"; thoughts and the
// results of Google's own tools stand beside the candidates and the prompt ("totalTokenCount is the
// sum of prompt, candidates, tool use prompt and thoughts").
std::optional<llm::Usage> read_usage(const Element& usage) {
  const auto prompt = int_field(usage, "promptTokenCount");
  const auto candidates = int_field(usage, "candidatesTokenCount");
  if (!prompt && !candidates) return std::nullopt;
  llm::Usage out;
  out.present = true;
  bool& odd = out.anomalous;
  out.cache_read = clamped(int_field(usage, "cachedContentTokenCount"), odd);
  out.reasoning = clamped(int_field(usage, "thoughtsTokenCount"), odd);
  out.input_audio = without(audio_tokens(usage, "promptTokensDetails", odd),
                            audio_tokens(usage, "cacheTokensDetails", odd), odd);
  out.output_audio = audio_tokens(usage, "candidatesTokensDetails", odd);
  out.input = without(clamped(prompt, odd), out.cache_read + out.input_audio, odd) +
              clamped(int_field(usage, "toolUsePromptTokenCount"), odd);
  out.output = without(clamped(candidates, odd), out.output_audio, odd);
  return out;
}

void append_usage(std::string& out, const llm::Usage& usage) {
  const auto count = [&out](std::string_view name, std::int64_t value) {
    anthropic::append_comma(out);
    out.append("\"").append(name).append("\":").append(std::to_string(value));
  };
  out.append("\"usageMetadata\":{");
  count("promptTokenCount", usage.total_input());
  if (usage.cache_read > 0) count("cachedContentTokenCount", usage.cache_read);
  count("candidatesTokenCount", usage.output + usage.output_audio);
  if (usage.reasoning > 0) count("thoughtsTokenCount", usage.reasoning);
  count("totalTokenCount", usage.total_input() + usage.total_output());
  out.push_back('}');
}

// The reasons of FinishReason in Google's API reference.
llm::Finish finish_of(std::string_view reason) {
  struct Row {
    std::string_view name;
    llm::Finish finish;
  };
  static constexpr std::array kRows = {
      Row{"STOP", llm::Finish::kStop},
      Row{"MAX_TOKENS", llm::Finish::kLength},
      Row{"CONTINUATION", llm::Finish::kLength},
      Row{"SAFETY", llm::Finish::kContentFilter},
      Row{"RECITATION", llm::Finish::kContentFilter},
      Row{"LANGUAGE", llm::Finish::kContentFilter},
      Row{"BLOCKLIST", llm::Finish::kContentFilter},
      Row{"PROHIBITED_CONTENT", llm::Finish::kContentFilter},
      Row{"SPII", llm::Finish::kContentFilter},
      Row{"IMAGE_SAFETY", llm::Finish::kContentFilter},
      Row{"IMAGE_PROHIBITED_CONTENT", llm::Finish::kContentFilter},
      Row{"IMAGE_RECITATION", llm::Finish::kContentFilter},
      Row{"MODEL_ARMOR", llm::Finish::kContentFilter},
      Row{"ESCALATION", llm::Finish::kContentFilter},
  };
  for (const Row& row : kRows) {
    if (row.name == reason) return row.finish;
  }
  return reason.empty() ? llm::Finish::kNone : llm::Finish::kOther;
}

std::string_view reason_of(llm::Finish finish) {
  switch (finish) {
    case llm::Finish::kLength:
    case llm::Finish::kContextExceeded:
      return "MAX_TOKENS";
    case llm::Finish::kContentFilter:
      return "SAFETY";
    case llm::Finish::kNone:
    case llm::Finish::kStop:
    case llm::Finish::kToolCalls:
    case llm::Finish::kStopSequence:
    case llm::Finish::kOther:
      break;
  }
  return "STOP";
}

ReplyError failed_reason(std::string_view reason, std::string_view message) {
  constexpr std::size_t kLongest = 500;
  ReplyError out;
  out.type = "api_error";
  out.code = std::string(reason.substr(0, 100));
  out.message = "Gemini ended the answer with the reason " + out.code;
  if (reason == "MISSING_THOUGHT_SIGNATURE") out.status = 400;
  if (!message.empty()) out.message.append(": ").append(message.substr(0, kLongest));
  return out;
}

std::optional<ReplyError> blocked(const Element& root) {
  Element feedback;
  if (!field(root, "promptFeedback", feedback)) return std::nullopt;
  const std::string_view reason = text_field(feedback, "blockReason");
  if (reason.empty() || reason == "BLOCKED_REASON_UNSPECIFIED") return std::nullopt;
  ReplyError out{400,
                 "content_filter",
                 "content_filter",
                 "Gemini blocked the prompt (" + std::string(reason.substr(0, 100)) + ")",
                 {}};
  const std::string_view why = text_field(feedback, "blockReasonMessage");
  if (!why.empty()) out.message.append(": ").append(why.substr(0, 500));
  return out;
}

}  // namespace pontage::dialects::gemini
