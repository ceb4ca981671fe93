#include "providers/key_ring.hpp"

#include <algorithm>

#include "config/load.hpp"
#include "core/strings.hpp"

namespace pontage::providers {
namespace {

using config::Diagnostics;
using config::Node;

constexpr std::uint64_t kLowHalf = 0xFFFF'FFFFULL;

void read_secret(const Node& node, KeyOptions& out, Diagnostics& diagnostics) {
  out.unset = node.unset_variable;
  if (auto secret = config::resolve_secret(node, diagnostics)) out.secret = std::move(*secret);
  if (out.secret == "passthrough") {
    diagnostics.error(node.mark, "passthrough stands in api_key, not among keys");
  }
}

const config::Struct<KeyOptions>& table() {
  static const config::Struct<KeyOptions> kTable = [] {
    config::Struct<KeyOptions> made(
        "providers.<name>.keys[]",
        "One of several keys; a secret alone may stand for the map. A key that is told to wait "
        "(429) or is refused (401, 403) rests, and the next one is used at once.");
    made.custom("api_key", "secret", "required", "The key, best as `${NAME}` or `file:PATH`.",
                read_secret)
        .required()
        .text("name", &KeyOptions::name,
              "What logs and metrics call it; absent: `key-1`, `key-2`, …")
        .integer("weight", &KeyOptions::weight, 1, 1'000'000, "Its share of the requests.")
        .integer("requests_per_minute", &KeyOptions::requests_per_minute, 0, 100'000'000,
                 "Most requests in one minute of the clock; 0: no limit.")
        .integer("concurrency", &KeyOptions::concurrency, 0, 1'000'000,
                 "Most requests under way at the same time; 0: no limit.")
        .texts("models", &KeyOptions::models, "Models that it may be used for, as globs.");
    return made;
  }();
  return kTable;
}

std::uint64_t minute_of(SteadyTime now) {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::minutes>(now.time_since_epoch()).count());
}

bool fits(const KeyRing::Key& key, std::string_view model, SteadyTime now) {
  const KeyOptions& options = key.options;
  if (key.state->resting_until() > now) return false;
  if (options.concurrency > 0 &&
      key.state->under_way.load(std::memory_order_relaxed) >= options.concurrency)
    return false;
  if (key.state->minute_is_full(now, options.requests_per_minute)) return false;
  return options.models.empty() || std::ranges::any_of(options.models, [&](const auto& glob) {
           return glob_match(glob, model);
         });
}

// Counts it as under way; false when another worker took the last place.
bool take(const KeyRing::Key& key, SteadyTime now) {
  KeyState& state = *key.state;
  const int before = state.under_way.fetch_add(1, std::memory_order_relaxed);
  const int limit = key.options.concurrency;
  if ((limit == 0 || before < limit) && state.take_of_minute(now, key.options.requests_per_minute))
    return true;
  state.under_way.fetch_sub(1, std::memory_order_relaxed);
  return false;
}

}  // namespace

const config::StructDoc& key_doc() {
  return table().doc();
}

void read_keys(const Node& node, std::vector<KeyOptions>& out, Diagnostics& diagnostics) {
  if (!node.is_sequence() || node.items.empty()) {
    diagnostics.error(node.mark,
                      "keys is a list, such as [ ${KEY_A}, { api_key: ${KEY_B}, weight: 2 } ]");
    return;
  }
  for (const auto& item : node.items) {
    KeyOptions key;
    if (item.is_map()) {
      table().parse(item, key, diagnostics);
    } else {
      read_secret(item, key, diagnostics);
    }
    if (key.name.empty()) key.name = "key-" + std::to_string(out.size() + 1);
    for (const auto& other : out) {
      if (other.name == key.name)
        diagnostics.error(item.mark, "two keys are called \"" + key.name + '"');
      if (!key.secret.empty() && other.secret == key.secret)
        diagnostics.error(item.mark, "the keys \"" + other.name + "\" and \"" + key.name +
                                         "\" are the same; a limit each would not hold");
    }
    out.push_back(std::move(key));
  }
}

void KeyState::rest_until(SteadyTime until) {
  const auto wanted = std::chrono::duration_cast<Micros>(until.time_since_epoch()).count();
  std::int64_t held = rest_us_.load(std::memory_order_relaxed);
  while (held < wanted &&
         !rest_us_.compare_exchange_weak(held, wanted, std::memory_order_relaxed)) {
  }
}

bool KeyState::minute_is_full(SteadyTime now, int limit) const {
  if (limit == 0) return false;
  const std::uint64_t held = minute_.load(std::memory_order_relaxed);
  return held >> 32 == (minute_of(now) & kLowHalf) &&
         (held & kLowHalf) >= static_cast<std::uint64_t>(limit);
}

bool KeyState::take_of_minute(SteadyTime now, int limit) {
  if (limit == 0) return true;
  const std::uint64_t minute = minute_of(now) << 32;
  std::uint64_t held = minute_.load(std::memory_order_relaxed);
  while (true) {
    const std::uint64_t count = held >> 32 == minute >> 32 ? held & kLowHalf : 0;
    if (count >= static_cast<std::uint64_t>(limit)) return false;
    if (minute_.compare_exchange_weak(held, minute | (count + 1), std::memory_order_relaxed))
      return true;
  }
}

KeyLease KeyRing::pick(std::string_view model, SteadyTime now, double unit) const {
  std::int64_t all = 0;
  for (const auto& key : keys) all += fits(key, model, now) ? key.options.weight : 0;
  auto drawn = static_cast<std::int64_t>(unit * static_cast<double>(all));
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (!fits(keys[i], model, now)) continue;
    drawn -= keys[i].options.weight;
    if (drawn < 0 && take(keys[i], now)) return {keys[i].state, i};
  }
  // Others were faster since it was counted: any that is left.
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (fits(keys[i], model, now) && take(keys[i], now)) return {keys[i].state, i};
  }
  return {};
}

bool KeyRing::usable(std::string_view model, SteadyTime now) const {
  return std::ranges::any_of(keys, [&](const auto& key) { return fits(key, model, now); });
}

std::optional<Millis> KeyRing::shortest_rest(SteadyTime now) const {
  std::optional<Millis> least;
  for (const auto& key : keys) {
    const auto rest = std::chrono::ceil<Millis>(key.state->resting_until() - now);
    if (rest.count() > 0 && (!least || rest < *least)) least = rest;
  }
  return least;
}

void KeyRing::adopt(const KeyRing& before) {
  for (auto& key : keys) {
    const auto same = std::ranges::find_if(
        before.keys, [&](const auto& old) { return old.options.secret == key.options.secret; });
    if (same != before.keys.end()) key.state = same->state;
  }
}

}  // namespace pontage::providers
