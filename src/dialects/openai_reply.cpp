#include "dialects/openai_reply.hpp"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <initializer_list>

#include "core/strings.hpp"
#include "dialects/json_document.hpp"
#include "dialects/openai.hpp"
#include "dialects/reply_errors.hpp"

namespace pontage::dialects {
namespace {

using simdjson::dom::element;

constexpr std::size_t kMessageLimit = 2000;  // bytes kept of a provider's text

// The first of several spellings that is there.
std::optional<std::int64_t> first_count(const element& object,
                                        std::initializer_list<std::string_view> names) {
  for (const auto name : names) {
    if (const auto value = int_member(object, name)) return value;
  }
  return std::nullopt;
}

// Takes `part` out of `whole`; what would go below 0 is an anomaly of the provider's books.
std::int64_t without(std::int64_t whole, std::int64_t part, bool& anomalous) {
  if (whole < part) anomalous = true;
  return std::max<std::int64_t>(0, whole - part);
}

std::int64_t not_negative(std::optional<std::int64_t> value, bool& anomalous) {
  constexpr std::int64_t kMost = 1'000'000'000'000;  // keeps sums far from overflow
  if (value.value_or(0) < 0 || value.value_or(0) > kMost) anomalous = true;
  return std::clamp<std::int64_t>(value.value_or(0), 0, kMost);
}

std::string clipped(std::string_view text) {
  std::size_t length = std::min(text.size(), kMessageLimit);
  while (length < text.size() && length > 0 &&
         (static_cast<unsigned char>(text[length]) & 0xC0) == 0x80)
    --length;
  return std::string(text.substr(0, length));
}

// FastAPI's validation errors: {"detail": "…"} or {"detail": [{"msg": "…"}]}.
std::string detail_text(const element& value) {
  if (const auto text = as_text(value)) return clipped(*text);
  simdjson::dom::array list;
  if (value.get(list) == simdjson::SUCCESS) {
    for (const element entry : list) return clipped(text_member(entry, "msg"));
  }
  return {};
}

}  // namespace

std::optional<llm::Usage> read_openai_usage(const element& usage) {
  const auto prompt_count = first_count(usage, {"prompt_tokens", "input_tokens"});
  const auto completion_count = first_count(usage, {"completion_tokens", "output_tokens"});
  if (!prompt_count && !completion_count) return std::nullopt;
  llm::Usage out;
  out.present = true;
  const std::int64_t prompt = not_negative(prompt_count, out.anomalous);
  const std::int64_t completion = not_negative(completion_count, out.anomalous);

  element details;
  std::optional<std::int64_t> cached;
  std::optional<std::int64_t> written;
  if (member(usage, "prompt_tokens_details", details) ||
      member(usage, "input_tokens_details", details)) {
    cached = int_member(details, "cached_tokens");
    written = first_count(details, {"cache_write_tokens", "cache_creation_tokens"});
    out.input_audio = not_negative(int_member(details, "audio_tokens"), out.anomalous);
  }
  // DeepSeek, Moonshot, and proxies that keep Anthropic's names.
  if (!cached)
    cached =
        first_count(usage, {"prompt_cache_hit_tokens", "cached_tokens", "cache_read_input_tokens"});
  if (!written) written = int_member(usage, "cache_creation_input_tokens");
  out.cache_read = not_negative(cached, out.anomalous);
  out.cache_write_5m = not_negative(written, out.anomalous);
  // "prompt_tokens … includes cached tokens" and audio: take them out once.
  out.input = without(prompt, out.cache_read + out.cache_write_5m + out.input_audio, out.anomalous);

  if (member(usage, "completion_tokens_details", details) ||
      member(usage, "output_tokens_details", details)) {
    out.reasoning = not_negative(int_member(details, "reasoning_tokens"), out.anomalous);
    out.output_audio = not_negative(int_member(details, "audio_tokens"), out.anomalous);
  }
  // xAI counts reasoning beside completion_tokens, OpenAI inside of it; the total tells them apart.
  const auto total = int_member(usage, "total_tokens");
  const bool beside = out.reasoning > 0 && total && *total == prompt + completion + out.reasoning;
  out.output = without(completion, (beside ? 0 : out.reasoning) + out.output_audio, out.anomalous);
  return out;
}

std::optional<llm::Usage> find_openai_usage(const element& root) {
  element found;
  if (member(root, "usage", found)) {
    if (const auto usage = read_openai_usage(found)) return usage;
  }
  element groq;
  if (member(root, "x_groq", groq) && member(groq, "usage", found)) return read_openai_usage(found);
  element choices;
  if (!member(root, "choices", choices) || !choices.is_array()) return std::nullopt;
  element first;
  if (choices.at(0).get(first) != simdjson::SUCCESS || !member(first, "usage", found))
    return std::nullopt;
  return read_openai_usage(found);
}

llm::Finish finish_of(std::string_view reason) {
  struct Row {
    std::string_view name;
    llm::Finish finish;
  };
  static constexpr std::array kRows = {
      Row{"stop", llm::Finish::kStop},
      Row{"length", llm::Finish::kLength},
      Row{"tool_calls", llm::Finish::kToolCalls},
      Row{"function_call", llm::Finish::kToolCalls},
      Row{"content_filter", llm::Finish::kContentFilter},
      Row{"eos", llm::Finish::kStop},        // Together
      Row{"eos_token", llm::Finish::kStop},  // TGI
      Row{"end_turn", llm::Finish::kStop},
      Row{"stop_sequence", llm::Finish::kStopSequence},
      Row{"max_tokens", llm::Finish::kLength},
      Row{"model_length", llm::Finish::kLength},  // Mistral
      Row{"tool_use", llm::Finish::kToolCalls},
      Row{"sensitive", llm::Finish::kContentFilter},  // Zhipu
      Row{"refusal", llm::Finish::kContentFilter},
      Row{"model_context_window_exceeded", llm::Finish::kContextExceeded},
  };
  for (const Row& row : kRows) {
    if (iequals(row.name, reason)) return row.finish;
  }
  return reason.empty() ? llm::Finish::kNone : llm::Finish::kOther;
}

std::optional<ReplyError> failed_finish(std::string_view reason) {
  struct Row {
    std::string_view name;
    int status;
  };
  static constexpr std::array kRows = {
      Row{"error", 500},                         // OpenRouter, Mistral
      Row{"abort", 503},                         // vLLM, SGLang
      Row{"network_error", 502},                 // Zhipu
      Row{"insufficient_system_resource", 503},  // DeepSeek
  };
  for (const Row& row : kRows) {
    if (row.name != reason) continue;
    return ReplyError{
        row.status, "server_error", std::string(reason),
        "The provider ended the answer with finish reason '" + std::string(reason) + "'."};
  }
  return std::nullopt;
}

// As the SDKs decide it: anything that is not falsy.
bool find_error(const element& root, element& error) {
  if (!member(root, "error", error)) return false;
  bool flag = false;
  if (error.get(flag) == simdjson::SUCCESS) return flag;
  const auto text = as_text(error);
  return !text || !text->empty();
}

ReplyError read_error_value(const element& value) {
  ReplyError out;
  if (const auto text = as_text(value)) {
    out.message = clipped(*text);
    return out;
  }
  out.type = clipped(text_member(value, "type"));
  out.code = clipped(text_member(value, "code"));
  out.message = clipped(text_member(value, "message"));
  element found;
  if (out.code.empty() && member(value, "innererror", found))
    out.code = clipped(text_member(found, "code"));
  if (out.type.empty())
    out.type = clipped(text_member(value, "status"));  // Google: "INVALID_ARGUMENT"
  if (out.message.empty() && member(value, "detail", found)) out.message = detail_text(found);
  // OpenRouter says "Provider returned error" and keeps the provider's own text beside it.
  if (member(value, "metadata", found)) {
    const std::string_view raw = text_member(found, "raw");
    if (!raw.empty()) out.message = clipped(out.message + ": " + std::string(raw));
  }
  for (const std::string_view name : {"code", "status", "status_code"}) {
    const auto number = int_member(value, name);
    if (number && *number >= 400 && *number <= 599) {
      out.status = static_cast<int>(*number);
      break;
    }
  }
  if (out.status == 0) out.status = status_of(out.code, out.type);
  return out;
}

ReplyError read_openai_error(std::string_view body) {
  element root;
  ReplyError out;
  if (thread_parser().parse(body, root) != nullptr) {
    out.message = clipped(trim(body));
    return out;
  }
  element first;
  if (root.is_array() && root.at(0).get(first) == simdjson::SUCCESS)
    root = first;  // Google wraps it in a list
  element found;
  out = read_error_value(find_error(root, found) ? found : root);
  if (out.message.empty()) out.message = clipped(text_member(root, "message"));
  thread_parser().trim();
  return out;
}

}  // namespace pontage::dialects
