// What parses, but cannot do what it seems to: entries that are never reached, chains without a
// floor, chains that degrade the wrong way.
#include <algorithm>
#include <chrono>

#include "app/config_builder.hpp"
#include "config/load.hpp"
#include "core/crypto.hpp"

namespace pontage::app {

using config::Mark;
using config::Node;

namespace {

// Up to a half more, a price is a peer's.
constexpr std::int64_t kPeers = 2;
// A window so many times smaller will not hold what the one before held.
constexpr std::int64_t kMuchSmaller = 4;

int rank(const chain::Target& target) {
  return target.listing.model == nullptr ? 0 : static_cast<int>(target.listing.model->tier);
}

const ledger::Price* price_of(const chain::Target& target) {
  if (!target.listing.priced) return nullptr;
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  return ledger::price_at(target.listing.model, now);
}

/// `openai/gpt-4o (standard, 2.50 and 10.00 USD a million tokens)`.
std::string described(const chain::Target& target) {
  std::string out = target.label + " (";
  if (target.provider->local) return out + "local)";
  out.append(target.tier.empty() || target.tier == "unknown" ? std::string_view("no tier")
                                                             : target.tier);
  const auto* price = price_of(target);
  if (!ledger::comparable_price(price)) return out + ", no price)";
  const auto& base = price->base;
  const auto usd = [](const std::optional<ledger::Rate>& rate) {
    return ledger::format_usd({rate->nanousd_per_million});
  };
  return out + ", " + usd(base.of(ledger::TokenClass::kInput)) + " and " +
         usd(base.of(ledger::TokenClass::kOutput)) + " USD a million tokens)";
}

// Models of about the same price are peers, whatever their tiers: tiers are cut from prices, and
// somebody stands at each side of a cut.
bool climbs(const chain::Target& earlier, const chain::Target& later) {
  const auto before = ledger::comparable_price(price_of(earlier));
  const auto after = ledger::comparable_price(price_of(later));
  const bool stronger = rank(earlier) > 0 && rank(later) > rank(earlier);
  if (!before || !after) return stronger;
  const auto [less, more] = std::minmax(before->value, after->value);
  if (more - less <= less / kPeers) return false;
  return stronger || after->value > before->value;
}

}  // namespace

// What parses, but cannot do what it seems to.
void ConfigBuilder::review_chain(const Node& node, const gateway::Route& route,
                                 std::vector<std::string>& without_floor) {
  review_cache(node);
  bool floor = false;
  bool filled = false;
  for (std::size_t i = 0; i < route.chain.entries().size(); ++i) {
    const auto& entry = *route.chain.entries()[i];
    const Mark& mark = i < node.items.size() ? node.items[i].mark : node.mark;
    if (floor)
      diagnostics_.error(
          mark, std::string(entry.name()) + " stands after floor and is never reached; move it up");
    if (entry.kind() == chain::Kind::kPolicy && filled) {
      diagnostics_.warning(mark, std::string(entry.name()) +
                                     " stands after the targets that it should apply to; a policy "
                                     "only holds for what follows it, so move it before them");
    }
    filled = filled || entry.kind() == chain::Kind::kFallback;
    floor = floor || entry.kind() == chain::Kind::kTerminal;
  }
  if (floor) return;
  without_floor.push_back(route.name);
  diagnostics_.warning(node.mark,
                       "route " + route.name +
                           " has no floor: when all its targets fail, clients get a 503; "
                           "end the chain with a local model or { floor: { message: \"…\" } }");
}

namespace {
const Node* entry_of(const Node& chain, std::string_view name) {
  for (const auto& item : chain.items) {
    if (const Node* found = item.find(name)) return found;
  }
  return nullptr;
}

bool is_cache(const Node& entry) {
  return entry.is_scalar() && entry.text == "cache";
}
}  // namespace

// A floor that gives old answers again needs somebody who keeps them.
void ConfigBuilder::review_cache(const Node& chain) {
  const auto caches = std::ranges::count_if(
      chain.items, [](const Node& item) { return item.find("cache") != nullptr; });
  if (caches > 1) diagnostics_.error(chain.mark, "a chain has one cache at most; keep the first");
  const Node* floor = entry_of(chain, "floor");
  if (floor == nullptr) return;
  const Node* word = is_cache(*floor) ? floor : nullptr;
  const bool alone = word != nullptr || (floor->items.size() == 1 && is_cache(floor->items[0]));
  for (const auto& entry : floor->items) {
    if (is_cache(entry)) word = &entry;
  }
  if (word == nullptr) return;
  const Node* cache = entry_of(chain, "cache");
  if (cache == nullptr) {
    diagnostics_.warning(word->mark,
                         "floor: the chain has no cache, so there is never an old answer to give; "
                         "add { cache: { ttl: 1h, stale: 24h } } before the targets");
  } else if (const Node* stale = cache->find("stale");
             stale != nullptr && parse_duration(stale->text) == Millis(0)) {
    diagnostics_.warning(stale->mark,
                         "floor: cache gives answers that are older than `ttl`, and `stale: 0s` "
                         "keeps none of them");
  }
  if (alone) {
    diagnostics_.warning(word->mark,
                         "floor: the cache only has answers to what was asked before; add a local "
                         "model or { message: \"…\" } after it");
  }
}

// What makes the answers of this route other than they were: its own text and what it names. Rules
// and providers say which parts of a request they look at by the words that they use.
void ConfigBuilder::read_shape(const Node& node, gateway::Route& route) const {
  const std::string text = config::to_yaml(node);
  std::string words = text;  // rules may be written with blanks
  std::erase_if(words, [](char c) { return c == ' ' || c == '\n'; });
  const auto says = [&](std::string_view word) { return words.find(word) != std::string::npos; };
  route.shape.digest = sha256_hex(text + surroundings_);
  route.shape.stream = says("request.stream");
  route.shape.headers =
      says("request.headers") || surroundings_.find("forward_headers") != std::string::npos;
  route.shape.labels = says("request.user") || says("request.task") || says("request.metadata");
  route.shape.key = says("request.key");
}

void ConfigBuilder::review_pair(const Placed& earlier, const Placed& later) {
  const auto& before = *earlier.target;
  const auto& after = *later.target;
  const std::string both = described(after) + " comes after " + described(before);
  if (before.provider->local && !after.provider->local) {
    diagnostics_.warning(later.mark, "this chain leaves the house the wrong way: " + both +
                                         "; put the remote one first, or keep to local ones");
  } else if (!after.provider->local && climbs(before, after)) {
    diagnostics_.warning(later.mark, "this chain degrades the wrong way: " + both +
                                         "; go from strong to weak and from dear to cheap, so "
                                         "that a failure does not cost more than success");
  }
  if (after.context_tokens > 0 && after.context_tokens <= before.context_tokens / kMuchSmaller) {
    diagnostics_.warning(later.mark, "long conversations get lost on this chain: " + after.label +
                                         " holds " + std::to_string(after.context_tokens) +
                                         " tokens, " + before.label + " before it " +
                                         std::to_string(before.context_tokens));
  }
}

// Fallback targets and what the floor asks after them, in the order in which they are tried.
void ConfigBuilder::review_order(const gateway::Route& route) {
  const Placed* before = nullptr;
  for (std::size_t i = 0; i < entry_targets_.size(); ++i) {
    const auto kind = route.chain.entries()[i]->kind();
    if (kind != chain::Kind::kFallback && kind != chain::Kind::kTerminal) continue;
    if (!route.chain.entries()[i]->in_order()) continue;
    for (const auto& placed : entry_targets_[i]) {
      if (before != nullptr && before->target != placed.target) review_pair(*before, placed);
      before = &placed;
    }
  }
}

}  // namespace pontage::app
