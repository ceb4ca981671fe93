// What is said of `cache` in a chain and in its floor, and what of a route its answers depend on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/app/config_bench.hpp"

namespace pontage::app::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Tried chain(const std::string& entries) {
  return try_load("routes: [ { chain: [ " + entries + " ] } ]");
}

const std::string kTarget = "fallback: [ { provider: ollama } ], ";

TEST(CacheInAChain, ItsOptions) {
  const auto tried = chain(
      "cache: { ttl: 5m, scope: \"tag:team\", stale: 0s, coalesce: true, "
      "ignore: [ user ] }, " +
      kTarget + "floor: { message: x }");
  EXPECT_THAT(tried.problems(), IsEmpty());
  const std::pair<const char*, const char*> wrong[] = {
      {"{ ttl: 0s }", "must be between 1ms"},
      {"{ scope: keys }", "scope is key, tenant, tag:NAME or global"},
      {"{ scope: \"tag:\" }", "scope is key, tenant, tag:NAME or global"},
      {"{ tttl: 1h }", "unknown key \"tttl\""},
  };
  for (const auto& [options, problem] : wrong) {
    const auto bad =
        chain("cache: " + std::string(options) + ", " + kTarget + "floor: { message: x }");
    EXPECT_EQ(bad.config, nullptr) << options;
    EXPECT_THAT(bad.errors(), ElementsAre(HasSubstr(problem))) << options;
  }
}

TEST(CacheInAChain, OneIsEnough) {
  const auto tried = chain("cache: {}, cache: {}, " + kTarget + "floor: { message: x }");
  const auto listed = try_load(
      route_with("      - cache: {}\n      - cache: { ttl: 1m }\n      - fallback: [ { provider: "
                 "ollama } ]\n"));
  EXPECT_EQ(tried.config, nullptr);
  EXPECT_THAT(listed.errors(), ElementsAre(HasSubstr("one cache at most")));
}

TEST(CacheInAFloor, NeedsOneInTheChain) {
  const std::pair<const char*, const char*> rows[] = {
      {"", "the chain has no cache"},
      {"cache: {}, ", ""},
      {"cache: { stale: 1h }, ", ""},
      {"cache: { stale: 0s }, ", "keeps none of them"},
  };
  for (const auto& [cache, warning] : rows) {
    const auto tried = chain(cache + kTarget + "floor: [ cache, { message: x } ]");
    EXPECT_NE(tried.config, nullptr) << cache;
    if (*warning == '\0') {
      EXPECT_THAT(tried.problems(), IsEmpty()) << cache;
    } else {
      EXPECT_THAT(tried.warnings(), ElementsAre(HasSubstr(warning))) << cache;
    }
  }
}

TEST(CacheInAFloor, AloneItIsNone) {
  for (const char* floor : {"floor: cache", "floor: [ cache ]"}) {
    const auto tried = chain("cache: {}, " + kTarget + floor);
    EXPECT_THAT(tried.warnings(),
                ElementsAre(HasSubstr("only has answers to what was asked before")))
        << floor;
  }
}

chain::RouteShape shape_of(const std::string& text) {
  const auto tried = try_load(text);
  EXPECT_NE(tried.config, nullptr) << text;
  return tried.config ? tried.config->snapshot->routes.front().shape : chain::RouteShape{};
}

TEST(RouteShape, IsOfWhatItsAnswersDependOn) {
  const std::string route =
      "routes: [ { chain: [ fallback: [ { provider: ollama, model: a } ] ] } ]";
  const auto digest = shape_of(route).digest;
  EXPECT_EQ(shape_of(route).digest, digest);
  EXPECT_EQ(shape_of("breaker: off\n" + route).digest, digest);
  EXPECT_NE(
      shape_of("providers: { ollama: { base_url: \"http://localhost:1\" } }\n" + route).digest,
      digest);
  EXPECT_NE(shape_of("models: { x: ollama/b }\n" + route).digest, digest);
  EXPECT_NE(
      shape_of("routes: [ { chain: [ fallback: [ { provider: ollama, model: b } ] ] } ]").digest,
      digest);
}

TEST(RouteShape, KnowsWhatItsRulesRead) {
  const auto of = [](const std::string& rule) {
    return shape_of("routes: [ { chain: [ conditional: [ { if: '" + rule +
                    "', then: { provider: ollama } } ] ] } ]");
  };
  const auto none = of("request.tokens > 5");
  EXPECT_FALSE(none.stream || none.headers || none.labels || none.key);
  EXPECT_TRUE(of("request.stream").stream);
  EXPECT_TRUE(of("request . stream").stream);
  EXPECT_TRUE(of("request.headers[\"x\"] == \"y\"").headers);
  EXPECT_TRUE(of("request.user == \"y\"").labels);
  EXPECT_TRUE(of("request.metadata.a == \"y\"").labels);
  EXPECT_TRUE(of("request.key.name == \"y\"").key);
}

TEST(CacheBounds, AreRead) {
  const auto tried = try_load("cache: { max_bytes: 1MiB, max_entry: 10KiB }");
  ASSERT_NE(tried.config, nullptr);
  EXPECT_EQ(tried.config->snapshot->cache_bytes, 1U << 20);
  EXPECT_EQ(tried.config->snapshot->cache_entry, 10'240U);
}

}  // namespace
}  // namespace pontage::app::test
