#include "gateway/pass_through.hpp"

#include <algorithm>
#include <array>

#include "core/strings.hpp"
#include "gateway/client_routing.hpp"
#include "gateway/directory.hpp"
#include "gateway/large_answer.hpp"
#include "gateway/outlook.hpp"
#include "gateway/places.hpp"
#include "gateway/record.hpp"
#include "gateway/upstream_failure.hpp"
#include "gateway/visit.hpp"
#include "http/content_type.hpp"
#include "http/header_rules.hpp"
#include "http/retry_after.hpp"

namespace pontage::gateway {

using chain::Exchange;
using chain::Reply;
using chain::Target;
using transport::Failure;

namespace {

constexpr std::string_view kBase = "/v1";
constexpr int kStatusNoAnswer = 502;
constexpr int kStatusDeadline = 504;

// First segments of paths that a provider answers from the request alone.
constexpr std::array<std::string_view, 7> kGenerating = {"audio", "images", "moderations", "rerank",
                                                         "ocr",   "fim",    "classify"};
// Of answers, beside what always comes back.
constexpr std::array<std::string_view, 5> kBodyHeaders = {"content-disposition", "content-range",
                                                          "accept-ranges", "etag", "last-modified"};

class ClientBody final : public transport::BodySource {
 public:
  explicit ClientBody(transport::ServerExchange& client) : client_(client) {}
  Task<std::optional<std::string_view>> next() override {
    const auto piece = co_await client_.read_piece();
    if (piece) co_return *piece;
    problem = piece.error();
    co_return std::nullopt;
  }
  std::optional<Error> problem;  // why the client's body broke off

 private:
  transport::ServerExchange& client_;
};

class HeldBody final : public transport::BodySource {
 public:
  explicit HeldBody(std::span<const std::string_view> pieces) : pieces_(pieces) {}
  Task<std::optional<std::string_view>> next() override {
    while (at_ < pieces_.size() && pieces_[at_].empty()) ++at_;
    co_return at_ < pieces_.size() ? pieces_[at_++] : std::string_view{};
  }

 private:
  std::span<const std::string_view> pieces_;
  std::size_t at_ = 0;
};

// Of the client's family, whatever it speaks of it.
bool speaks(const providers::Provider& provider, dialects::Dialect client) {
  const auto of_anthropic = [](const providers::Endpoint* endpoint) {
    return endpoint->dialect == dialects::Dialect::kAnthropicMessages;
  };
  return std::ranges::any_of(provider.endpoints, of_anthropic) ==
         (client == dialects::Dialect::kAnthropicMessages);
}

// What the client asked for below "/v1", with its query.
std::string below_base(const Exchange& exchange) {
  std::string below(exchange.path.substr(kBase.size()));
  if (!exchange.query.empty()) below.append("?").append(exchange.query);
  return below;
}

std::string path_at(const Exchange& exchange, const Target& target) {
  return providers::plain_path(*target.provider, below_base(exchange), model_for(exchange, target));
}

Error failed(Code code, std::string detail) {
  return Error{code, Origin::kUpstream, Retry::kOtherTarget, std::move(detail), {}, {}};
}

}  // namespace

bool keeps_nothing(std::string_view path) {
  path.remove_prefix(std::min(path.size(), kBase.size() + 1));
  const auto segment = path.substr(0, path.find('/'));
  return std::ranges::find(kGenerating, segment) != kGenerating.end();
}

bool is_devious(std::string_view path) {
  const std::string lower = to_lower(path);
  for (const auto part : {"/..", "%2e", "\\", "//", "%2f", "%5c"}) {
    if (lower.find(part) != std::string::npos) return true;
  }
  return false;
}

// Those of the plan; where none is decided, the one of the model's name, else the first provider
// that speaks the client's dialect.
std::vector<chain::Candidate> PassThrough::usable_targets(Exchange& exchange) const {
  std::vector<chain::Candidate> out;
  const auto add = [&](const chain::Candidate& candidate) {
    const Target& target = *candidate.target;
    if (const auto why = target.provider->why_skipped(); !why.empty()) {
      exchange.trace.decide("pass", target.label, " skipped: not configured, ", why);
    } else if (!speaks(*target.provider, exchange.dialect) || path_at(exchange, target).empty()) {
      exchange.trace.decide("pass", target.label, " skipped: it has no such paths");
    } else if (is_down(exchange, target)) {
      exchange.trace.decide("pass", target.label, " skipped: an operator marked it as down");
    } else {
      out.push_back(candidate);
    }
  };
  for (const auto& candidate : exchange.plan.candidates) add(candidate);
  if (!exchange.plan.candidates.empty()) return out;
  const auto* named = exchange.view.has_model ? target_by_name(snapshot_, exchange) : nullptr;
  if (named != nullptr) add({named, exchange.plan.policy});
  for (const auto& provider : snapshot_.providers) {
    if (!out.empty()) break;
    if (provider->configured() && !provider->in_process && speaks(*provider, exchange.dialect))
      add({target_at(exchange, snapshot_, *provider), exchange.plan.policy});
  }
  return out;
}

// Files have no model: of them only the whole provider can be down.
bool PassThrough::is_down(const Exchange& exchange, const Target& target) const {
  const auto now = std::chrono::steady_clock::now();
  const auto model = model_for(exchange, target);
  if (model.empty()) return state_.shared.health.is_down(target.provider->name, now);
  return state_.health_of(*target.provider, model).breaker.look(now) ==
         routing::Breaker::Admission::kDown;
}

Task<Reply> PassThrough::dispatch(Exchange& exchange) {
  Reply reply;
  const auto targets = usable_targets(exchange);
  const bool movable = held_ && keeps_nothing(exchange.path);
  AttemptResult result;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    result = AttemptResult{};
    const Target& target = *targets[i].target;
    last_ = !movable || i + 1 == targets.size();
    co_await try_target(exchange, targets[i], result);
    record(exchange, target, result);
    if (result.committed) {
      exchange.trace.decide("pass", target.label, " answered");
      co_return std::move(result.reply);
    }
    exchange.trace.decide("pass", target.label, " failed: ", result.error.detail);
    if (!movable || result.client_gone || i + 1 >= defaults::kAttemptsPerRequest) break;
  }
  if (targets.empty()) {
    reply.error = Error{Code::k_no_target,
                        Origin::kGateway,
                        Retry::kNever,
                        "no configured provider serves " + std::string(exchange.path) +
                            "; give it a route, such as { match: { path: /v1/files }, chain: [ { "
                            "fallback: [ { provider: openai } ] } ] }",
                        {},
                        {}};
    co_return reply;
  }
  reply.error = std::move(result.error);
  if (result.retry_after)
    reply.error.retry_after_ms = static_cast<std::uint32_t>(result.retry_after->count());
  co_return reply;
}

// The held body with the target's fields and its name for the model. `edited` is storage.
dialects::Encoded PassThrough::body_of(const Exchange& exchange, const Target& target,
                                       std::string& edited) const {
  dialects::TargetShape shape;
  if (exchange.view.has_model) shape.model = model_for(exchange, target);
  if (!held_ || exchange.body.empty()) return {};
  auto made = dialects::encode_request(dialects::Dialect::kOther, dialects::Dialect::kOther,
                                       body_for(exchange, target, edited), exchange.view, shape);
  return made ? std::move(*made) : dialects::Encoded{};
}

Task<Failure> PassThrough::send(Exchange& exchange, const Target& target, SteadyTime connect,
                                transport::UpstreamCall& call) {
  const auto& head = client_.head();
  std::string edited;
  dialects::Encoded encoded = body_of(exchange, target, edited);
  std::optional<std::uint64_t> length;
  if (held_ && head.has_body) length = encoded.body.size;
  if (!held_ && !head.chunked) length = head.content_length;
  std::string request;
  providers::append_plain_head(
      request, *target.provider, head.method, path_at(exchange, target),
      {.model = model_for(exchange, target),
       .client_headers = exchange.headers,
       .credential = exchange.credential,
       .via = snapshot_.via,
       .now = std::chrono::system_clock::now()},
      {.length = length, .chunked = !held_ && head.chunked, .plain = held_});
  if (!held_) {
    ClientBody body(client_);
    const Failure failure = co_await call.upload(request, body, head.chunked, connect);
    client_problem_ = std::move(body.problem);
    co_return failure;
  }
  auto& pieces = encoded.body.pieces;
  const bool repeatable = head.method != "POST" || keeps_nothing(exchange.path);
  if (!repeatable) {
    HeldBody body(pieces);
    co_return co_await call.upload(request, body, false, connect);
  }
  pieces.insert(pieces.begin(), request);
  co_return co_await call.exchange(pieces, connect, true);
}

// A place at the provider's cap: another target is asked where there is one, else it is waited for.
Task<bool> PassThrough::take_turn(Exchange& exchange, routing::Gate& gate, Inflight& inflight,
                                  AttemptResult& result) {
  auto place = state_.shared.gates.take(gate);
  auto waited = place.held() ? Waited::kGot : Waited::kLate;
  if (!place.held() && last_) {
    Wait wait{{&gate}, "provider", SteadyTime::max()};
    waited = co_await wait_for_place(state_, snapshot_, exchange, std::move(wait), place);
  }
  if (waited == Waited::kGot) {
    inflight.hold(std::move(place));
    co_return true;
  }
  result.client_gone = waited == Waited::kGone;
  result.error_kind = "at_cap";
  result.status_code = http_status(Code::k_overloaded);
  result.error = overloaded(
      snapshot_, "the provider is at its cap of " + std::to_string(gate.limit()), waited);
  result.retry_after = Millis(*result.error.retry_after_ms);
  co_return false;
}

// The chain's deadlines hold as far as they mean something here: to the head of the answer, which
// is the commit point.
Task<void> PassThrough::try_target(Exchange& exchange, const chain::Candidate& candidate,
                                   AttemptResult& result) {
  const Target& target = *candidate.target;
  const auto& policy = *candidate.policy;
  Inflight inflight(state_.handles.inflight(*target.provider));
  auto* gate = gate_of(state_, *target.provider);
  if (gate != nullptr && !co_await take_turn(exchange, *gate, inflight, result)) co_return;
  if (!co_await record_open(state_, snapshot_, exchange, target, true)) {
    refuse_unrecorded(result);
    co_return;
  }
  const auto started = std::chrono::steady_clock::now();
  if (const auto model = model_for(exchange, target); !model.empty())  // files have none
    inflight.count(state_.health_of(*target.provider, model));
  auto call = std::make_unique<transport::UpstreamCall>(
      state_.pools, snapshot_.endpoints[static_cast<std::size_t>(target.provider->index)]);
  exchange.cancel_current = [&call] { call->cancel(); };
  const auto end = exchange.started + exchange.plan.total.value_or(defaults::kTotalTimeout);
  call->set_deadline(policy.attempt ? std::min(end, started + *policy.attempt) : end);
  call->set_body_limit(std::numeric_limits<std::uint64_t>::max());  // nothing of it is held
  const Failure failure =
      exchange.client_gone
          ? Failure::kCancelled
          : co_await send(exchange, target,
                          started + policy.connect.value_or(defaults::kConnectTimeout), *call);
  exchange.cancel_current = nullptr;
  const auto took = std::chrono::steady_clock::now() - started;
  exchange.upstream_wait_us += std::chrono::duration_cast<Micros>(took).count();
  result.latency_ms = std::chrono::duration_cast<Millis>(took).count();
  if (failure == Failure::kNone) {
    call->set_deadline(end);
    take_reply(target, result, std::move(call), std::move(inflight));
    co_return;
  }
  result.error_kind = transport::failure_name(failure);
  result.client_gone = failure == Failure::kCancelled;
  result.timed_out = failure == Failure::kDeadline;
  result.status_code = result.timed_out ? kStatusDeadline : kStatusNoAnswer;
  result.error =
      failed(code_of(failure), std::string(result.error_kind) +
                                   (call->problem().empty() ? "" : ": ") + call->problem());
  if (client_problem_) result.error = *client_problem_;
}

void PassThrough::take_reply(const Target& target, AttemptResult& result,
                             std::unique_ptr<transport::UpstreamCall> call, Inflight inflight) {
  const auto& head = call->head();
  const int status = head.status;
  result.status_code = status;
  result.retry_after = http::parse_wait(status, head.headers, std::chrono::system_clock::now());
  result.our_key_refused = (status == 401 || status == 403) && !target.provider->passthrough;
  if (result.our_key_refused || (!last_ && (status == 429 || status >= 500))) {
    result.error = failed(result.our_key_refused ? Code::k_upstream_auth : Code::k_upstream_refused,
                          "HTTP " + std::to_string(status));
    return;
  }
  Reply& reply = result.reply;
  for (const auto& header : head.headers) {
    const bool of_body = std::ranges::any_of(
        kBodyHeaders, [&](std::string_view name) { return iequals(name, header.name); });
    if (of_body || (http::may_come_back(header.name) && !iequals(header.name, "content-type")))
      http::append_header(reply.headers, header.name, header.value);
  }
  reply.source = Reply::Source::kTarget;
  reply.status = status;
  reply.target = &target;
  reply.only_metered = true;
  reply.content_type = http::find(head.headers, "content-type");
  if (reply.content_type.empty()) reply.content_type = "application/octet-stream";
  if (head.has_length && http::find(head.headers, "content-encoding").empty())
    reply.length = head.content_length;
  result.committed = true;
  reply.large = status != 204 && status != 304;
  if (!reply.large) return;  // there is no body
  // What is only read again has been paid for.
  const bool made = client_.head().method == "POST";
  auto meter = dialects::make_usage_meter(made ? reply.content_type : std::string_view());
  reply.stream = std::make_unique<LargeAnswer>(std::move(call), std::move(meter), std::string(),
                                               std::move(inflight));
}

void PassThrough::record(Exchange& exchange, const Target& target, const AttemptResult& result) {
  chain::AttemptRecord entry;
  entry.target = &target;
  entry.status_code = result.status_code;
  entry.error = result.error_kind;
  entry.latency_ms = result.latency_ms;
  const bool good = result.committed && result.status_code < 400;
  entry.outcome = good                 ? "ok"
                  : result.client_gone ? "cancelled"
                  : result.timed_out   ? "timeout"
                                       : "error";
  entry.reason = result.error.detail;
  state_.handles.attempts(*target.provider, exchange.view.model, entry.outcome).add();
  if (result.our_key_refused)
    state_.shard.counter(metrics::k_upstream_auth_failures, {target.provider->name}).add();
  exchange.attempts.push_back(std::move(entry));
}

Task<void> RequestPath::pass_through(Visit& visit) {
  chain::Exchange& exchange = visit.exchange;
  const auto& head = visit.client.head();
  const bool json = http::is_json(http::find(exchange.headers, "content-type"));
  const bool held = json || !head.has_body;
  auto ready = receive_head(visit);
  if (ready && is_devious(exchange.path))
    ready = client_error(Code::k_bad_request,
                         "the path may hold no dots, slashes or backslashes "
                         "that are hidden or doubled");
  if (ready && json && head.has_body) {
    ready = receive_body(visit, co_await visit.client.read_body(visit.snapshot->body_limit),
                         state_.reader(dialects::Dialect::kOther));
  } else if (ready) {
    ready = choose_route(visit);
  }
  if (ready) ready = take_in(visit);
  if (ready) watch_client(visit);
  if (ready && has_cap(visit.key)) ready = co_await take_place(visit);
  if (!ready) {
    co_await reject(visit, ready.error());
    visit.client.on_client_gone(nullptr);
    co_return;
  }
  LiveOutlook outlook(&state_, *visit.snapshot);
  exchange.outlook = &outlook;
  PassThrough passing(state_, *visit.snapshot, visit.client, held);
  chain::Reply reply = co_await visit.route->chain.run(exchange, passing);
  exchange.committed = std::chrono::steady_clock::now();
  co_await deliver(visit, reply);
  visit.client.on_client_gone(nullptr);
}

}  // namespace pontage::gateway
