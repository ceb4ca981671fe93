#include "study/answer_reader.hpp"

#include <nlohmann/json.hpp>

#include "core/strings.hpp"

namespace pontage::study {
namespace {

using dialects::Dialect;
using nlohmann::json;

constexpr std::size_t kEventLimit = 8UL << 20;
constexpr std::size_t kBodyLimit = 64UL << 20;

json parsed(std::string_view text) {
  return json::parse(text, nullptr, false);
}

std::string text_of(const json& object, const char* key) {
  if (!object.is_object() || !object.contains(key) || !object[key].is_string()) return {};
  return object[key].get<std::string>();
}

const json& member(const json& object, const char* key) {
  static const json kNone;
  return object.is_object() && object.contains(key) ? object[key] : kNone;
}

const json& first(const json& list) {
  static const json kNone;
  return list.is_array() && !list.empty() ? list[0] : kNone;
}

bool says_something(const json& message) {
  for (const char* key : {"content", "reasoning_content", "refusal"}) {
    if (!text_of(message, key).empty()) return true;
  }
  const auto& calls = member(message, "tool_calls");
  return calls.is_array() && !calls.empty();
}

}  // namespace

AnswerReader::AnswerReader(Dialect dialect) : dialect_(dialect), events_(kEventLimit) {}

std::string AnswerReader::header(std::string_view name) const {
  for (auto line : split(head_, '\n')) {
    const auto colon = line.find(':');
    if (colon == std::string_view::npos || !iequals(line.substr(0, colon), name)) continue;
    line.remove_prefix(colon + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    return std::string(trim(line));
  }
  return {};
}

void AnswerReader::read_head() {
  const auto number =
      parse_int(std::string_view(head_).substr(std::min<std::size_t>(9, head_.size()), 3));
  status_ = static_cast<int>(number.value_or(0));
  chunked_ = iequals(header("transfer-encoding"), "chunked");
  stream_ = header("content-type").starts_with("text/event-stream");
  if (const auto length = parse_int(header("content-length")))
    length_ = static_cast<std::size_t>(*length);
  head_done_ = true;
}

bool AnswerReader::feed(std::string_view bytes) {
  if (!head_done_) {
    head_.append(bytes);
    const auto end = head_.find("\r\n\r\n");
    if (end == std::string::npos) return false;
    const std::string rest = head_.substr(end + 4);
    head_.resize(end + 2);
    read_head();
    return feed(rest);
  }
  if (!chunked_) {
    read_body(bytes);
    framed_ = body_.size() >= length_;
    return framed_;
  }
  pending_.append(bytes);
  std::string_view input = pending_;
  while (!framed_) {
    std::string_view payload;
    const auto state = decoder_.next(input, payload);
    if (state == http::ChunkedDecoder::State::kData) {
      read_body(payload);
      continue;
    }
    framed_ = state == http::ChunkedDecoder::State::kDone;
    break;
  }
  pending_.erase(0, pending_.size() - input.size());
  return framed_;
}

void AnswerReader::read_body(std::string_view bytes) {
  if (body_.size() < kBodyLimit) body_.append(bytes);
  if (!stream_ || status_ != 200) return;
  events_.feed(bytes);
  read_events();
}

void AnswerReader::read_events() {
  http::SseParser::Event event;
  while (events_.next(event) == http::SseParser::Next::kEvent) {
    if (event.has_data) on_event(event.data);
  }
}

void AnswerReader::on_event(std::string_view data) {
  if (data == "[DONE]") {
    done_ = true;
    return;
  }
  const json event = parsed(data);
  const std::string type = text_of(event, "type");
  if (!member(event, "error").is_null() || type == "error" || type == "response.failed") {
    const auto& failure = type == "response.failed" ? member(event, "response") : event;
    failed_ = read_error(failure.dump()) || failed_;
    return;
  }
  if (dialect_ == Dialect::kAnthropicMessages) {
    content_ = content_ || type == "content_block_delta";
    finish_ = finish_ || !text_of(member(event, "delta"), "stop_reason").empty();
    done_ = done_ || type == "message_stop";
  } else if (dialect_ == Dialect::kOpenAiResponses) {
    content_ = content_ || type.ends_with(".delta");
    finish_ = finish_ || type == "response.completed" || type == "response.incomplete";
    done_ = done_ || finish_;
  } else {
    const auto& choice = first(member(event, "choices"));
    content_ = content_ || says_something(member(choice, "delta"));
    finish_ = finish_ || !text_of(choice, "finish_reason").empty();
  }
}

// Typed in the client's dialect: a type and a message at least.
bool AnswerReader::read_error(std::string_view body) {
  const json whole = parsed(body);
  const auto& error = member(whole, "error");
  if (text_of(error, "message").empty() && text_of(whole, "message").empty()) return false;
  const auto& said = error.is_object() ? error : whole;
  error_ = text_of(said, "code");
  if (error_.empty()) error_ = text_of(said, "type");
  return !error_.empty();
}

void AnswerReader::read_whole() {
  const json whole = parsed(body_);
  if (dialect_ == Dialect::kAnthropicMessages) {
    content_ = member(whole, "content").is_array() && !whole["content"].empty();
    finish_ = !text_of(whole, "stop_reason").empty();
  } else if (dialect_ == Dialect::kOpenAiResponses) {
    content_ = member(whole, "output").is_array() && !whole["output"].empty();
    finish_ = text_of(whole, "status") == "completed" || text_of(whole, "status") == "incomplete";
  } else {
    const auto& choice = first(member(whole, "choices"));
    content_ = says_something(member(choice, "message"));
    finish_ = !text_of(choice, "finish_reason").empty();
  }
  done_ = finish_;
}

void AnswerReader::end(bool gave_up) {
  using Kind = Seen::Kind;
  if (gave_up && !framed_) {
    kind_ = Kind::kNothing;
    return;
  }
  if (!head_done_) {
    kind_ = Kind::kBroken;
    return;
  }
  if (status_ != 200) {
    failed_ = read_error(body_);
    kind_ = failed_ ? Kind::kError : Kind::kBroken;
    return;
  }
  if (!stream_) {
    read_whole();
    kind_ = content_ && finish_ ? Kind::kAnswer : Kind::kBroken;
    return;
  }
  if (failed_) {
    kind_ = content_ ? Kind::kCut : Kind::kError;
    return;
  }
  kind_ = content_ && finish_ && done_ ? Kind::kAnswer : Kind::kBroken;
}

}  // namespace pontage::study
