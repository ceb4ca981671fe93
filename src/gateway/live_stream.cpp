#include "gateway/live_stream.hpp"

#include "dialects/bedrock_events.hpp"

namespace pontage::gateway {

using chain::Pulled;
using transport::Failure;

LiveStream::LiveStream(std::unique_ptr<transport::UpstreamCall> call,
                       std::unique_ptr<dialects::StreamDecoder> decoder, Inflight inflight,
                       dialects::Dialect provider)
    : call_(std::move(call)),
      decoder_(std::move(decoder)),
      inflight_(std::move(inflight)),
      parser_(defaults::kStreamEventLimit) {
  if (dialects::has_binary_events(provider)) messages_.emplace(defaults::kStreamEventLimit);
}

void LiveStream::broken(Pulled& out, Failure failure) {
  over_ = true;
  failure_ = failure;
  out.kind = Pulled::Kind::kBroken;
  out.frame = {};
  const bool late = failure == Failure::kDeadline;
  std::string detail = late ? "the provider's stream stalled" : "the provider's stream was cut off";
  if (const auto problem = call_->problem(); !problem.empty() && !late) detail += ": " + problem;
  out.error = Error{late ? Code::k_upstream_timeout : Code::k_stream_interrupted,
                    Origin::kUpstream,
                    Retry::kOtherTarget,
                    std::move(detail),
                    {},
                    {}};
}

bool LiveStream::from_event(std::string_view raw, std::string_view event, std::string_view data,
                            Pulled& out) {
  out.frame = {};
  switch (decoder_->on_event(raw, event, data, out.frame)) {
    case dialects::StreamDecoder::Event::kSkipped:
      return false;
    case dialects::StreamDecoder::Event::kFrame:
      if (out.frame.bytes.empty() && !out.frame.done) return false;
      out.kind = Pulled::Kind::kFrame;
      if (out.frame.done) {
        ended_ = true;
        out.kind = Pulled::Kind::kEnd;
      }
      return true;
    case dialects::StreamDecoder::Event::kError:
      break;
  }
  over_ = true;
  reported_error_ = true;
  out.kind = Pulled::Kind::kBroken;
  out.error = Error{Code::k_stream_interrupted,
                    Origin::kUpstream,
                    Retry::kOtherTarget,
                    "the provider reported an error in its stream: " + decoder_->error.message,
                    {},
                    {}};
  return true;
}

bool LiveStream::from_messages(Pulled& out) {
  http::EventStreamDecoder::Message message;
  while (!ended_) {
    switch (messages_->next(message)) {
      case http::EventStreamDecoder::Next::kNeedMore:
        return false;
      case http::EventStreamDecoder::Next::kBroken:
        broken(out, Failure::kGarbage);
        out.error.detail.append(": ").append(messages_->problem());
        return true;
      case http::EventStreamDecoder::Next::kMessage: {
        const auto event = dialects::bedrock_event(message, event_name_);
        if (from_event({}, event.name, event.data, out)) return true;
      }
    }
  }
  return false;
}

bool LiveStream::from_parser(Pulled& out) {
  if (messages_) return from_messages(out);
  http::SseParser::Event event;
  while (!ended_) {
    switch (parser_.next(event)) {
      case http::SseParser::Next::kNeedMore:
        return false;
      case http::SseParser::Next::kTooLarge:
        broken(out, Failure::kTooLarge);
        return true;
      case http::SseParser::Next::kEvent:
        if (!event.has_data) {  // a comment: kept, it is the provider's sign of life
          out.kind = Pulled::Kind::kFrame;
          out.frame = {event.raw, false, false, false};
          return true;
        }
        if (from_event(event.raw, event.event, event.data, out)) return true;
    }
  }
  return false;
}

// The upstream's body has ended: a last event without its blank line may be left, then the decoder
// says whether the answer was complete.
void LiveStream::at_end(Pulled& out) {
  http::SseParser::Event event;
  if (parser_.rest(event) && event.has_data &&
      from_event(event.raw, event.event, event.data, out)) {
    return;  // the end is next
  }
  out.frame = {};
  if (decoder_->on_end(out.frame)) {
    out.kind = Pulled::Kind::kEnd;
    ended_ = true;
    over_ = true;
    return;
  }
  broken(out, Failure::kClosed);
}

// Cut or stalled after the finish reason: the answer is complete, and only its last line is ours to
// send.
bool LiveStream::whole_without_its_end(Failure failure, Pulled& out) {
  if (failure == Failure::kCancelled || decoder_->finish == llm::Finish::kNone) return false;
  out.frame = {};
  if (!decoder_->on_end(out.frame)) return false;
  out.kind = Pulled::Kind::kEnd;
  failure_ = failure;
  ended_ = true;
  over_ = true;
  return true;
}

bool LiveStream::take(const transport::BodyPiece& piece, Pulled& out) {
  if (piece.failure != Failure::kNone) {
    if (!whole_without_its_end(piece.failure, out)) broken(out, piece.failure);
    return true;
  }
  if (!piece.bytes.empty() && messages_) {
    messages_->feed(piece.bytes);
  } else if (!piece.bytes.empty()) {
    parser_.feed(piece.bytes);
  }
  body_done_ = piece.done;
  return false;
}

bool LiveStream::next_now(Pulled& out) {
  if (!held_.empty()) {
    released_.swap(held_);
    held_.clear();
    out.kind = Pulled::Kind::kFrame;
    out.frame = {released_, true, false, false};
    return true;
  }
  while (!over_) {
    if (from_parser(out)) return true;
    if (ended_) {
      over_ = true;
      break;
    }
    if (body_done_) {
      at_end(out);
      return true;
    }
    const auto piece = call_->read_now();
    if (!piece) return false;
    if (take(*piece, out)) return true;
  }
  out.kind = Pulled::Kind::kEnd;
  out.frame = {};
  return true;
}

Task<void> LiveStream::drain() {
  constexpr Millis kPatience{50};
  if (body_done_ || failure_ != Failure::kNone) co_return;
  call_->set_deadline(std::chrono::steady_clock::now() + kPatience);
  while (!body_done_) {
    const auto piece = co_await call_->read();
    if (piece.failure != Failure::kNone) co_return;
    body_done_ = piece.done;
  }
}

// A token is about four bytes of text; once the finish reason has come, nothing more is owed.
bool LiveStream::enough() const {
  constexpr std::int64_t kBytesPerToken = 4;
  if (min_rate_ == 0 || decoder_->finish != llm::Finish::kNone) return true;
  const std::int64_t wanted = min_rate_ * kBytesPerToken * window_.count() / 1000;
  return decoder_->output_text_bytes - bytes_then_ >= wanted;
}

SteadyTime LiveStream::read_deadline(SteadyTime now) const {
  const auto idle = std::min(total_, now + idle_);
  return enough() ? idle : std::min(idle, now + (window_ - waited_));
}

// Only waiting counts: a slow client makes no slow provider.
bool LiveStream::too_slow(SteadyTime since, Failure failure) {
  if (min_rate_ == 0 || failure == Failure::kCancelled) return false;
  const auto now = std::chrono::steady_clock::now();
  waited_ += std::chrono::duration_cast<Micros>(now - since);
  const bool due = failure == Failure::kDeadline && now < std::min(total_, since + idle_);
  if (waited_ < window_ && !due) return false;
  if (!enough()) return true;
  waited_ = Micros(0);
  bytes_then_ = decoder_->output_text_bytes;
  return false;
}

Task<Pulled> LiveStream::next() {
  Pulled out;
  while (true) {
    if (next_now(out)) co_return out;
    const auto since = std::chrono::steady_clock::now();
    if (idle_.count() > 0) call_->set_deadline(read_deadline(since));
    const auto piece = co_await call_->read();
    if (too_slow(since, piece.failure)) {
      call_->cancel();
      broken(out, Failure::kDeadline);
      out.error.detail = "the provider's stream became slower than " + std::to_string(min_rate_) +
                         " tokens a second";
      co_return out;
    }
    if (take(piece, out)) co_return out;
  }
}

}  // namespace pontage::gateway
