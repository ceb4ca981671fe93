#include "transport/connection.hpp"

#include <array>

#include "core/strings.hpp"
#include "http/chunked.hpp"
#include "transport/http_date.hpp"

namespace pontage::transport {
namespace {
constexpr std::size_t kBufferBytes = 8 * 1024;
constexpr std::size_t kPadding = 64;                       // readable bytes behind a body, for SIMD readers
constexpr std::uint64_t kBodyStep = 1024 * 1024;           // a promised length is not memory before bytes arrive
constexpr std::uint64_t kDrainBytes = 256 * 1024;          // what is read and thrown away to keep a connection
}  // namespace

Connection::Connection(ConnectionHost& host, std::unique_ptr<ByteStream> stream, std::string peer)
    : host_(host),
      stream_(BufferedStream::make(std::move(stream), kBufferBytes)),
      peer_(std::move(peer)),
      timer_([this] { on_deadline(); }) {
  stream_->on_event = [this] {
    if (phase_ == Phase::kIdle || !stream_->ended()) return;
    if (on_gone_) std::exchange(on_gone_, nullptr)();
  };
}

void Connection::set_deadline(Phase phase, Millis from_now) {
  phase_ = phase;
  timer_.arm(host_.worker.timers(), std::chrono::steady_clock::now() + from_now);
}

void Connection::on_deadline() {
  if (phase_ == Phase::kHandler) return;
  timed_out_ = true;
  if (phase_ == Phase::kHead || phase_ == Phase::kBody) {
    // The reader wakes up, answers 408 and closes; the socket must still be writable for that. What is left of a
    // pending read would block it, so its data is given up: the connection is not used again.
    stream_->cancel_read();
    return;
  }
  stream_->close(phase_ == Phase::kWrite);
}

void Connection::close_if_idle() {
  close_after_ = true;
  if (phase_ == Phase::kIdle && stream_->data().empty()) stream_->close(false);
}

void Connection::close_now() { stream_->close(true); }

Task<void> Connection::run() {
  while (!stream_->ended() && co_await read_head()) {
    phase_ = Phase::kHandler;
    timer_.disarm();
    if (!head_.has_body) arm_watch();  // else once the body is in
    co_await host_.handler(*this);
    if (!response_done_) {
      // The handler gave up (client gone, or a cut stream): never let a cut answer pass for a whole one.
      stream_->close(true);
      break;
    }
    on_gone_ = nullptr;
    if (close_after_ || host_.draining || !head_.keep_alive) break;
    co_await skip_rest_of_body();
    if (close_after_) break;
    finish_request();
  }
  timer_.disarm();
  co_await linger();
  stream_->close(false);
}

// After an early answer the client may still be sending: closing at once would reset the connection and could destroy
// the answer on its way (RFC 9112 §9.6). Half-close, then read what comes for a moment.
Task<void> Connection::linger() {
  if (stream_->ended() || !head_.has_body || body_read_) co_return;
  stream_->bytes().shutdown_send();
  set_deadline(Phase::kIdle, Millis(1000));
  for (std::uint64_t thrown = 0; thrown < 4 * kDrainBytes;) {
    if (!stream_->pending()) {
      thrown += stream_->data().size();
      stream_->consume(stream_->data().size());
    }
    if (!co_await stream_->more()) break;
  }
  timer_.disarm();
}

void Connection::finish_request() {
  stream_->consume(held_);
  held_ = 0;
  if (body_.capacity() > kBufferBytes) {
    std::string().swap(body_);
  } else {
    body_.clear();
  }
  if (out_.capacity() > kBufferBytes) std::string().swap(out_);
}

void Connection::arm_watch() {
  if (!stream_->pending()) stream_->arm();
}

Error Connection::read_failure(const char* what) const {
  if (timed_out_) {
    return Error{Code::k_request_timeout, Origin::kClient, Retry::kNever,
                 std::string("the request's ") + what + " did not arrive in time", {}, {}};
  }
  return Error{Code::k_client_closed_request, Origin::kClient, Retry::kNever,
               std::string("the client closed the connection before the end of its ") + what, {}, {}};
}

Task<bool> Connection::read_head() {
  head_sent_ = streaming_ = response_done_ = body_read_ = discard_body_ = chunked_out_ = false;
  timed_out_ = false;
  std::size_t searched = 0;
  std::size_t length = 0;
  if (stream_->data().empty()) {
    set_deadline(Phase::kIdle, host_.options.limits.idle_timeout);
    if (!co_await stream_->more()) co_return false;
  }
  started_ = std::chrono::steady_clock::now();
  bool waited = false;
  while (true) {
    // A few empty lines before a request line are to be ignored (RFC 9112 §2.2).
    if (!stream_->pending()) {
      while (stream_->data().starts_with("\r\n") && searched == 0) stream_->consume(2);
    }
    length = head_length(stream_->data(), searched);
    if (length != 0) break;
    if (stream_->data().size() >= host_.options.limits.head) {
      co_await refuse(Error{Code::k_headers_too_large, Origin::kClient, Retry::kNever,
                            "the request head is over " + format_size(host_.options.limits.head), {}, {}});
      co_return false;
    }
    if (!waited) set_deadline(Phase::kHead, host_.options.limits.head_timeout);
    waited = true;
    if (!stream_->pending()) {
      const std::size_t size = stream_->data().size();
      stream_->compact(size + kBufferBytes / 2 > kBufferBytes ? size * 2 + kBufferBytes : 0);
    }
    if (!co_await stream_->more()) {
      if (timed_out_) co_await refuse(read_failure("head"));
      co_return false;
    }
  }
  if (length > host_.options.limits.head) {
    co_await refuse(Error{Code::k_headers_too_large, Origin::kClient, Retry::kNever,
                          "the request head is over " + format_size(host_.options.limits.head), {}, {}});
    co_return false;
  }
  if (!stream_->pending()) stream_->compact();  // as much room behind the head as there is
  auto parsed = parse_request_head(stream_->data().substr(0, length), host_.options.limits.header_count, head_);
  if (!parsed) {
    head_.path = {};
    co_await refuse(parsed.error());
    co_return false;
  }
  held_ = length;
  body_read_ = !head_.has_body;
  discard_body_ = head_.method == "HEAD";
  if (!head_.keep_alive) close_after_ = true;
  co_return true;
}

Task<void> Connection::refuse(const Error& error) {
  close_after_ = true;
  head_.keep_alive = false;
  head_.has_body = true;  // what the client is still sending is read away before the close
  body_read_ = false;
  head_.minor_version = 1;
  std::string headers = "Content-Type: application/json\r\n";
  const std::string body = host_.options.error_body ? host_.options.error_body(error, head_.path) : error.detail;
  co_await respond(http_status(error.code), headers, body);
}

Task<Status> Connection::send_continue() {
  const auto expect = http::find(head_.headers, "expect");
  if (expect.data() == nullptr || head_.minor_version == 0) co_return Status{};
  if (!iequals(expect, "100-continue")) {
    co_return client_error(Code::k_bad_request, "only `Expect: 100-continue` is understood");
  }
  if (stream_->data().size() > held_) co_return Status{};  // the body is already coming
  if (!co_await send("HTTP/1.1 100 Continue\r\n\r\n", {}, {})) {
    co_return std::unexpected(read_failure("body"));
  }
  co_return Status{};
}

Task<Result<std::string_view>> Connection::read_body(std::uint64_t limit) {
  if (body_read_) co_return std::string_view{};
  if (!head_.chunked && head_.content_length > limit) {
    co_return client_error(Code::k_request_too_large,
                           "the body of " + std::to_string(head_.content_length) + " bytes is over the limit of " +
                               format_size(limit));
  }
  auto asked = co_await send_continue();
  if (!asked) co_return std::unexpected(asked.error());
  if (!head_.chunked && head_.content_length + kPadding <= stream_->readable() - held_ - kPadding) {
    // The common case: it lies, or fits, behind the head.
    const std::size_t need = held_ + static_cast<std::size_t>(head_.content_length);
    while (stream_->data().size() < need) {
      set_deadline(Phase::kBody, host_.options.limits.body_timeout);
      if (!co_await stream_->more()) co_return std::unexpected(read_failure("body"));
    }
    const std::string_view body = stream_->data().substr(held_, static_cast<std::size_t>(head_.content_length));
    held_ = need;
    body_read_ = true;
    phase_ = Phase::kHandler;
    timer_.disarm();
    arm_watch();
    co_return body;
  }
  auto read = head_.chunked ? co_await read_chunked_body(limit) : co_await read_sized_body();
  phase_ = Phase::kHandler;
  timer_.disarm();
  if (!read) co_return std::unexpected(read.error());
  body_read_ = true;
  body_.reserve(body_.size() + kPadding);
  arm_watch();
  co_return std::string_view(body_);
}

// Body bytes that were copied out make room for the next ones; the head before them stays where it is.
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
    const auto take = static_cast<std::size_t>(std::min<std::uint64_t>(data.size(), length - body_.size()));
    body_.append(data.substr(0, take));
    taken += take;
    if (body_.size() == length) {
      held_ += taken;
      co_return Status{};
    }
    drop_taken(taken);
    set_deadline(Phase::kBody, host_.options.limits.body_timeout);
    if (!co_await stream_->more()) co_return std::unexpected(read_failure("body"));
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
        co_return client_error(Code::k_request_too_large, "the body is over the limit of " + format_size(limit));
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
    set_deadline(Phase::kBody, host_.options.limits.body_timeout);
    if (!co_await stream_->more()) co_return std::unexpected(read_failure("body"));
  }
}

// A body that was announced with `Expect` and never asked for will not come.
bool Connection::can_skip_body() const {
  return !head_.chunked && head_.content_length <= kDrainBytes &&
         http::find(head_.headers, "expect").data() == nullptr;
}

// A handler that answered without reading the body: a short rest is read and thrown away so that the connection can go
// on; a long one ends it.
Task<void> Connection::skip_rest_of_body() {
  if (body_read_) co_return;
  auto rest = head_.chunked ? co_await read_chunked_body(kDrainBytes) : co_await read_sized_body();
  if (!rest) close_after_ = true;
  body_read_ = rest.has_value();
}

Task<bool> Connection::send(std::string_view a, std::string_view b, std::string_view c) {
  std::array<iovec, 3> pieces{};
  std::size_t count = 0;
  for (const auto part : {a, b, c}) {
    if (!part.empty()) pieces[count++] = {const_cast<char*>(part.data()), part.size()};
  }
  WriteAll writer(stream_->bytes(), std::span(pieces).first(count));
  if (writer.await_ready()) co_return writer.await_resume();
  const Phase before = phase_;
  std::function<void()> progress = [this] { set_deadline(Phase::kWrite, host_.options.limits.write_timeout); };
  progress();
  writer.on_progress(&progress);
  const bool written = co_await writer;
  phase_ = before;
  timer_.disarm();
  co_return written;
}

void Connection::start_head(int status, std::string_view headers) {
  out_.clear();
  out_.append("HTTP/1.1 ");
  out_.append(std::to_string(status)).push_back(' ');
  out_.append(http::reason_phrase(status)).append("\r\nDate: ").append(http_date_now()).append("\r\n");
  out_.append(headers);
  if (close_after_ || host_.draining || !head_.keep_alive) {
    close_after_ = true;
    out_.append("Connection: close\r\n");
  } else if (head_.minor_version == 0) {
    out_.append("Connection: keep-alive\r\n");
  }
  head_sent_ = true;
}

Task<bool> Connection::respond(int status, std::string_view headers, std::string_view body) {
  if (!body_read_ && !can_skip_body()) close_after_ = true;
  start_head(status, headers);
  out_.append("Content-Length: ").append(std::to_string(body.size())).append("\r\n\r\n");
  const bool sent = co_await send(out_, discard_body_ ? std::string_view() : body, {});
  response_done_ = sent;
  co_return sent;
}

void Connection::begin_stream(int status, std::string_view headers) {
  chunked_out_ = head_.minor_version >= 1;
  if (!chunked_out_) close_after_ = true;
  start_head(status, headers);
  if (chunked_out_) out_.append("Transfer-Encoding: chunked\r\n");
  out_.append("\r\n");
  streaming_ = true;
}

Task<bool> Connection::write(std::string_view piece) {
  if (discard_body_) piece = {};
  if (chunked_out_ && !piece.empty()) http::append_chunk_header(out_, piece.size());
  const bool sent =
      co_await send(out_, piece, chunked_out_ && !piece.empty() ? std::string_view("\r\n") : std::string_view());
  out_.clear();
  co_return sent;
}

Task<bool> Connection::write_last(std::string_view piece) {
  if (discard_body_) piece = {};
  std::string_view tail;
  if (chunked_out_ && !discard_body_) tail = piece.empty() ? "0\r\n\r\n" : "\r\n0\r\n\r\n";
  if (chunked_out_ && !piece.empty()) http::append_chunk_header(out_, piece.size());
  const bool sent = co_await send(out_, piece, tail);
  out_.clear();
  response_done_ = sent;
  co_return sent;
}

void Connection::abort() {
  aborted_ = true;
  stream_->close(true);
}

void Connection::on_client_gone(std::function<void()> callback) {
  on_gone_ = std::move(callback);
  if (on_gone_ && stream_->ended()) {
    // Already gone: tell it from the loop, never from inside this call.
    host_.worker.post([this, alive = std::weak_ptr<int>(alive_)] {
      if (!alive.expired() && on_gone_) std::exchange(on_gone_, nullptr)();
    });
  }
}

}  // namespace pontage::transport
