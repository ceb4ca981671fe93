// fallback: the targets that stand in, in order or balanced, and the outcomes for which a target is
// left for the next.
#include <algorithm>
#include <atomic>
#include <random>

#include "core/strings.hpp"
#include "ledger/money.hpp"
#include "pontage/chain/middleware.hpp"
#include "routing/balance.hpp"

namespace pontage::middleware {
namespace {

using routing::Balance;
using routing::Standing;

enum class Sticky : std::uint8_t { kNone, kSession, kUser, kKey };

struct Entry {
  chain::Branch branch;
  std::int64_t weight = 1;
  const chain::Target* stands_for = nullptr;  // of a nested chain: its first target
  std::uint64_t hash = 0;
};

struct Options {
  Balance balance = Balance::kInOrder;
  Sticky sticky = Sticky::kNone;
  chain::LeaveRules leave;
  bool has_rules = false;
  std::vector<Entry> entries;
  std::optional<config::Mark> weighed;  // where the first weight stands
};

const config::StructDoc& doc() {
  static const config::StructDoc kDoc{
      "chain.fallback",
      "A list of targets, or a map with conditions. Targets that the candidates hold already keep "
      "their place.",
      {{"targets", "list of targets", "required",
        "`{ provider: …, model: … }` each, best first; or `{ chain: [ … ] }` with policies, "
        "selectors and fallbacks of its own. With `balance: weighted` each may have a `weight`, "
        "else 1."},
       {"on", "list of expressions", "transport failure, 429, 5xx, a reply that is none",
        "Outcomes that leave a target: rules over status_code, latency_ms, ttft_ms, error; or "
        "`content_filter`. A bare "
        "`latency_ms > 5000` cuts the attempt at 5 s, up to the commit point."},
       {"balance", "one of in_order, weighted, round_robin, least_in_flight, latency, cheapest",
        "in_order",
        "Which target is tried first: as written; by weight; in turn; the one with the fewest "
        "requests under way; the faster of two by the time to first token, as measured; the one "
        "where this request costs least. Targets whose breaker is open go last; the others stand "
        "in. A nested chain counts as its first target."},
       {"sticky", "one of none, session, user, key", "none",
        "Requests of the same session (`x-pontage-session`, else `prompt_cache_key`, `session_id`, "
        "`conversation` or Anthropic's `metadata.user_id`), user or client key go to the same "
        "target while its breaker is closed; weights hold, any other `balance` is for requests "
        "that name none."}}};
  return kDoc;
}

std::string session_of(const chain::Exchange& exchange) {
  const auto& facts = exchange.facts;
  if (const auto header = http::find(exchange.headers, "x-pontage-session"); !header.empty())
    return std::string(header);
  for (const char* field : {"prompt_cache_key", "session_id", "conversation"}) {
    if (const auto value = facts.param(field); !value.empty()) return std::string(value);
  }
  const bool in_user = exchange.dialect == dialects::Dialect::kAnthropicMessages;
  return in_user ? exchange.view.user : std::string();
}

std::string sticky_key(Sticky sticky, const chain::Exchange& exchange) {
  switch (sticky) {
    case Sticky::kNone:
      return {};
    case Sticky::kSession:
      return session_of(exchange);
    case Sticky::kUser: {
      const auto header = http::find(exchange.headers, "x-pontage-user");
      return header.empty() ? exchange.view.user : std::string(header);
    }
    case Sticky::kKey:
      return std::string(exchange.facts.key_name);
  }
  return {};
}

bool may_be_asked(const routing::TargetHealth& health, SteadyTime now) {
  using Admission = routing::Breaker::Admission;
  const auto seen = health.breaker.look(now);
  return seen == Admission::kYes || seen == Admission::kProbe;
}

class Fallback final : public chain::Middleware {
 public:
  explicit Fallback(Options options) : options_(std::move(options)) {}
  [[nodiscard]] chain::Kind kind() const override { return chain::Kind::kFallback; }
  [[nodiscard]] std::string_view name() const override { return "fallback"; }
  [[nodiscard]] bool in_order() const override { return options_.balance == Balance::kInOrder; }

  void plan(chain::Exchange& exchange) const override {
    exchange.plan.has_fallback = true;
    if (options_.has_rules) exchange.plan.leave = &options_.leave;
    if (options_.balance == Balance::kInOrder && options_.sticky == Sticky::kNone) {
      for (const auto& entry : options_.entries) entry.branch.append(exchange);
    } else {
      for (const std::size_t i : ordered(exchange)) options_.entries[i].branch.append(exchange);
    }
  }
  void targets(std::vector<const chain::Target*>& out) const override {
    for (const auto& entry : options_.entries) entry.branch.targets(out);
  }
  [[nodiscard]] std::int64_t tokens_wanted() const override {
    std::int64_t most = 0;
    for (const auto& entry : options_.entries) most = std::max(most, entry.branch.tokens_wanted());
    return most;
  }

 private:
  [[nodiscard]] std::vector<std::size_t> ordered(chain::Exchange& exchange) const;
  [[nodiscard]] std::vector<Standing> standings(chain::Exchange& exchange, SteadyTime now) const;
  [[nodiscard]] std::vector<std::size_t> stuck(chain::Exchange& exchange, std::string_view key,
                                               std::span<const Standing> now_standing,
                                               SteadyTime now) const;
  [[nodiscard]] std::string why(const Standing& picked) const;

  Options options_;
  mutable std::atomic<std::uint64_t> turn_{0};  // of all workers
};

std::vector<Standing> Fallback::standings(chain::Exchange& exchange, SteadyTime now) const {
  std::vector<Standing> out;
  out.reserve(options_.entries.size());
  for (const auto& entry : options_.entries) {
    Standing& standing = out.emplace_back();
    standing.weight = entry.weight;
    if (exchange.outlook == nullptr) continue;
    if (options_.balance == Balance::kCheapest)
      standing.cost = exchange.outlook->cost(exchange, *entry.stands_for);
    const auto* health = exchange.outlook->health(exchange, *entry.stands_for);
    if (health == nullptr) continue;
    standing.open = !may_be_asked(*health, now);
    standing.in_flight = health->in_flight.load(std::memory_order_relaxed);
    standing.wait = health->wait(exchange.view.stream).lately(now);
    if (standing.open)
      exchange.trace.note("fallback", entry.branch.label,
                          " goes last: ", routing::why_not(health->breaker, now));
  }
  return out;
}

std::vector<std::size_t> Fallback::stuck(chain::Exchange& exchange, std::string_view key,
                                         std::span<const Standing> now_standing,
                                         SteadyTime now) const {
  std::vector<routing::Home> homes;
  homes.reserve(options_.entries.size());
  for (std::size_t i = 0; i < options_.entries.size(); ++i)
    homes.push_back({options_.entries[i].hash, now_standing[i].weight, now_standing[i].open});
  auto* moves = exchange.outlook != nullptr ? exchange.outlook->moves() : nullptr;
  return routing::sticky_order(routing::stable_hash(key), homes, moves, now);
}

std::string Fallback::why(const Standing& picked) const {
  switch (options_.balance) {
    case Balance::kInOrder:
      return "first of those that may be asked";
    case Balance::kWeighted:
      return "weight " + std::to_string(picked.weight);
    case Balance::kRoundRobin:
      return "its turn";
    case Balance::kLeastInFlight:
      return std::to_string(picked.in_flight) + " under way";
    case Balance::kLatency:
      if (!picked.wait) return "not measured lately";
      return format_duration(std::chrono::ceil<Millis>(*picked.wait)) + " lately";
    case Balance::kCheapest:
      if (!picked.cost) return "no price known";
      return "about " + ledger::format_usd({*picked.cost}) + " USD";
  }
  return {};
}

std::vector<std::size_t> Fallback::ordered(chain::Exchange& exchange) const {
  thread_local FastRandom random(std::random_device{}());
  const auto now = std::chrono::steady_clock::now();
  const auto standing = standings(exchange, now);
  const std::string key = sticky_key(options_.sticky, exchange);
  if (!key.empty()) {
    auto order = stuck(exchange, key, standing, now);
    exchange.trace.decide("fallback", "sticky ", options_.entries[order.front()].branch.label);
    return order;
  }
  const bool in_turn = options_.balance == Balance::kRoundRobin;
  const auto turn = in_turn ? turn_.fetch_add(1, std::memory_order_relaxed) : 0;
  auto order = routing::balanced(options_.balance, standing, turn, random);
  const std::size_t first = order.front();
  exchange.trace.decide("fallback", routing::balance_name(options_.balance), " picked ",
                        options_.entries[first].branch.label, " (", why(standing[first]), ")");
  return order;
}

void read_target(const config::Node& item, Options& out, chain::BuildContext& context) {
  Entry entry;
  config::Node bare = item;
  if (const auto* weight = item.find("weight"); weight != nullptr) {
    if (!out.weighed) out.weighed = weight->mark;
    config::read_integer(*weight, 0, 1'000'000, entry.weight, context.diagnostics);
    std::erase_if(bare.entries, [](const auto& each) { return each.key == "weight"; });
  }
  entry.branch = context.branch(bare);
  if (!entry.branch) return;
  std::vector<const chain::Target*> targets;
  entry.branch.targets(targets);
  entry.stands_for = targets.front();
  entry.hash = routing::stable_hash(entry.branch.label);
  out.entries.push_back(std::move(entry));
}

void read_targets(const config::Node& node, Options& out, chain::BuildContext& context) {
  if (!node.is_sequence() || node.items.empty()) {
    context.diagnostics.error(
        node.mark,
        "fallback needs a list of targets such as [ { provider: openai, model: gpt-4o } ]");
    return;
  }
  for (const auto& item : node.items) read_target(item, out, context);
}

void check_weights(const Options& options, const config::Mark& mark, chain::BuildContext& context) {
  if (options.weighed && options.balance != Balance::kWeighted) {
    context.diagnostics.error(*options.weighed, "weights count with `balance: weighted` only");
  } else if (options.balance == Balance::kWeighted &&
             std::ranges::all_of(options.entries, [](const auto& e) { return e.weight == 0; })) {
    context.diagnostics.error(mark, "balance: weighted needs at least one weight above 0");
  }
}

// A constant beyond a day is no timer that could fire; bounded, so that no arithmetic on times
// overflows.
std::optional<Millis> as_timer(std::optional<double> limit) {
  constexpr double kDay = 24.0 * 3'600'000;
  if (!limit) return std::nullopt;
  return Millis(static_cast<std::int64_t>(std::clamp(*limit, 0.0, kDay)));
}

void read_rules(const config::Node& node, Options& out, chain::BuildContext& context) {
  out.has_rules = true;
  const auto read_one = [&](const config::Node& item) {
    if (item.is_scalar() && item.text == "content_filter") {
      out.leave.content_filter = true;
      return;
    }
    auto program = context.rule(item, true);
    if (!program) return;
    chain::LeaveRule rule{*program, {}, {}};
    rule.latency_limit = as_timer(program->bare_upper_bound(routing::kLatencyMs));
    rule.ttft_limit = as_timer(program->bare_upper_bound(routing::kTtftMs));
    if (program->satisfiable() == expr::Program::Truth::kNever) {
      context.diagnostics.warning(
          item.mark, "the condition \"" + std::string(program->source()) + "\" can never hold");
    }
    out.leave.rules.push_back(std::move(rule));
  };
  if (node.is_sequence()) {
    for (const auto& item : node.items) read_one(item);
  } else {
    read_one(node);
  }
}

}  // namespace

const config::StructDoc& doc_of_fallback() {
  return doc();
}

std::unique_ptr<chain::Middleware> make_fallback(const config::Node& node,
                                                 chain::BuildContext& context) {
  Options options;
  if (!node.is_map()) {
    read_targets(node, options, context);
  } else {
    config::Struct<Options> table("chain.fallback", "");
    table
        .choice("balance", &Options::balance,
                {{"in_order", Balance::kInOrder},
                 {"weighted", Balance::kWeighted},
                 {"round_robin", Balance::kRoundRobin},
                 {"least_in_flight", Balance::kLeastInFlight},
                 {"latency", Balance::kLatency},
                 {"cheapest", Balance::kCheapest}},
                "")
        .choice("sticky", &Options::sticky,
                {{"none", Sticky::kNone},
                 {"session", Sticky::kSession},
                 {"user", Sticky::kUser},
                 {"key", Sticky::kKey}},
                "")
        .custom("targets", "", "", "",
                [&](const config::Node& value, Options& out, config::Diagnostics&) {
                  read_targets(value, out, context);
                })
        .required()
        .custom("on", "", "", "",
                [&](const config::Node& value, Options& out, config::Diagnostics&) {
                  read_rules(value, out, context);
                });
    table.parse(node, options, context.diagnostics);
  }
  if (options.entries.empty()) return nullptr;
  check_weights(options, node.mark, context);
  return std::make_unique<Fallback>(std::move(options));
}

}  // namespace pontage::middleware
