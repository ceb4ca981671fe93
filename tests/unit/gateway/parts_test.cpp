// Parts of the corridor by themselves: stored keys, the retry budget, how an error becomes a reply,
// the debug object.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/access.hpp"
#include "gateway/debug.hpp"
#include "gateway/error_reply.hpp"
#include "gateway/retry_budget.hpp"

namespace pontage::gateway {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Access, HashesComeBackAsDigests) {
  const auto stored = hash_secret("pk-1");
  EXPECT_EQ(stored.size(), 71U);
  EXPECT_EQ(parse_secret_hash(stored).size(), 32U);
  for (const char* bad : {"", "sha256:", "pk-1", "md5:0000", "sha256:zz"})
    EXPECT_EQ(parse_secret_hash(bad), "") << bad;
  EXPECT_EQ(parse_secret_hash("sha256:" + std::string(63, 'a') + "g"), "");
}

TEST(Access, WhereTheSecretStands) {
  const auto secret = [](std::initializer_list<http::HeaderView> headers) {
    return std::string(client_secret({headers.begin(), headers.size()}));
  };
  EXPECT_EQ(secret({{"authorization", "Bearer  pk-1 "}}), "pk-1");
  EXPECT_EQ(secret({{"Authorization", "bearer pk-1"}}), "pk-1");
  EXPECT_EQ(secret({{"Authorization", "Basic abc"}}), "");
  EXPECT_EQ(secret({{"x-api-key", "pk-2"}}), "pk-2");
  EXPECT_EQ(secret({{"Authorization", "Bearer"}, {"x-api-key", "pk-2"}}), "pk-2");
  EXPECT_EQ(secret({}), "");
}

TEST(RetryBudget, AQuietProcessHasAFewASecond) {
  RetryBudget budget;
  const SteadyTime now{std::chrono::seconds(100)};
  for (int i = 0; i < defaults::kRetryFloorPerSecond; ++i) EXPECT_TRUE(budget.take(now)) << i;
  EXPECT_FALSE(budget.take(now));
  EXPECT_TRUE(budget.take(now + std::chrono::seconds(1)));
}

TEST(RetryBudget, AFifthOfTheTrafficBeyond) {
  RetryBudget budget;
  const SteadyTime now{std::chrono::seconds(100)};
  for (int i = 0; i < 100; ++i) budget.on_request();
  int taken = 0;
  while (budget.take(now)) ++taken;
  EXPECT_EQ(taken, defaults::kRetryFloorPerSecond + 20);
}

TEST(ErrorReply, RetryHintsForTheSdks) {
  Error error{Code::k_all_targets_failed, Origin::kUpstream, Retry::kNever, "all failed", {}, {}};
  const auto plain = render_error(dialects::Dialect::kOpenAiChat, error, "ID");
  EXPECT_EQ(plain.status, 503);
  EXPECT_THAT(plain.headers, HasSubstr("x-should-retry: false\r\n"));
  error.retry_after_ms = 1500;
  const auto later = render_error(dialects::Dialect::kOpenAiChat, error, "ID");
  EXPECT_THAT(later.headers, HasSubstr("Retry-After: 2\r\n"));
  EXPECT_THAT(later.headers, HasSubstr("retry-after-ms: 1500\r\n"));
  EXPECT_THAT(later.headers, Not(HasSubstr("x-should-retry")));
  EXPECT_EQ(render_error(dialects::Dialect::kOpenAiChat, error, "ID", 418).status, 418);
}

TEST(Debug, JoinsABodyWithoutBreakingIt) {
  EXPECT_EQ(with_debug("{\"a\":1}", "{}"), "{\"a\":1,\"pontage\":{}}");
  EXPECT_EQ(with_debug("{ }\n", "{}"), "{ \"pontage\":{}}\n");
  EXPECT_EQ(with_debug("[1]", "{}"), "[1]");
  EXPECT_EQ(with_debug("", "{}"), "");
}

}  // namespace
}  // namespace pontage::gateway
