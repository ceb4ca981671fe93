// How long to stay away, in every spelling.
#include "http/retry_after.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace pontage::http {
namespace {

const WallTime kNow{std::chrono::seconds(784'111'777)};  // Sun, 06 Nov 1994 08:49:37 GMT

TEST(RetryAfter, Spellings) {
  struct Row {
    std::vector<HeaderView> headers;
    std::optional<Millis> expected;
  };
  const Row rows[] = {
      {{}, std::nullopt},
      {{{"Retry-After", "3"}}, Millis(3000)},
      {{{"retry-after", " 0 "}}, Millis(0)},
      {{{"retry-after", "1.5"}}, Millis(1500)},
      {{{"retry-after", "0.0001"}}, Millis(1)},
      {{{"retry-after-ms", "250"}, {"retry-after", "9"}}, Millis(250)},
      {{{"x-ms-retry-after-ms", "40"}, {"retry-after", "9"}}, Millis(40)},
      {{{"retry-after-ms", "soon"}, {"retry-after", "9"}}, Millis(9000)},
      {{{"retry-after", "Sun, 06 Nov 1994 08:49:47 GMT"}}, Millis(10000)},
      {{{"retry-after", "Sun, 06 Nov 1994 08:49:37 GMT"}}, Millis(0)},
      {{{"retry-after", "Sun, 06 Nov 1994 08:00:00 GMT"}}, Millis(0)},
      {{{"retry-after", "Fri, 31 Dec 9999 23:59:59 GMT"}}, Millis(366LL * 86'400'000)},
      {{{"retry-after", "Sat, 01 Jan 0000 00:00:00 GMT"}}, Millis(0)},
      {{{"retry-after", "Sun, 31 Feb 1995 08:00:00 GMT"}}, std::nullopt},
      {{{"retry-after", "Sun, 06 Xyz 1994 08:49:47 GMT"}}, std::nullopt},
      {{{"retry-after", "Sun, -6 Nov 1994 08:49:47 GMT"}}, std::nullopt},
      {{{"retry-after", "Sunday, 06-Nov-94 08:49:37 GMT"}}, std::nullopt},
      {{{"retry-after", "-1"}}, std::nullopt},
      {{{"retry-after", "inf"}}, std::nullopt},
      {{{"retry-after", "nan"}}, std::nullopt},
      {{{"retry-after", "1e9"}}, std::nullopt},
      {{{"retry-after", "."}}, std::nullopt},
      {{{"retry-after", ""}}, std::nullopt},
      {{{"retry-after", "99999999999999999999"}}, Millis(366LL * 86'400'000)},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(parse_retry_after(row.headers, kNow), row.expected)
        << (row.headers.empty() ? "" : std::string(row.headers[0].value));
  }
}

TEST(RetryAfter, ResetDurations) {
  EXPECT_EQ(parse_reset_duration("1s"), Millis(1000));
  EXPECT_EQ(parse_reset_duration("6m0s"), Millis(360'000));
  EXPECT_EQ(parse_reset_duration("20ms"), Millis(20));
  EXPECT_EQ(parse_reset_duration("1h2m3.5s"), Millis(3'723'500));
  EXPECT_EQ(parse_reset_duration("1d2h"), Millis(93'600'000));
  EXPECT_EQ(parse_reset_duration("7.66s"), Millis(7660));
  EXPECT_EQ(parse_reset_duration("120"), Millis(120'000));
  EXPECT_EQ(parse_reset_duration("500us"), Millis(1));
  for (const auto text : {"", "s", "1x", "1s2", "m1", "1s ", "-1s", "1..2s", "1s m"}) {
    const bool trailing = std::string_view(text) == "1s2" || std::string_view(text) == "1s ";
    EXPECT_EQ(parse_reset_duration(text).has_value(), trailing) << text;  // "1s2": two more seconds
  }
}

TEST(RetryAfter, TheExhaustedLimitDecides) {
  const std::vector<HeaderView> headers = {
      {"x-ratelimit-remaining-requests", "12"}, {"x-ratelimit-reset-requests", "9m"},
      {"X-RateLimit-Remaining-Tokens", "0"},    {"x-ratelimit-reset-tokens", "6m0s"},
      {"x-ratelimit-remaining-images", "0"},    {"x-ratelimit-reset-images", "1s"}};
  EXPECT_EQ(parse_ratelimit_reset(headers, kNow), Millis(360'000));
  EXPECT_EQ(
      parse_ratelimit_reset(std::vector<HeaderView>(headers.begin(), headers.begin() + 2), kNow),
      std::nullopt);
}

TEST(RetryAfter, TheVendorsWaysToSayWhenALimitIsFreeAgain) {
  struct Row {
    std::vector<HeaderView> headers;
    std::optional<Millis> expected;
  };
  const Row rows[] = {
      // Anthropic: a time; requests, tokens, input-tokens and output-tokens each.
      {{{"anthropic-ratelimit-requests-remaining", "0"},
        {"anthropic-ratelimit-requests-reset", "1994-11-06T08:49:47Z"}},
       Millis(10'000)},
      {{{"anthropic-ratelimit-input-tokens-remaining", "0"},
        {"anthropic-ratelimit-input-tokens-reset", "1994-11-06T09:49:57+01:00"}},
       Millis(20'000)},
      {{{"anthropic-ratelimit-tokens-remaining", "4000"},
        {"anthropic-ratelimit-tokens-reset", "1994-11-06T08:59:37Z"}},
       std::nullopt},
      {{{"anthropic-ratelimit-unified-status", "rejected"},
        {"anthropic-ratelimit-unified-reset", "1000000777"}},
       Millis(215'889'000'000)},
      {{{"anthropic-ratelimit-unified-status", "allowed"},
        {"anthropic-ratelimit-unified-reset", "1000000777"}},
       std::nullopt},
      // OpenRouter: milliseconds since 1970, no suffix. Azure: plain seconds.
      {{{"X-RateLimit-Remaining", "0"}, {"X-RateLimit-Reset", "1100000000000"}},
       Millis(1'100'000'000'000 - 784'111'777'000)},
      {{{"x-ratelimit-remaining-requests", "0"}, {"x-ratelimit-reset-requests", "12"}},
       Millis(12'000)},
      // What has passed, what is missing, what cannot be read.
      {{{"anthropic-ratelimit-requests-remaining", "0"},
        {"anthropic-ratelimit-requests-reset", "1994-11-06T08:00:00Z"}},
       Millis(0)},
      {{{"anthropic-ratelimit-requests-remaining", "0"}}, std::nullopt},
      {{{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", "tomorrow"}}, std::nullopt},
  };
  for (const Row& row : rows) {
    const auto wait = parse_ratelimit_reset(row.headers, kNow);
    const auto expected =
        row.expected ? std::min(*row.expected, Millis(366LL * 86'400'000)) : row.expected;
    EXPECT_EQ(wait, expected) << row.headers[0].name << " " << row.headers.back().value;
  }
}

TEST(RetryAfter, Rfc3339) {
  const WallTime noon{std::chrono::seconds(784'123'200)};  // 1994-11-06 12:00:00
  EXPECT_EQ(parse_rfc3339("1994-11-06T12:00:00Z"), noon);
  EXPECT_EQ(parse_rfc3339("1994-11-06t12:00:00z"), noon);
  EXPECT_EQ(parse_rfc3339("1994-11-06T12:00:00.123456Z"), noon) << "to the second";
  EXPECT_EQ(parse_rfc3339("1994-11-06T14:30:00+02:30"), noon);
  EXPECT_EQ(parse_rfc3339("1994-11-06T07:00:00-05:00"), noon);
  for (const auto text :
       {"", "1994-11-06", "1994-11-06T12:00:00", "1994-11-06 12:00:00Z", "1994-13-06T12:00:00Z",
        "1994-02-30T12:00:00Z", "1994-11-06T24:00:00Z", "1994-11-06T12:00:00.Z",
        "1994-11-06T12:00:00+2:00", "1994-11-06T12:00:00+02:60", "1994-11-06T12:00:00Zz"}) {
    EXPECT_EQ(parse_rfc3339(text), std::nullopt) << text;
  }
}

TEST(RetryAfter, ItIsAskedBeforeTheLimitsAndTheseOnlyOfA429) {
  const std::vector<HeaderView> limits = {{"x-ratelimit-remaining-requests", "0"},
                                          {"x-ratelimit-reset-requests", "7s"}};
  auto both = limits;
  both.push_back({"retry-after", "3"});
  EXPECT_EQ(parse_wait(429, both, kNow), Millis(3'000));
  EXPECT_EQ(parse_wait(429, limits, kNow), Millis(7'000));
  EXPECT_EQ(parse_wait(500, limits, kNow), std::nullopt) << "the server's fault is no limit";
  EXPECT_EQ(parse_wait(503, both, kNow), Millis(3'000));
}

}  // namespace
}  // namespace pontage::http
