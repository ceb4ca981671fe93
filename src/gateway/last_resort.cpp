// When the candidates are exhausted: the floor, and without one what the client is told.
#include "chain/cache_desk.hpp"
#include "chain/replay.hpp"
#include "gateway/dispatch_progress.hpp"

namespace pontage::gateway {

using chain::Exchange;
using chain::Reply;

namespace {
// The last good answer to the same request; false: there is none.
bool stale_answer(Exchange& exchange, Reply& reply) {
  if (!exchange.stale || exchange.cache == nullptr) {
    exchange.trace.decide("floor", "the cache has no answer to this request");
    return false;
  }
  auto made = chain::replay(*exchange.stale, exchange, exchange.cache->answers.now());
  if (!made) return false;
  reply = std::move(*made);
  reply.source = Reply::Source::kFloor;
  exchange.trace.decide("floor", "an old answer out of the cache");
  return true;
}

// False: the client's dialect has no words.
bool fixed_message(const Exchange& exchange, std::string_view text, Reply& reply) {
  const std::string id =
      std::string(dialects::answer_id_prefix(exchange.dialect)) + std::string(exchange.id.view());
  reply.source = Reply::Source::kFloor;
  reply.status = 200;
  if (exchange.view.stream) reply.content_type = "text/event-stream";
  reply.body = exchange.view.stream
                   ? dialects::message_stream(exchange.dialect, text, exchange.view.model, id,
                                              exchange.created_s, exchange.view.include_usage)
                   : dialects::message_body(exchange.dialect, text, exchange.view.model, id,
                                            exchange.created_s);
  return !reply.body.empty();
}
}  // namespace

Task<bool> Dispatch::try_floor(Exchange& exchange, Progress& progress) {
  for (const auto& entry : exchange.plan.floor->entries) {
    if (entry.cache) {
      if (stale_answer(exchange, progress.reply)) co_return true;
      continue;
    }
    if (entry.target != nullptr) {
      if (const auto why = entry.target->provider->why_skipped(); !why.empty()) {
        exchange.trace.decide("floor", entry.target->label, kSkippedNotConfigured, why);
        continue;
      }
      progress.untried = 0;
      progress.floor_target = false;
      progress.leave = exchange.plan.leave;
      static const chain::AttemptPolicy kPlain{};
      AttemptResult result;
      co_await run_attempt(state_, snapshot_, exchange, *entry.target,
                           limits_for(exchange, kPlain, progress), result);
      report(exchange, *entry.target, result);
      record(exchange, *entry.target, result, true,
             result.committed ? std::string() : result.error.detail);
      if (result.committed) {
        exchange.trace.decide("floor", entry.target->label, " answered");
        progress.reply = std::move(result.reply);
        progress.reply.source = Reply::Source::kFloor;
        co_return true;
      }
      if (result.client_gone) co_return true;
      exchange.trace.decide("floor", entry.target->label, " failed: ", result.error.detail);
      continue;
    }
    if (exchange.view.has_tools || exchange.view.has_schema) {
      exchange.trace.decide("floor",
                            "the fixed message was passed over: the request has tools or a schema");
      continue;
    }
    if (!fixed_message(exchange, entry.message, progress.reply)) {
      exchange.trace.decide("floor",
                            "the fixed message was passed over: the answer would not be words");
      continue;
    }
    exchange.trace.decide("floor", "fixed message");
    co_return true;
  }
  co_return false;
}

// All has failed, and there is no floor: what the client is told.
void Dispatch::finish(Exchange& exchange, Progress& progress) {
  Reply& reply = progress.reply;
  reply = Reply{};
  if (progress.last == nullptr && exchange.plan.candidates.empty()) {
    const Code code = exchange.view.has_model ? Code::k_model_not_found : Code::k_missing_field;
    reply.error = Error{
        code,
        Origin::kClient,
        Retry::kNever,
        exchange.view.has_model
            ? "no route decides and no configured provider has the model \"" + exchange.view.model +
                  "\"; GET /v1/models lists what there is, provider/model names one"
            : std::string("the request names no model and no route decides; set `model`"),
        "model",
        {}};
    return;
  }
  if (progress.last == nullptr && (progress.crowded || progress.dear)) {
    reply.error = progress.crowded ? *progress.crowded : *progress.dear;
    return;
  }
  if (progress.last == nullptr) {
    reply.error = Error{Code::k_no_target,
                        Origin::kGateway,
                        Retry::kNever,
                        "no target of the chain is usable (" + exchange.trace.line() +
                            "); set a key or add a floor",
                        {},
                        {}};
    if (progress.retry_after)
      reply.error.retry_after_ms = static_cast<std::uint32_t>(progress.retry_after->count());
    return;
  }
  const AttemptResult& last = *progress.last_result;
  const bool single = progress.targets_tried == 1;
  if (single && last.reply.source == Reply::Source::kPassedError && !last.our_key_refused &&
      !last.reply.body.empty()) {
    reply = std::move(progress.last_result->reply);
    return;
  }
  if (last.unsupported && single) {
    reply.error = last.error;
    return;
  }
  Code code = Code::k_all_targets_failed;
  if (single && last.timed_out) code = Code::k_upstream_timeout;
  if (single && last.our_key_refused) code = Code::k_upstream_auth;
  if (single && last.status_code == 429) code = Code::k_rate_limited;
  std::string detail = single ? progress.last->label + " failed: " + progress.last_why
                              : "all " + std::to_string(progress.targets_tried) +
                                    " targets failed; the last, " + progress.last->label + ": " +
                                    progress.last_why;
  reply.error = Error{code, Origin::kUpstream, Retry::kNever, std::move(detail), {}, {}};
  if (progress.retry_after)
    reply.error.retry_after_ms = static_cast<std::uint32_t>(progress.retry_after->count());
}

}  // namespace pontage::gateway
