// Portkey's headers: a chain of the client's own where the configuration allows it, what it may
// reach, and what its SDK reads from the answer.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/crypto.hpp"
#include "unit/gateway/house_bench.hpp"

namespace pontage::gateway::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class Portkey : public HouseBench {
 protected:
  void allow(const std::string& hosts = "", const std::string& more = "") {
    const std::string value = hosts.empty() ? "true" : "{ custom_hosts: [ " + hosts + " ] }";
    serve("routes: [ { name: chat, chain: [ " + kFirst + " ] } ]",
          ", portkey_headers: " + value + more);
  }
  Response with(const std::string& config, const std::string& more = "") {
    return ask(chat(), "x-portkey-config: " + config + "\r\n" + more);
  }
  static std::string key_of(const simulate::LoggedRequest& seen) {
    return std::string(seen.header("authorization"));
  }
  /// The log of the simulator has digests only.
  static std::string digest(std::string_view key) {
    return "sha256:" + sha256_hex(key).substr(0, 16);
  }
};

TEST_F(Portkey, WithoutTheSwitchTheHeadersSayNothing) {
  serve_chain({kFirst});
  const auto reply = with(R"({"provider":"p2"})", "x-portkey-trace-id: t\r\n");
  EXPECT_EQ(reply.header("x-pontage-provider"), "p1");
  EXPECT_EQ(reply.header("x-portkey-trace-id"), "");
  const auto seen = p1->requests().front();
  for (const auto& [name, value] : seen.headers)
    EXPECT_THAT(to_lower(name), Not(HasSubstr("portkey"))) << "never forwarded";
}

TEST_F(Portkey, AConfigIsTheChain) {
  allow();
  p1->set_default_fault("status=404");
  const auto reply = with(
      R"({"strategy":{"mode":"fallback"},"targets":[{"provider":"p1","override_params":{"model":"a"}},)"
      R"({"provider":"p2","override_params":{"model":"b","temperature":0}}]})",
      "x-portkey-trace-id: trace-7\r\n");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.header("x-pontage-provider"), "p2");
  EXPECT_EQ(reply.header("x-portkey-last-used-option-index"), "config.targets[1]");
  EXPECT_EQ(reply.header("x-portkey-provider"), "p2");
  EXPECT_EQ(reply.header("x-portkey-retry-attempt-count"), "0");
  EXPECT_EQ(reply.header("x-portkey-trace-id"), "trace-7");
  EXPECT_EQ(reply.header("x-portkey-cache-status"), "DISABLED");
  ASSERT_EQ(p2->requests().size(), 1U);
  const auto seen = p2->requests().front();
  EXPECT_THAT(seen.body, AllOf(HasSubstr(R"("model":"b")"), HasSubstr(R"("temperature":0)")));
  EXPECT_THAT(key_of(seen), HasSubstr(digest("key-two"))) << "the operator's account";
}

TEST_F(Portkey, RetriesAreCounted) {
  allow();
  p1->set_default_fault("status=503,times=2");
  const auto reply = with(R"({"provider":"p1","retry":{"attempts":3,"on_status_codes":[503]}})");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.header("x-portkey-retry-attempt-count"), "2");
  EXPECT_EQ(reply.header("x-portkey-last-used-option-index"), "config");
}

TEST_F(Portkey, ItsOwnKeyGoesToTheProviderAndNowhereElse) {
  allow();
  EXPECT_EQ(with(R"({"provider":"p2","api_key":"client-key"})").status, 200);
  EXPECT_THAT(key_of(p2->requests().front()), HasSubstr(digest("client-key")));
  EXPECT_EQ(with(R"({"provider":"p2"})").status, 200);
  EXPECT_THAT(key_of(p2->requests().back()), HasSubstr(digest("key-two")));
}

TEST_F(Portkey, TheProviderHeaderTakesTheClientsKey) {
  allow("", ", auth: none");
  EXPECT_EQ(ask(chat(), "x-portkey-provider: p2\r\nAuthorization: Bearer mine\r\n")
                .header("x-pontage-provider"),
            "p2");
  EXPECT_THAT(key_of(p2->requests().front()), HasSubstr(digest("mine")));
}

TEST_F(Portkey, MetadataIsReadWithoutTheSwitch) {
  serve(
      "routes: [ { chain: [ conditional: [ { if: \"request.metadata.team == 'ads' && "
      "request.metadata.paid == true\", then: { provider: p2, model: m } }, { else: { provider: "
      "p1, model: m } } ] ] } ]");
  const auto who = [&](const std::string& body, const std::string& metadata) {
    return ask(body, "x-portkey-metadata: " + metadata + "\r\n").header("x-pontage-provider");
  };
  EXPECT_EQ(who(chat(), R"({"team":"ads","paid":true})"), "p2");
  EXPECT_EQ(who(chat(), R"({"team":"search","paid":true})"), "p1");
  EXPECT_EQ(who(chat(R"(,"metadata":{"team":"x"})"), R"({"team":"ads","paid":true})"), "p1")
      << "the body's own word counts";
  const auto bad = ask(chat(), "x-portkey-metadata: [1]\r\n");
  EXPECT_EQ(bad.status, 400);
  EXPECT_EQ(error_code(bad), "invalid_value");
}

TEST_F(Portkey, TheTimeoutHoldsForEachAttempt) {
  allow();
  p1->set_default_fault("slow_headers_ms=60000");
  const auto reply = ask(chat(), "x-portkey-request-timeout: 150\r\n");
  EXPECT_EQ(reply.status, 504);
  EXPECT_EQ(ask(chat(), "x-portkey-request-timeout: soon\r\n").status, 400);
}

TEST_F(Portkey, NoWayIntoTheNetwork) {
  allow("\"" + p2->base_url() + "\"");
  const std::string open = p2->base_url();
  const std::string port = open.substr(open.rfind(':'));
  for (const std::string& host : {
           p1->base_url(),
           std::string("http://127.0.0.1:1/v1"),
           std::string("http://169.254.169.254/latest"),
           "https://127.0.0.1" + port,
           "http://localhost" + port,
           "http://user:pass@127.0.0.1" + port,
           "http://127.0.0.1" + port + "@evil.example",
           std::string("file:///etc/passwd"),
           std::string("127.0.0.1") + port,
       }) {
    const auto reply = with(R"({"provider":"p1","custom_host":")" + host + "\"}");
    EXPECT_EQ(reply.status, 400) << host;
    EXPECT_THAT(reply.body, HasSubstr("custom_host")) << host;
    EXPECT_EQ(
        ask(chat(), "x-portkey-provider: p1\r\nx-portkey-custom-host: " + host + "\r\n").status,
        400)
        << host;
  }
  EXPECT_EQ(p1->requests().size() + p2->requests().size(), 0U);
  EXPECT_EQ(with(R"({"provider":"p1","custom_host":")" + open + "/v1\"}").status, 200);
  ASSERT_EQ(p2->requests().size(), 1U);
  EXPECT_EQ(p2->requests().front().credential, "")
      << "the operator's key belongs to the operator's address";
}

TEST_F(Portkey, LocalVendorsMustBeConfigured) {
  allow();
  for (const char* name : {"ollama", "vllm", "lmstudio", "simulated", "nobody"}) {
    const auto reply = with("{\"provider\":\"" + std::string(name) + "\"}");
    EXPECT_EQ(reply.status, 400) << name;
    EXPECT_THAT(reply.body, HasSubstr("no provider is called")) << name;
  }
}

TEST_F(Portkey, NothingOfTheMachineIsRead) {
  allow();
  for (const char* key : {"file:/etc/hostname", "passthrough", "${HOME}", "${HOME:-x}"}) {
    const auto reply = with(R"({"provider":"p2","api_key":")" + std::string(key) + "\"}");
    EXPECT_EQ(reply.status, 400) << key;
  }
  EXPECT_EQ(p2->requests().size(), 0U);
}

TEST_F(Portkey, MistakesAreTheClientsInItsDialect) {
  allow();
  const auto reply = with(R"({"strategy":{"mode":"fallbak"},"targets":[]})");
  EXPECT_EQ(reply.status, 400);
  EXPECT_EQ(error_code(reply), "invalid_value");
  EXPECT_THAT(reply.body, AllOf(HasSubstr("x-portkey-config:1:"), HasSubstr("did you mean")));
  EXPECT_EQ(with("not json").status, 400);
  EXPECT_EQ(with("[]").status, 400);
  const auto messages =
      raw("POST /v1/messages HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
          "x-portkey-config: {}\r\nContent-Length: 72\r\n\r\n"
          R"({"model":"m","max_tokens":9,"messages":[{"role":"user","content":"abc"}]})");
  EXPECT_EQ(messages.status, 400);
  EXPECT_THAT(messages.body, HasSubstr(R"("type":"error")"));
}

TEST_F(Portkey, AKeysModelsHoldForTheConfigToo) {
  serve(
      "keys: [ { name: k, secret_hash: "
      "\"sha256:2c70e12b7a0646f92279f427c7b38e7334d8e5389cff167a1dc30e73f826b683\", models: [ m, "
      "model ] } ]\nroutes: [ { chain: [ " +
          kFirst + " ] } ]",
      ", portkey_headers: true");
  const std::string key = "x-portkey-api-key: key\r\n";
  const auto denied = with(R"({"provider":"p2","override_params":{"model":"dear"}})", key);
  EXPECT_EQ(denied.status, 403);
  EXPECT_EQ(with(R"({"provider":"p2","override_params":{"model":"m"}})", key).status, 200);
}

TEST_F(Portkey, ManyConfigsAreServedInBoundedMemory) {
  allow();
  for (int i = 0; i < 300; ++i) {
    ASSERT_EQ(with(R"({"provider":"p2","override_params":{"model":"m","seed":)" +
                   std::to_string(i) + "}}")
                  .status,
              200);
  }
  EXPECT_EQ(metric("pontage_attempts_total", {"provider=\"p2\"", "outcome=\"ok\""}), 300);
}

}  // namespace
}  // namespace pontage::gateway::test
