#include "simulate/response_script.hpp"

#include <algorithm>

#include "http/chunked.hpp"

namespace pontage::simulate {
namespace {

std::string_view broken_chunk(std::string_view kind) {
  if (kind == "overflow") return "FFFFFFFFFFFFFFFFF\r\nbroken\r\n";
  if (kind == "no_crlf") return "5\r\nlonger than five\r\n";
  if (kind == "garbage") return {"\x00\xff\xfe\x01 no size here", 17};
  return "xyz\r\nbroken\r\n";
}

bool is_end(Do what) {
  return what != Do::kMore && what != Do::kFlush;
}

}  // namespace

ResponseScript::ResponseScript(Delivery delivery, Done done)
    : delivery_(std::move(delivery)), done_(std::move(done)) {
  if (delivery_.gzip) gzip_.emplace();
}

Step ResponseScript::next(std::string& out, SteadyTime now) {
  if (!delivery_.one_byte) return advance(out, now);
  while (queue_at_ == queue_.size()) {
    if (held_ && is_end(held_->what)) {
      const Step step = *held_;
      held_.reset();
      return step;
    }
    queue_.clear();
    queue_at_ = 0;
    held_ = advance(queue_, now);
  }
  if (now < next_byte_at_) return {Do::kWait, next_byte_at_};
  out.push_back(queue_[queue_at_++]);
  next_byte_at_ = now + delivery_.byte_gap;
  return {Do::kFlush, {}};
}

Step ResponseScript::advance(std::string& out, SteadyTime now) {
  switch (phase_) {
    case Phase::kHead:
      return play_head(out, now);
    case Phase::kBody:
      return play_body(out, now);
    case Phase::kTail:
      return play_tail(out, now);
    case Phase::kOver:
      break;
  }
  return {Do::kFin, {}};
}

Step ResponseScript::play_head(std::string& out, SteadyTime now) {
  const SteadyTime due = delivery_.start + delivery_.head_due;
  if (due > now) return {Do::kWait, due};
  if (!emit(delivery_.head, out)) return fire(*fired_, out);
  last_sent_ = now;
  phase_ = Phase::kBody;
  return sent();
}

// Appends bytes to the wire, up to the place where it breaks. False: that place is reached.
bool ResponseScript::emit(std::string_view bytes, std::string& out) {
  for (const Trigger& trigger : delivery_.triggers) {
    if (trigger.at.unit != Position::Unit::kWire || wire_ + bytes.size() < trigger.at.count)
      continue;
    bytes = bytes.substr(0, trigger.at.count - wire_);
    fired_ = trigger.action;
  }
  wire_ += bytes.size();
  out += bytes;
  return !fired_;
}

std::optional<std::uint64_t> ResponseScript::byte_limit() const {
  std::optional<std::uint64_t> limit;
  for (const Trigger& trigger : delivery_.triggers) {
    if (trigger.at.unit != Position::Unit::kByte) continue;
    limit = std::min(limit.value_or(trigger.at.count), trigger.at.count);
  }
  return limit;
}

std::optional<Step> ResponseScript::due_trigger(std::string& out) {
  for (const Trigger& trigger : delivery_.triggers) {
    std::uint64_t reached = 0;
    switch (trigger.at.unit) {
      case Position::Unit::kContent:
        reached = content_;
        break;
      case Position::Unit::kEvent:
        reached = events_;
        break;
      case Position::Unit::kByte:
        reached = bytes_;
        break;
      case Position::Unit::kWire:
        continue;
    }
    if (reached >= trigger.at.count) return fire(trigger.action, out);
  }
  return std::nullopt;
}

Step ResponseScript::fire(Trigger::Action action, std::string& out) {
  fired_ = action;
  phase_ = Phase::kOver;
  switch (action) {
    case Trigger::Action::kFin:
      return {Do::kFin, {}};
    case Trigger::Action::kReset:
      return {Do::kReset, {}};
    case Trigger::Action::kStall:
      return {Do::kStall, {}};
    case Trigger::Action::kBadChunk:
      out += broken_chunk(delivery_.chunk_kind);
      return {Do::kFlush, {}};
  }
  return {Do::kFin, {}};
}

// One piece in its coding and framing.
bool ResponseScript::send_payload(std::string_view payload, std::string& out) {
  std::string packed;
  if (gzip_) {
    gzip_->write(payload, packed);
    payload = packed;
  }
  if (!delivery_.chunked) return emit(payload, out);
  if (payload.empty()) return true;
  std::string frame;
  frame.reserve(payload.size() + 20);
  http::append_chunk_header(frame, payload.size());
  frame += payload;
  frame += http::kChunkEnd;
  return emit(frame, out);
}

Step ResponseScript::wait_for(SteadyTime due, std::string& out, SteadyTime now) {
  if (delivery_.heartbeat.count() == 0) return {Do::kWait, due};
  const SteadyTime beat = last_sent_ + delivery_.heartbeat;
  if (beat >= due) return {Do::kWait, due};
  if (beat > now) return {Do::kWait, beat};
  last_sent_ = now;
  if (!send_payload(delivery_.heartbeat_text, out)) return fire(*fired_, out);
  return {Do::kFlush, {}};
}

Step ResponseScript::play_body(std::string& out, SteadyTime now) {
  if (auto step = due_trigger(out)) return *step;
  if (!has_piece_) {
    payload_.clear();
    if (!delivery_.body->next(payload_, piece_)) {
      phase_ = Phase::kTail;
      return {Do::kMore, {}};
    }
    has_piece_ = true;
  }
  // All in one write means: no pause once the content has begun.
  const bool paced = !delivery_.one_write || content_ == 0;
  if (const SteadyTime due = delivery_.start + piece_.due; paced && due > now)
    return wait_for(due, out, now);
  const bool breaks = delivery_.bad_gzip && content_ >= *delivery_.bad_gzip;
  if (gzip_ && breaks && (piece_.content || *delivery_.bad_gzip == 0)) {
    corrupted_ = true;
    phase_ = Phase::kTail;
    return {Do::kMore, {}};
  }
  has_piece_ = false;
  last_sent_ = now;
  std::string_view payload = payload_;
  const auto limit = byte_limit();
  const bool cut = limit && bytes_ + payload.size() > *limit;
  if (cut) payload = payload.substr(0, *limit - bytes_);
  bytes_ += payload.size();
  if (piece_.event && !cut) ++events_;
  if (piece_.content && !cut) ++content_;
  if (!send_payload(payload, out)) return fire(*fired_, out);
  return sent();
}

Step ResponseScript::play_tail(std::string& out, SteadyTime now) {
  phase_ = Phase::kOver;
  std::string tail;
  if (gzip_) {
    std::string packed;
    if (corrupted_) {
      gzip_->corrupt(packed);
    } else {
      gzip_->finish(packed);
    }
    if (delivery_.chunked && !packed.empty()) http::append_chunk_header(tail, packed.size());
    tail += packed;
    if (delivery_.chunked && !packed.empty()) tail += http::kChunkEnd;
  }
  if (delivery_.chunked) {
    tail += delivery_.trailers ? "0\r\nx-simulated-trailer: yes\r\nx-checksum: none\r\n\r\n"
                               : http::kLastChunk;
  }
  if (!emit(tail, out)) return fire(*fired_, out);
  if (!delivery_.keep_alive) return {Do::kFin, {}};
  return {Do::kNext, delivery_.idle_close ? now + *delivery_.idle_close : SteadyTime()};
}

void ResponseScript::ended(const Ending& ending) {
  Report report{"complete", ending, events_, content_};
  if (ending.kind == Ending::Kind::kStopped) {
    report.outcome = "stopped";
  } else if (ending.kind == Ending::Kind::kClientClosed) {
    report.outcome = ending.last == Do::kStall ? "stalled" : "client_closed";
  } else if (fired_) {
    report.outcome = *fired_ == Trigger::Action::kReset ? "reset" : "cut";
  }
  done_(report);
}

}  // namespace pontage::simulate
