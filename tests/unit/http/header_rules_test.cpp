// Which headers cross the bridge, and the small readers of header values.
#include "http/header_rules.hpp"

#include <gtest/gtest.h>

#include "http/content_type.hpp"
#include "http/headers.hpp"

namespace pontage::http {
namespace {

TEST(HeaderRules, CredentialsAndNetworkStayHere) {
  for (const auto name : {"Authorization",
                          "x-api-key",
                          "api-key",
                          "Cookie",
                          "OpenAI-Organization",
                          "OpenAI-Project",
                          "Host",
                          "Accept-Encoding",
                          "Connection",
                          "Keep-Alive",
                          "TE",
                          "Trailer",
                          "Transfer-Encoding",
                          "Upgrade",
                          "Proxy-Authorization",
                          "Content-Length",
                          "Content-Type",
                          "Expect",
                          "Forwarded",
                          "X-Forwarded-For",
                          "X-Real-IP",
                          "Via",
                          "x-pontage-tags",
                          "x-pontage-user",
                          "User-Agent",
                          "x-stainless-os",
                          "x-unknown",
                          ""}) {
    EXPECT_FALSE(may_go_to_provider(name, ProviderHeaders::kOpenAi)) << name;
    EXPECT_FALSE(may_go_to_provider(name, ProviderHeaders::kAnthropic)) << name;
  }
}

TEST(HeaderRules, WhatAProviderUnderstandsPasses) {
  EXPECT_TRUE(may_go_to_provider("OpenAI-Beta", ProviderHeaders::kOpenAi));
  EXPECT_TRUE(may_go_to_provider("Idempotency-Key", ProviderHeaders::kOpenAi));
  EXPECT_FALSE(may_go_to_provider("anthropic-beta", ProviderHeaders::kOpenAi));
  EXPECT_TRUE(may_go_to_provider("Anthropic-Beta", ProviderHeaders::kAnthropic));
  EXPECT_TRUE(may_go_to_provider("anthropic-version", ProviderHeaders::kAnthropic));
  EXPECT_FALSE(may_go_to_provider("anthropic-", ProviderHeaders::kAnthropic));
  EXPECT_FALSE(may_go_to_provider("openai-beta", ProviderHeaders::kAnthropic));
}

TEST(HeaderRules, OnlyWhatSdksReadComesBack) {
  for (const auto name :
       {"Content-Type", "Retry-After", "retry-after-ms", "X-RateLimit-Remaining-Tokens",
        "anthropic-ratelimit-requests-reset", "x-request-id", "request-id", "openai-processing-ms",
        "openai-version", "x-should-retry"}) {
    EXPECT_TRUE(may_come_back(name)) << name;
  }
  for (const auto name :
       {"Set-Cookie", "Server", "CF-Ray", "openai-organization", "Content-Length",
        "Content-Encoding", "Transfer-Encoding", "Connection", "Strict-Transport-Security",
        "x-pontage-provider", "Date", "Alt-Svc", "x-ratelimit-", ""}) {
    EXPECT_FALSE(may_come_back(name)) << name;
  }
}

TEST(Headers, FindTakesTheFirstAndTellsAbsentFromEmpty) {
  const HeaderView headers[] = {{"Accept", "a"}, {"ACCEPT", "b"}, {"Empty", ""}};
  EXPECT_EQ(find(headers, "accept"), "a");
  EXPECT_NE(find(headers, "empty").data(), nullptr);
  EXPECT_EQ(find(headers, "absent").data(), nullptr);
}

TEST(Headers, TokensOfAList) {
  EXPECT_TRUE(has_token("keep-alive, Upgrade", "upgrade"));
  EXPECT_TRUE(has_token("close", "close"));
  EXPECT_TRUE(has_token(" , ,\tclose ", "close"));
  EXPECT_FALSE(has_token("closed", "close"));
  EXPECT_FALSE(has_token("", "close"));
}

TEST(Headers, ALineCannotBeSplitByItsValue) {
  std::string out;
  append_header(out, "x-a", std::string_view("one\r\nSet-Cookie: b\0c", 20));
  EXPECT_EQ(out, "x-a: one  Set-Cookie: b c\r\n");
}

TEST(HeaderRules, WhatMayBeForwardedByName) {
  for (const char* name : {"x-trace", "X-Team", "traceparent", "openai-beta"})
    EXPECT_TRUE(may_be_forwarded(name)) << name;
  for (const char* name : {"Authorization", "x-api-key", "Cookie", "Host", "content-length",
                           "Content-Type", "transfer-encoding", "Connection", "proxy-authorization",
                           "x-portkey-config", "x-pontage-tags", "accept-encoding"}) {
    EXPECT_FALSE(may_be_forwarded(name)) << name;
  }
}

TEST(Headers, ReasonPhrases) {
  EXPECT_EQ(reason_phrase(200), "OK");
  EXPECT_EQ(reason_phrase(429), "Too Many Requests");
  EXPECT_EQ(reason_phrase(599), "Unknown");
}

TEST(ContentType, ComparesTheTypeOnly) {
  EXPECT_TRUE(is_media_type("Text/Event-Stream; charset=utf-8", "text/event-stream"));
  EXPECT_FALSE(is_media_type("text/event-streams", "text/event-stream"));
  EXPECT_TRUE(is_json("application/json"));
  EXPECT_TRUE(is_json("application/problem+json ;x=y"));
  EXPECT_FALSE(is_json("application/jsonl"));
  EXPECT_FALSE(is_json("text/html, application/json"));
  EXPECT_FALSE(is_json(""));
}

}  // namespace
}  // namespace pontage::http
