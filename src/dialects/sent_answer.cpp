// Reads what goes to the client, in its own dialect, for what the rest of the answer must agree
// with.
#include <simdjson.h>

#include <algorithm>

#include "core/defaults.hpp"
#include "dialects/continuation.hpp"
#include "dialects/json_document.hpp"

namespace pontage::dialects {
namespace {

using simdjson::dom::element;

constexpr std::string_view kTool = "a tool call was half sent";
constexpr std::string_view kOther = "something else than text was sent";
constexpr std::string_view kThinking = "thinking was half sent";
constexpr std::string_view kTooLong = "too much was sent to be held";
constexpr std::string_view kNothing = "too little was sent to be gone on with";

bool any_in(const element& object, std::string_view key) {
  element value;
  simdjson::dom::array list;
  if (!member(object, key, value)) return false;
  if (value.get(list) == simdjson::SUCCESS) return list.begin() != list.end();
  const auto text = as_text(value);
  return !text || !text->empty();
}

}  // namespace

bool can_continue(Dialect client) {
  return client == Dialect::kOpenAiChat || client == Dialect::kAnthropicMessages;
}

SentAnswer::SentAnswer(Dialect client) : client_(client), parser_(defaults::kStreamEventLimit) {}

std::string_view SentAnswer::obstacle() const {
  if (!obstacle_.empty()) return obstacle_;
  if (thinking_) return kThinking;
  return Seam::asked(text_) == 0 ? kNothing : std::string_view();
}

void SentAnswer::add(std::string_view frames) {
  if (!obstacle_.empty()) return;
  parser_.feed(frames);
  http::SseParser::Event event;
  while (parser_.next(event) == http::SseParser::Next::kEvent) {
    element root;
    JsonParser& parser = thread_parser();
    if (!event.has_data || parser.parse(event.data, root) != nullptr || !root.is_object()) continue;
    if (client_ == Dialect::kOpenAiChat) {
      chunk(root);
    } else {
      message_event(root);
    }
    parser.trim();
  }
  if (text_.size() > defaults::kHeldAnswerBytes) {
    obstacle_ = kTooLong;
    text_ = std::string();
  }
}

void SentAnswer::chunk(const element& root) {
  if (id.empty()) {
    id = text_member(root, "id");
    model = text_member(root, "model");
    created_s = int_member(root, "created").value_or(0);
  }
  element found;
  simdjson::dom::array choices;
  if (!member(root, "choices", found) || found.get(choices) != simdjson::SUCCESS) return;
  for (const element one : choices) {
    if (int_member(one, "index").value_or(0) != 0) obstacle_ = kOther;
    if (member(one, "delta", found)) delta(found);
  }
}

void SentAnswer::delta(const element& delta) {
  if (any_in(delta, "tool_calls") || any_in(delta, "function_call")) obstacle_ = kTool;
  if (any_in(delta, "refusal") || any_in(delta, "audio")) obstacle_ = kOther;
  if (any_in(delta, "reasoning_content") || any_in(delta, "reasoning") ||
      any_in(delta, "reasoning_details")) {
    thinking_ = true;
  }
  element content;
  if (!member(delta, "content", content)) return;
  const auto piece = as_text(content);
  if (!piece) {
    obstacle_ = kOther;
  } else if (!piece->empty()) {
    thinking_ = false;
    text_.append(*piece);
  }
}

void SentAnswer::block_start(const element& root) {
  const auto index = static_cast<std::size_t>(int_member(root, "index").value_or(0));
  next_index = std::max(next_index, index + 1);
  element block;
  if (!member(root, "content_block", block)) return;
  const std::string_view type = text_member(block, "type");
  if (type == "text") {
    text_open = true;
    text_index = index;
    thinking_ = false;
    text_.append(text_member(block, "text"));
  } else if (type == "thinking" || type == "redacted_thinking") {
    thinking_ = true;
  } else {
    obstacle_ = kTool;
  }
}

void SentAnswer::message_event(const element& root) {
  const std::string_view type = text_member(root, "type");
  element found;
  if (type == "content_block_start") {
    block_start(root);
  } else if (type == "content_block_delta" && member(root, "delta", found)) {
    if (text_member(found, "type") == "text_delta") text_.append(text_member(found, "text"));
  } else if (type == "content_block_stop") {
    text_open = false;
  }
}

}  // namespace pontage::dialects
