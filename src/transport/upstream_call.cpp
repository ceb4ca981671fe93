// One request to a provider and its response: framing, gzip, the resend over a stale connection.

#include "core/strings.hpp"
#include "transport/upstream_call_state.hpp"

namespace pontage::transport {
namespace {
constexpr std::size_t kBufferBytes = 16 * 1024;
}

std::string_view failure_name(Failure failure) {
  switch (failure) {
    case Failure::kNone:
      return "none";
    case Failure::kDns:
      return "dns";
    case Failure::kRefused:
      return "refused";
    case Failure::kUnreachable:
      return "unreachable";
    case Failure::kTls:
      return "tls";
    case Failure::kReset:
      return "reset";
    case Failure::kClosed:
      return "closed";
    case Failure::kGarbage:
      return "garbage";
    case Failure::kTooLarge:
      return "too_large";
    case Failure::kBadEncoding:
      return "bad_encoding";
    case Failure::kDeadline:
      return "timeout";
    case Failure::kCancelled:
      return "cancelled";
  }
  return "unknown";
}

bool UpstreamCall::State::take_idle() {
  stream = pools.take(endpoint);
  reused = stream != nullptr;
  return reused;
}

Task<Failure> UpstreamCall::State::connect(SteadyTime connect_deadline) {
  reused = false;
  stream.reset();
  if (ended != Failure::kNone) co_return ended;
  ConnectJob job{.pools = pools, .endpoint = endpoint, .deadline = connect_deadline};
  connecting = &job;
  auto connected = co_await job.run();
  connecting = nullptr;
  if (!connected) {
    problem = job.problem_;
    co_return ended != Failure::kNone ? ended : job.failure;
  }
  stream = BufferedStream::make(std::move(connected), kBufferBytes);
  co_return Failure::kNone;
}

std::span<iovec> UpstreamCall::State::gather(std::span<const std::string_view> pieces) {
  std::span<iovec> out(few_pieces);
  if (pieces.size() > few_pieces.size()) {
    many_pieces.resize(pieces.size());
    out = many_pieces;
  }
  std::size_t count = 0;
  for (const auto piece : pieces) {
    if (!piece.empty()) out[count++] = {const_cast<char*>(piece.data()), piece.size()};
  }
  return out.first(count);
}

Task<bool> UpstreamCall::State::write_slowly(WriteAll& writer) {
  stream->on_event = [this] { on_early_answer(); };
  const bool written = co_await writer;
  stream->on_event = nullptr;
  co_return written;
}

Failure UpstreamCall::State::after_write() const {
  if (!wrote_all && ended == Failure::kNone && stream->data().empty() && !stream->pending()) {
    return stream->ended() ? stream_failure() : Failure::kReset;
  }
  return ended;  // after a failed write there may still be an answer to read (413, 401)
}

// A provider that refuses a request need not read the rest of it (RFC 9112 §9.5): the rest is not
// sent.
void UpstreamCall::State::on_early_answer() {
  constexpr std::size_t kStatusDigit = std::string_view("HTTP/1.1 ").size();
  const std::string_view data = stream->data();
  if (stream->ended()) return;  // the write fails by itself
  if (data.size() <= kStatusDigit) {
    stream->arm();
  } else if (data[kStatusDigit] >= '3') {
    stream->bytes().cancel();
  }
}

// The head as far as it has come; nothing: more is needed.
std::optional<Failure> UpstreamCall::State::head_step() {
  std::size_t length = 0;
  while ((length = head_length(stream->data(), searched)) > 0) {
    if (!parse_response_head(stream->data().substr(0, length), head)) {
      problem = "the provider's response head is malformed";
      return Failure::kGarbage;
    }
    stream->consume(length);
    searched = 0;
    if (head.status < 100 || head.status >= 200 || head.status == 101) return prepare_body();
  }
  const std::string_view data = stream->data();
  constexpr std::string_view kStart = "HTTP/1.";
  if (data.substr(0, kStart.size()) != kStart.substr(0, data.size())) {
    problem = "the provider did not answer in HTTP/1.1";
    return Failure::kGarbage;
  }
  if (data.size() >= defaults::kUpstreamHeadLimit) {
    problem = "the provider's response head is over " + format_size(defaults::kUpstreamHeadLimit);
    return Failure::kTooLarge;
  }
  if (!stream->pending() && data.size() + kBufferBytes / 4 > kBufferBytes)
    stream->compact(data.size() * 2 + kBufferBytes);
  return std::nullopt;
}

Failure UpstreamCall::State::prepare_body() {
  if (head.status < 200) {
    problem = "the provider switched protocols, which was not asked for";
    return Failure::kGarbage;
  }
  left = 0;
  framing = Body::kUntilClose;
  if (head.status == 204 || head.status == 304) {
    framing = Body::kNone;
  } else if (head.chunked) {
    framing = Body::kChunked;
  } else if (head.has_length) {
    framing = Body::kLength;
    left = head.content_length;
  }
  const auto encoding = trim(http::find(head.headers, "content-encoding"));
  if (iequals(encoding, "gzip") || iequals(encoding, "x-gzip")) {
    inflater = std::make_unique<Inflater>(body_limit);
  } else if (!encoding.empty() && !iequals(encoding, "identity")) {
    problem = "the provider used a content encoding that was not asked for";
    return Failure::kBadEncoding;
  }
  return Failure::kNone;
}

BodyPiece UpstreamCall::State::fail(Failure failure, std::string text) {
  problem = std::move(text);
  complete = false;
  return {failure, {}, false};
}

std::optional<BodyPiece> UpstreamCall::State::raw_step() {
  stream->consume(std::exchange(handed_out, 0));
  std::string_view data = stream->data();
  switch (framing) {
    case Body::kNone:
      return BodyPiece{Failure::kNone, {}, true};
    case Body::kLength: {
      if (left == 0) return BodyPiece{Failure::kNone, {}, true};
      if (data.empty()) break;
      const auto take = static_cast<std::size_t>(std::min<std::uint64_t>(left, data.size()));
      left -= take;
      handed_out = take;
      return BodyPiece{Failure::kNone, data.substr(0, take), left == 0};
    }
    case Body::kChunked: {
      std::string_view payload;
      const std::size_t before = data.size();
      const auto state = decoder.next(data, payload);
      handed_out = before - data.size();
      if (state == http::ChunkedDecoder::State::kData)
        return BodyPiece{Failure::kNone, payload, false};
      if (state == http::ChunkedDecoder::State::kDone) return BodyPiece{Failure::kNone, {}, true};
      if (state == http::ChunkedDecoder::State::kError) {
        return fail(Failure::kGarbage, "the provider's chunked body is malformed");
      }
      stream->consume(std::exchange(handed_out, 0));
      break;
    }
    case Body::kUntilClose:
      if (!data.empty()) {
        handed_out = data.size();
        return BodyPiece{Failure::kNone, data, false};
      }
      if (stream->error() == IoError::kEof) return BodyPiece{Failure::kNone, {}, true};
      break;
  }
  if (stream->ended())
    return fail(stream_failure(), "the connection ended before the response did");
  return std::nullopt;
}

std::optional<BodyPiece> UpstreamCall::State::step() {
  if (ended != Failure::kNone) return BodyPiece{ended, {}, false};
  auto piece = raw_step();
  if (!piece || piece->failure != Failure::kNone) return piece;
  received += piece->bytes.size();
  if (received > body_limit)
    return fail(Failure::kTooLarge,
                "the provider's answer is over the limit of " + format_size(body_limit));
  complete = piece->done;
  if (!inflater) return piece;
  inflated.clear();
  if (!piece->bytes.empty()) {
    const auto status = inflater->feed(piece->bytes, inflated);
    if (status == Inflater::Status::kTooLarge) {
      return fail(Failure::kTooLarge,
                  "the provider's decoded answer is over the limit of " + format_size(body_limit));
    }
    if (status == Inflater::Status::kBad)
      return fail(Failure::kBadEncoding, "the provider's gzip is broken");
    inflated_all = status == Inflater::Status::kDone;
    decoded += inflated.size();
    if (decoded > body_limit) {  // it may have become lower since the inflater was made
      return fail(Failure::kTooLarge,
                  "the provider's decoded answer is over the limit of " + format_size(body_limit));
    }
  }
  if (piece->done && !inflated_all && received > 0)
    return fail(Failure::kBadEncoding, "the provider's gzip ended early");
  piece->bytes = inflated;
  return piece;
}

UpstreamCall::UpstreamCall(UpstreamPools& pools, const Endpoint& endpoint)
    : state_(std::make_unique<State>(pools.impl(), endpoint)) {}

UpstreamCall::~UpstreamCall() {
  State& state = *state_;
  state.timer.disarm();
  if (!state.stream) return;
  state.stream->consume(state.handed_out);
  const bool reusable = state.complete && state.wrote_all && state.head.keep_alive &&
                        state.ended == Failure::kNone && state.framing != State::Body::kUntilClose;
  if (reusable) {
    state.pools.give(state.endpoint, std::move(state.stream));
  } else {
    state.stream->close(!state.complete);
  }
}

Task<Failure> UpstreamCall::exchange(std::span<const std::string_view> pieces,
                                     SteadyTime connect_deadline, bool resend) {
  State& state = *state_;
  for (bool allow_reuse = true;; allow_reuse = false) {
    state.wrote_all = false;
    state.searched = 0;
    Failure failure = state.ended;
    if (failure == Failure::kNone && !(allow_reuse && state.take_idle()))
      failure = co_await state.connect(connect_deadline);
    if (failure == Failure::kNone) {
      state.stream->arm();  // an early answer, or the provider hanging up, is seen while we write
      WriteAll writer(state.stream->bytes(), state.gather(pieces));
      state.wrote = true;
      state.wrote_all =
          writer.await_ready() ? writer.await_resume() : co_await state.write_slowly(writer);
      failure = state.after_write();
    }
    while (failure == Failure::kNone) {
      if (const auto done = state.head_step()) {
        failure = *done;
        break;
      }
      if (!co_await state.stream->more()) {
        state.problem = "the connection ended before the response head did";
        failure = state.stream_failure();
      }
    }
    const bool stale = state.reused &&
                       (failure == Failure::kReset || failure == Failure::kClosed) &&
                       state.stream->data().empty();
    if (!stale || !resend) co_return failure;
  }
}

const ResponseHead& UpstreamCall::head() const {
  return state_->head;
}

Task<BodyPiece> UpstreamCall::read() {
  State& state = *state_;
  while (true) {
    if (auto piece = state.step()) co_return *piece;
    static_cast<void>(co_await state.stream->more());  // step() says why when it has ended
  }
}

std::optional<BodyPiece> UpstreamCall::read_now() {
  return state_->step();
}

void UpstreamCall::set_deadline(SteadyTime deadline) {
  if (deadline == SteadyTime::max()) {
    state_->timer.disarm();
  } else {
    state_->timer.arm(state_->pools.worker.timers(), deadline);
  }
}

void UpstreamCall::cancel() {
  state_->end(Failure::kCancelled);
}
void UpstreamCall::set_body_limit(std::uint64_t bytes) {
  state_->body_limit = bytes;
}
bool UpstreamCall::reused_connection() const {
  return state_->reused;
}
std::string UpstreamCall::problem() const {
  return state_->problem;
}
bool UpstreamCall::wrote_anything() const {
  return state_->wrote;
}

}  // namespace pontage::transport
