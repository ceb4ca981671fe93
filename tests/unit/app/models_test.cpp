// Top-level `models` and `catalogue`: aliases with and without routes, facts of one's own, files
// over the compiled-in rows, and what is wrong with each.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "gateway/directory.hpp"
#include "gateway/model_list.hpp"
#include "unit/app/config_bench.hpp"

namespace pontage::app::test {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const Variables kKeys = {{"OPENAI_API_KEY", "sk-1"}, {"GROQ_API_KEY", "gk-1"}};

std::string by_name(const gateway::Snapshot& snapshot, const std::string& model) {
  chain::Exchange exchange;
  exchange.view.model = model;
  const auto* target = gateway::target_by_name(snapshot, exchange);
  return target == nullptr ? "nobody" : target->label;
}

class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& text) {
    std::ofstream(path_, std::ios::binary) << text;
  }
  ~TemporaryFile() { std::filesystem::remove(path_); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  static std::string fresh() {
    static int count = 0;
    return std::filesystem::temp_directory_path() /
           ("pontage-models-" + std::to_string(getpid()) + "-" + std::to_string(++count) + ".yaml");
  }
  std::string path_ = fresh();
};

TEST(Aliases, DecideTheTargetWhereNoRouteDoes) {
  const auto tried = try_load(R"(
models:
  fast: { provider: groq, model: llama-3.1-8b-instant }
  smart: openai/gpt-4o
  "gpt-3*": openai/gpt-4o-mini
  "o*-here": { provider: openai }
)",
                              kKeys);
  ASSERT_NE(tried.config, nullptr) << ::testing::PrintToString(tried.problems());
  EXPECT_THAT(tried.problems(), IsEmpty());
  const auto& snapshot = *tried.config->snapshot;
  EXPECT_EQ(by_name(snapshot, "fast"), "groq/llama-3.1-8b-instant");
  EXPECT_EQ(by_name(snapshot, "smart"), "openai/gpt-4o");
  EXPECT_EQ(by_name(snapshot, "gpt-3.5-turbo"), "openai/gpt-4o-mini") << "before the catalogue";
  EXPECT_EQ(by_name(snapshot, "o1-here"), "openai/o1-here") << "the same name at that provider";
  EXPECT_EQ(by_name(snapshot, "gpt-4o"), "openai/gpt-4o");
  const auto list = gateway::model_list(snapshot, {dialects::Dialect::kOpenAiChat, 1, ""});
  EXPECT_THAT(list, HasSubstr("\"id\":\"fast\""));
  EXPECT_THAT(list, Not(HasSubstr("gpt-3*")));
}

TEST(Aliases, OtherSpellingsOfAProviderAreTheSameProvider) {
  const auto tried = try_load(R"(
providers: { together_ai: { api_key: k } }
routes:
  - chain: [ fallback: [ { provider: togetherai, model: a }, { provider: together, model: b } ], floor: { message: x } ]
)");
  ASSERT_NE(tried.config, nullptr) << ::testing::PrintToString(tried.problems());
  EXPECT_EQ(tried.config->snapshot->providers.size(), 1U);
  EXPECT_EQ(by_name(*tried.config->snapshot, "together/m"), "together_ai/m");
}

TEST(Names, AResellersSlashIsNotAProvidersPrefix) {
  const Variables only = {{"OPENROUTER_API_KEY", "k"}};
  const auto tried = try_load("", only);
  EXPECT_EQ(by_name(*tried.config->snapshot, "anthropic/claude-opus-4.5"),
            "openrouter/anthropic/claude-opus-4.5");
  EXPECT_EQ(by_name(*tried.config->snapshot, "anthropic/no-such"), "anthropic/no-such");
  const Variables both = {{"AZURE_API_KEY", "k"}, {"OPENAI_API_KEY", "k"}};
  EXPECT_EQ(by_name(*try_load("", both).config->snapshot, "gpt-4o"), "openai/gpt-4o")
      << "its maker is asked first";
}

TEST(Names, ARowOfTheCatalogueAtOurOwnAddressIsSkippedNotRefused) {
  const auto tried = try_load("", {{"PRIVATEMODE_API_KEY", "k"}}, "127.0.0.1:8080");
  ASSERT_NE(tried.config, nullptr) << ::testing::PrintToString(tried.problems());
  EXPECT_THAT(tried.config->snapshot->provider("privatemode-ai")->not_configured,
              HasSubstr("own listener"));
  EXPECT_EQ(
      try_load("", {{"OPENAI_BASE_URL", "http://127.0.0.1:8080/v1"}}, "127.0.0.1:8080").config,
      nullptr)
      << "what somebody wished is an error";
}

TEST(Facts, OfOnesOwnGoOverTheCatalogues) {
  const auto tried = try_load(R"(
providers:
  lab: { kind: openai, base_url: "http://10.0.0.1:9" }
  mine: { kind: openai, base_url: "http://10.0.0.2:9", prices_as: openai }
models:
  lab/qwen*: { context: 32768, max_output: 8192, cannot: [images], price: { input: 0.10, output: 0.25 } }
  openai/gpt-4o: { max_output: 1000 }
  cheap: { provider: mine, model: gpt-4o, tier: cheap }
)",
                              kKeys);
  ASSERT_NE(tried.config, nullptr) << ::testing::PrintToString(tried.problems());
  EXPECT_THAT(tried.problems(), IsEmpty());
  const auto& snapshot = *tried.config->snapshot;
  const auto listing = [&](const char* provider, const char* model) {
    return gateway::listing_of(snapshot, *snapshot.provider(provider), model);
  };
  const auto now = WallTime(std::chrono::seconds(1'790'000'000));
  const auto lab = listing("lab", "qwen3-32b");
  EXPECT_EQ(lab.model->context, 32768);
  EXPECT_EQ(ledger::price_at(lab.model, now)->base.of(ledger::TokenClass::kOutput),
            ledger::Rate{250'000'000});
  EXPECT_FALSE(ledger::capabilities(lab.model).images);
  const auto gpt = listing("openai", "gpt-4o");
  EXPECT_EQ(gpt.model->max_output, 1000);
  EXPECT_EQ(gpt.model->context, 128'000) << "what is not said stays the catalogue's";
  EXPECT_TRUE(gpt.priced && !gpt.borrowed);
  EXPECT_NE(ledger::price_at(gpt.model, now), nullptr);
  EXPECT_EQ(listing("mine", "gpt-4o").model->tier, ledger::ModelTier::kCheap);
  EXPECT_NE(ledger::price_at(listing("mine", "gpt-4o").model, now), nullptr);
  EXPECT_TRUE(listing("mine", "gpt-4.1").priced) << "prices_as";
  EXPECT_EQ(listing("lab", "gpt-4o").model, nullptr) << "a name of one's own has no prices";
  EXPECT_EQ(by_name(snapshot, "lab/qwen3-32b"), "lab/qwen3-32b");
}

TEST(Facts, PricesOfAForeignAddressAreBorrowedOrNone) {
  const auto tried = try_load(R"(
providers:
  openai: { base_url: "http://10.0.0.1:9" }
  groq: { base_url: "http://10.0.0.1:9", prices_as: none }
)",
                              kKeys);
  ASSERT_NE(tried.config, nullptr);
  EXPECT_THAT(tried.warnings(),
              ElementsAre(HasSubstr("provider \"openai\" is at http://10.0.0.1")));
  const auto& snapshot = *tried.config->snapshot;
  const auto openai = gateway::listing_of(snapshot, *snapshot.provider("openai"), "gpt-4o");
  EXPECT_TRUE(openai.priced && openai.borrowed);
  const auto groq =
      gateway::listing_of(snapshot, *snapshot.provider("groq"), "llama-3.1-8b-instant");
  EXPECT_NE(groq.model, nullptr) << "what it can do is known still";
  EXPECT_FALSE(groq.priced);
}

TEST(Models, Mistakes) {
  struct Row {
    const char* yaml;
    const char* problem;
  };
  for (const Row& row : {
           Row{"models: [ a ]", "c.yaml:1:9: models is a map"},
           Row{"models: { fast: gpt-4o }", "c.yaml:1:17: models.fast is \"provider/model\""},
           Row{"models: { fast: { modle: x } }", "models.fast is \"provider/model\""},
           Row{"models: { fast: gorq/x }", "did you mean \"groq\""},
           Row{"models: { fast: { provider: gorq, model: x } }",
               "c.yaml:1:29: no provider is called \"gorq\""},
           Row{"models: { fast: { provider: groq, modle: x } }", "did you mean \"model\""},
           Row{"models: { groq/x: { contxt: 5 } }", "did you mean \"context\""},
           Row{"models: { groq/x: { price: { input: 1 } } }", "missing key \"output\""},
           Row{"models: { groq/x: { price: { inptu: 1, output: 1 } } }", "did you mean \"input\""},
           Row{"models: { groq/x: { can: [toools] } }", "did you mean \"tools\""},
           Row{"models: { a: { provider: groq, model: x, tier: cheap }, groq/x: { tier: strong } }",
               "stands in the file twice"},
           Row{"catalogue: { provider: x }", "did you mean \"providers\""},
           Row{"catalogue: { models: /nowhere/m.yaml }", "/nowhere/m.yaml: cannot be read"},
           Row{"routes: [ { chain: [], unsupported: dorp } ]", "did you mean \"drop\""},
       }) {
    const auto tried = try_load(row.yaml, kKeys);
    EXPECT_EQ(tried.config, nullptr) << row.yaml;
    EXPECT_THAT(tried.problems(), Contains(HasSubstr(row.problem))) << row.yaml;
  }
}

TEST(CatalogueFiles, GoOverTheCompiledInRows) {
  const TemporaryFile vendors(R"(
vendors:
  - { id: acme, name: Acme, kind: openai, base_url: "https://api.acme.example/v1", key: ACME_KEY }
)");
  const TemporaryFile models(R"(
version: 1
currency: USD
unit: per_million_tokens
models:
  - provider: acme
    model: acme-1
    context: 1000
    prices: [ { source: acme.example, as_of: 2026-07-01, input: 1, output: 2 } ]
  - provider: openai
    model: gpt-4o
    prices: [ { source: our contract, as_of: 2026-07-01, input: 2, output: 8 } ]
)");
  const std::string text =
      "catalogue: { providers: \"" + vendors.path() + "\", models: \"" + models.path() + "\" }";
  Variables keys = kKeys;
  keys["ACME_KEY"] = "k";
  const auto tried = try_load(text, keys);
  ASSERT_NE(tried.config, nullptr) << ::testing::PrintToString(tried.problems());
  EXPECT_THAT(tried.problems(), IsEmpty());
  const auto& snapshot = *tried.config->snapshot;
  EXPECT_EQ(by_name(snapshot, "acme-1"), "acme/acme-1") << "no entry under providers, no code";
  EXPECT_TRUE(snapshot.provider("acme")->configured());
  const auto listing = gateway::listing_of(snapshot, *snapshot.provider("openai"), "gpt-4o");
  EXPECT_EQ(listing.model->prices.front().source, "our contract");
  EXPECT_EQ(by_name(snapshot, "gpt-4.1"), "openai/gpt-4.1") << "the other rows are still there";
  const auto version = snapshot.version;
  std::ofstream(vendors.path(), std::ios::app) << "  - { id: b, kind: openai, base_url: x }\n";
  EXPECT_NE(try_load(text, keys).config->snapshot->version, version) << "they are part of it";
  std::ofstream(vendors.path()) << "vendors: 5\n";
  const auto broken = try_load(text, keys);
  EXPECT_EQ(broken.config, nullptr);
  EXPECT_THAT(broken.problems(), ElementsAre(HasSubstr(vendors.path() + ":1:10: ")));
}

struct Chain {
  const char* entries;
  const char* warning;  ///< empty: none
};

class Degrading : public ::testing::TestWithParam<Chain> {};

TEST_P(Degrading, IsWarnedOfAtItsPlace) {
  const auto tried =
      try_load(route_with(std::string("      - fallback:\n") + GetParam().entries), kKeys);
  ASSERT_NE(tried.config, nullptr) << ::testing::PrintToString(tried.problems());
  if (*GetParam().warning == 0) {
    EXPECT_THAT(tried.warnings(), IsEmpty());
  } else {
    EXPECT_THAT(tried.warnings(), ElementsAre(HasSubstr(GetParam().warning)));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Chains, Degrading,
    ::testing::Values(
        Chain{"          - { provider: openai, model: gpt-4o-mini }\n"
              "          - { provider: openai, model: gpt-4o }\n",
              "c.yaml:5:13: warning: this chain degrades the wrong way: openai/gpt-4o (standard, "
              "2.50 and 10.00 USD a million tokens) comes after openai/gpt-4o-mini (cheap, 0.15 "
              "and 0.60 USD a million tokens)"},
        Chain{"          - { provider: openai, model: gpt-4o }\n"
              "          - { provider: openai, model: gpt-4o-mini }\n",
              ""},
        Chain{"          - { provider: openai, model: gpt-4o }\n"
              "          - { provider: openai, model: gpt-4o }\n",
              ""},
        Chain{"          - { provider: ollama, model: \"llama3.1:70b\" }\n"
              "          - { provider: openai, model: gpt-4o-mini }\n",
              "c.yaml:5:13: warning: this chain leaves the house the wrong way: "
              "openai/gpt-4o-mini (cheap, 0.15 and 0.60 USD a million tokens) comes after "
              "ollama/llama3.1:70b (local)"},
        Chain{"          - { provider: openai, model: gpt-4.1 }\n"
              "          - { provider: openai, model: gpt-4o-mini }\n",
              "c.yaml:5:13: warning: long conversations get lost on this chain: "
              "openai/gpt-4o-mini holds 128000 tokens, openai/gpt-4.1 before it 1047576"},
        Chain{"          - { provider: openai, model: gpt-4o }\n"
              "          - { provider: openai, model: nobody-knows }\n",
              ""}));

TEST(DegradingFloor, StandsAfterTheFallback) {
  const auto tried = try_load(
      "routes:\n  - chain:\n"
      "      - fallback: [ { provider: openai, model: gpt-4o-mini } ]\n"
      "      - floor: [ { provider: openai, model: gpt-5-pro }, { message: x } ]\n",
      kKeys);
  EXPECT_THAT(tried.warnings(),
              ElementsAre(HasSubstr("c.yaml:4:18: warning: this chain degrades")));
}

TEST(DegradingArticle, OnlyWhatDeservesIt) {
  const auto warned = [](const char* file) {
    std::string all;
    for (const auto& each :
         try_load(read_source(std::string("tests/fixtures/article/") + file), kKeys).warnings())
      all += each + "\n";
    return all;
  };
  EXPECT_THAT(warned("agentgateway.yaml"), Not(HasSubstr("wrong way"))) << "peers, then local";
  EXPECT_THAT(warned("portkey-fallback.yaml"),
              HasSubstr("anthropic/claude-sonnet-4-20250514 (strong, 3.00 and 15.00 USD a million "
                        "tokens) comes after openai/gpt-4o-mini (cheap"));
  EXPECT_THAT(warned("portkey-conditional.yaml"), Not(HasSubstr("wrong way")));
}

}  // namespace
}  // namespace pontage::app::test
