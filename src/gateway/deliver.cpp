// The way back: the reply goes to the client, and the exchange settles before its last piece does.
#include "gateway/client_routing.hpp"
#include "gateway/debug.hpp"
#include "gateway/dispatch_progress.hpp"
#include "gateway/error_reply.hpp"
#include "gateway/record.hpp"
#include "gateway/visit.hpp"

namespace pontage::gateway {

using chain::Outcome;
using chain::Pulled;
using chain::Reply;

namespace {
constexpr std::size_t kWriteBatch = 32 * 1024;

Task<void> no_task() {
  co_return;
}

Outcome outcome_of(const Reply& reply) {
  if (reply.source == Reply::Source::kCache) return Outcome::kCache;
  return reply.source == Reply::Source::kFloor ? Outcome::kFloor : Outcome::kOk;
}

// A provider's own error event, where the client speaks its dialect, else ours.
void append_break(std::string& out, const chain::Exchange& exchange, const Reply& reply,
                  const Pulled& pulled) {
  if (exchange.routing && reply.target != nullptr &&
      exchange.dialect == dialects::Dialect::kOpenAiChat) {
    out.append(broken_chunk(exchange, *reply.target, pulled.error));
  } else if (pulled.frame.bytes.empty()) {
    out.append(dialects::error_event(exchange.dialect, pulled.error, exchange.id.view(),
                                     reply.stream->next_number()));
  } else {
    out.append(pulled.frame.bytes);
  }
}

// Who answers by now: of a stream that went on elsewhere that one, from here on.
const chain::Target* answering(Reply& reply) {
  if (const auto* now = reply.stream->target(); now != nullptr) reply.target = now;
  return reply.target;
}

// What an answer costs, as JSON; `null` where no price is known (law 6).
std::string cost_text(const ledger::Cost& cost) {
  return cost.unpriced ? "null" : ledger::format_usd(cost.total);
}

// A frame as it is; for OpenRouter's clients with the cost where its usage stands.
void append_frame(std::string& out, const Snapshot& snapshot, const chain::Exchange& exchange,
                  const Reply& reply, std::string_view bytes) {
  if (!exchange.routing || bytes.find("\"usage\"") == std::string_view::npos ||
      !reply.stream->usage().present) {
    out.append(bytes);
    return;
  }
  Settlement so_far;
  const auto* now = reply.stream->target();
  so_far.target = now != nullptr ? now : reply.target;
  so_far.usage = reply.stream->usage();
  out.append(with_cost_events(bytes, cost_text(price(snapshot, exchange, so_far))));
}

void take_books(Settlement& settlement, const chain::ReplyStream& stream) {
  settlement.usage = stream.usage();
  settlement.output_text_bytes = stream.output_text_bytes();
  settlement.skipped_events = stream.skipped_events();
  settlement.response_model = std::string(stream.response_model());
}

void append_content_type(std::string& headers, const Reply& reply) {
  if (reply.content_type.empty()) {
    headers.append("Content-Type: application/json\r\n");
  } else {
    http::append_header(headers, "Content-Type", reply.content_type);
  }
}
}  // namespace

void RequestPath::append_headers(const Visit& visit, const Reply& reply, std::string& out) const {
  const chain::Exchange& exchange = visit.exchange;
  http::append_header(out, "x-pontage-request-id", exchange.id.view());
  // A provider's x-request-id comes with its headers; the client's own is given back where there is
  // none.
  if (const auto theirs = http::find(exchange.headers, "x-request-id");
      !theirs.empty() && reply.headers.find("x-request-id") == std::string::npos) {
    http::append_header(out, "x-request-id", theirs);
  }
  // Anthropic's SDKs show the id of this header; a provider's own comes with its headers.
  if (exchange.dialect == dialects::Dialect::kAnthropicMessages &&
      !reply.headers.starts_with("request-id") &&
      reply.headers.find("\nrequest-id") == std::string::npos) {
    http::append_header(out, "request-id", exchange.id.view());
  }
  if (reply.target != nullptr) {
    http::append_header(out, "x-pontage-provider", reply.target->provider->name);
    http::append_header(out, "x-pontage-model", model_for(exchange, *reply.target));
  }
  if (const auto& line = exchange.trace.line(); !line.empty())
    http::append_header(out, "x-pontage-decision", line);
  http::append_header(out, "x-pontage-attempts", std::to_string(exchange.attempts.size()));
  const auto cache =
      reply.source == Reply::Source::kFloor ? "floor" : cache_use_name(exchange.cache_use);
  if (!cache.empty()) http::append_header(out, "x-pontage-cache", cache);
  if (!reply.dropped_fields.empty()) {
    std::string names;
    for (const auto& name : reply.dropped_fields)
      names.append(names.empty() ? "" : ", ").append(name);
    http::append_header(out, "x-pontage-dropped", names);
  }
  if (visit.snapshot && visit.snapshot->portkey_headers) append_portkey_headers(visit, reply, out);
  out.append(reply.headers);
}

void RequestPath::settle_visit(Visit& visit, Settlement& settlement, ledger::Cost& cost) {
  if (visit.settled) return;
  visit.settled = true;
  cost = price(*visit.snapshot, visit.exchange, settlement);
  settle(state_, *visit.snapshot, visit.route, visit.exchange, settlement, cost,
         visit.client.head().method, visit.client.peer());
  if (visit.admitted) {
    record_settlement(state_, *visit.snapshot, visit.exchange, settlement, cost);
  } else {
    state_.handles.unrecorded.add();
  }
}

Task<void> RequestPath::send_keep_alive(Visit& visit) {
  if (visit.client.client_gone()) co_return;
  if (!visit.client.head_sent()) {
    std::string headers = "Content-Type: text/event-stream\r\nCache-Control: no-cache\r\n";
    http::append_header(headers, "x-pontage-request-id", visit.exchange.id.view());
    visit.client.begin_stream(200, headers);
    visit.exchange.early_head = true;
  }
  co_await visit.client.write(dialects::keep_alive(visit.exchange.dialect));
}

// Hands on the task of the one that does it: no coroutine of its own.
Task<void> RequestPath::deliver(Visit& visit, Reply& reply) {
  if (visit.exchange.client_gone || visit.client.client_gone()) {
    if (reply.stream) reply.stream->cancel();
    Settlement settlement;
    settlement.outcome = Outcome::kClientClosed;
    settlement.status = http_status(Code::k_client_closed_request);
    settlement.error_code = code_name(Code::k_client_closed_request);
    settlement.target = reply.target;
    settlement.usage = reply.usage;
    settlement.only_metered = reply.only_metered;
    ledger::Cost cost;
    settle_visit(visit, settlement, cost);
    return no_task();
  }
  if (reply.stream) return reply.large ? deliver_large(visit, reply) : deliver_stream(visit, reply);
  // Where the status is taken (hold-back), what the provider said comes as an event.
  const bool as_event = reply.source == Reply::Source::kPassedError && visit.client.head_sent();
  if (reply.source == Reply::Source::kGateway || as_event)
    return deliver_error(visit, reply.error, reply.status, Outcome::kError);
  return deliver_whole(visit, reply);
}

Task<void> RequestPath::deliver_error(Visit& visit, const Error& error, int status,
                                      Outcome outcome) {
  chain::Exchange& exchange = visit.exchange;
  auto rendered = render_error(exchange.dialect, error, exchange.id.view(), status);
  Settlement settlement;
  settlement.outcome = outcome;
  settlement.status = rendered.status;
  settlement.error_code = code_name(error.code);
  settlement.bytes_out = static_cast<std::int64_t>(rendered.body.size());
  ledger::Cost cost;
  settle_visit(visit, settlement, cost);
  if (outcome == Outcome::kClientClosed) co_return;
  static_cast<void>(co_await recorded(state_));  // it is an error already
  if (visit.client.head_sent()) {  // the hold-back has sent the head: the status is taken, the
                                   // error is an event
    co_await visit.client.write_last(
        dialects::error_event(exchange.dialect, error, exchange.id.view()));
    co_return;
  }
  Reply none;
  append_headers(visit, none, rendered.headers);
  co_await visit.client.respond(rendered.status, rendered.headers, rendered.body);
}

// An answer that has ended without its record on the disk must not look like one (law 5).
Task<void> RequestPath::refuse_unrecorded(Visit& visit) {
  chain::Exchange& exchange = visit.exchange;
  const Error error{
      Code::k_ledger_unavailable,
      Origin::kGateway,
      Retry::kNever,
      "the answer is there, but the ledger's disk takes no record of it; the operator "
      "must look at its disk",
      {},
      {}};
  if (visit.client.head_sent()) {
    co_await visit.client.write_last(
        dialects::error_event(exchange.dialect, error, exchange.id.view()));
    co_return;
  }
  auto rendered = render_error(exchange.dialect, error, exchange.id.view(), 0);
  Reply none;
  append_headers(visit, none, rendered.headers);
  co_await visit.client.respond(rendered.status, rendered.headers, rendered.body);
}

Task<void> RequestPath::deliver_whole(Visit& visit, Reply& reply) {
  chain::Exchange& exchange = visit.exchange;
  const bool passed_error = reply.source == Reply::Source::kPassedError;
  Settlement settlement;
  settlement.outcome = passed_error ? Outcome::kError : outcome_of(reply);
  settlement.status = reply.status;
  settlement.target = reply.target;
  settlement.usage = reply.usage;
  settlement.only_metered = reply.only_metered;
  settlement.response_model = reply.response_model;
  settlement.bytes_out = static_cast<std::int64_t>(reply.body.size());
  // A provider's refusal costs nothing, so nothing is estimated for it.
  if (passed_error) settlement.usage.present = true;
  const llm::Usage usage = settlement.usage;
  ledger::Cost cost;
  settle_visit(visit, settlement, cost);
  if (!co_await recorded(state_)) {
    co_await refuse_unrecorded(visit);
    co_return;
  }
  const bool kept = reply.source == Reply::Source::kCache;
  if (exchange.routing && (kept || reply.source == Reply::Source::kTarget))
    reply.body = with_cost(reply.body, cost_text(cost));
  if (visit.client.head_sent()) {
    co_await visit.client.write_last(reply.body);
    co_return;
  }
  std::string headers = state_.buffers.take();
  headers.reserve(960);
  append_content_type(headers, reply);
  append_headers(visit, reply, headers);
  if ((kept || reply.target != nullptr) && !passed_error) {
    http::append_header(headers, "x-pontage-cost-usd",
                        cost.unpriced ? "unknown" : ledger::format_usd(cost.total));
  }
  http::append_header(headers, "x-pontage-overhead-us",
                      std::to_string(overhead_us(exchange, std::chrono::steady_clock::now())));
  if (exchange.debug)
    reply.body = with_debug(std::move(reply.body), debug_object(exchange, cost, usage));
  co_await visit.client.respond(reply.status, headers, reply.body);
  state_.buffers.give(std::move(headers));
  state_.buffers.give(std::move(reply.body));
}

// A whole answer that is too large to be held: pieces go out as the client takes them. One that
// breaks must not pass for a whole one: its last piece is kept back and the connection is reset.
Task<void> RequestPath::deliver_large(Visit& visit, Reply& reply) {
  chain::Exchange& exchange = visit.exchange;
  chain::ReplyStream& stream = *reply.stream;
  exchange.cancel_current = [&stream] { stream.cancel(); };
  std::string headers;
  append_content_type(headers, reply);
  append_headers(visit, reply, headers);
  if (reply.length) {
    visit.client.begin_sized(reply.status, headers, *reply.length);
  } else {
    visit.client.begin_stream(reply.status, headers);
  }
  Settlement settlement;
  settlement.outcome = reply.status >= 400 ? Outcome::kError : outcome_of(reply);
  settlement.status = reply.status;
  settlement.target = reply.target;
  settlement.only_metered = reply.only_metered;
  Pulled pulled;
  while (true) {
    const auto since = std::chrono::steady_clock::now();
    pulled = co_await stream.next();
    exchange.upstream_wait_us +=
        std::chrono::duration_cast<Micros>(std::chrono::steady_clock::now() - since).count();
    settlement.bytes_out += static_cast<std::int64_t>(pulled.frame.bytes.size());
    if (pulled.kind != Pulled::Kind::kFrame) break;
    if (co_await visit.client.write(pulled.frame.bytes)) continue;
    stream.cancel();
    exchange.client_gone = true;
    break;
  }
  exchange.cancel_current = nullptr;
  const bool whole = pulled.kind == Pulled::Kind::kEnd;
  if (!whole) {
    settlement.outcome = exchange.client_gone ? Outcome::kClientClosed : Outcome::kTruncated;
    if (!exchange.client_gone) settlement.error_code = code_name(pulled.error.code);
  }
  take_books(settlement, stream);
  ledger::Cost cost;
  settle_visit(visit, settlement, cost);
  if (co_await recorded(state_) && whole) {
    co_await visit.client.write_last(pulled.frame.bytes);
  } else {
    visit.client.abort();
  }
}

// The client has left: the spending stops (law 8), or goes on to its end where the route wants to
// know what it was.
Task<void> RequestPath::leave(Visit& visit, chain::ReplyStream& stream) {
  if (!visit.route->drain_left) {
    stream.cancel();
    co_return;
  }
  while ((co_await stream.next()).kind == Pulled::Kind::kFrame) {
  }
  co_await stream.drain();
}

Task<void> RequestPath::deliver_stream(Visit& visit, Reply& reply) {
  chain::Exchange& exchange = visit.exchange;
  chain::ReplyStream& stream = *reply.stream;
  if (!visit.route->drain_left) exchange.cancel_current = [&stream] { stream.cancel(); };
  if (!visit.client.head_sent()) {
    std::string headers = "Content-Type: text/event-stream\r\nCache-Control: no-cache\r\n";
    append_headers(visit, reply, headers);
    visit.client.begin_stream(200, headers);
  }
  state_.handles.streams_open.add();
  Settlement settlement;
  settlement.outcome = outcome_of(reply);
  settlement.status = 200;
  std::string out;
  bool last = false;
  while (!last) {
    out.clear();
    const auto since = std::chrono::steady_clock::now();
    Pulled pulled = co_await stream.next();
    exchange.upstream_wait_us +=
        std::chrono::duration_cast<Micros>(std::chrono::steady_clock::now() - since).count();
    while (true) {
      last = pulled.kind != Pulled::Kind::kFrame;
      if (pulled.kind == Pulled::Kind::kBroken) break;
      append_frame(out, *visit.snapshot, exchange, reply, pulled.frame.bytes);
      if (last || out.size() >= kWriteBatch || !stream.next_now(pulled)) break;
    }
    if (pulled.kind == Pulled::Kind::kBroken && last) {
      settlement.outcome = exchange.client_gone ? Outcome::kClientClosed : Outcome::kTruncated;
      settlement.error_code = code_name(pulled.error.code);
      const auto* broke = answering(reply);
      if (!exchange.client_gone && broke != nullptr)
        report_failure(state_, visit.snapshot->breaker, *broke, model_for(exchange, *broke), {});
      append_break(out, exchange, reply, pulled);
    }
    settlement.bytes_out += static_cast<std::int64_t>(out.size());
    if (last) break;
    if (!co_await visit.client.write(out)) {
      settlement.outcome = Outcome::kClientClosed;
      co_await leave(visit, stream);
      break;
    }
  }
  exchange.cancel_current = nullptr;
  settlement.target = answering(reply);
  take_books(settlement, stream);
  llm::Usage usage = settlement.usage;
  ledger::Cost cost;
  settle_visit(visit, settlement, cost);
  state_.handles.streams_open.sub();
  if (settlement.outcome == Outcome::kClientClosed) co_return;
  if (!co_await recorded(state_)) {
    stream.cancel();
    co_await refuse_unrecorded(visit);
    co_return;
  }
  if (exchange.debug)
    out.append(": pontage ").append(debug_object(exchange, cost, usage)).append("\n\n");
  if (co_await visit.client.write_last(out)) co_await stream.drain();
}

}  // namespace pontage::gateway
