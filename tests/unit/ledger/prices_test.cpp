// The price file's form, its errors, and how a model is found in it.
#include "ledger/prices.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <fstream>
#include <iterator>
#include <thread>

#include "ledger/cost.hpp"
#include "price_text.hpp"

namespace pontage::ledger {
namespace {

using test::day;
using test::one_model;
using test::read_prices;
using testing::ElementsAre;
using testing::HasSubstr;

const std::string kHead = "version: 1\ncurrency: USD\nunit: per_million_tokens\nmodels:\n";

TEST(Builtin, HoldsTheModelsOfTheArticleAndTheDefaults) {
  const auto book = PriceBook::builtin();
  ASSERT_TRUE(book);
  struct Row {
    const char* provider;
    const char* model;
    std::int64_t input;  // nano-dollars a million
    std::int64_t output;
    ModelTier tier;
    std::int64_t context;
    std::int64_t max_output;
  };
  const Row rows[] = {
      {"openai", "gpt-4o", 2'500'000'000, 10'000'000'000, ModelTier::kStandard, 128'000, 16'384},
      {"openai", "gpt-4o-2024-08-06", 2'500'000'000, 10'000'000'000, ModelTier::kStandard, 128'000,
       16'384},
      {"openai", "gpt-4o-mini", 150'000'000, 600'000'000, ModelTier::kCheap, 128'000, 16'384},
      {"openai", "gpt-4.1", 2'000'000'000, 8'000'000'000, ModelTier::kStandard, 1'047'576, 32'768},
      {"openai", "gpt-4.1-mini", 400'000'000, 1'600'000'000, ModelTier::kCheap, 1'047'576, 32'768},
      {"openai", "gpt-5.4", 2'500'000'000, 15'000'000'000, ModelTier::kStrong, 1'050'000, 128'000},
      {"anthropic", "claude-sonnet-4-20250514", 3'000'000'000, 15'000'000'000, ModelTier::kStrong,
       200'000, 64'000},
      {"anthropic", "claude-sonnet-4-5", 3'000'000'000, 15'000'000'000, ModelTier::kStrong, 200'000,
       64'000},
      {"anthropic", "claude-haiku-4-5", 1'000'000'000, 5'000'000'000, ModelTier::kCheap, 200'000,
       64'000},
      {"ollama", "llama3.1:70b", 0, 0, ModelTier::kStandard, 131'072, 0},
      {"simulated", "sim-1", 100'000'000, 400'000'000, ModelTier::kCheap, 128'000, 16'384},
  };
  for (const Row& row : rows) {
    const Model* model = book->model(row.provider, row.model);
    const Price* price = book->find(row.provider, row.model, day(2026, 8, 1));
    ASSERT_TRUE(model && price) << row.model;
    EXPECT_EQ(price->base.of(TokenClass::kInput)->nanousd_per_million, row.input) << row.model;
    EXPECT_EQ(price->base.of(TokenClass::kOutput)->nanousd_per_million, row.output) << row.model;
    EXPECT_EQ(model->tier, row.tier) << row.model;
    EXPECT_EQ(model->context, row.context) << row.model;
    EXPECT_EQ(model->max_output, row.max_output) << row.model;
    EXPECT_EQ(price->as_of, "2026-07-01") << row.model;
    EXPECT_FALSE(price->source.empty()) << row.model;
  }
}

TEST(Builtin, MarksWhatIsNominalAndWhatIsLocal) {
  const auto book = PriceBook::builtin();
  ASSERT_TRUE(book);
  const WallTime now = day(2026, 8, 1);
  EXPECT_TRUE(book->find("simulated", "any-name!status=500", now)->nominal);
  EXPECT_FALSE(book->find("simulated", "sim-1", now)->local);
  EXPECT_TRUE(book->find("ollama", "qwen3:8b", now)->local);
  EXPECT_FALSE(book->find("openai", "gpt-4o", now)->nominal);
  EXPECT_EQ(book->find("openai", "gpt-99", now), nullptr);
  EXPECT_EQ(book->find("nobody", "gpt-4o", now), nullptr);
  EXPECT_EQ(book->version().size(), 12U);
}

TEST(Find, NameBeforeAliasBeforeTheLongestGlob) {
  const std::string rest =
      ", prices: [ { source: s, as_of: 2026-07-01, input: 1, output: 1 } ] }\n";
  const auto read = read_prices(
      kHead + "  - { provider: p, model: \"*\"" + rest + "  - { provider: p, model: \"big-*\"" +
      rest + "  - { provider: p, model: big-one, aliases: [huge, \"huge-*\"]" + rest);
  ASSERT_TRUE(read.book) << read.problems.front();
  struct Row {
    const char* asked;
    const char* row;
  };
  for (const Row& row :
       {Row{"big-one", "big-one"}, Row{"huge", "big-one"}, Row{"huge-7", "big-one"},
        Row{"big-two", "big-*"}, Row{"small", "*"}, Row{"", "*"}}) {
    ASSERT_NE(read.book->model("p", row.asked), nullptr);
    EXPECT_EQ(read.book->model("p", row.asked)->name, row.row) << row.asked;
  }
}

TEST(Offers, NamesWhoHasAModelWithoutGuessingByGlob) {
  const auto book = PriceBook::builtin();
  ASSERT_TRUE(book);
  const auto names = [&](std::string_view model) {
    std::vector<std::string> result;
    for (const Model* each : book->offers(model)) result.push_back(each->provider);
    return result;
  };
  EXPECT_THAT(names("gpt-4o"), ElementsAre("azure", "openai"));
  EXPECT_THAT(names("gpt-4o-mini-2024-07-18"), ElementsAre("openai")) << "an alias";
  EXPECT_THAT(names("claude-haiku-4-5-20251001"), ElementsAre("anthropic"));
  EXPECT_THAT(names("no-such-model"), ElementsAre());
}

// The rows of the binary are read by a reader of their own; YAML must see the same in the file.
TEST(Builtin, EveryRowIsWhatYamlReads) {
  std::ifstream in(PONTAGE_SOURCE_DIR "/config/models.yaml", std::ios::binary);
  const auto file = read_prices({std::istreambuf_iterator<char>(in), {}});
  ASSERT_TRUE(file.book) << testing::PrintToString(file.problems);
  const auto book = PriceBook::builtin();
  std::size_t rows = 0;
  std::string before;
  book->each([&](std::string_view provider, std::string_view name) {
    ++rows;
    const std::string key = std::string(provider) + '\0' + std::string(name);
    EXPECT_LT(before, key) << "the file is sorted, or rows are not found";
    before = key;
    const Model* ours = book->model(provider, name);
    const Model* yaml = file.book->model(provider, name);
    ASSERT_TRUE(ours && yaml) << provider << '/' << name;
    EXPECT_EQ(ours->name, yaml->name);
    EXPECT_EQ(ours->aliases, yaml->aliases) << name;
    EXPECT_EQ(ours->tier, yaml->tier) << name;
    EXPECT_EQ(ours->context, yaml->context) << name;
    EXPECT_EQ(ours->max_output, yaml->max_output) << name;
    EXPECT_EQ(ours->abilities, yaml->abilities) << name;
    ASSERT_EQ(ours->prices.size(), yaml->prices.size()) << name;
    for (std::size_t i = 0; i < ours->prices.size(); ++i) {
      EXPECT_EQ(ours->prices[i].base.by_class, yaml->prices[i].base.by_class) << name;
      EXPECT_EQ(ours->prices[i].source, yaml->prices[i].source) << name;
      EXPECT_EQ(ours->prices[i].as_of, yaml->prices[i].as_of) << name;
      EXPECT_EQ(ours->prices[i].context_tiers.size(), yaml->prices[i].context_tiers.size()) << name;
    }
  });
  EXPECT_GT(rows, 1700U);
}

TEST(Builtin, TheTierFollowsFromThePrice) {
  const auto book = PriceBook::builtin();
  const auto tier = [&](const char* provider, const char* model) {
    return tier_name(book->model(provider, model)->tier);
  };
  EXPECT_EQ(tier("anthropic", "claude-haiku-4-5"), "cheap") << "2.00 is the last cheap price";
  EXPECT_EQ(tier("openai", "gpt-4.1"), "standard");
  EXPECT_EQ(tier("openai", "gpt-5.4"), "strong");
  EXPECT_EQ(tier("openai", "gpt-5"), "strong") << "by override: its price is 3.44";
  EXPECT_EQ(tier("nvidia", "openai/gpt-oss-120b"), "unknown") << "free says nothing";
}

TEST(Builtin, CapabilitiesAreWhatIsKnown) {
  const auto book = PriceBook::builtin();
  const auto gpt = capabilities(book->model("openai", "gpt-3.5-turbo"));
  EXPECT_FALSE(gpt.tools || gpt.images);
  EXPECT_TRUE(gpt.temperature && gpt.prefill && gpt.documents) << "not known, so it is tried";
  EXPECT_EQ(gpt.max_output, 4096);
  EXPECT_EQ(gpt.context, 16385);
  const auto reasoner = capabilities(book->model("openai", "gpt-5-mini"));
  EXPECT_TRUE(reasoner.max_completion_tokens && reasoner.tools);
  EXPECT_FALSE(reasoner.temperature);
  EXPECT_FALSE(capabilities(book->model("anthropic", "claude-opus-4-6")).prefill);
  EXPECT_TRUE(capabilities(nullptr).tools && capabilities(nullptr).images);
}

TEST(Builtin, WorkersMayAskForTheSameRowAtOnce) {
  const auto book = PriceBook::builtin();
  std::array<std::vector<const Model*>, 4> seen;
  std::vector<std::thread> threads;
  for (auto& mine : seen) {
    threads.emplace_back([&book, &mine] {
      for (const char* model : {"grok-4", "mistral-large-latest", "command-r-plus-08-2024"})
        for (const char* provider : {"xai", "mistral", "cohere", "openrouter"})
          mine.push_back(book->model(provider, model));
    });
  }
  for (auto& thread : threads) thread.join();
  for (const auto& mine : seen) EXPECT_EQ(mine, seen[0]) << "one row, one address";
}

TEST(Layers, ABookOfOnesOwnGoesBeforeTheOneBelow) {
  config::Diagnostics diagnostics;
  Model own;
  own.provider = "openai";
  own.name = "gpt-4o";
  own.context = 5;
  Model lab;
  lab.provider = "lab";
  lab.name = "qwen*";
  const auto book = PriceBook::over(PriceBook::builtin(), {own, lab}, {{}, {}}, diagnostics);
  EXPECT_EQ(book->model("openai", "gpt-4o")->context, 5);
  EXPECT_EQ(book->find("openai", "gpt-4o", day(2026, 8, 1)), nullptr) << "a row hides a row whole";
  EXPECT_EQ(book->model("openai", "gpt-4o-mini")->context, 128'000);
  EXPECT_NE(book->model("lab", "qwen3"), nullptr);
  EXPECT_EQ(book->offers("gpt-4o").size(), 2U) << "azure, and openai once";
  std::size_t count = 0;
  book->each([&](std::string_view provider, std::string_view name) {
    count += provider == "openai" && name == "gpt-4o" ? 1 : 0;
  });
  EXPECT_EQ(count, 1U);
  EXPECT_NE(book->version(), PriceBook::builtin()->version());
}

TEST(Compare, ThreeInputTokensAndOneOfOutput) {
  const auto book = PriceBook::builtin();
  const auto price = [&](const char* provider, const char* model) {
    return comparable_price(book->find(provider, model, day(2026, 8, 1)));
  };
  EXPECT_EQ(price("openai", "gpt-4o")->value, 4'375'000'000);
  EXPECT_FALSE(price("ollama", "llama3.1:70b"));
  EXPECT_FALSE(price("simulated", "sim-1"));
  EXPECT_FALSE(price("openai", "gpt-99"));
}

TEST(Find, TakesThePriceOfTheDay) {
  const auto read = read_prices(kHead + R"(
  - provider: p
    model: m
    prices:
      - { source: s, as_of: 2024-01-01, effective_from: 2024-02-01, effective_until: 2025-01-01, input: 5, output: 5 }
      - { source: s, as_of: 2025-01-01, effective_from: 2025-03-01, input: 3, output: 3 }
)");
  ASSERT_TRUE(read.book) << read.problems.front();
  using std::chrono::seconds;
  const auto rate = [&](WallTime at) -> std::int64_t {
    const Price* price = read.book->find("p", "m", at);
    return price == nullptr ? -1 : price->base.of(TokenClass::kInput)->nanousd_per_million;
  };
  EXPECT_EQ(rate(day(2024, 1, 31)), -1);
  EXPECT_EQ(rate(day(2024, 2, 1) - seconds(1)), -1);
  EXPECT_EQ(rate(day(2024, 2, 1)), 5'000'000'000);
  EXPECT_EQ(rate(day(2025, 1, 1) - seconds(1)), 5'000'000'000);
  EXPECT_EQ(rate(day(2025, 1, 1)), -1);  // a gap is unpriced, not the nearest price
  EXPECT_EQ(rate(day(2025, 3, 1)), 3'000'000'000);
  EXPECT_EQ(rate(day(2040, 1, 1)), 3'000'000'000);
}

TEST(Load, KeepsEveryKeyOfTheForm) {
  const auto read = read_prices(kHead + R"(
  - provider: p
    model: m
    aliases: [a, b]
    tier: strong
    status: beta
    context: 1000
    max_output: 100
    can: [tools, images]
    cannot: [temperature]
    prices:
      - source: "https://example.com/prices"
        as_of: 2026-07-01
        input: "1.25"
        output: 10
        context_tiers: [ { above: 500, inclusive: true, input: 2.5, output: 20 } ]
        service_tiers: { batch: { input: 0.625, output: 5 }, flex: { input: 0.7, output: 6 } }
)");
  ASSERT_TRUE(read.book) << read.problems.front();
  const Price* price = read.book->find("p", "b", day(2026, 8, 1));
  ASSERT_NE(price, nullptr);
  EXPECT_EQ(price->source, "https://example.com/prices");
  const Model* model = read.book->model("p", "m");
  EXPECT_EQ(model->status, "beta");
  EXPECT_TRUE(model->abilities.can_do(Ability::kTools) &&
              model->abilities.can_do(Ability::kImages));
  EXPECT_TRUE(model->abilities.cannot_do(Ability::kTemperature));
  EXPECT_FALSE(model->abilities.cannot_do(Ability::kAudio));
  EXPECT_EQ(price->base.of(TokenClass::kInput), Rate{1'250'000'000});
  EXPECT_FALSE(price->base.of(TokenClass::kCacheRead).has_value());
  ASSERT_EQ(price->context_tiers.size(), 1U);
  EXPECT_TRUE(price->context_tiers[0].inclusive);
  EXPECT_EQ(price->context_tiers[0].rates.of(TokenClass::kOutput), Rate{20'000'000'000});
  ASSERT_EQ(price->service_tiers.size(), 2U);
  EXPECT_EQ(price->service_tiers.at("batch").of(TokenClass::kInput), Rate{625'000'000});
}

TEST(Load, SaysWhatIsWrongAndWhere) {
  struct Row {
    std::string yaml;
    const char* problem;
  };
  const std::string row =
      "  - { provider: p, model: m, prices: [ { source: s, as_of: 2026-07-01, input: 1, output: 1 "
      "} ] }\n";
  const std::string dates = "source: s, as_of: 2026-07-01, input: 1, output: 1";
  const std::string model = kHead + "  - provider: p\n    model: m\n    prices:\n";
  const Row rows[] = {
      {one_model("input: 1, output: 1, cache_reed: 1"), "p.yaml:8:62: unknown key \"cache_reed\""},
      {one_model("input: 1, output: 1, cache_reed: 1"), "did you mean \"cache_read\""},
      {one_model("input: -1, output: 1"), "expected US dollars per million tokens"},
      {one_model("input: 1e-6, output: 1"), "found \"1e-6\""},
      {one_model("input: 0.1234567891, output: 1"), "at most nine digits"},
      {one_model("output: 1"), "missing key \"input\""},
      {one_model("input: 1"), "missing key \"output\""},
      {one_model("local: true, input: 1, output: 1"), "a local model has no rates"},
      {one_model("input: 1, output: 1, effective_from: 2026-02-30"),
       "expected a date (YYYY-MM-DD, UTC)"},
      {one_model("input: 1, output: 1, effective_from: 2026-02-01, effective_until: 2026-02-01"),
       "effective_until must be later"},
      {one_model("input: 1, output: 1, context_tiers: [ { above: 9, input: 1 }, { above: 9, input: "
                 "2 } ]"),
       "rising order"},
      {one_model("input: 1, output: 1, context_tiers: [ { input: 1 } ]"), "missing key \"above\""},
      {one_model("input: 1, output: 1, service_tiers: { batsh: { input: 1 } }"),
       "did you mean \"batch\""},
      {model + "      - { " + dates + " }\n      - { " + dates + " }\n",
       "overlaps the price before it"},
      {model + "      []\n", "at least one price"},
      {kHead + row + row, "stands in the file twice"},
      {"currency: EUR\nversion: 2\nunit: per_token\nmodels: []\n", "must be USD"},
      {"currency: EUR\nversion: 2\nunit: per_token\nmodels: []\n", "must be 1"},
      {"currency: EUR\nversion: 2\nunit: per_token\nmodels: []\n", "must be per_million_tokens"},
      {"models: []\n", "missing key \"version\""},
      {"version: 1\ncurrency: USD\nunit: per_million_tokens\n", "missing key \"models\""},
      {kHead + "  - { provider: p, model: m }\n", "missing key \"prices\""},
      {kHead + "  - { provider: p, model: m, can: [tool] }\n", "did you mean \"tools\""},
      {kHead + "  - { provider: p, model: m, cannot: tools }\n", "list of abilities"},
  };
  for (const Row& each : rows) {
    const auto read = read_prices(each.yaml);
    EXPECT_FALSE(read.book) << each.yaml;
    EXPECT_THAT(read.problems, testing::Contains(HasSubstr(each.problem))) << each.yaml;
  }
}

TEST(Load, ReportsAllMistakesAtOnce) {
  const auto read = read_prices(one_model("input: x, outputs: 1, as: 3"));
  EXPECT_GE(read.problems.size(), 4U);  // the rate, two keys, the missing output
}

TEST(Version, FollowsTheContentAndNotTheLayout) {
  const std::string text = one_model("input: 1, output: 1");
  const auto version = read_prices(text).book->version();
  EXPECT_EQ(read_prices("# a comment\n" + text + "\n\n").book->version(), version);
  EXPECT_NE(read_prices(one_model("input: 1, output: 2")).book->version(), version);
}

TEST(Docs, ListEveryTable) {
  std::vector<std::string> paths;
  for (const auto& doc : PriceBook::docs()) paths.push_back(doc.path);
  EXPECT_THAT(paths,
              ElementsAre("", "models[]", "models[].prices[]", "models[].prices[].context_tiers[]",
                          "models[].prices[].service_tiers.<flex|priority|batch>"));
}

}  // namespace
}  // namespace pontage::ledger
