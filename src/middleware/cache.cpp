// cache: the same request gets the same answer, without asking anybody. Only whole, good answers
// are kept; who asks while the first one is under way may wait for its answer.
#include "chain/answer_cache.hpp"

#include <algorithm>

#include "chain/cache_desk.hpp"
#include "chain/replay.hpp"
#include "core/strings.hpp"
#include "middleware/cache_key.hpp"
#include "pontage/chain/middleware.hpp"

namespace pontage::middleware {
namespace {

using chain::AnswerCache;
using chain::CacheUse;
using chain::Exchange;
using chain::Kept;
using chain::KeptAnswer;
using chain::Pulled;
using chain::Reply;

struct Options {
  Millis ttl = defaults::kCacheTtl;
  Millis stale = defaults::kCacheStale;
  std::string scope = "key";
  bool coalesce = false;
  std::vector<std::string> ignore;
};

const config::Struct<Options>& table() {
  static const config::Struct<Options> kTable = [] {
    constexpr Millis kMost{365LL * 24 * 3'600'000};
    config::Struct<Options> made(
        "chain.cache",
        "Answers a request from memory that was answered before, see docs/cache.md. Bounds of the "
        "whole: see cache.");
    made.duration("ttl", &Options::ttl, Millis(1), kMost, "For how long an answer is given again.")
        .text("scope", &Options::scope,
              "Who shares answers: `key` (the client's key, or its credential where there are no "
              "keys), `tenant` (keys of the same tag `tenant`), `tag:NAME`, `global`.")
        .duration("stale", &Options::stale, Millis(0), kMost,
                  "For how much longer `floor: [ cache ]` may give it when all targets fail.")
        .boolean("coalesce", &Options::coalesce,
                 "Whether the same request in the same form, asked while the first is under way, "
                 "waits for that one's answer.")
        .texts("ignore", &Options::ignore,
               "Top-level fields of the body that do not shape the answer, such as `user` or "
               "`metadata`; requests that differ only there share an answer.");
    return made;
  }();
  return kTable;
}

enum class Wish : std::uint8_t { kNone, kNoCache, kNoStore };

Wish wish_of(const Exchange& exchange) {
  Wish wish = Wish::kNone;
  for (const auto& header : exchange.headers) {
    if (!iequals(header.name, "x-pontage-cache") && !iequals(header.name, "cache-control"))
      continue;
    if (http::has_token(header.value, "no-store")) return Wish::kNoStore;
    if (http::has_token(header.value, "no-cache")) wish = Wish::kNoCache;
  }
  return wish;
}

// What is known of an answer before it is whole, and where it goes then.
struct Keeping {
  AnswerCache& answers;
  Sha256 key{};
  Millis ttl{0};
  Millis stale{0};
  AnswerCache::Lead lead;
  KeptAnswer made = {};

  void about(const Exchange& exchange, const Reply& reply) {
    made.streamed = exchange.view.stream;
    made.with_usage = chain::wants_usage(exchange);
    if (reply.target == nullptr) return;
    made.provider = reply.target->provider->name;
    made.model = chain::model_for(exchange, *reply.target);
  }
  void keep() {
    made.kept = answers.now();
    made.fresh_until = made.kept + ttl;
    made.gone_after = made.fresh_until + stale;
    const auto whole = std::make_shared<const KeptAnswer>(std::move(made));
    lead.end(answers.keep(key, whole) ? whole : nullptr);
  }
};

// A filtered answer is no good answer, and one without a reason for its end may be cut.
bool good_end(llm::Finish finish) {
  return finish != llm::Finish::kNone && finish != llm::Finish::kContentFilter &&
         finish != llm::Finish::kContextExceeded;
}

// Passes a stream on and keeps what went by, once it is whole.
class Recorder final : public chain::ReplyStream {
 public:
  Recorder(std::unique_ptr<chain::ReplyStream> inner, Keeping keeping)
      : inner_(std::move(inner)), keeping_(std::move(keeping)) {}

  Task<Pulled> next() override {
    Pulled pulled = co_await inner_->next();
    take(pulled);
    co_return pulled;
  }
  bool next_now(Pulled& out) override {
    if (!inner_->next_now(out)) return false;
    take(out);
    return true;
  }
  Task<void> drain() override { return inner_->drain(); }
  void cancel() override {
    give_up();
    inner_->cancel();
  }
  [[nodiscard]] const llm::Usage& usage() const override { return inner_->usage(); }
  [[nodiscard]] llm::Finish finish() const override { return inner_->finish(); }
  [[nodiscard]] std::int64_t output_text_bytes() const override {
    return inner_->output_text_bytes();
  }
  [[nodiscard]] std::int64_t skipped_events() const override { return inner_->skipped_events(); }
  [[nodiscard]] std::int64_t next_number() const override { return inner_->next_number(); }
  [[nodiscard]] const chain::Target* target() const override { return inner_->target(); }
  [[nodiscard]] std::string_view response_model() const override {
    return inner_->response_model();
  }

 private:
  void give_up() {
    over_ = true;
    keeping_.lead.end(nullptr);
    std::string().swap(keeping_.made.bytes);
  }
  void take(const Pulled& pulled) {
    if (over_) return;
    auto& bytes = keeping_.made.bytes;
    const bool large = bytes.size() + pulled.frame.bytes.size() > keeping_.answers.entry_limit();
    if (pulled.kind == Pulled::Kind::kBroken || large) {
      give_up();
      return;
    }
    bytes.append(pulled.frame.bytes);
    if (pulled.kind != Pulled::Kind::kEnd) return;
    if (!good_end(inner_->finish()) || inner_->skipped_events() > 0) {
      give_up();
      return;
    }
    over_ = true;
    keeping_.made.usage = inner_->usage();
    keeping_.made.finish = inner_->finish();
    keeping_.made.response_model = inner_->response_model();
    keeping_.keep();
  }

  std::unique_ptr<chain::ReplyStream> inner_;
  Keeping keeping_;
  bool over_ = false;
};

// Until the flight has ended, the client has left, or so much time has gone that what is left is
// needed to ask oneself.
Task<void> wait_for(chain::Flight& flight, Exchange& exchange) {
  struct Waiter {
    transport::Sleep* sleep;  // of the worker; null: it waits no longer
  };
  const auto total = exchange.plan.total.value_or(defaults::kTotalTimeout);
  transport::Worker& worker = exchange.cache->worker;
  transport::Sleep sleep(worker, exchange.started + total / 2);
  const auto waiter = std::make_shared<Waiter>(&sleep);
  if (exchange.client_gone) co_return;
  exchange.cancel_current = [&sleep] { sleep.cancel(); };
  const auto since = std::chrono::steady_clock::now();
  const auto number = flight.wait([waiter, &worker] {
    worker.post([waiter] {
      if (waiter->sleep != nullptr) waiter->sleep->cancel();
    });
  });
  auto& waiting = exchange.cache->cells.gauge(metrics::k_cache_waiting);
  waiting.add();
  co_await sleep;
  waiting.sub();
  waiter->sleep = nullptr;
  flight.leave(number);
  exchange.cancel_current = nullptr;
  exchange.upstream_wait_us +=
      std::chrono::duration_cast<Micros>(std::chrono::steady_clock::now() - since).count();
}

class Cache final : public chain::Middleware {
 public:
  Cache(Options options, CacheKeyRules rules)
      : options_(std::move(options)), rules_(std::move(rules)) {}
  [[nodiscard]] chain::Kind kind() const override { return chain::Kind::kWrapper; }
  [[nodiscard]] std::string_view name() const override { return "cache"; }

  Task<Reply> wrap(Exchange& exchange, chain::Next next) const override {
    if (exchange.cache == nullptr) return next(exchange);
    const Wish wish = wish_of(exchange);
    if (wish == Wish::kNoStore || has_state(exchange)) {
      exchange.cache_use = CacheUse::kBypass;
      count(exchange, metrics::k_cache_bypasses);
      exchange.trace.note("cache", wish == Wish::kNoStore ? "the client wants nothing kept"
                                                          : "the answer depends on more than its "
                                                            "request");
      return next(exchange);
    }
    return serve(exchange, next, wish);
  }

 private:
  Task<Reply> serve(Exchange& exchange, chain::Next next, Wish wish) const;
  bool give(Exchange& exchange, const Kept& kept, Reply& reply, std::string_view how) const;
  static void keep(const Exchange& exchange, Keeping keeping, Reply& reply);
  static void count(const Exchange& exchange, metrics::Family<metrics::Kind::kCounter, 1> family) {
    exchange.cache->cells.counter(family, {exchange.route_name}).add();
  }

  Options options_;
  CacheKeyRules rules_;
};

bool Cache::give(Exchange& exchange, const Kept& kept, Reply& reply, std::string_view how) const {
  auto made = chain::replay(*kept, exchange, exchange.cache->answers.now());
  if (!made) return false;
  reply = std::move(*made);
  exchange.cache_use = CacheUse::kHit;
  exchange.trace.decide("cache", how);
  count(exchange, metrics::k_cache_hits);
  return true;
}

void Cache::keep(const Exchange& exchange, Keeping keeping, Reply& reply) {
  if (reply.source != Reply::Source::kTarget || reply.large || reply.status != 200) return;
  keeping.about(exchange, reply);
  if (reply.stream) {
    reply.stream = std::make_unique<Recorder>(std::move(reply.stream), std::move(keeping));
    return;
  }
  const bool vectors = exchange.dialect == dialects::Dialect::kOpenAiEmbeddings;
  if (!vectors && !good_end(reply.finish)) return;
  if (exchange.view.stream || reply.body.empty()) return;
  keeping.made.bytes = reply.body;
  keeping.made.usage = reply.usage;
  keeping.made.finish = reply.finish;
  keeping.made.response_model = reply.response_model;
  keeping.keep();
}

Task<Reply> Cache::serve(Exchange& exchange, chain::Next next, Wish wish) const {
  AnswerCache& answers = exchange.cache->answers;
  Reply reply;
  Keeping keeping{answers, cache_key(exchange, rules_), options_.ttl, options_.stale, {}};
  if (wish == Wish::kNone) {
    // Of one form and with the same words about usage, so that any of them may have the answer.
    const char form = static_cast<char>('0' + (exchange.view.stream ? 2 : 0) +
                                        (chain::wants_usage(exchange) ? 1 : 0));
    auto found = answers.look(keeping.key, options_.coalesce, form);
    if (found.fresh && give(exchange, found.answer, reply, "hit")) co_return reply;
    if (found.flight) {
      co_await wait_for(*found.flight, exchange);
      if (exchange.client_gone) co_return reply;
      const auto theirs = found.flight->answer();
      if (theirs && give(exchange, theirs, reply, "hit, after waiting for the same request")) {
        count(exchange, metrics::k_cache_coalesced);
        co_return reply;
      }
      exchange.trace.note("cache", "the same request, waited for, left no answer to share");
    }
    keeping.lead = std::move(found.lead);
    if (!found.fresh) exchange.stale = std::move(found.answer);
    exchange.cache_use = CacheUse::kMiss;
    count(exchange, metrics::k_cache_misses);
    exchange.trace.note("cache", "miss");
  } else {
    exchange.cache_use = CacheUse::kBypass;
    count(exchange, metrics::k_cache_bypasses);
    exchange.trace.note("cache", "the client wants a new answer");
  }
  reply = co_await next(exchange);
  if (!exchange.client_gone) keep(exchange, std::move(keeping), reply);
  co_return reply;
}

}  // namespace

const config::StructDoc& doc_of_cache() {
  return table().doc();
}

std::unique_ptr<chain::Middleware> make_cache(const config::Node& node,
                                              chain::BuildContext& context) {
  Options options;
  table().parse(node, options, context.diagnostics);
  CacheKeyRules rules;
  rules.ignore = options.ignore;
  if (options.scope == "tenant") {
    rules.scope = CacheScope::kTag;
    rules.tag = "tenant";
  } else if (options.scope.starts_with("tag:") && options.scope.size() > 4) {
    rules.scope = CacheScope::kTag;
    rules.tag = options.scope.substr(4);
  } else if (options.scope == "global") {
    rules.scope = CacheScope::kGlobal;
  } else if (options.scope != "key") {
    const auto* scope = node.find("scope");
    context.diagnostics.error(scope != nullptr ? scope->mark : node.mark,
                              "scope is key, tenant, tag:NAME or global, found \"" + options.scope +
                                  '"' +
                                  config::did_you_mean(options.scope, {"key", "tenant", "global"}));
  }
  return std::make_unique<Cache>(std::move(options), std::move(rules));
}

}  // namespace pontage::middleware
