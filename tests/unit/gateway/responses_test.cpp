// Streams of OpenAI's Responses API over the whole house: what a client counts on when they break.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "core/strings.hpp"
#include "unit/gateway/house_bench.hpp"

namespace pontage::gateway::test {
namespace {

using nlohmann::json;

class ResponsesClient : public HouseBench {
 protected:
  Response stream() {
    const std::string body = R"({"model":"m","input":"tell me of bridges","stream":true})";
    return raw(
        "POST /v1/responses HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        "Content-Length: " +
        std::to_string(body.size()) + "\r\n\r\n" + body);
  }
  static std::vector<json> events_of(const Response& reply) {
    std::vector<json> out;
    std::size_t at = 0;
    while ((at = reply.payload.find("data: ", at)) != std::string::npos) {
      at += 6;
      out.push_back(json::parse(reply.payload.substr(at, reply.payload.find('\n', at) - at)));
    }
    return out;
  }
};

// Clients order events by their numbers: the gateway's own error goes on counting, whether the
// stream was passed byte for byte or translated.
TEST_F(ResponsesClient, AnErrorAfterContentGoesOnCounting) {
  for (const char* target : {"same", "other"}) {
    serve(
        "providers:\n  same: { kind: openai, endpoints: [ openai.responses ], api_key: k, "
        "base_url: "
        "\"" +
        p1->base_url() + "/v1\" }\n  other: { kind: anthropic, api_key: k, base_url: \"" +
        p1->base_url() + "\" }\nroutes: [ { chain: [ { fallback: [ { provider: " + target +
        ", model: m } ] } ] } ]\n");
    p1->set_default_fault("cut=4");
    const auto events = events_of(stream());
    ASSERT_GT(events.size(), 4U) << target;
    for (std::size_t i = 0; i < events.size(); ++i)
      EXPECT_EQ(events[i]["sequence_number"], i) << target << events[i];
    EXPECT_EQ(events.back()["type"], "error") << target;
    EXPECT_EQ(events.back()["code"], "stream_interrupted") << target;
    stop();
  }
}

}  // namespace
}  // namespace pontage::gateway::test
