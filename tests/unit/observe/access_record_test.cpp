// Golden log lines: what a record becomes, to the byte.
#include "observe/access_record.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace pontage::observe {
namespace {

// 2026-07-01T12:34:56.789Z
const WallTime kTime = WallTime(std::chrono::milliseconds(1'782'909'296'789));

std::string line_of(const AccessRecord& record) {
  std::string out;
  append_json_line(out, record);
  return out;
}

TEST(AccessLine, OfAFullRecord) {
  const AttemptRecord attempts[] = {
      {"openai", "gpt-4o", "http_error", 429, 120'345, -1, "retry-after 3s"},
      {"anthropic", "claude-sonnet-4-20250514", "ok", 200, 812'000, 401'002, ""},
  };
  AccessRecord record;
  record.time = kTime;
  record.request_id = "01J1ZV6Z5PABCDEFGHJKMNPQRS";
  record.client_request_id = "abc-1";
  record.peer = "127.0.0.1:5123";
  record.method = "POST";
  record.path = "/v1/chat/completions";
  record.status = 200;
  record.outcome = "ok";
  record.route = "chat";
  record.key = "search";
  record.user = "ada";
  record.model_requested = "gpt-4o";
  record.provider = "anthropic";
  record.model = "claude-sonnet-4-20250514";
  record.tier = "strong";
  record.stream = true;
  record.cache = "miss";
  record.decision = "fallback: openai/gpt-4o 429; anthropic/claude-sonnet-4-20250514 ok";
  record.attempts = attempts;
  record.usage.present = true;
  record.usage.input = 1'000;
  record.usage.cache_read = 24;
  record.usage.output = 300;
  record.usage.reasoning = 7;
  record.cost = {7'612'200};
  record.priced = true;
  record.fallback_rate = true;
  record.duration_us = 1'234'567;
  record.ttft_us = 521'347;
  record.overhead_us = 93;
  record.bytes_in = 812;
  record.bytes_out = 40'960;
  record.config_version = "5e9b1c0d2f3a";
  EXPECT_EQ(
      line_of(record),
      R"({"time":"2026-07-01T12:34:56.789Z","request_id":"01J1ZV6Z5PABCDEFGHJKMNPQRS",)"
      R"("client_request_id":"abc-1","peer":"127.0.0.1:5123","method":"POST",)"
      R"("path":"/v1/chat/completions","status":200,"outcome":"ok","route":"chat","key":"search",)"
      R"("user":"ada","model_requested":"gpt-4o","provider":"anthropic",)"
      R"("model":"claude-sonnet-4-20250514","tier":"strong","stream":true,"cache":"miss",)"
      R"("decision":"fallback: openai/gpt-4o 429; anthropic/claude-sonnet-4-20250514 ok",)"
      R"("attempts":[{"provider":"openai","model":"gpt-4o","outcome":"http_error","status":429,)"
      R"("ms":120.345,"reason":"retry-after 3s"},{"provider":"anthropic",)"
      R"("model":"claude-sonnet-4-20250514","outcome":"ok","status":200,"ms":812.000,)"
      R"("ttft_ms":401.002}],"tokens":{"input":1000,"cache_read":24,"output":300,"reasoning":7},)"
      R"("cost_usd":"0.0076122","fallback_rate":true,"duration_ms":1234.567,"ttft_ms":521.347,)"
      R"("overhead_us":93,"bytes_in":812,"bytes_out":40960,"config":"5e9b1c0d2f3a"})"
      "\n");
}

TEST(AccessLine, OfARejectedRequest) {
  AccessRecord record;
  record.time = kTime;
  record.request_id = "01J";
  record.method = "POST";
  record.path = "/v1/chat/completions";
  record.status = 401;
  record.outcome = "rejected";
  record.error_code = "invalid_api_key";
  record.duration_us = 87;
  EXPECT_EQ(line_of(record),
            R"({"time":"2026-07-01T12:34:56.789Z","request_id":"01J","method":"POST",)"
            R"("path":"/v1/chat/completions","status":401,"outcome":"rejected",)"
            R"("error":"invalid_api_key","stream":false,"attempts":[],"duration_ms":0.087,)"
            R"("bytes_in":0,"bytes_out":0})"
            "\n");
}

TEST(AccessLine, AnUnknownCostIsNullAndAFreeOneIsZero) {
  AccessRecord record;
  record.unpriced = true;
  record.cost = {0};
  auto json = nlohmann::json::parse(line_of(record));
  EXPECT_TRUE(json.at("cost_usd").is_null());
  EXPECT_EQ(json.at("unpriced"), true);

  record.unpriced = false;
  record.priced = true;
  record.estimated = true;
  record.nominal = true;
  json = nlohmann::json::parse(line_of(record));
  EXPECT_EQ(json.at("cost_usd"), "0.00");
  EXPECT_EQ(json.at("estimated"), true);
  EXPECT_EQ(json.at("nominal"), true);
  EXPECT_FALSE(json.contains("unpriced"));

  EXPECT_FALSE(nlohmann::json::parse(line_of(AccessRecord{})).contains("cost_usd"));
}

TEST(AccessLine, TokensAppearOnlyWhenTheyWereCounted) {
  AccessRecord record;
  EXPECT_FALSE(nlohmann::json::parse(line_of(record)).contains("tokens"));
  record.usage.estimated = true;
  const auto tokens = nlohmann::json::parse(line_of(record)).at("tokens");
  EXPECT_EQ(tokens, (nlohmann::json{{"input", 0}, {"output", 0}}));
}

TEST(AccessLine, HostileTextsStayInTheirField) {
  struct Row {
    std::string text;
    std::string read;
  };
  const Row rows[] = {
      {"a\"b\\c", "a\"b\\c"},
      {"line\nbreak\r\t", "line\nbreak\r\t"},
      {std::string("nul\0in", 6), std::string("nul\0in", 6)},
      {"\xff\xc3", "\xEF\xBF\xBD\xEF\xBF\xBD"},
      {"\xc3\xa9t\xc3\xa9 \xe2\x82\xac", "\xc3\xa9t\xc3\xa9 \xe2\x82\xac"},
      {"\x1b[31m\x7f", "\x1b[31m\x7f"},
  };
  for (const Row& row : rows) {
    AccessRecord record;
    record.user = row.text;
    const std::string line = line_of(record);
    EXPECT_EQ(std::ranges::count(line, '\n'), 1);
    EXPECT_EQ(nlohmann::json::parse(line).at("user"), row.read);
  }
}

TEST(AccessLine, TextsAreCappedBetweenCharacters) {
  std::string long_text;
  for (int i = 0; i < 100'000; ++i) long_text += "\xe2\x82\xac";  // €: three bytes
  AccessRecord record;
  record.user = long_text;
  record.decision = long_text;
  record.path = long_text;
  record.model_requested = long_text;
  const std::string line = line_of(record);
  EXPECT_LT(line.size(), 4'500U);
  const std::string user = nlohmann::json::parse(line).at("user");  // parse refuses broken UTF-8
  EXPECT_EQ(user.size(), 255U + 3U);
  EXPECT_TRUE(user.ends_with("\xE2\x80\xA6"));
}

TEST(AccessLine, AQueryStringIsNotLogged) {
  AccessRecord record;
  record.path = "/v1/models?key=secret-canary";
  const std::string line = line_of(record);
  EXPECT_EQ(line.find("canary"), std::string::npos);
  EXPECT_EQ(nlohmann::json::parse(line).at("path"), "/v1/models");
}

TEST(AccessLine, AppendsToWhatIsThere) {
  std::string out;
  append_json_line(out, {});
  const std::size_t size = out.size();
  append_json_line(out, {});
  EXPECT_EQ(out.size(), 2 * size);
  EXPECT_EQ(out.substr(size), out.substr(0, size));
}

}  // namespace
}  // namespace pontage::observe
