// POST /v1/messages/count_tokens, and Google's :countTokens: the provider's own count where the
// route leads to one of the same dialect, else ours, marked as an estimate. Never billed, never
// retried, never falls over: agents ask dozens of times in a row, and do without where they get no
// answer.
#include <algorithm>

#include "gateway/client_routing.hpp"
#include "gateway/directory.hpp"
#include "gateway/tokens.hpp"
#include "gateway/visit.hpp"
#include "http/header_rules.hpp"

namespace pontage::gateway {

using chain::Reply;

namespace {

constexpr std::uint64_t kCountBodyLimit = 256 * 1024;

const chain::Target* first_usable(const Snapshot& snapshot, chain::Exchange& exchange) {
  for (const auto& candidate : exchange.plan.candidates) {
    if (candidate.target->provider->configured()) return candidate.target;
  }
  const auto* named =
      exchange.plan.candidates.empty() ? target_by_name(snapshot, exchange) : nullptr;
  return named != nullptr && named->provider->configured() ? named : nullptr;
}

// A refusal that is about the request itself is the provider's to word; all else is our trouble.
bool is_final(int status) {
  return (status >= 200 && status <= 299) || status == 400 || status == 413;
}

}  // namespace

// False: nothing that the client should see; ours is given instead.
Task<bool> RequestPath::counted_upstream(Visit& visit, const chain::Target& target, Reply& reply) {
  chain::Exchange& exchange = visit.exchange;
  const auto& provider = *target.provider;
  const std::string model(model_for(exchange, target));
  const auto& endpoint = *provider.endpoint_for(exchange.dialect, model);
  std::string edited;
  const auto encoded = dialects::encode_request(
      exchange.dialect, exchange.dialect, body_for(exchange, target, edited), exchange.view,
      shape_for(*visit.snapshot, exchange, target, endpoint, model));
  if (!encoded) co_return false;
  std::string head;
  providers::append_request_head(head, provider, endpoint,
                                 {.model = model,
                                  .client_headers = exchange.headers,
                                  .credential = exchange.credential,
                                  .via = visit.snapshot->via,
                                  .below = "/count_tokens",
                                  .query = own_query(exchange, endpoint),
                                  .now = std::chrono::system_clock::now()},
                                 encoded->body.pieces);
  std::vector<std::string_view> pieces = {head};
  pieces.insert(pieces.end(), encoded->body.pieces.begin(), encoded->body.pieces.end());
  transport::UpstreamCall call(state_.pools,
                               visit.snapshot->endpoints[static_cast<std::size_t>(provider.index)]);
  exchange.cancel_current = [&call] { call.cancel(); };
  const auto since = std::chrono::steady_clock::now();
  call.set_deadline(since + defaults::kCountTokensTimeout);
  call.set_body_limit(kCountBodyLimit);
  bool good = co_await call.exchange(pieces, since + defaults::kConnectTimeout, true) ==
                  transport::Failure::kNone &&
              is_final(call.head().status);
  bool done = false;
  while (good && !done) {
    const auto piece = co_await call.read();
    good = piece.failure == transport::Failure::kNone;
    reply.body.append(piece.bytes);
    done = piece.done;
  }
  exchange.cancel_current = nullptr;
  exchange.upstream_wait_us +=
      std::chrono::duration_cast<Micros>(std::chrono::steady_clock::now() - since).count();
  const bool refused = good && call.head().status > 299;
  if (good && !refused && reply.body.find("\"input_tokens\"") == std::string::npos) good = false;
  if (!good) {
    reply.body.clear();
    co_return false;
  }
  for (const auto& header : call.head().headers) {
    if (http::may_come_back(header.name) && !iequals(header.name, "content-type"))
      http::append_header(reply.headers, header.name, header.value);
  }
  http::append_header(reply.headers, "x-pontage-token-count", "provider");
  reply.source = refused ? Reply::Source::kPassedError : Reply::Source::kTarget;
  reply.status = call.head().status;
  exchange.trace.decide("count_tokens", target.label, " counted");
  co_return true;
}

Task<void> RequestPath::count_tokens(Visit& visit) {
  chain::Exchange& exchange = visit.exchange;
  const auto reader = dialects::make_count_reader(exchange.dialect);
  auto ready = receive_head(visit);
  if (ready) {
    ready =
        receive_body(visit, co_await visit.client.read_body(visit.snapshot->body_limit), *reader);
  }
  if (!ready) {
    co_await reject(visit, ready.error());
    co_return;
  }
  exchange.view.stream = false;
  watch_client(visit);
  if (visit.route->tokens_wanted > 0) {
    exchange.facts.tokens =
        co_await count_input_tokens(state_, exchange, visit.route->tokens_wanted);
  }
  visit.route->chain.plan(exchange);
  const chain::Target* target = first_usable(*visit.snapshot, exchange);
  Reply reply;
  bool answered = false;
  const auto* endpoint = target != nullptr ? target->provider->endpoint_for(
                                                 exchange.dialect, model_for(exchange, *target))
                                           : nullptr;
  // Where the model stands in the path there is no count below it.
  if (endpoint != nullptr && exchange.dialect == dialects::Dialect::kAnthropicMessages &&
      endpoint->dialect == exchange.dialect && endpoint->model_member.empty())
    answered = co_await counted_upstream(visit, *target, reply);
  if (!answered && !exchange.client_gone) {
    const auto all = std::numeric_limits<std::int64_t>::max();
    const auto counted = co_await count_input_tokens(state_, exchange, all);
    reply.source = Reply::Source::kTarget;
    reply.status = 200;
    reply.body =
        exchange.dialect == dialects::Dialect::kGemini ? "{\"totalTokens\":" : "{\"input_tokens\":";
    reply.body.append(std::to_string(counted)).append("}");
    http::append_header(reply.headers, "x-pontage-token-count", "estimate");
    exchange.trace.decide("count_tokens", "estimated here");
  }
  co_await deliver(visit, reply);
  visit.client.on_client_gone(nullptr);
}

}  // namespace pontage::gateway
