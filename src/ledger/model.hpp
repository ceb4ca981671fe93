// What the catalogue holds about a model at a provider: names, limits, abilities, prices by time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.hpp"
#include "ledger/money.hpp"
#include "llm/capabilities.hpp"

namespace pontage::ledger {

/// The disjoint classes of llm::Usage, in its order.
enum class TokenClass : std::uint8_t {
  kInput,
  kCacheRead,
  kCacheWrite5m,
  kCacheWrite1h,
  kInputAudio,
  kOutput,
  kReasoning,
  kOutputAudio,
};
inline constexpr std::size_t kTokenClasses = 8;
/// `input`, `cache_read`, …: the keys of the price file and the values of the label token_type.
std::string_view token_class_name(TokenClass token_class);

struct Rates {
  std::array<std::optional<Rate>, kTokenClasses> by_class;

  [[nodiscard]] const std::optional<Rate>& of(TokenClass c) const {
    return by_class[static_cast<std::size_t>(c)];
  }
  std::optional<Rate>& of(TokenClass c) { return by_class[static_cast<std::size_t>(c)]; }
};

/// Prices the whole request, not what exceeds the threshold (accounting rule 2).
struct ContextTier {
  std::int64_t above = 0;  ///< tokens of input, cached ones included
  bool inclusive = false;  ///< `above` itself belongs to the tier
  Rates rates;
};

/// What holds in one span of time.
struct Price {
  Rates base;
  std::vector<ContextTier> context_tiers;      ///< by rising `above`
  std::map<std::string, Rates> service_tiers;  ///< flex, priority, batch
  std::string source;                          ///< who says so
  std::string as_of;                           ///< YYYY-MM-DD: when they said so
  std::optional<WallTime> effective_from;      ///< inclusive; absent: always was
  std::optional<WallTime> effective_until;     ///< exclusive; absent: until further notice
  bool nominal = false;  ///< a made-up price (the simulated provider): no bill will follow
  bool local = false;    ///< runs on own hardware: no tariff, cost 0
};

enum class ModelTier : std::uint8_t { kUnknown, kCheap, kStandard, kStrong };
std::string_view tier_name(ModelTier tier);  ///< `unknown`, `cheap`, `standard`, `strong`

/// What is known about a model's abilities, one bit each; what stands in neither is not known.
enum class Ability : std::uint8_t {
  kTools,
  kImages,
  kDocuments,
  kAudio,
  kTemperature,
  kReasoning,
  kStructuredOutput,
  kSystemRole,
  kPrefill,
  kMaxCompletionTokens,
};
inline constexpr std::size_t kAbilities = 10;
std::string_view ability_name(Ability ability);  ///< `tools`, `structured_output`, …

struct Abilities {
  std::uint16_t can = 0;
  std::uint16_t cannot = 0;

  void set(Ability ability, bool able);
  [[nodiscard]] bool can_do(Ability ability) const { return (can & bit(ability)) != 0; }
  [[nodiscard]] bool cannot_do(Ability ability) const { return (cannot & bit(ability)) != 0; }
  friend bool operator==(const Abilities&, const Abilities&) = default;

 private:
  static std::uint16_t bit(Ability ability) {
    return static_cast<std::uint16_t>(1U << static_cast<unsigned>(ability));
  }
};

struct Model {
  std::string provider;
  std::string name;
  std::vector<std::string>
      aliases;  ///< other names of the same model at this provider; may be globs
  ModelTier tier = ModelTier::kUnknown;
  std::string status;           ///< `alpha`, `beta`, `deprecated`; empty: none of these
  std::int64_t context = 0;     ///< tokens, input and output together; 0: not stated
  std::int64_t max_output = 0;  ///< tokens; 0: not stated
  Abilities abilities;
  std::vector<Price> prices;  ///< by rising effective_from, spans disjoint
};

/// The price that holds at `at`. Null: the model has none then, or there is no model.
const Price* price_at(const Model* model, WallTime at);

/// What codecs may ask of it. A model that is not known, and what is not known of one, can.
llm::Capabilities capabilities(const Model* model);

/// What a request of three input tokens and one of output costs a million times, divided by four:
/// the one number by which models are compared. Nothing for what is local, nominal or has no rate.
std::optional<NanoUsd> comparable_price(const Price* price);

}  // namespace pontage::ledger
