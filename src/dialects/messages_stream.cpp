// Anthropic events for an Anthropic client: the bytes pass as they came; usage, stop reasons,
// errors and the end are read in passing. `message_stop` is added only where the stop reason has
// come, and nothing else is ever added.
#include <simdjson.h>

#include "dialects/anthropic_wire.hpp"
#include "dialects/json_document.hpp"
#include "dialects/messages.hpp"
#include "dialects/reply_errors.hpp"
#include "http/sse.hpp"

namespace pontage::dialects {
namespace {

namespace dom = simdjson::dom;
using anthropic::object_at;
using anthropic::text_at;

constexpr std::string_view kStop = "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";

class MessagesStream final : public StreamDecoder {
 public:
  Event on_event(std::string_view raw, std::string_view event, std::string_view data,
                 Frame& frame) override;
  bool on_end(Frame& frame) override;

 private:
  bool read(std::string_view type, const dom::object& event, Frame& frame);
  void start(const dom::object& event);
  void start_block(const dom::object& event, Frame& frame);
  void delta(const dom::object& event, Frame& frame);
  void message_delta(const dom::object& event, Frame& frame);
  void fail(const dom::object& event);
  bool out_of_order(std::string_view type);
  void count(std::string_view text, Frame& frame) {
    if (text.empty()) return;
    output_text_bytes += static_cast<std::int64_t>(text.size());
    frame.content = true;
  }

  anthropic::UsageTally tally_;
  bool started_ = false;
  bool finished_ = false;
  bool done_ = false;
  bool failed_ = false;
  bool error_event_ = false;
  std::string terminated_;  // an event that came without its blank line, with one
};

StreamDecoder::Event MessagesStream::on_event(std::string_view raw, std::string_view event,
                                              std::string_view data, Frame& frame) {
  frame = Frame{};
  if (done_ || failed_) return Event::kFrame;  // nothing may follow the end mark or an error
  if (!data.empty()) {
    dom::element root;
    dom::object object;
    JsonParser& parser = thread_parser();
    if (parser.parse(data, root) != nullptr || root.get(object) != simdjson::SUCCESS) {
      if (data == "[DONE]") return Event::kFrame;  // some compatible servers send both ends
      ++skipped_events;
      return Event::kSkipped;
    }
    const std::string_view type = text_at(object, "type");
    const bool good = read(type.empty() ? event : type, object, frame);
    parser.trim();
    if (!good) {
      frame = Frame{};
      failed_ = true;
      if (error_event_) frame.bytes = http::with_blank_line(raw, terminated_);
      return Event::kError;
    }
  }
  frame.bytes = http::with_blank_line(raw, terminated_);
  return Event::kFrame;
}

// False: the stream has failed, `error` says how. Events that are not known pass ("new event types
// may be added", the vendor's versioning policy).
bool MessagesStream::read(std::string_view type, const dom::object& event, Frame& frame) {
  if (type == "content_block_delta") {
    if (!started_) return out_of_order(type);
    delta(event, frame);
  } else if (type == "content_block_start") {
    if (!started_) return out_of_order(type);
    start_block(event, frame);
  } else if (type == "message_start") {
    start(event);
  } else if (type == "message_delta") {
    if (!started_) return out_of_order(type);
    message_delta(event, frame);
  } else if (type == "message_stop") {
    if (!finished_) return out_of_order(type);
    frame.done = true;
    done_ = true;
  } else if (type == "error") {
    fail(event);
    return false;
  }
  return true;
}

// SDKs fail on such a stream too; it is no answer.
bool MessagesStream::out_of_order(std::string_view type) {
  error = {0, "api_error", "", "`" + std::string(type) + "` came out of order"};
  return false;
}

void MessagesStream::start(const dom::object& event) {
  started_ = true;
  dom::object message;
  if (!object_at(event, "message", message)) return;
  response_model = text_at(message, "model");
  dom::object counters;
  if (!object_at(message, "usage", counters)) return;
  tally_.add(counters);
  usage = tally_.settle(false);
}

void MessagesStream::start_block(const dom::object& event, Frame& frame) {
  dom::object block;
  if (!object_at(event, "content_block", block)) return;
  const std::string_view type = text_at(block, "type");
  count(text_at(block, "text"), frame);
  count(text_at(block, "thinking"), frame);
  // A call, of the client's tools or of the provider's own, or such a tool's result.
  if (type != "text" && type != "thinking" && type != "redacted_thinking") frame.content = true;
}

void MessagesStream::delta(const dom::object& event, Frame& frame) {
  dom::object change;
  if (!object_at(event, "delta", change)) return;
  for (const auto [key, value] : change) {
    if (key != "text" && key != "thinking" && key != "partial_json") continue;
    count(as_text(value).value_or(std::string_view{}), frame);
  }
}

void MessagesStream::message_delta(const dom::object& event, Frame& frame) {
  dom::object part;
  if (object_at(event, "usage", part)) {
    tally_.add(part);
    usage = tally_.settle(true);
  }
  if (!object_at(event, "delta", part)) return;
  const llm::Finish reason = anthropic::finish_of(text_at(part, "stop_reason"));
  if (reason == llm::Finish::kNone) return;
  finish = reason;
  frame.finish = !finished_;
  finished_ = true;
}

void MessagesStream::fail(const dom::object& event) {
  error_event_ = true;
  dom::object part;
  if (object_at(event, "error", part)) {
    error = anthropic::error_of(part);
    return;
  }
  error = anthropic::error_of(event);
  error.type = "api_error";
  error.status = 500;
}

bool MessagesStream::on_end(Frame& frame) {
  frame = Frame{};
  if (failed_ || !finished_) return false;
  if (done_) return true;
  // The stop reason came: the answer is whole, only its last line is missing.
  done_ = true;
  frame.bytes = kStop;
  frame.done = true;
  return true;
}

std::unexpected<Error> garbage(std::string detail) {
  return upstream_error(Code::k_upstream_garbage, "The provider's answer " + std::move(detail));
}

}  // namespace

std::unique_ptr<StreamDecoder> make_messages_to_messages() {
  return std::make_unique<MessagesStream>();
}

Result<WholeReply> messages_whole(std::string body) {
  dom::element root;
  dom::object message;
  JsonParser& parser = thread_parser();
  if (parser.parse(body, root) != nullptr || root.get(message) != simdjson::SUCCESS)
    return garbage("is not a JSON object.");
  dom::object part;
  if (object_at(message, "error", part))
    return std::unexpected(as_error(anthropic::error_of(part)));
  dom::array content;
  if (message.at_key("content").get_array().get(content) != simdjson::SUCCESS)
    return garbage("is no Anthropic message: it has no `content` list.");
  WholeReply reply;
  reply.finish = anthropic::finish_of(text_at(message, "stop_reason"));
  if (reply.finish == llm::Finish::kNone)
    return garbage("has no `stop_reason`: it is not complete.");
  if (reply.finish == llm::Finish::kStop && content.begin() == content.end())
    return garbage("is empty.");
  reply.response_model = text_at(message, "model");
  if (object_at(message, "usage", part)) {
    anthropic::UsageTally tally;
    tally.add(part);
    reply.usage = tally.settle(true);
  }
  parser.trim();
  reply.body = std::move(body);
  return reply;
}

}  // namespace pontage::dialects
