#include "ledger/price_file.hpp"

#include <algorithm>
#include <chrono>
#include <limits>

namespace pontage::ledger {
namespace {

using config::Diagnostics;
using config::Node;
using config::Struct;

constexpr std::int64_t kMaxTokens = 1'000'000'000;
constexpr std::string_view kRateType = "US dollars per million tokens";

struct RateKey {
  TokenClass token_class;
  const char* text;
};
constexpr std::array<RateKey, kTokenClasses> kRateKeys = {{
    {TokenClass::kInput, "Input tokens that no cache served or kept."},
    {TokenClass::kCacheRead,
     "Input tokens read from the provider's cache; absent: the input rate."},
    {TokenClass::kCacheWrite5m, "Input tokens kept for five minutes; absent: the input rate."},
    {TokenClass::kCacheWrite1h, "Input tokens kept for an hour; absent: the five-minute rate."},
    {TokenClass::kInputAudio, "Audio input tokens; absent: the input rate."},
    {TokenClass::kOutput, "Visible output tokens."},
    {TokenClass::kReasoning, "Reasoning tokens; absent: the output rate."},
    {TokenClass::kOutputAudio, "Audio output tokens; absent: the output rate."},
}};

void read_rate(const Node& node, std::optional<Rate>& out, Diagnostics& diagnostics) {
  std::string text;
  if (!config::read_text(node, text, diagnostics)) return;
  if (const auto amount = parse_usd(text)) {
    out = Rate{amount->value};
    return;
  }
  diagnostics.error(
      node.mark,
      "expected US dollars per million tokens as a plain decimal such as 2.50, at most "
      "nine digits after the point, found \"" +
          text + '"');
}

// The rows of all rates, for every struct that has them: `rates_of` finds the Rates in it.
template <class T, class Get>
void add_rates(Struct<T>& table, Get rates_of) {
  for (const RateKey& key : kRateKeys) {
    const TokenClass c = key.token_class;
    table.custom(std::string(token_class_name(c)), std::string(kRateType), "—", key.text,
                 [c, rates_of](const Node& node, T& out, Diagnostics& diagnostics) {
                   read_rate(node, rates_of(out).of(c), diagnostics);
                 });
  }
}

const Struct<ContextTier>& context_tier_table() {
  static const Struct<ContextTier> table = [] {
    Struct<ContextTier> result("models[].prices[].context_tiers[]",
                               "Rates for the whole of a request whose input is long; a rate that "
                               "is absent here is the base rate, and the cost is flagged.");
    result.integer("above", &ContextTier::above, 1, kMaxTokens,
                   "The tier begins above so many input tokens, cached ones included.");
    result.required();
    result.boolean("inclusive", &ContextTier::inclusive,
                   "Whether exactly `above` tokens belong to the tier.");
    add_rates(result, [](ContextTier& tier) -> Rates& { return tier.rates; });
    return result;
  }();
  return table;
}

const Struct<Rates>& service_tier_table() {
  static const Struct<Rates> table = [] {
    Struct<Rates> result("models[].prices[].service_tiers.<flex|priority|batch>",
                         "Rates of a service tier.");
    add_rates(result, [](Rates& rates) -> Rates& { return rates; });
    return result;
  }();
  return table;
}

void read_context_tiers(const Node& node, Price& price, Diagnostics& diagnostics) {
  if (!node.is_sequence()) {
    diagnostics.error(node.mark, "expected a list of context tiers");
    return;
  }
  for (const Node& item : node.items) {
    ContextTier tier;
    context_tier_table().parse(item, tier, diagnostics);
    if (!price.context_tiers.empty() && tier.above <= price.context_tiers.back().above) {
      diagnostics.error(item.mark, "context tiers must stand in rising order of `above`");
    }
    price.context_tiers.push_back(std::move(tier));
  }
}

void read_service_tiers(const Node& node, Price& price, Diagnostics& diagnostics) {
  static const std::vector<std::string> kNames = {"flex", "priority", "batch"};
  if (!node.is_map()) {
    diagnostics.error(node.mark, "expected a map of service tiers: flex, priority, batch");
    return;
  }
  for (const Node::Entry& entry : node.entries) {
    if (std::ranges::find(kNames, entry.key) == kNames.end()) {
      diagnostics.error(entry.mark, "unknown service tier \"" + entry.key + '"' +
                                        config::did_you_mean(entry.key, kNames));
      continue;
    }
    service_tier_table().parse(entry.value, price.service_tiers[entry.key], diagnostics);
  }
}

std::optional<WallTime> parse_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  if (text.find_first_not_of("0123456789-") != std::string_view::npos) return std::nullopt;
  const auto year = parse_int(text.substr(0, 4));
  const auto month = parse_int(text.substr(5, 2));
  const auto day = parse_int(text.substr(8, 2));
  if (!year || !month || !day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date);
}

std::optional<WallTime> read_date(const Node& node, Diagnostics& diagnostics) {
  std::string text;
  if (!config::read_text(node, text, diagnostics)) return std::nullopt;
  const auto date = parse_date(text);
  if (!date)
    diagnostics.error(node.mark, "expected a date (YYYY-MM-DD, UTC), found \"" + text + '"');
  return date;
}

// `dated`: who states the price and when must be said.
Struct<Price> make_price_table(std::string path, std::string text, bool dated) {
  Struct<Price> result(std::move(path), std::move(text));
  result.text("source", &Price::source, "Who states the price.");
  if (dated) result.required();
  result.custom("as_of", "date", dated ? "required" : "—", "The day on which the source stated it.",
                [](const Node& node, Price& out, Diagnostics& diagnostics) {
                  if (read_date(node, diagnostics)) out.as_of = node.text;
                });
  if (dated) result.required();
  result.custom("effective_from", "date", "—",
                "The first day (UTC, by the start of the request) on which it holds.",
                [](const Node& node, Price& out, Diagnostics& diagnostics) {
                  out.effective_from = read_date(node, diagnostics);
                });
  result.custom("effective_until", "date", "—", "The first day on which it holds no longer.",
                [](const Node& node, Price& out, Diagnostics& diagnostics) {
                  out.effective_until = read_date(node, diagnostics);
                });
  add_rates(result, [](Price& price) -> Rates& { return price.base; });
  result.custom("context_tiers", "list", "[]", "Other rates for long inputs.", read_context_tiers);
  result.custom("service_tiers", "map", "{}", "Other rates by service tier.", read_service_tiers);
  result.boolean("nominal", &Price::nominal,
                 "A made-up price that nobody bills (the simulated provider).");
  result.boolean("local", &Price::local,
                 "Runs on own hardware: no tariff, every rate is 0 and none may be given.");
  return result;
}

const Struct<Price>& price_table() {
  static const Struct<Price> table =
      make_price_table("models[].prices[]", "What holds in one span of time.", true);
  return table;
}

const Struct<Price>& own_price_table() {
  static const Struct<Price> table =
      make_price_table("models.<name>.price",
                       "A price of one's own: what you pay, whatever the catalogue says.", false);
  return table;
}

void check_price(const Node& node, Price& price, Diagnostics& diagnostics) {
  const bool any_rate = std::ranges::any_of(price.base.by_class, [](auto& rate) { return !!rate; });
  if (price.local) {
    if (any_rate || !price.context_tiers.empty() || !price.service_tiers.empty()) {
      diagnostics.error(node.mark,
                        "a local model has no rates; leave them out, or leave out `local`");
    }
    price.base.of(TokenClass::kInput) = Rate{};
    price.base.of(TokenClass::kOutput) = Rate{};
    return;
  }
  for (const TokenClass c : {TokenClass::kInput, TokenClass::kOutput}) {
    if (node.is_map() && node.find(token_class_name(c)) == nullptr) {
      diagnostics.error(node.mark, "missing key \"" + std::string(token_class_name(c)) +
                                       "\": a price needs at least the rates of input and output");
    }
  }
}

// Spans in order and apart, so that any moment has at most one price.
void check_spans(const Node& list, const std::vector<Price>& prices, Diagnostics& diagnostics) {
  const WallTime always = WallTime::min();
  const WallTime forever = WallTime::max();
  for (std::size_t i = 0; i < prices.size(); ++i) {
    const WallTime from = prices[i].effective_from.value_or(always);
    const WallTime until = prices[i].effective_until.value_or(forever);
    if (from >= until) {
      diagnostics.error(list.items[i].mark, "effective_until must be later than effective_from");
    }
    if (i > 0 && prices[i - 1].effective_until.value_or(forever) > from) {
      diagnostics.error(list.items[i].mark,
                        "overlaps the price before it; prices stand in order of time, and each but "
                        "the last needs effective_until");
    }
  }
}

void read_prices(const Node& node, Model& model, Diagnostics& diagnostics) {
  if (!node.is_sequence() || node.items.empty()) {
    diagnostics.error(node.mark, "expected a list with at least one price");
    return;
  }
  for (const Node& item : node.items) {
    Price& price = model.prices.emplace_back();
    price_table().parse(item, price, diagnostics);
    check_price(item, price, diagnostics);
  }
  check_spans(node, model.prices, diagnostics);
}

void read_abilities(const Node& node, Model& model, bool able, Diagnostics& diagnostics) {
  static const std::vector<std::string> kNames = [] {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < kAbilities; ++i)
      names.emplace_back(ability_name(static_cast<Ability>(i)));
    return names;
  }();
  if (!node.is_sequence()) {
    diagnostics.error(node.mark, "expected a list of abilities such as [tools, images]");
    return;
  }
  for (const Node& item : node.items) {
    const auto found = std::ranges::find(kNames, item.text);
    if (found == kNames.end()) {
      diagnostics.error(item.mark, "unknown ability \"" + item.text + '"' +
                                       config::did_you_mean(item.text, kNames));
      continue;
    }
    model.abilities.set(static_cast<Ability>(found - kNames.begin()), able);
  }
}

void read_own_price(const Node& node, Model& model, Diagnostics& diagnostics) {
  Price price;
  price.source = "configuration";
  own_price_table().parse(node, price, diagnostics);
  check_price(node, price, diagnostics);
  model.prices = {std::move(price)};
}

// What a row of the catalogue and an entry of the configuration both may say.
void add_facts(Struct<Model>& result) {
  result.choice("tier", &Model::tier,
                {{"unknown", ModelTier::kUnknown},
                 {"cheap", ModelTier::kCheap},
                 {"standard", ModelTier::kStandard},
                 {"strong", ModelTier::kStrong}},
                "What the model is good for: the label `tier`, warnings about chains.");
  result.integer("context", &Model::context, 0, kMaxTokens,
                 "The context window in tokens; 0: not stated.");
  result.integer("max_output", &Model::max_output, 0, kMaxTokens,
                 "The longest answer in tokens; 0: not stated.");
  result.custom("can", "list of abilities", "[]",
                "What it is known to do: tools, images, documents, audio, temperature, reasoning, "
                "structured_output, system_role, prefill, max_completion_tokens (wants this name "
                "for the limit).",
                [](const Node& node, Model& model, Diagnostics& diagnostics) {
                  read_abilities(node, model, true, diagnostics);
                });
  result.custom("cannot", "list of abilities", "[]",
                "What it is known not to do; what stands in neither list is tried.",
                [](const Node& node, Model& model, Diagnostics& diagnostics) {
                  read_abilities(node, model, false, diagnostics);
                });
}

const Struct<Model>& model_table() {
  static const Struct<Model> table = [] {
    Struct<Model> result("models[]", "A model at a provider.");
    result.text("provider", &Model::provider, "The provider's name.").required();
    result.text("model", &Model::name, "The model's name at this provider; may be a glob.")
        .required();
    result.texts("aliases", &Model::aliases, "Other names of the same model; may be globs.");
    result.text("status", &Model::status, "`alpha`, `beta` or `deprecated`, as its provider says.");
    add_facts(result);
    result.custom("prices", "list", "required", "Prices by time, the oldest first.", read_prices);
    result.required();
    return result;
  }();
  return table;
}

void read_models(const Node& node, PriceFile& file, Diagnostics& diagnostics) {
  if (!node.is_sequence()) {
    diagnostics.error(node.mark, "expected a list of models");
    return;
  }
  for (const Node& item : node.items) {
    Model model;
    read_model_row(item, model, diagnostics);
    file.models.push_back(std::move(model));
    file.marks.push_back(item.mark);
  }
}

// Keys with one possible value: they say what the numbers mean, so that no reader has to guess.
Struct<PriceFile>::Reader exactly(std::string expected) {
  return [expected = std::move(expected)](const Node& node, PriceFile&, Diagnostics& diagnostics) {
    std::string text;
    if (!config::read_text(node, text, diagnostics) || text == expected) return;
    diagnostics.error(node.mark, "must be " + expected + ", found \"" + text + '"');
  };
}

const Struct<PriceFile>& file_table() {
  static const Struct<PriceFile> table = [] {
    Struct<PriceFile> result("", "A file of models.");
    result.custom("version", "1", "required", "The version of this form.", exactly("1")).required();
    result.custom("currency", "USD", "required", "The currency of every rate.", exactly("USD"))
        .required();
    result
        .custom("unit", "per_million_tokens", "required", "The unit of every rate.",
                exactly("per_million_tokens"))
        .required();
    result.custom("models", "list", "required", "The models.", read_models).required();
    return result;
  }();
  return table;
}

}  // namespace

void read_model_row(const Node& row, Model& model, Diagnostics& diagnostics) {
  model_table().parse(row, model, diagnostics);
}

const Struct<Model>& own_model_table() {
  static const Struct<Model> table = [] {
    Struct<Model> result("models.<name>",
                         "A name that clients may send for a model, or facts about a model, or "
                         "both. `NAME: provider/model` is short for the first two keys.");
    result.text("provider", &Model::provider,
                "Who has it. Absent: the name is `provider/model` itself (`*` in it stands for "
                "any characters), and only facts are stated.");
    result.text("model", &Model::name, "What the provider calls it.");
    add_facts(result);
    result.custom("price", "map", "the catalogue's", "See models.<name>.price.", read_own_price);
    return result;
  }();
  return table;
}

std::vector<config::StructDoc> own_model_docs() {
  return {own_model_table().doc(), own_price_table().doc()};
}

PriceFile read_price_file(const Node& root, Diagnostics& diagnostics) {
  PriceFile file;
  file_table().parse(root, file, diagnostics);
  return file;
}

std::vector<config::StructDoc> price_file_docs() {
  return {file_table().doc(), model_table().doc(), price_table().doc(), context_tier_table().doc(),
          service_tier_table().doc()};
}

}  // namespace pontage::ledger
