#include "gateway/attempt.hpp"

#include <algorithm>

#include "core/strings.hpp"
#include "gateway/client_routing.hpp"
#include "gateway/directory.hpp"
#include "gateway/key_choice.hpp"
#include "gateway/large_answer.hpp"
#include "gateway/live_stream.hpp"
#include "gateway/record.hpp"
#include "gateway/upstream_failure.hpp"
#include "http/content_type.hpp"
#include "http/header_rules.hpp"
#include "http/retry_after.hpp"

namespace pontage::gateway {
namespace {

using chain::Exchange;
using chain::Pulled;
using transport::Failure;

constexpr std::uint64_t kErrorBodyLimit = 256 * 1024;
constexpr int kStatusNoAnswer = 502;
constexpr int kStatusDeadline = 504;

class AttemptRun {
 public:
  AttemptRun(WorkerState& state, const Snapshot& snapshot, Exchange& exchange,
             const chain::Target& target, AttemptLimits limits, AttemptResult& result)
      : state_(state),
        snapshot_(snapshot),
        exchange_(exchange),
        target_(target),
        limits_(limits),
        cancel_(limits.contest != nullptr ? limits.contest->cancel : exchange.cancel_current),
        started_(std::chrono::steady_clock::now()),
        inflight_(state.handles.inflight(*target.provider)),
        result_(result) {}
  ~AttemptRun() { state_.buffers.give(std::move(head_)); }
  AttemptRun(const AttemptRun&) = delete;
  AttemptRun& operator=(const AttemptRun&) = delete;

  bool encode();
  Task<void> read_reply();
  void finish();
  /// The answer's head, or why there is none; then sent() says whether to read on.
  Task<Failure> send();
  bool sent(Failure failure);
  void left() { refuse(Failure::kCancelled, {}); }  // before anything was sent

 private:
  Task<void> read_refusal();
  Task<void> read_whole();
  bool pass_on(std::string& body);
  Task<void> read_stream();
  void refuse(Failure failure, std::string_view problem);
  void refuse_body(Error error);
  void read_stream_failure(const LiveStream& stream, const Error& error);
  void keep_headers();
  [[nodiscard]] std::string why_late() const;
  [[nodiscard]] SteadyTime until_commit() const {
    return std::min({limits_.total, limits_.first_token, limits_.rule});
  }
  // Time that the provider took, not we: the overhead is what remains.
  void waited_from(SteadyTime since) {
    exchange_.upstream_wait_us +=
        std::chrono::duration_cast<Micros>(std::chrono::steady_clock::now() - since).count();
  }
  [[nodiscard]] std::int64_t elapsed_ms() const {
    return std::chrono::duration_cast<Millis>(std::chrono::steady_clock::now() - started_).count();
  }

  WorkerState& state_;
  const Snapshot& snapshot_;
  Exchange& exchange_;
  const chain::Target& target_;
  AttemptLimits limits_;
  std::function<void()>& cancel_;
  SteadyTime started_;
  Inflight inflight_;
  const providers::Endpoint* endpoint_ = nullptr;
  std::string edited_;  // the body with the target's own fields; empty: the client's is sent
  dialects::Encoded encoded_;
  std::string model_;
  std::string head_ = state_.buffers.take();
  std::unique_ptr<transport::UpstreamCall> call_;
  AttemptResult& result_;
};

bool AttemptRun::encode() {
  model_ = model_for(exchange_, target_);
  endpoint_ = target_.provider->endpoint_for(exchange_.dialect, model_);
  if (endpoint_ == nullptr) {
    refuse_request(result_, nothing_for(exchange_.dialect, target_));
    return false;
  }
  if (!take_key(state_, *target_.provider, model_, inflight_, result_)) return false;
  const auto shape = shape_for(snapshot_, exchange_, target_, *endpoint_, model_);
  auto encoded =
      dialects::encode_request(exchange_.dialect, endpoint_->dialect,
                               body_for(exchange_, target_, edited_), exchange_.view, shape);
  if (!encoded) {
    refuse_request(result_, std::move(encoded.error()));
    return false;
  }
  encoded_ = std::move(*encoded);
  return true;
}

std::string AttemptRun::why_late() const {
  const auto now = std::chrono::steady_clock::now();
  const std::string after = " within " + std::to_string(elapsed_ms()) + " ms";
  if (now >= limits_.total) return "no answer" + after + " (the request's time is used up)";
  if (now >= limits_.rule) return "no answer" + after + " (a deadline of the chain)";
  return exchange_.view.stream ? "no first content" + after : "no answer" + after;
}

void AttemptRun::refuse(Failure failure, std::string_view problem) {
  result_.error_kind = transport::failure_name(failure);
  result_.transport_failure = is_transport(failure);
  result_.timed_out = failure == Failure::kDeadline;
  result_.client_gone = failure == Failure::kCancelled;
  result_.status_code = result_.timed_out ? kStatusDeadline : kStatusNoAnswer;
  std::string detail = result_.timed_out ? why_late() : std::string(result_.error_kind);
  if (!problem.empty() && !result_.timed_out) detail.append(": ").append(problem);
  result_.error =
      Error{code_of(failure), Origin::kUpstream, Retry::kOtherTarget, std::move(detail), {}, {}};
}

void AttemptRun::refuse_body(Error error) {
  result_.error_kind = "garbage";
  result_.status_code = kStatusNoAnswer;
  result_.error = std::move(error);
}

Task<Failure> AttemptRun::send() {
  head_.reserve(target_.provider->fixed_headers.size() + 400);
  providers::append_request_head(head_, *target_.provider, *endpoint_,
                                 {.model = model_,
                                  .stream = exchange_.view.stream,
                                  .client_headers = exchange_.headers,
                                  .credential = exchange_.credential,
                                  .via = snapshot_.via,
                                  .query = own_query(exchange_, *endpoint_),
                                  .key = &inflight_.key(),
                                  .now = std::chrono::system_clock::now()},
                                 encoded_.body.pieces);
  encoded_.body.pieces.insert(encoded_.body.pieces.begin(), head_);
  call_ = std::make_unique<transport::UpstreamCall>(
      state_.pools, snapshot_.endpoints[static_cast<std::size_t>(target_.provider->index)]);
  cancel_ = [this] { call_->cancel(); };
  call_->set_deadline(std::min(until_commit(), limits_.first_byte));
  return call_->exchange(encoded_.body.pieces, started_ + limits_.connect, true);
}

bool AttemptRun::sent(Failure failure) {
  waited_from(started_);
  if (failure != Failure::kNone) refuse(failure, call_->problem());
  return failure == Failure::kNone;
}

void AttemptRun::keep_headers() {
  for (const auto& header : call_->head().headers) {
    if (http::may_come_back(header.name) && !iequals(header.name, "content-type")) {
      http::append_header(result_.reply.headers, header.name, header.value);
    }
  }
}

// A status that is no success: the body says why, and is what the client gets when this target has
// the last word.
Task<void> AttemptRun::read_refusal() {
  call_->set_body_limit(kErrorBodyLimit);
  call_->set_deadline(until_commit());
  result_.status_code = call_->head().status;
  result_.retry_after = http::parse_wait(result_.status_code, call_->head().headers,
                                         std::chrono::system_clock::now());
  keep_headers();
  std::string body;
  while (true) {
    const auto piece = co_await call_->read();
    if (piece.failure == Failure::kCancelled) {
      refuse(piece.failure, call_->problem());
      co_return;
    }
    body.append(piece.bytes);
    if (piece.failure != Failure::kNone || piece.done) break;  // half an explanation is still one
  }
  const auto said = dialects::read_error(endpoint_->dialect, body);
  classify_refusal(result_, said, target_);
  rest_key(state_, *target_.provider, model_, inflight_, result_);
  chain::Reply& reply = result_.reply;
  reply.source = chain::Reply::Source::kPassedError;
  reply.status = result_.status_code;
  reply.target = &target_;
  reply.error = result_.error;
  if (endpoint_->dialect == exchange_.dialect && !body.empty()) {
    const auto type = http::find(call_->head().headers, "content-type");
    reply.content_type = type;
    reply.body = std::move(body);
  }
}

// What is too large to be held is passed on from here, where the dialects agree: the exchange
// commits. False: it is held on, to be translated.
bool AttemptRun::pass_on(std::string& body) {
  auto reader = dialects::make_passing_reader(exchange_.dialect, endpoint_->dialect);
  if (!reader) return false;
  reader->feed(body);
  if (const auto problem = reader->problem(); !problem.empty()) {
    refuse_body(garbage("the provider's answer " + std::string(problem)));
    return true;
  }
  keep_headers();
  chain::Reply& reply = result_.reply;
  reply.source = chain::Reply::Source::kTarget;
  reply.status = 200;
  reply.target = &target_;
  reply.large = true;
  const auto& head = call_->head();
  if (head.has_length && http::find(head.headers, "content-encoding").empty())
    reply.length = head.content_length;
  call_->set_deadline(limits_.total);
  reply.stream = std::make_unique<LargeAnswer>(std::move(call_), std::move(reader), std::move(body),
                                               std::move(inflight_));
  result_.committed = true;
  return true;
}

Task<void> AttemptRun::read_whole() {
  std::string body = state_.buffers.take();
  if (call_->head().has_length) {
    const std::uint64_t length = call_->head().content_length;
    if (length > defaults::kUpstreamBodyLimit) {
      refuse(Failure::kTooLarge, "the provider's answer is over the limit");
      co_return;
    }
    body.reserve(
        static_cast<std::size_t>(std::min<std::uint64_t>(length, defaults::kHeldAnswerBytes)));
  }
  call_->set_deadline(until_commit());
  const auto since = std::chrono::steady_clock::now();
  while (true) {
    auto piece = call_->read_now();
    if (!piece) piece = co_await call_->read();
    if (piece->failure != Failure::kNone) {
      waited_from(since);
      refuse(piece->failure, call_->problem());
      co_return;
    }
    body.append(piece->bytes);
    if (piece->done) break;
    if (body.size() > defaults::kHeldAnswerBytes && pass_on(body)) {
      waited_from(since);
      co_return;
    }
  }
  waited_from(since);
  auto whole = dialects::decode_whole(exchange_.dialect, endpoint_->dialect, std::move(body),
                                      exchange_.view, exchange_.view.model);
  if (!whole) {
    refuse_body(whole.error());
    co_return;
  }
  keep_headers();
  chain::Reply& reply = result_.reply;
  reply.source = chain::Reply::Source::kTarget;
  reply.status = 200;
  reply.target = &target_;
  reply.body = std::move(whole->body);
  reply.usage = whole->usage;
  reply.finish = whole->finish;
  reply.response_model = std::move(whole->response_model);
  result_.committed = true;
}

void AttemptRun::read_stream_failure(const LiveStream& stream, const Error& error) {
  if (stream.provider_reported_error()) {
    const auto& said = stream.provider_error();
    result_.status_code = said.status != 0 ? said.status : kStatusNoAnswer;
    result_.error_kind = "error_event";
    classify_refusal(result_, said, target_);
    rest_key(state_, *target_.provider, model_, inflight_, result_);
    result_.error.detail =
        "an error event as the first thing in the stream: " + said.message.substr(0, 300);
    return;
  }
  if (stream.failure() == Failure::kDeadline || stream.failure() == Failure::kCancelled) {
    refuse(stream.failure(), {});
    return;
  }
  refuse_body(error);
  result_.error.detail = "the stream ended before any content: " + error.detail;
  result_.error_kind =
      stream.failure() == Failure::kClosed ? "empty" : transport::failure_name(stream.failure());
  result_.transport_failure = is_transport(stream.failure());
}

// Nothing reaches the client before the first frame with content (law 3): frames are held back
// until then.
Task<void> AttemptRun::read_stream() {
  const auto type = http::find(call_->head().headers, "content-type");
  if (!http::is_media_type(type, dialects::stream_media_type(endpoint_->dialect))) {
    refuse_body(
        garbage("a stream was asked for and the provider sent " + std::string(type.substr(0, 60))));
    co_return;
  }
  // OpenRouter's clients get the usage without asking for it.
  dialects::RequestView& view = exchange_.view;
  const bool asked = std::exchange(view.include_usage, view.include_usage || exchange_.routing);
  auto decoder = dialects::make_stream_decoder(exchange_.dialect, endpoint_->dialect, view,
                                               encoded_.usage_injected && !exchange_.routing,
                                               exchange_.view.model);
  view.include_usage = asked;
  keep_headers();
  auto stream = std::make_unique<LiveStream>(std::move(call_), std::move(decoder),
                                             std::move(inflight_), endpoint_->dialect);
  cancel_ = [live = stream.get()] { live->cancel(); };
  const std::size_t hold_back = snapshot_.hold_back_bytes;
  std::string held;
  while (true) {
    stream->set_deadline(until_commit());
    const auto since = std::chrono::steady_clock::now();
    const Pulled pulled = co_await stream->next();
    waited_from(since);
    if (pulled.kind == Pulled::Kind::kBroken) {
      read_stream_failure(*stream, pulled.error);
      co_return;
    }
    const bool over_limit =
        held.size() < hold_back && held.size() + pulled.frame.bytes.size() >= hold_back;
    held.append(pulled.frame.bytes);
    if (pulled.frame.content) break;
    if (pulled.kind == Pulled::Kind::kEnd) {
      // Complete and yet without content: an answer only where the provider says why.
      if (stream->finish() != llm::Finish::kStop && stream->finish() != llm::Finish::kNone) break;
      refuse_body(garbage("an empty stream"));
      result_.error_kind = "empty";
      co_return;
    }
    if (over_limit && exchange_.keep_waiting) exchange_.keep_waiting();
    if (held.size() > defaults::kStreamEventLimit) {
      refuse_body(garbage("megabytes of stream without any content"));
      co_return;
    }
  }
  result_.ttft_ms = elapsed_ms();
  chain::Reply& reply = result_.reply;
  reply.source = chain::Reply::Source::kTarget;
  reply.status = 200;
  reply.content_type = "text/event-stream";
  reply.target = &target_;
  stream->hold_back(std::move(held));
  stream->set_pace(limits_.idle, limits_.total, limits_.min_rate, limits_.rate_window);
  reply.stream = std::move(stream);
  result_.committed = true;
}

// What kind of reply it is, by its head; each kind reads its own body.
Task<void> AttemptRun::read_reply() {
  const auto& head = call_->head();
  result_.status_code = head.status;
  if (head.status < 200 || head.status > 299) return read_refusal();
  if (!exchange_.view.stream) return read_whole();
  return read_stream();
}

void AttemptRun::finish() {
  cancel_ = nullptr;
  result_.latency_ms = elapsed_ms();
  result_.reply.dropped_fields = std::move(encoded_.dropped);
}

}  // namespace

Task<void> run_attempt(WorkerState& state, const Snapshot& snapshot, Exchange& exchange,
                       const chain::Target& target, AttemptLimits limits, AttemptResult& result) {
  AttemptRun attempt(state, snapshot, exchange, target, limits, result);
  if (attempt.encode()) {
    const bool recorded = co_await record_open(state, snapshot, exchange, target, false);
    if (!recorded) {
      refuse_unrecorded(result);
    } else if (exchange.client_gone || (limits.contest != nullptr && limits.contest->over)) {
      attempt.left();
    } else if (attempt.sent(co_await attempt.send())) {
      co_await attempt.read_reply();
    }
  }
  attempt.finish();
}

}  // namespace pontage::gateway
