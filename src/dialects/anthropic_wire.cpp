#include "dialects/anthropic_wire.hpp"

#include <simdjson.h>

#include <algorithm>

#include "dialects/reply_errors.hpp"

namespace pontage::dialects::anthropic {

llm::Finish finish_of(std::string_view stop_reason) {
  if (stop_reason == "end_turn" || stop_reason == "pause_turn") return llm::Finish::kStop;
  if (stop_reason == "tool_use") return llm::Finish::kToolCalls;
  if (stop_reason == "max_tokens") return llm::Finish::kLength;
  if (stop_reason == "stop_sequence") return llm::Finish::kStopSequence;
  if (stop_reason == "model_context_window_exceeded") return llm::Finish::kContextExceeded;
  if (stop_reason == "refusal") return llm::Finish::kContentFilter;
  return stop_reason.empty() ? llm::Finish::kNone : llm::Finish::kOther;
}

std::string_view openai_finish(llm::Finish finish, bool has_tool_calls) {
  switch (finish) {
    case llm::Finish::kLength:
    case llm::Finish::kContextExceeded:
      return "length";
    case llm::Finish::kContentFilter:
      return "content_filter";
    case llm::Finish::kToolCalls:
      return "tool_calls";
    case llm::Finish::kNone:
    case llm::Finish::kStop:
    case llm::Finish::kStopSequence:
    case llm::Finish::kOther:
      break;
  }
  return has_tool_calls ? "tool_calls" : "stop";
}

ReplyError error_of(const Object& error) {
  ReplyError out;
  out.type = text_at(error, "type");
  out.message = text_at(error, "message");
  out.code = text_at(error, "code");
  out.status = status_of(out.code, out.type);
  if (out.message.empty())
    out.message = out.type.empty() ? "The provider reported an error." : out.type;
  return out;
}

void UsageTally::add(const Object& usage) {
  const auto raise = [this](std::int64_t& counter, const Object& from, std::string_view key) {
    const auto value = integer_at(from, key);
    if (!value) return;
    if (*value < 0) anomalous_ = true;
    // Far beyond any real count: sums of such values must not overflow.
    counter = std::max(counter, std::min<std::int64_t>(*value, 1'000'000'000'000));
  };
  raise(input_, usage, "input_tokens");
  raise(cache_read_, usage, "cache_read_input_tokens");
  raise(cache_write_, usage, "cache_creation_input_tokens");
  raise(output_, usage, "output_tokens");
  simdjson::dom::object part;
  if (object_at(usage, "cache_creation", part)) {
    raise(cache_write_1h_, part, "ephemeral_1h_input_tokens");
    std::int64_t five_minutes = 0;
    raise(five_minutes, part, "ephemeral_5m_input_tokens");
    cache_write_ = std::max(cache_write_, five_minutes + cache_write_1h_);
  }
  if (object_at(usage, "output_tokens_details", part)) raise(thinking_, part, "thinking_tokens");
}

llm::Usage UsageTally::settle(bool with_output) const {
  llm::Usage usage;
  usage.present = with_output;
  usage.anomalous = anomalous_ || (with_output && thinking_ > output_);
  usage.input = input_;
  usage.cache_read = cache_read_;
  usage.cache_write_1h = cache_write_1h_;
  usage.cache_write_5m = cache_write_ - cache_write_1h_;  // add() keeps the total above its parts.
  if (with_output) {
    usage.reasoning = std::min(thinking_, output_);
    usage.output = output_ - usage.reasoning;
  }
  return usage;
}

void append_openai_usage(std::string& out, const llm::Usage& usage) {
  const auto field = [&out](std::string_view key, std::int64_t value) {
    append_comma(out);
    out.append(key);
    out.append(std::to_string(value));
  };
  out.push_back('{');
  field("\"prompt_tokens\":", usage.total_input());
  field("\"completion_tokens\":", usage.total_output());
  field("\"total_tokens\":", usage.total_input() + usage.total_output());
  out.append(",\"prompt_tokens_details\":{");
  field("\"cached_tokens\":", usage.cache_read);
  field("\"cache_write_tokens\":", usage.cache_write_5m + usage.cache_write_1h);
  out.append("},\"completion_tokens_details\":{");
  field("\"reasoning_tokens\":", usage.reasoning);
  out.append("}}");
}

}  // namespace pontage::dialects::anthropic
