// The table of errors: names, statuses and types that SDKs and scripts hold on to, and that
// docs/errors.md lists all.
#include "pontage/core/error.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <set>
#include <vector>

namespace pontage {
namespace {

const std::vector<Code>& all_codes() {
  static const std::vector<Code> kAll = {
#define PONTAGE_ERROR(name, status, type, text) Code::k_##name,
#include "pontage/core/error_codes.def"
#undef PONTAGE_ERROR
  };
  return kAll;
}

TEST(Errors, StableRows) {
  struct Row {
    Code code;
    const char* name;
    int status;
    const char* type;
  };
  const Row rows[] = {
      {Code::k_invalid_json, "invalid_json", 400, "invalid_request_error"},
      {Code::k_invalid_api_key, "invalid_api_key", 401, "authentication_error"},
      {Code::k_permission_denied, "permission_denied", 403, "permission_error"},
      {Code::k_model_not_found, "model_not_found", 404, "invalid_request_error"},
      {Code::k_no_route, "no_route", 404, "invalid_request_error"},
      {Code::k_method_not_allowed, "method_not_allowed", 405, "invalid_request_error"},
      {Code::k_request_too_large, "request_too_large", 413, "invalid_request_error"},
      {Code::k_unsupported_media_type, "unsupported_media_type", 415, "invalid_request_error"},
      {Code::k_rate_limited, "rate_limited", 429, "rate_limit_error"},
      {Code::k_all_targets_failed, "all_targets_failed", 503, "api_error"},
      {Code::k_upstream_timeout, "upstream_timeout", 504, "timeout_error"},
      {Code::k_loop_detected, "loop_detected", 508, "api_error"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(code_name(row.code), row.name);
    EXPECT_EQ(http_status(row.code), row.status) << row.name;
    EXPECT_EQ(openai_error_type(row.code), row.type) << row.name;
  }
}

TEST(Errors, EveryRowIsSoundAndDocumented) {
  std::ifstream in(PONTAGE_SOURCE_DIR "/docs/errors.md");
  const std::string docs((std::istreambuf_iterator<char>(in)), {});
  ASSERT_FALSE(docs.empty());
  std::set<std::string_view> seen;
  for (const Code code : all_codes()) {
    EXPECT_TRUE(seen.insert(code_name(code)).second);
    EXPECT_GE(http_status(code), 400);
    EXPECT_LE(http_status(code), 599);
    EXPECT_TRUE(summary(code).ends_with(".")) << code_name(code);
    EXPECT_NE(docs.find("`" + std::string(code_name(code)) + "`"), std::string::npos)
        << code_name(code);
  }
}

TEST(Errors, OriginsAndRetries) {
  const auto client = client_error(Code::k_invalid_value, "wrong", "n").error();
  EXPECT_EQ(client.origin, Origin::kClient);
  EXPECT_EQ(client.retry, Retry::kNever);
  EXPECT_EQ(client.param, "n");
  const auto upstream = upstream_error(Code::k_upstream_refused, "gone").error();
  EXPECT_EQ(upstream.origin, Origin::kUpstream);
  EXPECT_EQ(upstream.retry, Retry::kSameTarget);
  EXPECT_EQ(gateway_error(Code::k_draining, "stopping").error().origin, Origin::kGateway);
}

}  // namespace
}  // namespace pontage
