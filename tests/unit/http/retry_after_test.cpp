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
  EXPECT_EQ(parse_ratelimit_reset(headers), Millis(360'000));
  EXPECT_EQ(parse_ratelimit_reset(std::vector<HeaderView>(headers.begin(), headers.begin() + 2)),
            std::nullopt);
}

}  // namespace
}  // namespace pontage::http
