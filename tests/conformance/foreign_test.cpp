// Other gateways' files: each fixture loads as it stands, its native form passes `check`, and both
// decide alike; what the files mean is spelt out request by request.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "config/load.hpp"
#include "gateway/directory.hpp"
#include "unit/app/config_bench.hpp"

namespace pontage::app::test {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const Variables kKeys = {
    {"OPENAI_API_KEY", "a"},   {"ANTHROPIC_API_KEY", "b"}, {"OPENROUTER_API_KEY", "c"},
    {"DEEPSEEK_API_KEY", "d"}, {"ROUTER_KEY", "e"},        {"AZURE_API_KEY_EU", "f"},
    {"GROQ_API_KEY", "g"},     {"MASTER_KEY", "h"},        {"SPARE_KEY", "sk-spare"}};

struct Request {
  std::string body;
  std::string path = "/v1/chat/completions";
  std::vector<http::HeaderView> headers = {};
};

std::string chat_of(const std::string& model, const std::string& more = "") {
  return R"({"model":")" + model + R"(","messages":[{"role":"user","content":"hi"}])" + more + "}";
}

// One decision: the route's place, the candidates with their overrides and retries.
std::string decide_once(const gateway::Snapshot& snapshot, const Request& request) {
  chain::Exchange exchange;
  exchange.dialect = gateway::dialect_of(request.path, request.headers);
  auto view =
      dialects::make_count_reader(exchange.dialect)->read(request.body, request.body.size());
  if (!view) return "refused";
  exchange.view = std::move(*view);
  exchange.facts.view = &exchange.view;
  exchange.facts.body = request.body;
  exchange.facts.path = request.path;
  exchange.facts.headers = request.headers;
  const auto* route = gateway::pick_route(snapshot, exchange.facts);
  if (route == nullptr) return "no route";
  route->chain.plan(exchange);
  std::string out = std::to_string(route->index) + ":";
  for (const auto& each : exchange.plan.candidates) {
    out += " " + each.target->label;
    for (const auto& [field, value] : each.target->overrides) out += "," + field + "=" + value;
    if (each.policy->retry_max > 0) out += "*" + std::to_string(each.policy->retry_max);
    if (each.policy->attempt) out += "<" + std::to_string(each.policy->attempt->count());
    if (each.leave != nullptr) out += "?" + std::to_string(each.leave->rules.size());
  }
  return out;
}

// All that the dice may say.
std::set<std::string> decisions(const gateway::Snapshot& snapshot, const Request& request) {
  std::set<std::string> all;
  for (int i = 0; i < 200; ++i) all.insert(decide_once(snapshot, request));
  return all;
}

struct Both {
  Tried direct;
  Tried converted;
  std::string native;
};

Both load_both(const std::string& file) {
  Both out;
  const std::string text = read_source("tests/fixtures/foreign/" + file);
  out.direct = try_load(text, kKeys);
  config::Diagnostics diagnostics;
  const auto loaded = config::load_text(
      {file, text},
      [](std::string_view name) -> std::optional<std::string> {
        const auto found = kKeys.find(name);
        return found != kKeys.end() ? std::optional(found->second) : std::nullopt;
      },
      diagnostics);
  if (!loaded) return out;
  out.native = config::to_yaml(loaded->root);
  out.converted = try_load(out.native, kKeys);
  EXPECT_THAT(out.converted.errors(), IsEmpty()) << out.native;
  return out;
}

std::vector<Request> requests() {
  std::vector<Request> all;
  for (const char* model : {"gpt-4o", "gpt-4", "claude", "claude-3-haiku", "local", "groq/x",
                            "mixed", "safe", "picked", "strong", "fast", "other"}) {
    all.push_back({chat_of(model)});
  }
  for (const char* more : {R"(,"metadata":{"tier":"gold"})", R"(,"metadata":{"team":"ads"})",
                           R"(,"temperature":1.5)", R"(,"temperature":0.5)", R"(,"stream":true)"}) {
    all.push_back({chat_of("o1", more)});
    all.push_back({chat_of("gpt-4o", more)});
  }
  all.push_back({chat_of("picked"), "/v1/chat/completions", {{"x-tier", "gold"}}});
  all.push_back({chat_of("m", R"(,"max_tokens":5)"), "/v1/messages", {}});
  return all;
}

TEST(Foreign, TheNativeFormDecidesAsTheFileItself) {
  for (const char* file : {"portkey.json", "claude-code-router.json", "litellm.yaml",
                           "agentgateway-llm.yaml", "agentgateway-routes.yaml"}) {
    const Both both = load_both(file);
    ASSERT_NE(both.direct.config, nullptr)
        << file << ::testing::PrintToString(both.direct.problems());
    ASSERT_NE(both.converted.config, nullptr) << file << "\n" << both.native;
    std::set<std::string> seen;
    for (const auto& request : requests()) {
      const auto direct = decisions(*both.direct.config->snapshot, request);
      EXPECT_EQ(direct, decisions(*both.converted.config->snapshot, request))
          << file << " " << request.body;
      seen.insert(direct.begin(), direct.end());
    }
    EXPECT_GE(seen.size(), 1U) << file;
  }
}

TEST(Foreign, NoSecretOfTheEnvironmentIsPrinted) {
  for (const char* file : {"claude-code-router.json", "litellm.yaml", "agentgateway-llm.yaml"}) {
    config::Diagnostics diagnostics;
    const auto loaded = config::load_text(
        {file, read_source(std::string("tests/fixtures/foreign/") + file)},
        [](std::string_view) { return std::optional<std::string>("SECRET"); }, diagnostics);
    ASSERT_TRUE(loaded) << file;
    EXPECT_THAT(config::to_yaml(loaded->root), ::testing::Not(HasSubstr("SECRET"))) << file;
  }
}

TEST(Foreign, Portkey) {
  const Both both = load_both("portkey.json");
  ASSERT_NE(both.direct.config, nullptr);
  const auto& snapshot = *both.direct.config->snapshot;
  EXPECT_EQ(
      decisions(snapshot, {chat_of("x", R"(,"metadata":{"tier":"gold"})")}),
      (std::set<std::string>{"0: anthropic/claude-sonnet-4-20250514,temperature=0.2*3<30000?1 "
                             "openai/gpt-4o,temperature=0*3<30000?1"}));
  EXPECT_EQ(decisions(snapshot, {chat_of("x", R"(,"temperature":1)")}),
            (std::set<std::string>{"0: openai/gpt-4o-mini,temperature=0.2*3<30000",
                                   "0: openai-2/gpt-4o-mini,temperature=0.2*3<30000?1 "
                                   "openai-3/llama,temperature=0.2*3<30000?1"}));
  EXPECT_EQ(decisions(snapshot, {chat_of("gpt-4o")}),
            (std::set<std::string>{"0: openai/gpt-4o-mini,temperature=0.2*3<30000"}));
  EXPECT_EQ(decisions(snapshot, {chat_of("o1")}),
            (std::set<std::string>{"0: ollama/llama3.1:8b,temperature=0.2*3<30000"}));
}

TEST(Foreign, LiteLlm) {
  const Both both = load_both("litellm.yaml");
  ASSERT_NE(both.direct.config, nullptr);
  const auto& snapshot = *both.direct.config->snapshot;
  const std::string rest =
      " openai-2/gpt-4o*2<20000 anthropic/claude-sonnet-4-20250514,max_tokens=4096*2<30000 "
      "ollama/llama3.1:8b*2<30000";
  for (const char* name : {"gpt-4o", "gpt-4"}) {
    EXPECT_EQ(decisions(snapshot, {chat_of(name)}),
              (std::set<std::string>{"0: azure/gpt-4o-eu*2<30000 openai/gpt-4o*2<30000" + rest,
                                     "0: openai/gpt-4o*2<30000 azure/gpt-4o-eu*2<30000" + rest}));
  }
  EXPECT_EQ(decisions(snapshot, {chat_of("claude-3-haiku")}),
            (std::set<std::string>{"3: anthropic*2<30000"}));
  EXPECT_EQ(decisions(snapshot, {chat_of("groq/x")}), (std::set<std::string>{"4:"}))
      << "the model's name picks the provider";
  EXPECT_EQ(decisions(snapshot, {chat_of("unknown")}), (std::set<std::string>{"no route"}));
  EXPECT_TRUE(snapshot.auth_required);
  EXPECT_THAT(both.direct.warnings(),
              AllOf(Contains(HasSubstr("c.yaml:8:7: warning: \"rpm\" of LiteLLM")),
                    Contains(HasSubstr("c.yaml:34:3: warning: \"redis_host\"")),
                    Contains(HasSubstr("\"database_url\""))));
}

TEST(Foreign, AgentGatewayModels) {
  const Both both = load_both("agentgateway-llm.yaml");
  ASSERT_NE(both.direct.config, nullptr) << ::testing::PrintToString(both.direct.problems());
  const auto& snapshot = *both.direct.config->snapshot;
  const auto ends = [&](const std::string& model, std::vector<http::HeaderView> headers = {}) {
    std::set<std::string> out;
    for (const auto& each :
         decisions(snapshot, {chat_of(model), "/v1/chat/completions", std::move(headers)}))
      out.insert(each.substr(each.find(' ') + 1));
    return out;
  };
  EXPECT_EQ(ends("mixed"),
            (std::set<std::string>{"openai/gpt-4o-mini",
                                   "anthropic/claude-sonnet-4-20250514,temperature=0"}));
  EXPECT_EQ(
      ends("safe"),
      (std::set<std::string>{
          "anthropic/claude-sonnet-4-20250514,temperature=0 openai/gpt-4o-mini openai-2/gpt-4o",
          "anthropic/claude-sonnet-4-20250514,temperature=0 openai-2/gpt-4o openai/gpt-4o-mini"}));
  EXPECT_EQ(ends("picked"), (std::set<std::string>{"openai/gpt-4o-mini"}));
  EXPECT_EQ(ends("picked", {{"x-tier", "gold"}}),
            (std::set<std::string>{"anthropic/claude-sonnet-4-20250514,temperature=0"}));
  EXPECT_EQ(ends("gpt-4.1"), (std::set<std::string>{"openai-2"}));
  EXPECT_EQ(ends("fast"), (std::set<std::string>{"openai-3"})) << "internal: taken by \"*\"";
  EXPECT_THAT(both.direct.warnings(),
              Contains(HasSubstr("asks for jwt., which rules do not know")));
}

TEST(Foreign, AgentGatewayRoutes) {
  const Both both = load_both("agentgateway-routes.yaml");
  ASSERT_NE(both.direct.config, nullptr);
  const auto& snapshot = *both.direct.config->snapshot;
  EXPECT_EQ(decisions(snapshot, {chat_of("m", R"(,"max_tokens":5)"), "/v1/messages", {}}),
            (std::set<std::string>{"0: anthropic/claude-sonnet-4-20250514*3<30000"}));
  EXPECT_EQ(decisions(snapshot, {chat_of("m")}),
            (std::set<std::string>{"1: openai/gpt-4o openai-2/gpt-4o openai-3/gpt-4o-mini",
                                   "1: openai-2/gpt-4o openai/gpt-4o openai-3/gpt-4o-mini",
                                   "1: openai-4/llama"}));
}

TEST(Foreign, ClaudeCodeRouter) {
  const Both both = load_both("claude-code-router.json");
  ASSERT_NE(both.direct.config, nullptr);
  const auto& config = *both.direct.config;
  EXPECT_EQ(config.server.listen, "127.0.0.1:3456");
  EXPECT_TRUE(config.snapshot->auth_required);
  EXPECT_EQ(decisions(*config.snapshot, {chat_of("claude-sonnet-4")}),
            (std::set<std::string>{"0: deepseek/deepseek-chat openrouter/anthropic/claude-sonnet-4 "
                                   "claude/claude-sonnet-4-20250514"}));
  const auto* claude = config.snapshot->provider("claude");
  ASSERT_NE(claude, nullptr);
  EXPECT_EQ(claude->family->kind, "anthropic");
  EXPECT_EQ(claude->url.path, "/v1");
}

}  // namespace
}  // namespace pontage::app::test
