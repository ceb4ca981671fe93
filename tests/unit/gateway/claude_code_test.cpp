// Requests as Claude Code sends them, and what it does with errors: the rows A, D15 and E of the
// translation that only show over real sockets.
#include "unit/gateway/messages_bench.hpp"

namespace pontage::gateway::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const std::string kAsked =
    R"({"model":"claude-x","max_tokens":128000,"stream":true,)"
    R"("system":[{"type":"text","text":"x-anthropic-billing-header: cc_version=2.1; cc_entrypoint=cli;"},)"
    R"({"type":"text","text":"You are Claude Code."},)"
    R"({"type":"text","text":"Be brief.","cache_control":{"type":"ephemeral"}}],)"
    R"("messages":[{"role":"user","content":[{"type":"text","text":"Fix the bridge."}]},)"
    R"({"role":"system","content":"The folder is empty."},)"
    R"({"role":"assistant","content":[{"type":"tool_use","id":"t1","name":"Read","input":{"path":"a"}},)"
    R"({"type":"tool_use","id":"t2","name":"Read","input":{"path":"b"}}]},)"
    R"({"role":"user","content":[{"type":"tool_result","tool_use_id":"t2","content":"B","is_error":true},)"
    R"({"type":"tool_result","tool_use_id":"t1","content":[{"type":"text","text":"A"}]}]}],)"
    R"("tools":[{"name":"Read","input_schema":{"type":"object"}},)"
    R"({"name":"Later","defer_loading":true,"input_schema":{"type":"object"}}],)"
    R"("metadata":{"user_id":"user_1_account__session_2"},)"
    R"("thinking":{"type":"adaptive","display":"omitted"},)"
    R"("context_management":{"edits":[]},"output_config":{"effort":"high"}})";
const std::string kHeaders =
    "anthropic-version: 2026-10-21\r\nanthropic-beta: claude-code-20250219,oauth\r\n"
    "authorization: Bearer theirs\r\naccept-encoding: gzip, deflate, br, zstd\r\n";

TEST_F(Messages, A_ClaudeCodesRequestReachesAnthropicAsItIs) {
  serve_messages({"fallback: [ { provider: a1 } ]"});
  const auto reply = send(kAsked, kHeaders);
  ASSERT_EQ(reply.status, 200) << reply.bytes;
  EXPECT_THAT(reply.payload, HasSubstr("event: message_stop"));
  ASSERT_EQ(p1->requests().size(), 1U);
  EXPECT_EQ(p1->requests()[0].body, kAsked);
  EXPECT_EQ(p1->requests()[0].path, "/v1/messages?beta=true");
  EXPECT_EQ(p1->requests()[0].header("anthropic-beta"), "claude-code-20250219,oauth");
}

TEST_F(Messages, A_ClaudeCodesRequestReachesOthersWithoutItsBillingLine) {
  serve_messages({kP1});
  const auto reply = send(kAsked, kHeaders);
  ASSERT_EQ(reply.status, 200) << reply.bytes;
  EXPECT_THAT(reply.payload, HasSubstr("event: message_stop"));
  ASSERT_EQ(p1->requests().size(), 1U);
  const std::string sent = p1->requests()[0].body;
  EXPECT_THAT(sent, Not(HasSubstr("billing-header")));
  EXPECT_THAT(sent, HasSubstr("The folder is empty."));
  // The results came in the order of their completion; each stays with its call.
  std::map<std::string, std::string> results;
  const json request = json::parse(sent);
  for (const json& message : request["messages"]) {
    if (message["role"] == "tool") results[message["tool_call_id"]] = message["content"];
  }
  EXPECT_THAT(results["t1"], HasSubstr("A"));
  EXPECT_THAT(results["t2"], HasSubstr("B"));
}

TEST_F(Messages, A_TheProbeForAnotherServerIsToldThatThereIsNone) {
  serve_messages({kA1});
  EXPECT_EQ(raw("HEAD /api/hello HTTP/1.1\r\nHost: x\r\n\r\n").status, 404);
  EXPECT_EQ(p1->requests().size(), 0U);
}

TEST_F(Messages, D15_LeavingClosesTheProvidersStreamAndIsAccounted) {
  p1->set_default_fault("tps=200,tokens=5000");
  serve_messages({kA1});
  RawClient client(port());
  client.send(simulate::test::post("/v1/messages", kAsked, kHeaders));
  EXPECT_THAT(client.read_some(2000), HasSubstr("content_block_delta"));
  client.close();
  ASSERT_TRUE(p1->wait_for_ended(1, simulate::test::kPatience));
  EXPECT_EQ(p1->requests().front().outcome, "client_closed");
  EXPECT_TRUE(wait_metric("pontage_requests_total", {"outcome=\"client_closed\""}, 1));
  EXPECT_GT(metric("pontage_tokens_total", {"token_type=\"output\""}), 0);
}

// Claude Code repeats a generic 400 up to six times with less in it: each is its own request, and
// none of them says anything of the provider.
TEST_F(Messages, E4_AGeneric400IsPassedOnOnceAndCountsAgainstNobody) {
  serve_messages({"retry: { max: 2 }", kA1ThenP2});
  p1->set_default_fault("status=400,message=display%20is%20not%20supported");
  for (int i = 0; i < 6; ++i) {
    const auto reply = send(kAsked, kHeaders);
    EXPECT_EQ(reply.status, 400);
    EXPECT_EQ(json::parse(reply.payload)["error"]["message"], "display is not supported");
  }
  EXPECT_EQ(p1->requests().size(), 6U);
  EXPECT_EQ(p2->requests().size(), 0U);
  EXPECT_EQ(metric("pontage_breaker_openings_total"), 0);
}

TEST_F(Messages, E5_AModelThatIsNotThereIsSaidSo) {
  serve_messages({kA1ThenP2});
  p1->set_default_fault("status=404");
  const auto reply = send(kAsked, kHeaders);
  EXPECT_EQ(reply.status, 404);
  EXPECT_EQ(json::parse(reply.payload)["error"]["type"], "not_found_error");
  EXPECT_EQ(p2->requests().size(), 0U);
}

TEST_F(Messages, E6_HowLongToWaitReachesTheClient) {
  serve_messages({kA1});
  for (const char* status : {"429", "503", "529"}) {
    p1->set_default_fault(std::string("status=") + status + ",retry_after=7");
    const auto reply = send(body_of());
    EXPECT_EQ(std::to_string(reply.status), status);
    EXPECT_EQ(reply.header("retry-after"), "7") << status;
  }
}

}  // namespace
}  // namespace pontage::gateway::test
