// Which targets a client's own routing leaves, and in which order.
#include <algorithm>
#include <array>
#include <limits>

#include "gateway/client_routing.hpp"
#include "gateway/directory.hpp"
#include "routing/balance.hpp"

namespace pontage::gateway {
namespace {

using chain::Candidate;
using chain::ClientRouting;
using chain::Exchange;
using chain::Target;

// `:floor` sorts by price, `:nitro` by throughput; the others ask for what one's own providers have
// or have not.
constexpr std::array<std::string_view, 7> kSuffixes = {":nitro",    ":floor",    ":online", ":free",
                                                       ":thinking", ":extended", ":exacto"};

std::string_view without_suffix(std::string_view model, ClientRouting::Sort& sort) {
  for (const auto suffix : kSuffixes) {
    if (!model.ends_with(suffix)) continue;
    if (suffix == ":floor") sort = ClientRouting::Sort::kPrice;
    if (suffix == ":nitro") sort = ClientRouting::Sort::kThroughput;
    return model.substr(0, model.size() - suffix.size());
  }
  return model;
}

bool is_named(const Target& target, std::string_view name) {
  const auto& provider = *target.provider;
  const std::string_view base = name.substr(0, name.find('/'));  // "openai/turbo"
  return iequals(base, provider.name) || iequals(base, provider.vendor);
}

bool in(const Target& target, const std::vector<std::string>& names) {
  return std::ranges::any_of(names, [&](const auto& name) { return is_named(target, name); });
}

struct Rates {
  std::int64_t prompt = 0;
  std::int64_t completion = 0;
};

// Nothing where no price is known; what runs on own hardware costs nothing.
std::optional<Rates> rates_of(const Target& target, const Exchange& exchange) {
  const auto* price = ledger::price_at(target.listing.priced ? target.listing.model : nullptr,
                                       WallTime(std::chrono::seconds(exchange.created_s)));
  if (price == nullptr) return std::nullopt;
  if (price->local) return Rates{};
  const auto& input = price->base.of(ledger::TokenClass::kInput);
  const auto& output = price->base.of(ledger::TokenClass::kOutput);
  if (!input || !output) return std::nullopt;
  return Rates{input->nanousd_per_million, output->nanousd_per_million};
}

std::string_view why_excluded(const Target& target, const ClientRouting& routing,
                              const Exchange& exchange) {
  if (!routing.only.empty() && !in(target, routing.only)) return "provider.only";
  if (in(target, routing.ignore)) return "provider.ignore";
  if (!routing.order.empty() && !routing.allow_fallbacks && !in(target, routing.order))
    return "provider.order without fallbacks";
  if (!routing.max_prompt && !routing.max_completion) return {};
  const auto rates = rates_of(target, exchange);
  constexpr auto kNoLimit = std::numeric_limits<std::int64_t>::max();
  const bool fits = rates && rates->prompt <= routing.max_prompt.value_or(kNoLimit) &&
                    rates->completion <= routing.max_completion.value_or(kNoLimit);
  return fits ? std::string_view() : "provider.max_price";
}

// Insertion: lists are short, equal ones keep their places.
template <class Key>
void sort_by(std::vector<const Target*>& targets, Key key) {
  for (auto at = targets.begin(); at != targets.end(); ++at) {
    const auto to = std::upper_bound(
        targets.begin(), at, *at, [&](const auto* a, const auto* b) { return key(*a) < key(*b); });
    std::rotate(to, at, at + 1);
  }
}

std::int64_t price_rank(const Target& target, const Exchange& exchange) {
  const auto rates = rates_of(target, exchange);
  return rates ? rates->prompt + rates->completion : std::numeric_limits<std::int64_t>::max();
}

// By the time of a token: the less, the more of them a second. What was not measured lately is
// tried by one request at a time.
std::int64_t pace_rank(const Target& target, Exchange& exchange, bool throughput) {
  const bool asked = exchange.outlook != nullptr && target.provider->configured();
  const auto* health = asked ? exchange.outlook->health(exchange, target) : nullptr;
  if (health == nullptr) return std::numeric_limits<std::int64_t>::max();
  const auto now = std::chrono::steady_clock::now();
  const auto& pace = throughput ? health->token : health->wait(exchange.view.stream);
  return routing::wait_rank(pace.lately(now), health->in_flight.load(std::memory_order_relaxed));
}

std::vector<const Target*> offers_of(std::string_view model, Exchange& exchange,
                                     const Snapshot& snapshot) {
  const ClientRouting& routing = *exchange.routing;
  auto sort = routing.sort;
  auto targets = targets_by_name(snapshot, exchange, without_suffix(model, sort));
  if (sort == ClientRouting::Sort::kPrice)
    sort_by(targets, [&](const Target& each) { return price_rank(each, exchange); });
  if (sort == ClientRouting::Sort::kLatency || sort == ClientRouting::Sort::kThroughput) {
    const bool throughput = sort == ClientRouting::Sort::kThroughput;
    sort_by(targets, [&](const Target& each) { return pace_rank(each, exchange, throughput); });
  }
  // One that has its key goes before one that has not.
  sort_by(targets, [](const Target& each) { return each.provider->configured() ? 0 : 1; });
  sort_by(targets, [&](const Target& each) {
    const auto place =
        std::ranges::find_if(routing.order, [&](const auto& name) { return is_named(each, name); });
    return place - routing.order.begin();
  });
  return targets;
}

// "Any error moves on to the next": also the client's own, and what a filter refused.
const chain::LeaveRules& any_error() {
  static const chain::LeaveRules kRules = [] {
    chain::LeaveRules rules;
    auto program = expr::Program::compile("status_code >= 400", routing::outcome_scope());
    rules.rules.push_back({std::move(*program), {}, {}});
    rules.content_filter = true;
    return rules;
  }();
  return kRules;
}

}  // namespace

void apply_client_routing(Exchange& exchange, const Snapshot& snapshot) {
  const ClientRouting& routing = *exchange.routing;
  auto& plan = exchange.plan;
  std::vector<Candidate> chosen;
  const auto take = [&](const Target& target, const chain::AttemptPolicy* policy) {
    const auto why = why_excluded(target, routing, exchange);
    if (why.empty()) {
      chosen.push_back({&target, policy, nullptr});
    } else {
      exchange.trace.decide("client", target.label, " left out by ", why);
    }
    return why.empty();
  };
  // A chain that decides keeps its word on the first model; the client's list adds to it.
  const bool own = routing.models.size() > 1 || plan.candidates.empty();
  for (const auto& model : own ? routing.models : std::vector<std::string>()) {
    for (const auto* target : offers_of(model, exchange, snapshot)) {
      if (take(*target, plan.policy) && !routing.allow_fallbacks && routing.order.empty()) break;
    }
  }
  for (const auto& each : plan.candidates) take(*each.target, each.policy);
  if (routing.sort == ClientRouting::Sort::kUnknown)
    exchange.trace.note("client", "sort by ", routing.sort_name,
                        ": there are price, latency and throughput, the order stays");
  if (routing.sort == ClientRouting::Sort::kLatency ||
      routing.sort == ClientRouting::Sort::kThroughput)
    exchange.trace.note("client", "sorted by ", routing.sort_name, " as measured lately");
  if (chosen.size() > 1) {
    for (auto& each : chosen) each.leave = &any_error();
  }
  plan.candidates.clear();
  plan.append(chosen);
  exchange.trace.decide("client", "chose ", std::to_string(plan.candidates.size()), " of ",
                        std::to_string(routing.models.size()), " models");
}

}  // namespace pontage::gateway
