#include "dialects/reply_errors.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "core/strings.hpp"

namespace pontage::dialects {
namespace {

struct Meaning {
  std::string_view name;
  int status;
};

// Error codes and types of OpenAI, Azure, Anthropic, Google, Mistral, OpenRouter, vLLM, llama.cpp;
// lower case.
constexpr std::array kMeanings = {
    Meaning{"rate_limit_exceeded", 429},
    Meaning{"rate_limit_error", 429},
    Meaning{"rate_limited", 429},
    Meaning{"ratelimitreached", 429},
    Meaning{"too_many_requests", 429},
    Meaning{"insufficient_quota", 429},
    Meaning{"resource_exhausted", 429},
    Meaning{"requests", 429},
    Meaning{"tokens", 429},
    Meaning{"billing_error", 402},
    Meaning{"insufficient_balance", 402},
    Meaning{"invalid_api_key", 401},
    Meaning{"authentication_error", 401},
    Meaning{"unauthenticated", 401},
    Meaning{"unauthorized", 401},
    Meaning{"permission_error", 403},
    Meaning{"permission_denied", 403},
    Meaning{"forbidden", 403},
    Meaning{"model_not_found", 404},
    Meaning{"deploymentnotfound", 404},
    Meaning{"not_found_error", 404},
    Meaning{"not_found", 404},
    Meaning{"notfounderror", 404},
    Meaning{"request_too_large", 413},
    Meaning{"context_length_exceeded", 400},
    Meaning{"exceed_context_size_error", 400},
    Meaning{"content_filter", 400},
    Meaning{"content_policy_violation", 400},
    Meaning{"invalid_request_error", 400},
    Meaning{"invalid_request", 400},
    Meaning{"invalid_argument", 400},
    Meaning{"badrequesterror", 400},
    Meaning{"bad_request", 400},
    Meaning{"timeout_error", 504},
    Meaning{"timeout", 504},
    Meaning{"deadline_exceeded", 504},
    Meaning{"overloaded_error", 529},
    Meaning{"overloaded", 529},
    Meaning{"server_overloaded", 503},
    Meaning{"engine_overloaded", 503},
    Meaning{"service_unavailable", 503},
    Meaning{"unavailable", 503},
    Meaning{"unavailable_error", 503},
    Meaning{"server_error", 500},
    Meaning{"api_error", 500},
    Meaning{"internal_error", 500},
    Meaning{"internal_server_error", 500},
    Meaning{"internalservererror", 500},
    Meaning{"internal", 500},
};

// What the vendors say when a prompt does not fit; lower case. Each is from a real error body.
constexpr std::array<std::string_view, 27> kOverflowTexts = {
    "maximum context length",      // OpenAI, Azure, DeepSeek, OpenRouter, vLLM
    "context_length_exceeded",     // the same, inside another vendor's message
    "context length exceeded",     // Together, LM Studio
    "prompt is too long",          // Anthropic: "prompt is too long: N tokens > M maximum"
    "exceeds the context window",  // OpenAI Responses: "Your input exceeds the context window"
    "exceed context limit",  // Anthropic: "input length and `max_tokens` exceed context limit"
    "exceeds the available context size",  // llama.cpp
    "exceed_context_size_error",           // llama.cpp
    "input is too long",                   // Bedrock: "Input is too long for requested model"
    "input length exceeds",                // Fireworks, Cohere
    "too many input tokens",               // Bedrock Titan
    "too many tokens",                     // Cohere: "too many tokens: total number of tokens"
    "maximum model length",                // vLLM: "longer than the maximum model length of"
    "max_model_len",                       // vLLM
    "too large for model with",  // Mistral: "too large for model with 32768 maximum context length"
    "longer than the model's context length",  // SGLang
    "maximum allowed length",                  // SGLang
    "larger than the maximum context",         // LM Studio, Groq
    "greater than the context length",         // LM Studio
    "reduce the length of the messages",  // OpenAI, Groq: "Please reduce the length of the messages
                                          // or completion"
    "maximum prompt length",              // xAI: "This model's maximum prompt length is"
    "exceeds the maximum number of tokens allowed",  // Gemini: "The input token count (N) exceeds
                                                     // the maximum number …"
    "input token count exceeds the maximum",         // Gemini
    "exceeds maximum input length",                  // TGI, Qwen
    "range of input length should be",               // Qwen (DashScope)
    "token limit exceeded",  // Moonshot: "exceeded model token limit" is below
    "exceeded model token limit",
};

constexpr std::array<std::string_view, 4> kOverflowCodes = {
    "context_length_exceeded", "exceed_context_size_error", "string_above_max_length_context",
    "model_context_window_exceeded"};

constexpr std::array<std::string_view, 8> kFilterCodes = {"content_filter",
                                                          "content_policy_violation",
                                                          "responsibleaipolicyviolation",
                                                          "content_filtered",
                                                          "contentfilter",
                                                          "moderation_blocked",
                                                          "data_inspection_failed",
                                                          "sensitive_content"};

constexpr std::array<std::string_view, 7> kFilterTexts = {
    "content management policy",   // Azure
    "content filtering policies",  // Anthropic: "Output blocked by content filtering policy" is
                                   // below
    "blocked by content filtering policy",
    "responsibleaipolicyviolation",               // Azure, inside a message
    "rejected as a result of our safety system",  // OpenAI
    "flagged as potentially violating our usage policy",
    "data may contain inappropriate content",  // DashScope
};

bool any_equals(std::span<const std::string_view> names, std::string_view text) {
  return std::any_of(names.begin(), names.end(),
                     [&](std::string_view name) { return name == text; });
}

bool any_inside(std::span<const std::string_view> needles, std::string_view text) {
  return std::any_of(needles.begin(), needles.end(), [&](std::string_view needle) {
    return text.find(needle) != std::string_view::npos;
  });
}

Error failure(Code code, Retry retry, std::string detail) {
  return {code, Origin::kUpstream, retry, std::move(detail), {}, {}};
}

}  // namespace

int status_of(std::string_view code, std::string_view type) {
  for (const std::string_view text : {code, type}) {
    for (const Meaning& meaning : kMeanings) {
      if (iequals(meaning.name, text)) return meaning.status;
    }
  }
  return 0;
}

bool is_context_overflow(const ReplyError& error) {
  if (any_equals(kOverflowCodes, to_lower(error.code)) ||
      any_equals(kOverflowCodes, to_lower(error.type))) {
    return true;
  }
  return any_inside(kOverflowTexts, to_lower(error.message));
}

bool is_content_filter(const ReplyError& error) {
  if (any_equals(kFilterCodes, to_lower(error.code)) ||
      any_equals(kFilterCodes, to_lower(error.type)))
    return true;
  return any_inside(kFilterTexts, to_lower(error.message));
}

Error as_error(const ReplyError& error) {
  std::string detail = "The provider sent an error inside its answer";
  const std::string_view name = error.code.empty() ? error.type : error.code;
  if (!name.empty()) detail.append(" (").append(name).append(")");
  detail.append(error.message.empty() ? "." : ": ").append(error.message);
  if (is_context_overflow(error)) {
    return failure(Code::k_context_length_exceeded, Retry::kOtherTarget, std::move(detail));
  }
  if (is_content_filter(error))
    return failure(Code::k_content_filter, Retry::kNever, std::move(detail));
  switch (error.status) {
    case 400:
    case 413:
    case 422:
      return failure(Code::k_bad_request, Retry::kNever, std::move(detail));
    case 401:
    case 402:
    case 403:
      return failure(Code::k_upstream_auth, Retry::kOtherTarget, std::move(detail));
    case 404:
      return failure(Code::k_model_not_found, Retry::kOtherTarget, std::move(detail));
    case 408:
    case 504:
      return failure(Code::k_upstream_timeout, Retry::kOtherTarget, std::move(detail));
    case 429:
      return failure(Code::k_rate_limited, Retry::kSameTarget, std::move(detail));
    default:
      return failure(Code::k_upstream_garbage, Retry::kSameTarget, std::move(detail));
  }
}

}  // namespace pontage::dialects
