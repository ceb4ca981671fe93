#include "simulate/deliver.hpp"

#include <algorithm>

#include "http/headers.hpp"
#include "simulate/head.hpp"

namespace pontage::simulate {
namespace {

const Fault& or_healthy(const Fault* fault) {
  static const Fault kHealthy;
  return fault == nullptr ? kHealthy : *fault;
}

// What is to be sent, before framing and coding.
struct Payload {
  int status = 200;
  std::string_view content_type = "application/json";
  bool events = false;  // a stream of events: places count events, chunked by default
  std::string text;     // when there is no body
  std::unique_ptr<Body> body;
  Micros due{0};
};

bool has_no_body(int status) {
  return status == 204 || status == 304;
}

bool gzip_wanted(const WireRequest& request, const Fault& fault) {
  return fault.gzip &&
         (fault.gzip_always || http::has_token(request.header("accept-encoding"), "gzip"));
}

// A plain body has no events: there a bare number means bytes.
Position place(Position at, bool events) {
  const bool counts_events =
      at.unit == Position::Unit::kContent || at.unit == Position::Unit::kEvent;
  if (counts_events && (!events || at.count == 0)) at.unit = Position::Unit::kByte;
  return at;
}

void add_triggers(Delivery& delivery, const Fault& fault, bool events) {
  using Action = Trigger::Action;
  if (fault.reset) delivery.triggers.push_back({place(*fault.reset, events), Action::kReset});
  if (fault.cut) delivery.triggers.push_back({place(*fault.cut, events), Action::kFin});
  if (fault.stall) delivery.triggers.push_back({place(*fault.stall, events), Action::kStall});
  if (fault.bad_chunk)
    delivery.triggers.push_back({place(*fault.bad_chunk, events), Action::kBadChunk});
}

std::string packed(const std::string& text, const Fault& fault) {
  if (!fault.bad_gzip) return gzip_whole(text);
  std::string out;
  GzipWriter().corrupt(out);
  return out;
}

Framing choose_framing(const WireRequest& request, const Fault& fault, const Payload& payload,
                       bool gzip_stream) {
  if (fault.bad_length) return Framing::kLength;
  if (request.minor_version == 0) return payload.events ? Framing::kClose : Framing::kLength;
  if (fault.bad_chunk || fault.trailers || fault.bad_head == "both_lengths")
    return Framing::kChunked;
  Framing framing = fault.framing;
  if (framing == Framing::kDefault) framing = payload.events ? Framing::kChunked : Framing::kLength;
  // The size of a stream that is compressed on its way is not known ahead.
  return framing == Framing::kLength && gzip_stream ? Framing::kChunked : framing;
}

Planned finish(const WireRequest& request, Dialect dialect, Payload payload, const Fault* chosen,
               const Style& style) {
  const Fault& fault = or_healthy(chosen);
  Planned planned;
  planned.status = payload.status;
  Delivery& delivery = planned.delivery;
  HeadShape head;
  head.gzip = gzip_wanted(request, fault) && !has_no_body(payload.status);
  if (!payload.body) {
    if (has_no_body(payload.status)) payload.text.clear();
    if (head.gzip) payload.text = packed(payload.text, fault);
    payload.body = literal_body(std::move(payload.text), payload.due);
  } else {
    delivery.gzip = head.gzip;
    delivery.bad_gzip = fault.bad_gzip;
  }
  const Framing framing = choose_framing(request, fault, payload, delivery.gzip);
  if (framing == Framing::kLength && !has_no_body(payload.status)) {
    head.length = static_cast<std::int64_t>(payload.body->size()) + fault.bad_length.value_or(0);
    head.length = std::max<std::int64_t>(*head.length, 0);
  }
  delivery.keep_alive =
      request.keep_alive && fault.keep_alive && framing != Framing::kClose && !fault.bad_length;
  delivery.chunked = head.chunked = framing == Framing::kChunked && !has_no_body(payload.status);
  head.status = payload.status;
  head.dialect = dialect;
  head.content_type = payload.content_type;
  head.server = style.server;
  head.sequence = style.sequence;
  head.event_stream = payload.events;
  head.keep_alive = delivery.keep_alive;
  delivery.head = make_head(head, chosen);
  delivery.start = request.received;
  delivery.head_due = Millis(fault.slow_headers_ms) + (payload.events ? Micros(0) : payload.due);
  delivery.body = std::move(payload.body);
  delivery.chunk_kind = fault.chunk_kind;
  delivery.trailers = fault.trailers;
  delivery.one_write = fault.coalesce || !payload.events;
  delivery.one_byte = fault.one_byte;
  delivery.byte_gap = Micros(fault.byte_gap_us);
  if (fault.idle_close_ms) delivery.idle_close = Millis(*fault.idle_close_ms);
  if (payload.events) {
    delivery.heartbeat = Millis(fault.heartbeat_ms);
    delivery.heartbeat_text = dialect == Dialect::kAnthropic
                                  ? "event: ping\ndata: {\"type\":\"ping\"}\n\n"
                                  : ": keep-alive\n\n";
  }
  add_triggers(delivery, fault, payload.events);
  if (request.method == "HEAD") {
    delivery.body = literal_body({}, Micros(0));
    delivery.chunked = false;
  }
  return planned;
}

// A body in place of the answer, or nothing when the fault has none.
bool replace_body(const Fault& fault, const std::string& healthy, Payload& payload) {
  payload.events = false;
  if (fault.garbage) {
    payload.content_type = "text/html";
    payload.text =
        "<!DOCTYPE html>\n<html><head><title>Welcome</title></head>\n<body><h1>It "
        "works!</h1></body></html>\n";
  } else if (fault.truncated_json) {
    payload.text = healthy.substr(0, healthy.size() / 2);
  } else if (fault.wrong_type == "text") {
    payload.content_type = "text/plain";
    payload.text = "everything is fine";
  } else if (fault.wrong_type == "array") {
    payload.text = "[]";
  } else if (fault.wrong_type == "object") {
    payload.text = "{}";
  } else if (fault.wrong_type == "string") {
    payload.text = "\"everything is fine\"";
  } else if (fault.wrong_type == "number") {
    payload.text = "42";
  } else if (fault.wrong_type == "null") {
    payload.text = "null";
  } else {
    return false;
  }
  return true;
}

Planned garbage_http(const WireRequest& request) {
  Planned planned;
  planned.status = 0;
  planned.delivery.start = request.received;
  planned.delivery.head.assign("SSH-2.0-OpenSSH_9.2p1 Debian\r\n\x00\x00\x03\xfc\x0a\x14", 36);
  planned.delivery.body = literal_body({}, Micros(0));
  planned.delivery.keep_alive = false;
  return planned;
}

SseStyle sse_style(const Fault& fault) {
  return {fault.crlf, fault.comments, fault.no_space,        fault.multiline,
          fault.bom,  fault.ascii,    fault.no_last_newline, fault.extra};
}

std::string all_of(Body& body) {
  std::string out;
  Body::Piece piece;
  while (body.next(out, piece)) {
  }
  return out;
}

// An answer whose only text is a mark, to be replaced by as many letters as make the size.
std::unique_ptr<Body> huge_body(Wire wire, bool stream, std::uint64_t size, Micros due) {
  constexpr std::string_view kMark = "@simulated-filler@";
  Block block;
  block.pieces.add(kMark);
  wire.answer.choices.resize(1);
  wire.answer.choices[0].blocks = {std::move(block)};
  std::string text;
  if (stream) {
    auto events = wire.healthy_events(false);
    text = all_of(*event_body(std::move(wire), std::move(events), {}, {}));
  } else {
    text = wire.plain();
  }
  const std::size_t at = text.find(kMark);
  std::string after = text.substr(at + kMark.size());
  text.resize(at);
  const std::uint64_t frame = text.size() + after.size();
  return filler_body(std::move(text), size > frame ? size - frame : 0, std::move(after), due);
}

Pace pace_of(const Fault& fault, const Style& style) {
  const double tps = fault.tps.value_or(style.tokens_per_second);
  Pace pace;
  pace.first = fault.ttft_ms ? Micros(Millis(*fault.ttft_ms)) : style.ttft;
  pace.first += Micros(Millis(fault.slow_headers_ms));
  pace.interval_us = tps > 0 ? 1e6 / tps : 0;
  return pace;
}

std::int64_t pieces_of(const Answer& answer) {
  std::int64_t count = 0;
  for (const Choice& choice : answer.choices) {
    for (const Block& block : choice.blocks)
      count += static_cast<std::int64_t>(block.pieces.count());
  }
  return count;
}

}  // namespace

Planned deliver_answer(const WireRequest& request, const Ask& ask, Answer answer,
                       const Fault* chosen, const Style& style) {
  const Fault& fault = or_healthy(chosen);
  if (fault.garbage_http) return garbage_http(request);
  const Pace pace = pace_of(fault, style);
  const bool stream = (ask.stream && !fault.as_plain) || (!ask.stream && fault.as_stream);
  Wire wire{ask.dialect, std::move(answer), fault.usage, ask.include_usage, {}};
  Payload payload;
  if (fault.status >= 200 && fault.status < 400 && !fault.error_event)
    payload.status = fault.status;
  const bool delayed = style.delay_plain || fault.ttft_ms || fault.tps;
  if (!stream && delayed)
    payload.due = pace.due(std::max<std::int64_t>(pieces_of(wire.answer) - 1, 0)) -
                  Millis(fault.slow_headers_ms);
  if (fault.error_event) wire.error = error_reply(ask.dialect, fault, ask.model);
  if (fault.truncated_json || fault.garbage || !fault.wrong_type.empty()) {
    replace_body(fault, wire.plain(), payload);
  } else if (fault.huge) {
    payload.events = stream;
    payload.body =
        huge_body(std::move(wire), stream, *fault.huge, stream ? pace.first : payload.due);
  } else if (stream) {
    payload.events = true;
    auto events = apply_event_faults(wire.healthy_events(fault.interleave), fault);
    payload.body = event_body(std::move(wire), std::move(events), sse_style(fault), pace);
  } else {
    if (!fault.empty_stream) payload.text = fault.error_event ? wire.error.body : wire.plain();
    if (fault.extra) add_unknown_field(payload.text, 0);
    if (fault.ascii) payload.text = escape_to_ascii(payload.text);
    if (fault.bad_json) payload.text.insert(payload.text.size() / 2, "\x01\"}{");
  }
  if (payload.events) {
    payload.content_type = ask.dialect == Dialect::kBedrock ? "application/vnd.amazon.eventstream"
                                                            : "text/event-stream; charset=utf-8";
  }
  return finish(request, ask.dialect, std::move(payload), chosen, style);
}

Planned deliver_error(const WireRequest& request, Dialect dialect, const ErrorReply& error,
                      const Fault* fault, const Style& style) {
  Payload payload;
  payload.status = error.status;
  payload.text = error.body;
  return finish(request, dialect, std::move(payload), fault, style);
}

Planned deliver_json(const WireRequest& request, int status, std::string body, const Style& style) {
  return deliver_error(request, Dialect::kOpenAi, {status, std::move(body)}, nullptr, style);
}

Planned deliver_nothing(const WireRequest& request, Trigger::Action action) {
  Planned planned;
  planned.status = 0;
  planned.delivery.start = request.received;
  planned.delivery.body = literal_body({}, Micros(0));
  planned.delivery.triggers.push_back({{Position::Unit::kWire, 0}, action});
  return planned;
}

}  // namespace pontage::simulate
