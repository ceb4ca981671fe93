#include "dialects/anthropic_wire.hpp"

#include <simdjson.h>

#include <algorithm>

#include "core/strings.hpp"
#include "dialects/json_document.hpp"
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

}  // namespace pontage::dialects::anthropic

namespace pontage::dialects {

ReplyError read_anthropic_error(std::string_view body) {
  constexpr std::size_t kMaxQuotedBytes = 500;  // of a body that is not JSON
  simdjson::dom::element root;
  anthropic::Object object;
  ReplyError out;
  JsonParser& parser = thread_parser();
  if (parser.parse(body, root) == nullptr && root.get(object) == simdjson::SUCCESS) {
    anthropic::Object inner;
    if (anthropic::object_at(object, "error", inner)) return anthropic::error_of(inner);
    // Proxies in front of the vendor: {"error":"…"}, {"message":"…"}, {"detail":"…"}.
    for (const std::string_view key : {"error", "message", "detail"}) {
      out.message = anthropic::text_at(object, key);
      if (!out.message.empty()) return out;
    }
  }
  parser.trim();
  out.message = trim(body.substr(0, kMaxQuotedBytes));
  return out;
}

}  // namespace pontage::dialects
