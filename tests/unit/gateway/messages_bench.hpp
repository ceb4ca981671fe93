// What the tests of the Anthropic client's endpoint share: two simulated providers in both
// dialects.
#pragma once

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "unit/gateway/house_bench.hpp"

namespace pontage::gateway::test {

using nlohmann::json;

inline constexpr std::string_view kVersion = "anthropic-version: 2026-10-21\r\n";

inline std::string body_of(std::string_view more = "") {
  return R"({"model":"m","max_tokens":64,"messages":[{"role":"user","content":"hello"}])" +
         std::string(more) + "}";
}

class Messages : public HouseBench {
 protected:
  /// `p1` and `a1` are the first simulator in either dialect, `p2` and `a2` the second.
  void serve_messages(const std::vector<std::string>& entries, const std::string& more = "") {
    std::string yaml = "providers:\n";
    const auto provider = [&](const char* name, const char* kind, const std::string& url) {
      yaml += std::string("  ") + name + ": { kind: " + kind + ", api_key: key-" + name +
              ", base_url: \"" + url + "\", models: [ claude-x ]" + more + " }\n";
    };
    provider("p1", "openai", p1->base_url());
    provider("a1", "anthropic", p1->base_url());
    provider("p2", "openai", p2->base_url());
    provider("a2", "anthropic", p2->base_url());
    yaml += "routes:\n  - name: messages\n    chain:\n";
    for (const auto& entry : entries) yaml += "      - " + entry + "\n";
    serve(yaml);
  }
  Response send(std::string_view body, std::string_view headers = kVersion) {
    return raw(simulate::test::post("/v1/messages?beta=true", body, headers));
  }
  Response count(std::string_view body) {
    return raw(simulate::test::post("/v1/messages/count_tokens", body, kVersion));
  }
  static json error_of(const Response& reply) {
    const json body = json::parse(reply.payload, nullptr, false);
    EXPECT_EQ(body.value("type", ""), "error") << reply.bytes;
    EXPECT_EQ(body.value("request_id", ""), reply.header("x-pontage-request-id"));
    EXPECT_EQ(reply.header("request-id"), reply.header("x-pontage-request-id"));
    return body.value("error", json::object());
  }
  static std::string text_of(const Response& reply) {
    std::string out;
    const json body = json::parse(reply.payload, nullptr, false);
    if (!body.contains("content")) return "no answer: " + reply.payload;
    for (const json& block : body["content"]) out += block.value("text", "");
    return out;
  }
};

inline const std::string kA1 = "fallback: [ { provider: a1, model: m } ]";
inline const std::string kP1 = "fallback: [ { provider: p1, model: m } ]";
inline const std::string kA1ThenP2 =
    "fallback: [ { provider: a1, model: m }, { provider: p2, model: m } ]";
inline const std::string kP1ThenA2 =
    "fallback: [ { provider: p1, model: m }, { provider: a2, model: m } ]";

}  // namespace pontage::gateway::test
