// The price book: what a million tokens of a model cost, since when and by whose word. Immutable; a
// reload makes a new one. The compiled-in book is config/prices.yaml. A model without a row has no
// price, which is not the same as free.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "config/diagnostics.hpp"
#include "config/fields.hpp"
#include "config/node.hpp"
#include "core/clock.hpp"
#include "core/strings.hpp"
#include "ledger/money.hpp"

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

struct Model {
  std::string provider;
  std::string name;
  std::vector<std::string>
      aliases;  ///< other names of the same model at this provider; may be globs
  ModelTier tier = ModelTier::kUnknown;
  std::int64_t context = 0;     ///< tokens, input and output together; 0: not stated
  std::int64_t max_output = 0;  ///< tokens; 0: not stated
  std::vector<Price> prices;    ///< by rising effective_from, spans disjoint
};

class PriceBook {
 public:
  /// Null when anything is wrong; all of it is then in `diagnostics`.
  static std::shared_ptr<const PriceBook> load(const config::Node& root,
                                               config::Diagnostics& diagnostics);
  /// The compiled-in config/prices.yaml, parsed once.
  static const std::shared_ptr<const PriceBook>& builtin();
  /// The key tables of the file, for the documentation.
  static std::vector<config::StructDoc> docs();

  /// The catalogue's row: by name, then by alias, then by glob (the longest first). Null: not
  /// known. Pointers live as long as the book.
  [[nodiscard]] const Model* model(std::string_view provider, std::string_view name) const;
  /// The price that holds at `at`. Null: unpriced.
  [[nodiscard]] const Price* find(std::string_view provider, std::string_view name,
                                  WallTime at) const;
  /// Who offers a model of exactly this name or alias, in file order; for configurations without
  /// routes.
  [[nodiscard]] std::vector<const Model*> offers(std::string_view name) const;
  [[nodiscard]] const std::vector<Model>& models() const { return models_; }
  /// 12 hex digits over the content; comments and layout do not count.
  [[nodiscard]] const std::string& version() const { return version_; }

 private:
  struct Shelf {
    std::unordered_map<std::string, std::size_t, StringHash, std::equal_to<>> by_name;
    std::vector<std::pair<std::string, std::size_t>> globs;  ///< longest first
  };
  void index(const std::vector<config::Mark>& marks, config::Diagnostics& diagnostics);

  std::vector<Model> models_;
  std::unordered_map<std::string, Shelf, StringHash, std::equal_to<>> shelves_;
  std::string version_;
};

}  // namespace pontage::ledger
