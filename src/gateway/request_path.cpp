#include "gateway/request_path.hpp"

#include <algorithm>

#include "core/strings.hpp"
#include "gateway/access.hpp"
#include "gateway/client_routing.hpp"
#include "gateway/directory.hpp"
#include "gateway/dispatch.hpp"
#include "gateway/error_reply.hpp"
#include "gateway/google_paths.hpp"
#include "gateway/outlook.hpp"
#include "gateway/pass_through.hpp"
#include "gateway/tokens.hpp"
#include "gateway/visit.hpp"
#include "http/content_type.hpp"
#include "transport/inflate.hpp"

namespace pontage::gateway {
namespace {

Status check_loop(const transport::RequestHead& head, const Snapshot& snapshot) {
  for (const auto& header : head.headers) {
    if (iequals(header.name, "via") &&
        header.value.find(snapshot.instance_token) != std::string_view::npos) {
      return client_error(
          Code::k_loop_detected,
          "the request came back to this gateway: a provider's base_url points at it");
    }
  }
  return {};
}

// Of bodies that are read here.
Status check_body_type(const transport::RequestHead& head) {
  const auto type = http::find(head.headers, "content-type");
  if (!type.empty() && !http::is_json(type)) {
    return client_error(Code::k_unsupported_media_type,
                        "the body must be application/json, not " + std::string(type));
  }
  const auto encoding = trim(http::find(head.headers, "content-encoding"));
  if (!encoding.empty() && !iequals(encoding, "gzip") && !iequals(encoding, "identity")) {
    return client_error(
        Code::k_unsupported_media_type,
        "the content encoding " + std::string(encoding) + " is not understood; send gzip or none");
  }
  return {};
}

}  // namespace

Task<void> RequestPath::handle(transport::ServerExchange& client) {
  Visit visit(state_, client);
  visit.snapshot = state_.snapshot;
  chain::Exchange& exchange = visit.exchange;
  exchange.started = client.started();
  exchange.path = client.head().path;
  exchange.query = client.head().query;
  exchange.headers = client.head().headers;
  const auto wall = std::chrono::system_clock::now();
  exchange.id = state_.ids.next(wall);
  exchange.created_s =
      std::chrono::duration_cast<std::chrono::seconds>(wall.time_since_epoch()).count();
  exchange.route_name = "none";
  exchange.dialect = dialect_of(exchange.path, exchange.headers);
  if (client.head().method == "POST") {
    if (generation_at(exchange.path) != nullptr) {
      co_await generate(visit);
      co_return;
    }
    if (is_count_path(exchange.path)) {
      co_await count_tokens(visit);
      co_return;
    }
  }
  if (passes(client.head())) {
    co_await pass_through(visit);
    co_return;
  }
  int status = 0;
  std::string headers;
  std::string body;
  plain_endpoint(visit, status, headers, body);
  http::append_header(headers, "x-pontage-request-id", exchange.id.view());
  co_await client.respond(status, headers, body);
}

// What the head alone decides: who asks, and whether the body is wanted.
Status RequestPath::receive_head(Visit& visit) {
  chain::Exchange& exchange = visit.exchange;
  const Snapshot& snapshot = *visit.snapshot;
  const auto& head = visit.client.head();
  const auto in_query = exchange.dialect == dialects::Dialect::kGemini
                            ? google_query_key(head.query)
                            : std::string_view();
  const auto key = admit(snapshot, exchange.headers, in_query);
  if (!key) return std::unexpected(key.error());
  visit.key = *key;
  if (visit.key == nullptr) exchange.credential = client_secret(exchange.headers, in_query);
  auto good = check_loop(head, snapshot);
  if (good && reads_body(head)) good = check_body_type(head);
  return good;
}

// From the body to the view and the route.
Status RequestPath::receive_body(Visit& visit, const Result<std::string_view>& body,
                                 dialects::RequestReader& reader) {
  chain::Exchange& exchange = visit.exchange;
  const Snapshot& snapshot = *visit.snapshot;
  if (!body) return std::unexpected(body.error());
  exchange.body = *body;
  std::size_t readable = body->size() + 64;  // read_body promises as much
  if (iequals(trim(http::find(exchange.headers, "content-encoding")), "gzip")) {
    auto plain = transport::inflate_all(*body, snapshot.body_limit);
    if (!plain) {
      const bool large = plain.error() == transport::Inflater::Status::kTooLarge;
      return client_error(large ? Code::k_request_too_large : Code::k_bad_request,
                          large ? "the decoded body is over the limit" : "the gzip body is broken");
    }
    visit.decoded_body = std::move(*plain);
    exchange.body = visit.decoded_body;
    readable = visit.decoded_body.size();
  }
  auto view = reader.read(exchange.body, readable);
  if (!view) return std::unexpected(view.error());
  exchange.view = std::move(*view);
  exchange.view.created_s = exchange.created_s;
  if (exchange.dialect == dialects::Dialect::kGemini) {
    auto good = apply_google_path(exchange.path, visit.client.head().query, exchange.view);
    if (!good) return good;
  }
  exchange.debug = http::find(exchange.headers, "x-pontage-debug") == "1";
  return choose_route(visit);
}

Status RequestPath::choose_route(Visit& visit) {
  chain::Exchange& exchange = visit.exchange;
  exchange.facts.view = &exchange.view;
  exchange.facts.headers = exchange.headers;
  exchange.facts.path = exchange.path;
  exchange.facts.body = exchange.body;
  if (visit.key != nullptr) {
    exchange.facts.key_name = visit.key->name;
    exchange.facts.key_tags = &visit.key->tags;
    const auto& allowed = visit.key->models;
    const auto fits = [&](const std::string& pattern) {
      return glob_match(pattern, exchange.view.model);
    };
    if (!allowed.empty() && std::ranges::none_of(allowed, fits)) {
      return client_error(Code::k_permission_denied,
                          "the key \"" + visit.key->name + "\" may not use the model \"" +
                              exchange.view.model + "\"",
                          "model");
    }
  }
  if (auto applied = apply_portkey(visit); !applied) return applied;
  visit.route = pick_route(*visit.snapshot, exchange.facts);
  if (visit.route == nullptr) {
    return client_error(Code::k_no_route,
                        "no route of the configuration takes this request (path " +
                            std::string(exchange.path) + ", model \"" + exchange.view.model +
                            "\")");
  }
  exchange.route_name = visit.route->name;
  exchange.shape = &visit.route->shape;
  exchange.trace.note("route", visit.route->name);
  exchange.plan.drop_unsupported = visit.route->drop_unsupported;
  exchange.view.serial_tools = visit.route->serial_tools;
  apply_alias(*visit.snapshot, exchange);
  const bool theirs = visit.route->client_routing && !passes(visit.client.head());
  return theirs ? take_client_routing(visit) : Status{};
}

// The fields that the route leaves to the client; a key's list of models holds for them too.
Status RequestPath::take_client_routing(Visit& visit) {
  chain::Exchange& exchange = visit.exchange;
  auto routing = read_client_routing(exchange.body, exchange.view.model);
  if (!routing) return std::unexpected(routing.error());
  exchange.routing = std::move(*routing);
  if (!exchange.routing || visit.key == nullptr || visit.key->models.empty()) return {};
  for (const auto& model : exchange.routing->models) {
    const auto fits = [&](const std::string& pattern) { return glob_match(pattern, model); };
    if (std::ranges::none_of(visit.key->models, fits)) {
      return client_error(
          Code::k_permission_denied,
          "the key \"" + visit.key->name + "\" may not use the model \"" + model + "\"", "models");
    }
  }
  return {};
}

// The answer to a request that never reached a chain. `error` stays the caller's.
Task<void> RequestPath::reject(Visit& visit, const Error& error) {
  const bool gone = error.code == Code::k_client_closed_request;
  return deliver_error(visit, error, 0,
                       gone ? chain::Outcome::kClientClosed : chain::Outcome::kRejected);
}

// From here on the exchange ends in exactly one record; where none could be kept it must not begin.
Status RequestPath::take_in(Visit& visit) {
  if (state_.journal && !state_.journal->accepts()) {
    return std::unexpected(Error{Code::k_ledger_unavailable,
                                 Origin::kGateway,
                                 Retry::kNever,
                                 "the ledger cannot keep a record of this request; the operator "
                                 "must look at its disk and store",
                                 {},
                                 {}});
  }
  if (state_.journal) state_.journal->begin();
  visit.admitted = true;
  return {};
}

// From here on the client's leaving ends whatever the exchange waits for.
void RequestPath::watch_client(Visit& visit) {
  visit.client.on_client_gone([&exchange = visit.exchange] {
    exchange.client_gone = true;
    if (exchange.cancel_current) exchange.cancel_current();
  });
}

Task<void> RequestPath::generate(Visit& visit) {
  chain::Exchange& exchange = visit.exchange;
  auto& reader = state_.reader(exchange.dialect);
  auto ready = receive_head(visit);
  if (ready) {
    ready =
        receive_body(visit, co_await visit.client.read_body(visit.snapshot->body_limit), reader);
  }
  if (ready) ready = take_in(visit);
  if (ready) watch_client(visit);
  if (ready && has_cap(visit.key)) ready = co_await take_place(visit);
  if (!ready) {
    co_await reject(visit, ready.error());
    visit.client.on_client_gone(nullptr);
    co_return;
  }
  if (exchange.view.stream) {
    exchange.keep_waiting = [this, &visit] {
      if (visit.nursery.running() == 0) visit.nursery.start(send_keep_alive(visit));
    };
    visit.hold_back.arm(state_.worker.timers(), exchange.started + visit.snapshot->hold_back);
  }
  if (visit.route->tokens_wanted > 0) {
    exchange.facts.tokens =
        co_await count_input_tokens(state_, exchange, visit.route->tokens_wanted);
  }
  LiveOutlook outlook(&state_, *visit.snapshot);
  exchange.outlook = &outlook;
  exchange.cache = &state_.cache;
  Dispatch dispatch(state_, *visit.snapshot, visit.route->max_cost);
  chain::Reply reply = co_await visit.route->chain.run(exchange, dispatch);
  visit.hold_back.disarm();
  co_await visit.nursery.join();
  exchange.keep_waiting = nullptr;
  exchange.committed = std::chrono::steady_clock::now();
  co_await deliver(visit, reply);
  visit.client.on_client_gone(nullptr);
}

}  // namespace pontage::gateway
