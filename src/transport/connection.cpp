#include "transport/connection.hpp"

#include <array>
#include <optional>

#include "core/strings.hpp"
#include "http/chunked.hpp"
#include "transport/http_date.hpp"

namespace pontage::transport {
namespace {
constexpr std::size_t kBufferBytes = 8 * 1024;
constexpr Millis kIdleGrace{1'000};
}  // namespace

Connection::Connection(ConnectionHost& host, std::unique_ptr<ByteStream> stream, std::string peer)
    : host_(host),
      stream_(BufferedStream::make(std::move(stream), kBufferBytes)),
      peer_(std::move(peer)),
      timer_([this] { on_deadline(); }) {
  stream_->on_event = [this] {
    if (!stream_->ended()) {
      stream_->arm();  // a pipelined request: go on watching for the end, as long as there is room
    } else if (on_gone_) {
      std::exchange(on_gone_, nullptr)();
    }
  };
}

void Connection::set_deadline(Phase phase, Millis from_now) {
  phase_ = phase;
  timer_.arm(host_.worker.timers(), std::chrono::steady_clock::now() + from_now);
}

void Connection::on_deadline() {
  if (phase_ == Phase::kHandler) return;
  if (phase_ == Phase::kIdle) {
    end_idle();
    return;
  }
  timed_out_ = true;
  close_after_ = true;
  if (phase_ == Phase::kHead || phase_ == Phase::kBody) {
    stream_->interrupt();  // the reader answers 408 and closes; the connection may be gone after
                           // this line
    return;
  }
  stream_->close(phase_ == Phase::kWrite);
}

void Connection::close_if_idle() {
  close_after_ = true;
  if (phase_ == Phase::kIdle && stream_->data().empty() && !close_after_idle_) end_idle();
}

// A request that has arrived and was not read yet is still answered, and closes the connection;
// closing under it would be a reset for a client that did nothing wrong. (One that is still on the
// wire meets a FIN without an answer, and may be sent again: RFC 9112 §9.3.1.) Once: what stays
// unread, or is no data (a TLS alert), ends with the second deadline.
void Connection::end_idle() {
  if (!close_after_idle_ && stream_->bytes().has_input()) {
    close_after_idle_ = close_after_ = true;
    set_deadline(Phase::kIdle, kIdleGrace);
    return;
  }
  stream_->close(false);
}

void Connection::close_now() {
  stream_->close(true);
}

Task<void> Connection::run() {
  while (!stream_->ended() && co_await read_head()) {
    phase_ = Phase::kHandler;
    timer_.disarm();
    if (!head_.has_body) arm_watch();  // else once the body is in
    std::optional<std::string> thrown;
    try {
      co_await host_.handler(*this);
    } catch (const std::exception& problem) {
      thrown = problem.what();
    } catch (...) {
      thrown = "unknown exception";
    }
    on_gone_ = nullptr;
    if (thrown) co_await answer_for_exception(*thrown);
    if (!response_done_) {
      // The handler gave up (client gone, or a cut stream): never let a cut answer pass for a whole
      // one.
      stream_->close(true);
      break;
    }
    if (close_after_ || host_.draining || !head_.keep_alive) break;
    co_await skip_rest_of_body();
    if (close_after_) break;
    finish_request();
  }
  timer_.disarm();
  co_await linger();
  stream_->close(false);
}

// The handlers catch what they can; what comes through is our own fault, and the client shall hear
// of it.
Task<void> Connection::answer_for_exception(const std::string& what) {
  if (host_.worker.on_escaped_exception) host_.worker.on_escaped_exception(what.c_str());
  if (head_sent_ || stream_->ended()) co_return;
  const Error fault{
      Code::k_internal_error, Origin::kGateway, Retry::kNever, "the gateway failed", {}, {}};
  co_await refuse(fault);
}

void Connection::finish_request() {
  stream_->consume(held_);
  held_ = 0;
  body_.clear();
  for (std::string* each : {&body_, &out_, &head_copy_}) {
    if (each->capacity() > kBufferBytes) std::string().swap(*each);
  }
}

void Connection::arm_watch() {
  if (!stream_->pending()) stream_->arm();
}

Error Connection::read_failure(const char* what) const {
  if (timed_out_) {
    return Error{Code::k_request_timeout,
                 Origin::kClient,
                 Retry::kNever,
                 std::string("the request's ") + what + " did not arrive in time",
                 {},
                 {}};
  }
  return Error{Code::k_client_closed_request,
               Origin::kClient,
               Retry::kNever,
               std::string("the client closed the connection before the end of its ") + what,
               {},
               {}};
}

Error Connection::head_too_large() const {
  return Error{Code::k_headers_too_large,
               Origin::kClient,
               Retry::kNever,
               "the request head is over " + format_size(host_.options.limits.head),
               {},
               {}};
}

// Puts a complete head where it stays until the handler has returned.
std::string_view Connection::take_head(std::size_t length) {
  if (stream_->pending() || length > kBufferBytes / 2) {
    // It stands where it cannot be moved, or in the way of its body.
    head_copy_.assign(stream_->data().substr(0, length));
    stream_->consume(length);
    held_ = 0;
    return head_copy_;
  }
  stream_->compact();  // as much room behind the head as there is
  held_ = length;
  return stream_->data().substr(0, length);
}

Task<bool> Connection::read_head() {
  head_sent_ = streaming_ = response_done_ = body_read_ = discard_body_ = chunked_out_ = false;
  in_pieces_ = false;
  pieces_taken_ = 0;
  pieces_total_ = 0;
  pieces_decoder_.reset();
  timed_out_ = false;
  head_.path = {};  // what it pointed into may be gone
  std::size_t searched = 0;
  std::size_t length = 0;
  if (stream_->data().empty()) {
    set_deadline(Phase::kIdle, close_after_idle_ ? kIdleGrace : host_.options.limits.idle_timeout);
    if (!co_await stream_->more()) co_return false;
  }
  started_ = std::chrono::steady_clock::now();
  bool waited = false;
  while (true) {
    // A few empty lines before a request line are to be ignored (RFC 9112 §2.2).
    while (stream_->data().starts_with("\r\n")) {
      stream_->consume(2);
      searched = 0;
    }
    length = head_length(stream_->data(), searched);
    if (length != 0) break;
    if (stream_->data().size() >= host_.options.limits.head) {
      co_await refuse(head_too_large());
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
    co_await refuse(head_too_large());
    co_return false;
  }
  auto parsed = parse_request_head(take_head(length), host_.options.limits.header_count, head_);
  if (!parsed) {
    head_.path = {};
    co_await refuse(parsed.error());
    co_return false;
  }
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
  const bool custom = static_cast<bool>(host_.options.error_body);
  const std::string body = custom ? host_.options.error_body(error, head_.path) : error.detail;
  co_await respond(http_status(error.code),
                   custom ? "Content-Type: application/json\r\n" : "Content-Type: text/plain\r\n",
                   body);
}

Connection::Parts::Parts(std::string_view a, std::string_view b, std::string_view c) {
  for (const auto part : {a, b, c}) {
    if (!part.empty()) all[count++] = {const_cast<char*>(part.data()), part.size()};
  }
}

// The kernel did not take all at once: the client has the write timeout for each part.
Task<bool> Connection::send_slowly(WriteAll& writer) {
  const Phase before = phase_;
  std::function<void()> progress = [this] {
    set_deadline(Phase::kWrite, host_.options.limits.write_timeout);
  };
  progress();
  writer.on_progress(&progress);
  const bool written = co_await writer;
  phase_ = before;
  timer_.disarm();
  co_return written;
}

void Connection::start_head(int status, std::string_view headers) {
  if (!close_after_ && !body_read_ && !can_skip_body()) close_after_ = true;
  out_.clear();
  out_.append("HTTP/1.1 ");
  out_.append(std::to_string(status)).push_back(' ');
  out_.append(http::reason_phrase(status))
      .append("\r\nDate: ")
      .append(http_date_now())
      .append("\r\n");
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
  start_head(status, headers);
  if (status != 204)
    out_.append("Content-Length: ").append(std::to_string(body.size())).append("\r\n");
  out_.append("\r\n");
  Parts parts(out_, discard_body_ ? std::string_view() : body, {});
  WriteAll writer(stream_->bytes(), parts.span());
  response_done_ = writer.await_ready() ? writer.await_resume() : co_await send_slowly(writer);
  co_return response_done_;
}

void Connection::begin_stream(int status, std::string_view headers) {
  chunked_out_ = head_.minor_version >= 1;
  if (!chunked_out_) close_after_ = true;
  start_head(status, headers);
  if (chunked_out_) out_.append("Transfer-Encoding: chunked\r\n");
  out_.append("\r\n");
  streaming_ = true;
}

void Connection::begin_sized(int status, std::string_view headers, std::uint64_t length) {
  start_head(status, headers);
  out_.append("Content-Length: ").append(std::to_string(length)).append("\r\n\r\n");
  streaming_ = true;
}

Task<bool> Connection::write(std::string_view piece) {
  if (discard_body_) piece = {};
  if (chunked_out_ && !piece.empty()) http::append_chunk_header(out_, piece.size());
  Parts parts(out_, piece,
              chunked_out_ && !piece.empty() ? std::string_view("\r\n") : std::string_view());
  WriteAll writer(stream_->bytes(), parts.span());
  const bool sent = writer.await_ready() ? writer.await_resume() : co_await send_slowly(writer);
  out_.clear();
  co_return sent;
}

Task<bool> Connection::write_last(std::string_view piece) {
  if (discard_body_) piece = {};
  std::string_view tail;
  if (chunked_out_ && !discard_body_) tail = piece.empty() ? "0\r\n\r\n" : "\r\n0\r\n\r\n";
  if (chunked_out_ && !piece.empty()) http::append_chunk_header(out_, piece.size());
  Parts parts(out_, piece, tail);
  WriteAll writer(stream_->bytes(), parts.span());
  response_done_ = writer.await_ready() ? writer.await_resume() : co_await send_slowly(writer);
  out_.clear();
  co_return response_done_;
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
