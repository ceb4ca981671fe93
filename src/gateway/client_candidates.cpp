// Which targets a client's own routing leaves, and in which order.
#include <algorithm>
#include <array>
#include <limits>

#include "gateway/client_routing.hpp"
#include "gateway/directory.hpp"

namespace pontage::gateway {
namespace {

using chain::Candidate;
using chain::ClientRouting;
using chain::Exchange;
using chain::Target;

// `:floor` sorts by price; the others ask for what one's own providers have or have not.
constexpr std::array<std::string_view, 7> kSuffixes = {":nitro",    ":floor",    ":online", ":free",
                                                       ":thinking", ":extended", ":exacto"};

std::string_view without_suffix(std::string_view model, bool& by_price) {
  for (const auto suffix : kSuffixes) {
    if (!model.ends_with(suffix)) continue;
    by_price = by_price || suffix == ":floor";
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

std::vector<const Target*> offers_of(std::string_view model, Exchange& exchange,
                                     const Snapshot& snapshot) {
  const ClientRouting& routing = *exchange.routing;
  bool by_price = routing.sort == ClientRouting::Sort::kPrice;
  auto targets = targets_by_name(snapshot, exchange, without_suffix(model, by_price));
  // One that has its key goes before one that has not.
  sort_by(targets, [](const Target& each) { return each.provider->configured() ? 0 : 1; });
  if (by_price) {
    sort_by(targets, [&](const Target& each) {
      const auto rates = rates_of(each, exchange);
      return rates ? rates->prompt + rates->completion : std::numeric_limits<std::int64_t>::max();
    });
  }
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
                        ": no such figures are kept, the order stays");
  if (chosen.size() > 1) {
    for (auto& each : chosen) each.leave = &any_error();
  }
  plan.candidates.clear();
  plan.append(chosen);
  exchange.trace.decide("client", "chose ", std::to_string(plan.candidates.size()), " of ",
                        std::to_string(routing.models.size()), " models");
}

}  // namespace pontage::gateway
