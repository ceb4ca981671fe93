// Responses events for a client of the same dialect: the bytes pass as they came; usage, the end
// and errors are read in passing. Nothing is ever added: a stream without its last event is cut.
#include <simdjson.h>

#include <limits>

#include "dialects/json_document.hpp"
#include "dialects/reply_errors.hpp"
#include "dialects/responses.hpp"
#include "dialects/responses_reply.hpp"
#include "http/sse.hpp"

namespace pontage::dialects::responses {
namespace {

using simdjson::dom::element;

class SameStream final : public StreamDecoder {
 public:
  Event on_event(std::string_view raw, std::string_view event, std::string_view data,
                 Frame& frame) override;
  bool on_end(Frame& frame) override {
    frame = Frame{};
    return done_;
  }

 private:
  bool read(std::string_view type, const element& event, Frame& frame);
  bool ended(const element& event, Frame& frame);
  void item(std::string_view type, const element& event, Frame& frame);
  void delta(std::string_view type, const element& event, Frame& frame);
  bool out_of_order(std::string_view type);

  bool started_ = false;
  bool done_ = false;
  bool failed_ = false;
  bool error_event_ = false;
  std::string terminated_;  // an event that came without its blank line, with one
};

StreamDecoder::Event SameStream::on_event(std::string_view raw, std::string_view event,
                                          std::string_view data, Frame& frame) {
  frame = Frame{};
  if (done_ || failed_) return Event::kFrame;  // nothing may follow the last event
  if (data.empty()) {
    if (raw.starts_with(':')) frame.bytes = raw;
    return Event::kFrame;
  }
  element root;
  JsonParser& parser = thread_parser();
  if (parser.parse(data, root) != nullptr || !root.is_object()) {
    if (data == "[DONE]") return Event::kFrame;  // of a server that mixes both APIs' ends
    ++skipped_events;
    return Event::kSkipped;
  }
  const std::string_view type = text_member(root, "type");
  const bool good = read(type.empty() ? event : type, root, frame);
  std::int64_t number = 0;
  if (good && root["sequence_number"].get(number) == simdjson::SUCCESS && number >= 0 &&
      number < std::numeric_limits<std::int64_t>::max()) {
    next_number = number + 1;
  }
  parser.trim();
  if (!good) {
    frame = Frame{};
    failed_ = true;
    if (error_event_) frame.bytes = http::with_blank_line(raw, terminated_);
    return Event::kError;
  }
  frame.bytes = http::with_blank_line(raw, terminated_);
  return Event::kFrame;
}

// False: the stream has failed, `error` says how. Events that are not known pass.
bool SameStream::read(std::string_view type, const element& event, Frame& frame) {
  if (type == "error") {
    error_event_ = true;
    error = read_error_event(event);
    return false;
  }
  if (type == "response.created" || type == "response.queued" || type == "response.in_progress") {
    started_ = true;
    element response;
    if (response_model.empty() && member(event, "response", response))
      response_model = text_member(response, "model");
    return true;
  }
  if (!type.starts_with("response.")) return true;
  if (!started_) return out_of_order(type);
  if (type == "response.completed" || type == "response.incomplete" || type == "response.failed" ||
      type == "response.cancelled") {
    return ended(event, frame);
  }
  if (type.ends_with(".delta")) {
    delta(type, event, frame);
  } else if (type == "response.output_item.added" || type == "response.output_item.done") {
    item(type, event, frame);
  }
  return true;
}

// SDKs fail on such a stream too; it is no answer.
bool SameStream::out_of_order(std::string_view type) {
  error = {0, "api_error", "", "`" + std::string(type) + "` came out of order"};
  return false;
}

bool SameStream::ended(const element& event, Frame& frame) {
  element response;
  if (!member(event, "response", response) || !response.is_object()) {
    error = {0, "api_error", "", "The last event has no `response`."};
    return false;
  }
  Outcome outcome = read_outcome(response);
  if (outcome.usage) usage = *outcome.usage;
  if (outcome.finish == llm::Finish::kNone) {
    error_event_ = outcome.error.has_value();
    error = outcome.error.value_or(
        ReplyError{0, "api_error", "", "The last event says that the answer is not over."});
    return false;
  }
  finish = outcome.finish;
  frame.finish = true;
  frame.done = true;
  done_ = true;
  return true;
}

// A call begins, of the client's tools or of the provider's own, or something came whole.
void SameStream::item(std::string_view type, const element& event, Frame& frame) {
  element found;
  if (!member(event, "item", found)) return;
  const std::string_view kind = text_member(found, "type");
  if (kind == "reasoning") {
    frame.content = !text_member(found, "encrypted_content").empty();
  } else if (kind == "message") {
    simdjson::dom::array parts;
    frame.content = member(found, "content", found) && found.get(parts) == simdjson::SUCCESS &&
                    parts.begin() != parts.end();
  } else {
    if (type.ends_with(".added"))
      output_text_bytes += static_cast<std::int64_t>(text_member(found, "name").size());
    frame.content = true;
  }
}

void SameStream::delta(std::string_view type, const element& event, Frame& frame) {
  const std::string_view piece = text_member(event, "delta");
  if (piece.empty()) return;
  frame.content = true;
  if (type == "response.audio.delta") return;  // base64
  output_text_bytes += static_cast<std::int64_t>(piece.size());
}

std::unexpected<Error> garbage(std::string detail) {
  return upstream_error(Code::k_upstream_garbage, "The provider's answer " + std::move(detail));
}

// A response that goes on in the background is a good answer of this dialect, still without an end.
Result<WholeReply> read_whole(std::string_view body, JsonParser& parser) {
  element root;
  if (parser.parse(body, root) != nullptr || !root.is_object())
    return garbage("is not a JSON object.");
  Outcome outcome = read_outcome(root);
  if (outcome.error) return std::unexpected(as_error(*outcome.error));
  element output;
  if (!member(root, "output", output) || !output.is_array())
    return garbage("is no response: it has no `output` list.");
  if (outcome.empty) return garbage("is empty.");
  WholeReply reply;
  reply.finish = outcome.finish;
  if (outcome.usage) reply.usage = *outcome.usage;
  reply.response_model = text_member(root, "model");
  return reply;
}

}  // namespace

std::unique_ptr<StreamDecoder> make_same_stream() {
  return std::make_unique<SameStream>();
}

Result<WholeReply> same_whole(std::string body) {
  JsonParser& parser = thread_parser();
  auto reply = read_whole(body, parser);
  parser.trim();
  if (reply) reply->body = std::move(body);
  return reply;
}

}  // namespace pontage::dialects::responses
