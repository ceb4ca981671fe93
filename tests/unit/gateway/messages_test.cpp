// The Anthropic client's endpoint over real sockets, before providers of both dialects: bytes that
// stay as they are, translation, failures on either side of the commit point.
#include "unit/gateway/messages_bench.hpp"

namespace pontage::gateway::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

TEST_F(Messages, TheRequestGoesThroughByteForByte) {
  serve_messages({"fallback: [ { provider: a1, model: target } ]"});
  const std::string body =
      R"({ "messages" : [{"role":"user","content":"model"}] ,"n":1.50, "model":"asked","max_tokens":9,"context_management":{"x":[]}})";
  const auto reply = send(body, std::string(kVersion) +
                                    "anthropic-beta: one,two\r\n"
                                    "authorization: Bearer mine\r\nx-api-key: mine-too\r\n");
  ASSERT_EQ(reply.status, 200) << reply.bytes;
  const auto log = p1->requests();
  ASSERT_EQ(log.size(), 1U);
  std::string expected = body;
  expected.replace(expected.find("\"asked\""), 7, "\"target\"");
  EXPECT_EQ(log[0].body, expected);
  EXPECT_EQ(log[0].header("anthropic-version"), "2026-10-21");
  EXPECT_EQ(log[0].header("anthropic-beta"), "one,two");
  EXPECT_EQ(log[0].credential, "x-api-key") << "the provider's key, never the client's";
  EXPECT_THAT(log[0].header("x-api-key"), StartsWith("sha256:"));
}

TEST_F(Messages, RepliesComeBackByteForByte) {
  serve_messages({kA1});
  for (const char* fault :
       {"extra", "extra,ascii", "crlf,comments", "tools=2,interleave", "reasoning=5",
        "framing=chunked,one_byte", "bom", "heartbeat_ms=5,ttft_ms=30"}) {
    p1->clear();
    ASSERT_TRUE(p1->set_default_fault(fault)) << fault;
    for (const char* more : {"", R"(,"stream":true)"}) {
      const std::string body = body_of(more);
      const auto direct =
          simulate::test::ask(static_cast<std::uint16_t>(
                                  std::stoi(p1->base_url().substr(p1->base_url().rfind(':') + 1))),
                              simulate::test::post("/v1/messages", body, kVersion));
      const auto through = send(body);
      EXPECT_EQ(through.status, 200) << fault;
      if (std::string_view(fault).find("heartbeat") == std::string_view::npos &&
          std::string_view(fault) != "bom") {
        EXPECT_EQ(through.payload, direct.payload) << fault << more;
      }
      EXPECT_EQ(through.text(), direct.text()) << fault << more;
    }
  }
}

TEST_F(Messages, BothDialectsSayTheSame) {
  serve_messages({kA1});
  const std::string whole = text_of(send(body_of()));
  const std::string streamed = send(body_of(R"(,"stream":true)")).text();
  EXPECT_EQ(whole, streamed);
  stop();
  serve_messages({kP1});
  const auto reply = send(body_of());
  EXPECT_EQ(text_of(reply), whole);
  EXPECT_EQ(p1->requests().back().dialect, "openai.chat");
  const json body = json::parse(reply.payload);
  EXPECT_EQ(body["stop_reason"], "end_turn");
  EXPECT_GT(body["usage"]["input_tokens"], 0);
  const auto stream = send(body_of(R"(,"stream":true)"));
  EXPECT_EQ(stream.text(), whole);
  EXPECT_THAT(stream.header("content-type"), HasSubstr("text/event-stream"));
  EXPECT_THAT(stream.payload, StartsWith("event: message_start\n"));
  EXPECT_THAT(stream.payload,
              ::testing::EndsWith("event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"));
}

TEST_F(Messages, UsageIsMeteredOnBothWays) {
  p1->set_default_fault("prompt_tokens=40,completion_tokens=9,cached=12");
  serve_messages({kA1});
  for (const char* more : {"", R"(,"stream":true)"}) ASSERT_EQ(send(body_of(more)).status, 200);
  stop();
  const auto metered = [](const std::vector<std::string>& lines) {
    for (const auto& line : lines) {
      const json row = json::parse(line);
      EXPECT_EQ(row["outcome"], "ok") << line;
      EXPECT_EQ(row["path"], "/v1/messages");
      EXPECT_THAT(line, HasSubstr("\"cache_read\":12")) << line;
      EXPECT_THAT(line, HasSubstr("\"input\":28")) << line;
      EXPECT_THAT(line, HasSubstr("\"output\":9")) << line;
    }
    return lines.size();
  };
  EXPECT_EQ(metered(access_log()), 2U);
}

TEST_F(Messages, FailuresBeforeContentFallOverToTheOtherDialect) {
  for (const auto& chain : {kA1ThenP2, kP1ThenA2}) {
    serve_messages({"timeout: { first_byte: 250ms, first_token: 250ms, idle: 250ms }", chain});
    for (const char* fault : {"status=529", "status=429,retry_after=60", "refuse",
                              "reset=after_headers", "error_event=0", "empty_stream", "garbage",
                              "cut=0", "ttft_ms=60000", "status=401", "bad_gzip=0"}) {
      p1->clear();
      p2->clear();
      ASSERT_TRUE(p1->set_default_fault(fault)) << fault;
      const auto reply = send(body_of(R"(,"stream":true)"));
      EXPECT_EQ(reply.status, 200) << fault << reply.bytes;
      EXPECT_THAT(reply.header("x-pontage-provider"), ::testing::MatchesRegex("[pa]2")) << fault;
      EXPECT_FALSE(reply.text().empty()) << fault;
      EXPECT_THAT(reply.payload, HasSubstr("event: message_stop")) << fault;
      EXPECT_THAT(reply.payload, Not(HasSubstr("event: error"))) << fault;
      EXPECT_GE(p1->requests().size(), 1U) << fault;
    }
    stop();
  }
}

TEST_F(Messages, AfterContentACutStreamEndsWithAnErrorEvent) {
  for (const auto& chain : {kA1ThenP2, kP1ThenA2}) {
    serve_messages({"timeout: { idle: 250ms }", chain});
    for (const char* fault : {"cut=3", "reset=3", "error_event=3", "stall=3", "no_finish,no_done",
                              "bad_chunk=3,framing=chunked"}) {
      p1->clear();
      ASSERT_TRUE(p1->set_default_fault(fault)) << fault;
      const auto reply = send(body_of(R"(,"stream":true)"));
      EXPECT_EQ(reply.header("x-pontage-provider").substr(1), "1") << fault;
      EXPECT_FALSE(reply.text().empty()) << fault;
      EXPECT_THAT(reply.payload, HasSubstr("event: error\ndata: {\"type\":\"error\"")) << fault;
      EXPECT_THAT(reply.payload, Not(HasSubstr("message_stop"))) << fault;
      EXPECT_THAT(reply.payload, Not(HasSubstr("message_delta"))) << fault;
      EXPECT_TRUE(wait_metric("pontage_requests_total", {"outcome=\"ok\""}, 0)) << fault;
    }
    EXPECT_TRUE(wait_metric("pontage_requests_total", {"outcome=\"truncated\""}, 6));
    stop();
  }
}

TEST_F(Messages, AProvidersOwnErrorEventPassesAsItCame) {
  serve_messages({kA1});
  p1->set_default_fault("error_event=3,error=overloaded,message=so%20busy");
  const auto reply = send(body_of(R"(,"stream":true)"));
  EXPECT_FALSE(reply.text().empty());
  const json event = json::parse(reply.events().back());
  EXPECT_EQ(event["error"]["type"], "overloaded_error");
  EXPECT_EQ(event["error"]["message"], "so busy") << "not our words around it";
  stop();
  serve_messages({kP1});
  const json ours = json::parse(send(body_of(R"(,"stream":true)")).events().back());
  EXPECT_EQ(ours["type"], "error");
  EXPECT_THAT(ours["error"]["message"].get<std::string>(), HasSubstr("so busy"));
}

TEST_F(Messages, AnAnswerWhoseReasonCameIsWholeWithoutItsLastLine) {
  serve_messages({kA1});
  p1->set_default_fault("no_done");
  const auto reply = send(body_of(R"(,"stream":true)"));
  EXPECT_THAT(reply.payload, HasSubstr("\"stop_reason\":\"end_turn\""));
  EXPECT_THAT(reply.payload,
              ::testing::EndsWith("event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"));
}

TEST_F(Messages, AProvidersOwnErrorPassesUnmodified) {
  serve_messages({kA1});
  for (const char* fault : {"status=400,message=odd%20words", "status=529", "error=rate_limit",
                            "error=context_length", "status=404"}) {
    p1->clear();
    ASSERT_TRUE(p1->set_default_fault(fault));
    const auto direct = simulate::test::ask(
        static_cast<std::uint16_t>(std::stoi(p1->base_url().substr(p1->base_url().rfind(':') + 1))),
        simulate::test::post("/v1/messages", body_of(), kVersion));
    const auto through = send(body_of());
    EXPECT_EQ(through.status, direct.status) << fault;
    auto theirs = json::parse(direct.payload);
    auto ours = json::parse(through.payload);
    theirs.erase("request_id");
    ours.erase("request_id");
    EXPECT_EQ(ours, theirs) << fault;
  }
}

TEST_F(Messages, TheOtherDialectsErrorsTakeOurShape) {
  serve_messages({kP1});
  struct Row {
    const char* fault;
    int status;
    const char* type;
  };
  for (const Row& row : {Row{"error=rate_limit", 429, "rate_limit_error"},
                         Row{"status=500", 503, "overloaded_error"},
                         Row{"error=context_length", 400, "invalid_request_error"},
                         Row{"status=401", 503, "api_error"},
                         Row{"error=bad_request", 400, "invalid_request_error"}}) {
    p1->clear();
    ASSERT_TRUE(p1->set_default_fault(row.fault));
    const auto reply = send(body_of());
    EXPECT_EQ(reply.status, row.status) << row.fault << reply.bytes;
    EXPECT_EQ(error_of(reply).value("type", ""), row.type) << row.fault;
  }
  ASSERT_TRUE(p1->set_default_fault("error=context_length"));
  EXPECT_THAT(error_of(send(body_of())).value("message", ""), StartsWith("prompt is too long"));
}

}  // namespace
}  // namespace pontage::gateway::test
