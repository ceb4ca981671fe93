// A provider from its entry and the catalogue, and the request head that it gets.
#include "providers/provider.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "config/load.hpp"

namespace pontage::providers {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class ProviderTest : public ::testing::Test {
 protected:
  std::unique_ptr<Provider> make(const std::string& name, const std::string& yaml = "") {
    diagnostics = {};
    const auto loaded = config::load_text({"p.yaml", "providers:\n  " + name + ": " + yaml + "\n"},
                                          environment(), diagnostics);
    const auto* node = loaded->root.find("providers");
    const auto& entry = node->entries.front();
    return make_provider(name, yaml.empty() ? nullptr : &entry.value, entry.mark, environment(),
                         diagnostics);
  }
  config::Environment environment() {
    return [this](std::string_view name) -> std::optional<std::string> {
      const auto found = variables.find(std::string(name));
      if (found == variables.end()) return std::nullopt;
      return found->second;
    };
  }
  std::string problem() {
    return diagnostics.all().size() == 1 ? diagnostics.all().front().text()
                                         : std::to_string(diagnostics.all().size()) + " problems";
  }
  static void append(std::string& head, const Provider& provider,
                     std::span<const http::HeaderView> client, std::string_view credential,
                     bool stream, std::size_t size, std::string_view via,
                     std::string_view below = {}) {
    const std::string body(size, 'x');
    const std::string_view pieces[] = {body};
    append_request_head(head, provider, *provider.endpoints.front(),
                        {.model = "m",
                         .stream = stream,
                         .client_headers = client,
                         .credential = credential,
                         .via = via,
                         .below = below},
                        pieces);
  }
  static std::string head_of(const Provider& provider) {
    std::string head;
    append(head, provider, {}, "", false, 0, "v");
    return head;
  }
  std::map<std::string, std::string> variables;
  config::Diagnostics diagnostics;
};

TEST_F(ProviderTest, TheCatalogueFillsIn) {
  variables = {{"OPENAI_API_KEY", "sk-1"}};
  const auto made = make("openai");
  ASSERT_NE(made, nullptr);
  EXPECT_TRUE(made->configured());
  EXPECT_EQ(made->url.host, "api.openai.com");
  EXPECT_TRUE(made->url.tls);
  EXPECT_EQ(made->url.path, "/v1");
  EXPECT_FALSE(made->local);
  EXPECT_THAT(head_of(*made), StartsWith("POST /v1/chat/completions HTTP/1.1\r\n"));
  EXPECT_THAT(made->fixed_headers, HasSubstr("Authorization: Bearer sk-1\r\n"));
}

TEST_F(ProviderTest, AnthropicHasItsOwnHeadersAndPath) {
  variables = {{"ANTHROPIC_API_KEY", "ak-1"}};
  const auto made = make("anthropic");
  ASSERT_NE(made, nullptr);
  EXPECT_THAT(head_of(*made), StartsWith("POST /v1/messages HTTP/1.1\r\n"));
  EXPECT_THAT(made->fixed_headers, HasSubstr("x-api-key: ak-1\r\n"));
  EXPECT_THAT(made->fixed_headers, Not(HasSubstr("Authorization")));
}

TEST_F(ProviderTest, AnthropicsVersionIsTheClientsElseOurs) {
  variables = {{"ANTHROPIC_API_KEY", "ak-1"}};
  const auto made = make("anthropic");
  std::string head;
  append(head, *made, {}, "", false, 2, "1.1 pontage-x");
  EXPECT_THAT(head, HasSubstr("anthropic-version: 2023-06-01\r\n"));
  head.clear();
  const std::vector<http::HeaderView> client = {{"Anthropic-Version", "2026-10-21"},
                                                {"anthropic-beta", "a,b"}};
  append(head, *made, client, "", false, 2, "1.1 pontage-x", "/count_tokens");
  EXPECT_THAT(head, StartsWith("POST /v1/messages/count_tokens HTTP/1.1\r\n"));
  EXPECT_THAT(head, HasSubstr("anthropic-version: 2026-10-21\r\n"));
  EXPECT_THAT(head, HasSubstr("anthropic-beta: a,b\r\n"));
  EXPECT_THAT(head, Not(HasSubstr("2023-06-01")));
  const auto own = make("anthropic", "{ headers: { anthropic-version: 2024-01-01 } }");
  head.clear();
  append(head, *own, client, "", false, 2, "1.1 pontage-x");
  EXPECT_THAT(head, HasSubstr("anthropic-version: 2024-01-01\r\n"));
  EXPECT_THAT(head, Not(HasSubstr("2023-06-01")));
  EXPECT_THAT(head, Not(HasSubstr("2026-10-21"))) << "one version, not two";
}

TEST_F(ProviderTest, AMissingKeyIsAReasonNotAnError) {
  EXPECT_EQ(make("openai")->not_configured, "OPENAI_API_KEY is not set");
  EXPECT_EQ(make("openai", "{ api_key: \"${MY_KEY}\" }")->not_configured, "MY_KEY is not set");
  EXPECT_EQ(make("openai", "{ api_key: '' }")->not_configured, "api_key is empty");
  EXPECT_TRUE(diagnostics.all().empty());
  EXPECT_TRUE(make("ollama")->configured()) << "needs none";
  EXPECT_TRUE(make("mine", "{ kind: openai, base_url: \"http://10.0.0.1:8000\" }")->configured());
}

TEST_F(ProviderTest, AddressesOfTheVendorsOwnVariables) {
  variables = {{"OPENAI_BASE_URL", "http://localhost:9000/v1"}, {"OLLAMA_HOST", "0.0.0.0:11500"}};
  const auto openai = make("openai");
  EXPECT_EQ(openai->url.port, 9000);
  EXPECT_FALSE(openai->local);  // a proxy on this machine does not keep the data in the house
  const auto ollama = make("ollama");
  EXPECT_EQ(ollama->url.host, "127.0.0.1");
  EXPECT_EQ(ollama->url.port, 11500);
  EXPECT_EQ(ollama->url.path, "/v1");
  const auto written = make("openai", "{ base_url: \"http://proxy:1/x/\" }");
  EXPECT_EQ(written->url.host, "proxy") << "the file goes before the environment";
  EXPECT_EQ(written->url.path, "/x");
}

TEST_F(ProviderTest, TheSimulatedOneLivesInTheProcess) {
  EXPECT_TRUE(make("simulated")->in_process);
  EXPECT_FALSE(make("sim", "{ kind: simulated, base_url: \"http://127.0.0.1:9\" }")->in_process);
}

TEST_F(ProviderTest, Mistakes) {
  struct Row {
    const char* name;
    const char* yaml;
    const char* place;
    const char* text;
  };
  for (const Row& row : {
           Row{"opnai", "{ api_key: k }", "p.yaml:2:3: ", "did you mean \"openai\""},
           Row{"mine", "{ kind: opena, base_url: \"http://a\" }",
               "p.yaml:2:3: ", "did you mean \"openai\""},
           Row{"mine", "{ kind: openai }", "p.yaml:2:3: ", "needs a base_url"},
           Row{"mine", "{ kind: openai, base_url: \"ftp://a\" }", "p.yaml:2:35: ", "base_url"},
           Row{"openai", "{ base_ulr: x }", "p.yaml:2:13: ", "did you mean \"base_url\""},
           Row{"openai", "{ default_max_tokens: -1 }", "p.yaml:2:33: ", "0"},
       }) {
    make(row.name, row.yaml);
    EXPECT_THAT(problem(), StartsWith(row.place)) << row.yaml;
    EXPECT_THAT(problem(), HasSubstr(row.text)) << row.yaml;
  }
}

TEST_F(ProviderTest, ATargetsHeadCarriesWhatMayGoAlong) {
  variables = {{"OPENAI_API_KEY", "sk-1"}};
  const auto made = make("openai", "{ headers: { X-Team: core } }");
  const http::HeaderView headers[] = {{"Authorization", "Bearer client"},
                                      {"Cookie", "c"},
                                      {"OpenAI-Organization", "org"},
                                      {"X-Stainless-Lang", "js"},
                                      {"Content-Length", "3"},
                                      {"x-pontage-user", "ann"},
                                      {"User-Agent", "sdk"},
                                      {"Content-Type", "text/x"}};
  std::string head;
  append(head, *made, headers, "client", true, 42, "1.1 pontage-x");
  EXPECT_TRUE(head.ends_with("Content-Length: 42\r\n\r\n"));
  for (const char* there :
       {"Authorization: Bearer sk-1\r\n", "X-Team: core\r\n", "Accept: text/event-stream\r\n",
        "Accept-Encoding: identity\r\n", "Via: 1.1 pontage-x\r\n", "Host: api.openai.com\r\n"}) {
    EXPECT_THAT(head, HasSubstr(there));
  }
  for (const char* not_there :
       {"client", "Cookie", "org", "ann", "sdk", "text/x", "Content-Length: 3"}) {
    EXPECT_THAT(head, Not(HasSubstr(not_there)));
  }
  head.clear();
  append(head, *made, {}, "", false, 0, "v");
  EXPECT_THAT(head, HasSubstr("Accept-Encoding: gzip\r\n"));
}

TEST_F(ProviderTest, PassThroughSendsTheClientsOwnKey) {
  const auto openai = make("openai", "{ api_key: passthrough }");
  EXPECT_TRUE(openai->passthrough && openai->configured());
  std::string head;
  append(head, *openai, {}, "their-key", false, 0, "v");
  EXPECT_THAT(head, HasSubstr("Authorization: Bearer their-key\r\n"));
  EXPECT_THAT(head, Not(HasSubstr("passthrough")));
  const auto anthropic = make("anthropic", "{ api_key: passthrough }");
  head.clear();
  append(head, *anthropic, {}, "Bearer their-key", false, 0, "v");
  EXPECT_THAT(head, HasSubstr("x-api-key: their-key\r\n"));
}

TEST_F(ProviderTest, ValuesCannotBreakTheHead) {
  variables = {{"OPENAI_API_KEY", "sk\r\nX-Evil: 1"}};
  EXPECT_THAT(make("openai")->fixed_headers, Not(HasSubstr("\r\nX-Evil")));
}

TEST_F(ProviderTest, OtherSpellingsAreTheSameVendor) {
  variables = {{"TOGETHER_API_KEY", "k"}};
  for (const char* name : {"together", "togetherai", "together_ai"}) {
    const auto made = make(name);
    ASSERT_NE(made, nullptr) << name;
    EXPECT_EQ(made->name, name);
    EXPECT_EQ(made->vendor, "together");
    EXPECT_EQ(made->prices_as, "together");
  }
}

TEST_F(ProviderTest, TheFirstVariableThatIsSetHoldsTheKey) {
  EXPECT_EQ(make("gemini")->configured(), false);
  variables = {{"GOOGLE_API_KEY", "second"}};
  EXPECT_EQ(make("google")->options.api_key, "second");
}

TEST_F(ProviderTest, AnAddressWithTheAccountsVariables) {
  variables = {{"DATABRICKS_TOKEN", "t"}};
  EXPECT_EQ(make("databricks")->not_configured, "DATABRICKS_HOST is not set");
  variables["DATABRICKS_HOST"] = "acme.cloud.databricks.com";
  const auto made = make("databricks");
  EXPECT_TRUE(made->configured()) << made->not_configured;
  EXPECT_EQ(made->url.host, "acme.cloud.databricks.com");
  EXPECT_EQ(made->url.path, "/ai-gateway/mlflow/v1");
  variables["DATABRICKS_HOST"] = "https://acme.example";
  EXPECT_EQ(make("neon")->not_configured, "NEON_AI_GATEWAY_BASE_URL is not set");
  EXPECT_TRUE(diagnostics.all().empty()) << problem();
}

TEST_F(ProviderTest, AKindThatIsNotServedIsSkippedAndNoCrash) {
  variables = {{"GITLAB_TOKEN", "t"}};
  EXPECT_THAT(make("gitlab")->not_configured, HasSubstr("does not serve its dialect, gitlab"));
  EXPECT_TRUE(diagnostics.all().empty());
  EXPECT_NE(make("gitlab", "{ default_max_tokens: 1 }"), nullptr);
  EXPECT_THAT(problem(), HasSubstr("warning: provider \"gitlab\" is skipped"));
}

TEST_F(ProviderTest, QuirksAreData) {
  variables = {{"PERPLEXITY_API_KEY", "k"}, {"MISTRAL_API_KEY", "k"}, {"DEEPSEEK_API_KEY", "k"}};
  EXPECT_EQ(make("perplexity")->url.path, "") << "no /v1";
  EXPECT_FALSE(make("mistral")->takes_stream_options);
  EXPECT_TRUE(make("mistral")->takes_json_schema);
  EXPECT_FALSE(make("deepseek")->takes_json_schema);
  EXPECT_EQ(make("mistral")->endpoint_for(dialects::Dialect::kOpenAiCompletions, "m")->dialect,
            dialects::Dialect::kOpenAiChat)
      << "it has no completions: they are translated";
}

TEST_F(ProviderTest, PricesHoldAtTheVendorsAddressOrWhereOneSaysSo) {
  const auto home = make("openai");
  EXPECT_EQ(home->prices_as, "openai");
  EXPECT_FALSE(home->prices_borrowed);
  const auto away = make("openai", "{ base_url: \"http://10.0.0.1:1/v1\" }");
  EXPECT_EQ(away->prices_as, "openai");
  EXPECT_TRUE(away->prices_borrowed);
  EXPECT_THAT(problem(), StartsWith("p.yaml:2:23: warning: provider \"openai\" is at http://10."));
  EXPECT_THAT(problem(), HasSubstr("prices_as: none"));
  const auto said = make("openai", "{ base_url: \"http://10.0.0.1:1/v1\", prices_as: openai }");
  EXPECT_FALSE(said->prices_borrowed);
  EXPECT_TRUE(diagnostics.all().empty());
  const auto none = make("openai", "{ base_url: \"http://10.0.0.1:1/v1\", prices_as: none }");
  EXPECT_EQ(none->prices_as, "");
  const auto mine =
      make("mine", "{ kind: openai, base_url: \"http://10.0.0.1:1\", prices_as: azure-openai }");
  EXPECT_EQ(mine->prices_as, "azure");
  EXPECT_EQ(make("mine", "{ kind: openai, base_url: \"http://10.0.0.1:1\" }")->prices_as, "");
  make("mine", "{ kind: openai, base_url: \"http://10.0.0.1:1\", prices_as: opnai }");
  EXPECT_THAT(problem(), HasSubstr("did you mean \"openai\""));
  EXPECT_FALSE(make("ollama", "{ base_url: \"http://gpu:11434\" }")->prices_borrowed)
      << "one's own hardware, wherever it stands";
}

TEST_F(ProviderTest, EveryServedRowWorksWithItsKeyAlone) {
  for (const auto& vendor : Vendors::builtin()->rows()) {
    if (find_family(vendor.kind) == nullptr) continue;
    variables.clear();
    if (!vendor.key_variables.empty()) variables[vendor.key_variables.front()] = "k";
    std::size_t at = 0;
    while ((at = vendor.base_url.find("${", at)) != std::string::npos) {
      const auto end = vendor.base_url.find('}', at);
      variables[vendor.base_url.substr(at + 2, end - at - 2)] = "account";
      at = end;
    }
    const auto made = make_provider(vendor.id, nullptr, {}, environment(), diagnostics);
    ASSERT_NE(made, nullptr) << vendor.id;
    if (vendor.endpoints == std::vector<std::string>{"openai.responses"}) continue;
    if (made->family->prepare != nullptr) continue;  // an account with more than a key
    EXPECT_TRUE(made->configured()) << vendor.id << ": " << made->not_configured;
    EXPECT_FALSE(made->endpoints.empty()) << vendor.id;
    EXPECT_FALSE(made->prices_borrowed) << vendor.id;
  }
  EXPECT_TRUE(diagnostics.all().empty()) << problem();
}

TEST(VendorRows, AreSoundAndFound) {
  const auto& vendors = *Vendors::builtin();
  ASSERT_GE(vendors.rows().size(), 140U);
  const auto names = vendors.names();
  EXPECT_EQ(std::set<std::string>(names.begin(), names.end()).size(), names.size());
  for (const auto& vendor : vendors.rows()) {
    EXPECT_EQ(vendors.find(vendor.id), &vendor);
    for (const auto& alias : vendor.aliases) EXPECT_EQ(vendors.find(alias), &vendor) << alias;
    EXPECT_FALSE(vendor.name.empty() || vendor.source.empty() || vendor.as_of.empty()) << vendor.id;
    EXPECT_FALSE(vendor.base_url.ends_with("/chat/completions")) << vendor.id;
  }
  EXPECT_EQ(vendors.find("nobody"), nullptr);
  for (const char* ours :
       {"openai", "anthropic", "ollama", "vllm", "llamacpp", "lmstudio", "groq", "openrouter",
        "mistral", "deepseek", "together", "fireworks", "xai", "simulated"}) {
    EXPECT_NE(vendors.find(ours), nullptr) << ours;
  }
}

TEST(VendorRows, AFileGoesOverThemById) {
  const auto load = [](const std::string& text, config::Diagnostics& diagnostics) {
    const auto loaded = config::load_text(
        {"v.yaml", text}, [](std::string_view) { return std::nullopt; }, diagnostics);
    return loaded ? Vendors::load(loaded->root, Vendors::builtin(), diagnostics) : nullptr;
  };
  config::Diagnostics diagnostics;
  const auto made = load(
      "vendors:\n"
      "  - { id: groq, kind: openai, base_url: \"https://eu.groq.example/v1\", key: EU_KEY }\n"
      "  - id: acme\n"
      "    aliases: [acme-ai]\n"
      "    kind: openai\n"
      "    base_url: \"https://${ACME_HOST}/v1\"\n"
      "    quirks: [no_stream_options]\n",
      diagnostics);
  ASSERT_NE(made, nullptr) << diagnostics.all().front().text();
  EXPECT_EQ(made->find("groq")->key_variables, std::vector<std::string>{"EU_KEY"});
  EXPECT_EQ(made->find("acme-ai")->base_url, "https://${ACME_HOST}/v1");
  EXPECT_TRUE(made->find("acme")->no_stream_options);
  EXPECT_NE(made->find("mistral"), nullptr);
  for (const auto& [text, message] : std::vector<std::pair<std::string, std::string>>{
           {"vendors: [ { id: a, base_url: \"http://a\" } ]", "missing key \"kind\""},
           {"vendors: [ { id: a, kind: openai, base_url: x, quirk: [] } ]",
            "did you mean \"quirks\""},
           {"vendors: [ { id: a, kind: openai, base_url: x, quirks: [bare] } ]", "unknown quirk"},
           {"vendors: [ { id: a, kind: b, base_url: x }, { id: a, kind: b, base_url: x } ]",
            "two vendors are called"},
           {"vendor: []", "did you mean \"vendors\""}}) {
    config::Diagnostics wrong;
    EXPECT_EQ(load(text, wrong), nullptr) << text;
    ASSERT_TRUE(wrong.has_errors()) << text;
    EXPECT_THAT(wrong.all().front().text(), HasSubstr(message));
  }
}

TEST_F(ProviderTest, ASecondAccountTakesOverAVendorsRow) {
  variables["GROQ_API_KEY"] = "from-the-row";
  const auto bare = make("second", "{ vendor: groq }");
  ASSERT_NE(bare, nullptr);
  EXPECT_EQ(bare->name, "second");
  EXPECT_EQ(bare->vendor, "groq");
  EXPECT_EQ(bare->url.host, "api.groq.com");
  EXPECT_EQ(bare->options.api_key, "from-the-row");
  const auto own = make("second", "{ vendor: groq, api_key: mine }");
  EXPECT_EQ(own->options.api_key, "mine");
  EXPECT_EQ(make("second", "{ vendor: nobody }"), nullptr);
  EXPECT_THAT(problem(), HasSubstr("p.yaml:2:21: the catalogue has no \"nobody\""));
}

TEST_F(ProviderTest, NamedHeadersGoOnAndCredentialsDoNot) {
  const auto provider =
      make("openai", "{ api_key: k, forward_headers: [ x-trace, authorization, cookie ] }");
  const std::vector<http::HeaderView> client = {
      {"X-Trace", "t1"}, {"Authorization", "Bearer theirs"}, {"Cookie", "c=1"}, {"x-other", "o"}};
  std::string head;
  append(head, *provider, client, "", false, 2, "1.1 pontage");
  EXPECT_THAT(head, HasSubstr("X-Trace: t1\r\n"));
  EXPECT_THAT(head, Not(HasSubstr("theirs")));
  EXPECT_THAT(head, Not(HasSubstr("c=1")));
  EXPECT_THAT(head, Not(HasSubstr("x-other")));
}

}  // namespace
}  // namespace pontage::providers
