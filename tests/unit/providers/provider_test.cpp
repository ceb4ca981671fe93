// A provider from its entry and the catalogue, and the request head that it gets.
#include "providers/provider.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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
           Row{"openai", "{ default_max_tokens: 0 }", "p.yaml:2:33: ", "1"},
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

TEST(Vendors, EveryRowIsSound) {
  ASSERT_GE(vendors().size(), 10U);
  for (const auto& vendor : vendors()) {
    ASSERT_NE(find_family(vendor.kind), nullptr) << vendor.id;
    EXPECT_EQ(find_vendor(vendor.id), &vendor);
    const bool finds_its_own = find_family(vendor.kind)->prepare != nullptr;
    if (vendor.kind != "simulated" && !finds_its_own)
      EXPECT_TRUE(http::parse_url(vendor.base_url)) << vendor.id;
  }
  EXPECT_EQ(find_vendor("nobody"), nullptr);
}

TEST_F(ProviderTest, ASecondAccountTakesOverAVendorsRow) {
  variables["GROQ_API_KEY"] = "from-the-row";
  const auto bare = make("second", "{ vendor: groq }");
  ASSERT_NE(bare, nullptr);
  EXPECT_EQ(bare->name, "second");
  EXPECT_EQ(bare->vendor(), "groq");
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
