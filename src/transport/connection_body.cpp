// The part of a connection that reads bodies: sized and chunked, in the buffer or beside it, and
// the rests that nobody wanted.
#include <algorithm>

#include "core/strings.hpp"
#include "http/chunked.hpp"
#include "transport/connection.hpp"

namespace pontage::transport {
namespace {
constexpr std::size_t kPadding = 64;  // readable bytes behind a body, for SIMD readers
constexpr std::uint64_t kBodyStep =
    1024 * 1024;  // a promised length is not memory before bytes arrive
constexpr std::uint64_t kDrainBytes =
    256 * 1024;  // what is read and thrown away to keep a connection
constexpr Millis kLingerTotal{30'000};
constexpr Millis kLingerQuiet{5'000};
constexpr Millis kLingerSlow{1'000};
}  // namespace

Task<Status> Connection::send_continue() {
  if (head_.minor_version == 0) co_return Status{};
  if (!iequals(http::find(head_.headers, "expect"), "100-continue")) {
    co_return client_error(Code::k_bad_request, "only `Expect: 100-continue` is understood");
  }
  if (stream_->data().size() > held_) co_return Status{};  // the body is already coming
  Parts parts("HTTP/1.1 100 Continue\r\n\r\n", {}, {});
  WriteAll writer(stream_->bytes(), parts.span());
  const bool sent = writer.await_ready() ? writer.await_resume() : co_await send_slowly(writer);
  if (!sent) co_return std::unexpected(body_failure());
  co_return Status{};
}

Task<Result<std::string_view>> Connection::read_body(std::uint64_t limit) {
  if (body_read_) co_return std::string_view{};
  if (!head_.chunked && head_.content_length > limit) {
    co_return client_error(Code::k_request_too_large,
                           "the body of " + std::to_string(head_.content_length) +
                               " bytes is over the limit of " + format_size(limit));
  }
  if (http::find(head_.headers, "expect").data() != nullptr) {
    auto asked = co_await send_continue();
    if (!asked) co_return std::unexpected(asked.error());
  }
  if (!head_.chunked && head_.content_length + kPadding <= stream_->readable() - held_ - kPadding) {
    // The common case: it lies, or fits, behind the head.
    const std::size_t need = held_ + static_cast<std::size_t>(head_.content_length);
    while (stream_->data().size() < need) {
      set_body_deadline();
      if (!co_await stream_->more()) co_return std::unexpected(body_failure());
    }
    const std::string_view body =
        stream_->data().substr(held_, static_cast<std::size_t>(head_.content_length));
    held_ = need;
    body_read_ = true;
    stop_waiting();
    arm_watch();
    co_return body;
  }
  auto read = head_.chunked ? co_await read_chunked_body(limit) : co_await read_sized_body();
  stop_waiting();
  if (!read) co_return std::unexpected(read.error());
  body_read_ = true;
  body_.reserve(body_.size() + kPadding);
  arm_watch();
  co_return std::string_view(body_);
}

void Connection::end_pieces() {
  held_ += pieces_taken_;
  pieces_taken_ = 0;
  body_read_ = true;
  stop_waiting();
  arm_watch();
}

// What of the body lies in the buffer; empty where more must come.
std::string_view Connection::sized_piece(std::string_view input) {
  const std::uint64_t left = head_.content_length - pieces_total_;
  const auto take = static_cast<std::size_t>(std::min<std::uint64_t>(input.size(), left));
  pieces_taken_ += take;
  pieces_total_ += take;
  if (pieces_total_ == head_.content_length && take == 0) end_pieces();
  return input.substr(0, take);
}

Result<std::string_view> Connection::chunked_piece(std::string_view input) {
  const std::size_t given = input.size();
  std::string_view payload;
  const auto state = pieces_decoder_->next(input, payload);
  pieces_taken_ += given - input.size();
  if (state == http::ChunkedDecoder::State::kError) {
    close_after_ = true;
    return client_error(Code::k_bad_request, "the chunked body is malformed");
  }
  if (state == http::ChunkedDecoder::State::kDone) end_pieces();
  return payload;
}

Task<Result<std::string_view>> Connection::read_piece() {
  if (body_read_ || !head_.has_body) co_return std::string_view{};
  if (!in_pieces_) {
    in_pieces_ = true;
    if (head_.chunked) pieces_decoder_ = std::make_unique<http::ChunkedDecoder>();
    if (http::find(head_.headers, "expect").data() != nullptr) {
      auto asked = co_await send_continue();
      if (!asked) co_return std::unexpected(asked.error());
    }
  }
  while (true) {
    drop_taken(pieces_taken_);
    const std::string_view input = stream_->data().substr(held_ + pieces_taken_);
    Result<std::string_view> piece = head_.chunked ? chunked_piece(input) : sized_piece(input);
    if (!piece || !piece->empty() || body_read_) {
      stop_waiting();
      co_return piece;
    }
    set_body_deadline();
    if (!co_await stream_->more()) co_return std::unexpected(body_failure());
  }
}

void Connection::stop_waiting() {
  phase_ = Phase::kHandler;
  timer_.disarm();
}

// Each piece may take its time, all of them together have a limit too: one byte an interval would
// else hold a connection for ever.
void Connection::set_body_deadline() {
  phase_ = Phase::kBody;
  const auto& limits = host_.options.limits;
  timer_.arm(host_.worker.timers(), std::min(std::chrono::steady_clock::now() + limits.body_timeout,
                                             started_ + limits.receive_timeout));
}

Error Connection::body_failure() {
  stop_waiting();
  return read_failure("body");
}

// Body bytes that were copied out make room for the next ones; the head before them stays where it
// is.
void Connection::drop_taken(std::size_t& taken) {
  if (stream_->pending()) return;
  stream_->drop(held_, taken);
  taken = 0;
}

Task<Status> Connection::read_sized_body() {
  const std::uint64_t length = head_.content_length;
  body_.reserve(static_cast<std::size_t>(std::min(length, kBodyStep)) + kPadding);
  std::size_t taken = 0;  // copied, but still in the buffer because a read is pending behind it
  while (true) {
    const std::string_view data = stream_->data().substr(held_ + taken);
    const auto take =
        static_cast<std::size_t>(std::min<std::uint64_t>(data.size(), length - body_.size()));
    body_.append(data.substr(0, take));
    taken += take;
    if (body_.size() == length) {
      held_ += taken;
      co_return Status{};
    }
    drop_taken(taken);
    set_body_deadline();
    if (!co_await stream_->more()) co_return std::unexpected(body_failure());
  }
}

Task<Status> Connection::read_chunked_body(std::uint64_t limit) {
  http::ChunkedDecoder decoder;
  std::size_t taken = 0;
  while (true) {
    std::string_view input = stream_->data().substr(held_ + taken);
    const std::size_t given = input.size();
    std::string_view payload;
    auto state = http::ChunkedDecoder::State::kData;
    while (state == http::ChunkedDecoder::State::kData) {
      state = decoder.next(input, payload);
      if (state != http::ChunkedDecoder::State::kData) break;
      if (body_.size() + payload.size() > limit) {
        co_return client_error(Code::k_request_too_large,
                               "the body is over the limit of " + format_size(limit));
      }
      body_.append(payload);
    }
    taken += given - input.size();
    if (state == http::ChunkedDecoder::State::kError) {
      close_after_ = true;
      co_return client_error(Code::k_bad_request, "the chunked body is malformed");
    }
    if (state == http::ChunkedDecoder::State::kDone) {
      held_ += taken;
      co_return Status{};
    }
    drop_taken(taken);
    set_body_deadline();
    if (!co_await stream_->more()) co_return std::unexpected(body_failure());
  }
}

// A body that was announced with `Expect` and never asked for will not come.
bool Connection::can_skip_body() const {
  return !in_pieces_ && !head_.chunked && head_.content_length <= kDrainBytes &&
         http::find(head_.headers, "expect").data() == nullptr;
}

// A handler that answered without reading the body: a short rest is read and thrown away so that
// the connection can go on; a long one ends it.
Task<void> Connection::skip_rest_of_body() {
  if (body_read_) co_return;
  auto rest = co_await read_sized_body();  // start_head() has closed what cannot be skipped
  if (!rest) close_after_ = true;
  body_read_ = rest.has_value();
}

// After an early answer the client may still be sending: closing at once would reset the connection
// and could destroy the answer on its way (RFC 9112 §9.6). Half-close, then read what comes until
// it stops.
Task<void> Connection::linger() {
  if (stream_->ended() || !head_.has_body || body_read_) co_return;
  stream_->bytes().shutdown_send();
  const auto until = std::chrono::steady_clock::now() + (timed_out_ ? kLingerSlow : kLingerTotal);
  do {
    if (!stream_->pending()) stream_->consume(stream_->data().size());
    set_deadline(Phase::kLinger, host_.draining || timed_out_ ? kLingerSlow : kLingerQuiet);
    if (!co_await stream_->more()) break;
  } while (std::chrono::steady_clock::now() < until);
  timer_.disarm();
}

}  // namespace pontage::transport
