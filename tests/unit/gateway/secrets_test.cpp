// Secrets stay in (law 11): canaries in keys and prompts, and everything that leaves the process
// searched for them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/access.hpp"
#include "unit/gateway/house_bench.hpp"

namespace pontage::gateway::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kProviderKey = "sk-canary-provider-4711";
constexpr const char* kClientKey = "pk-canary-client-4712";
constexpr const char* kPrompt = "canary-prompt-4713";
constexpr const char* kCookie = "canary-cookie-4714";
constexpr const char* kWrongKey = "pk-canary-wrong-4715";

class Secrets : public HouseBench {
 protected:
  Secrets() {
    testing::internal::CaptureStderr();
    serve("keys: [ { name: search, secret_hash: \"" + hash_secret(kClientKey) + "\" } ]\n" +
          "providers:\n  p1: { kind: openai, api_key: " + kProviderKey + ", base_url: \"" +
          p1->base_url() + "\" }\n  a2: { kind: anthropic, api_key: " + kProviderKey +
          ", base_url: \"" + p2->base_url() + "\" }\n" +
          "routes:\n  - chain:\n      - retry: { max: 1, base: 1ms }\n"
          "      - conditional: [ { if: 'request.stream', then: { provider: a2, model: c } } ]\n"
          "      - fallback: [ { provider: p1, model: m }, { provider: a2, model: c } ]\n");
  }
  static std::string body(const std::string& more = "") {
    return R"({"model":"m","messages":[{"role":"system","content":")" + std::string(kPrompt) +
           R"("},{"role":"user","content":")" + kPrompt + R"("}])" + more + "}";
  }
  static std::string headers(const char* key) {
    return "Authorization: Bearer " + std::string(key) + "\r\nCookie: s=" + kCookie +
           "\r\nx-pontage-debug: 1\r\nx-pontage-tags: team=search\r\n";
  }
};

TEST_F(Secrets, NothingLeavesByAnyDoor) {
  std::string seen;
  for (const char* fault :
       {"", "status=503", "error=auth", "garbage", "status=400,message=bad", "refuse"}) {
    p1->set_default_fault(fault);
    for (const auto& more :
         {std::string(), std::string(R"(,"stream":true)"), std::string(R"(,"n":"x")")}) {
      seen += ask(body(more), headers(kClientKey)).bytes + "\n";
    }
  }
  p2->set_default_fault("error=auth");
  seen += ask(body(R"(,"stream":true)"), headers(kClientKey)).bytes;
  seen += ask(body(), headers(kWrongKey)).bytes;
  seen += raw("GET /v1/models HTTP/1.1\r\nHost: a\r\n" + headers(kClientKey) + "\r\n").bytes;
  seen += metrics();
  stop();
  const auto lines = access_log();
  EXPECT_EQ(lines.size(), 20U);
  for (const auto& line : lines) seen += line + "\n";
  seen += testing::internal::GetCapturedStderr();
  for (const char* canary : {kProviderKey, kClientKey, kWrongKey, kPrompt, kCookie}) {
    EXPECT_THAT(seen, Not(HasSubstr(canary)));
  }
  EXPECT_THAT(seen, HasSubstr("search")) << "the key's name is what the log shows";
}

TEST_F(Secrets, ProvidersGetTheirOwnKeyAndNothingOfTheClients) {
  ask(body(), headers(kClientKey));
  ask(body(R"(,"stream":true)"), headers(kClientKey));
  stop();
  testing::internal::GetCapturedStderr();
  ASSERT_EQ(p1->requests().size(), 1U);
  ASSERT_EQ(p2->requests().size(), 1U);
  EXPECT_EQ(p1->requests().front().credential, "bearer");
  EXPECT_EQ(p2->requests().front().credential, "x-api-key");
  for (const auto& seen : {p1->requests().front(), p2->requests().front()}) {
    EXPECT_EQ(seen.header("cookie"), "");
    for (const auto& [name, value] : seen.headers) {
      EXPECT_FALSE(name.starts_with("x-pontage")) << name;
      EXPECT_THAT(value, Not(HasSubstr(kClientKey)));
    }
  }
}

}  // namespace
}  // namespace pontage::gateway::test
