// The head that goes out before the commit point: after a while, or many bytes, without content the
// client gets a sign of life; falling over stays possible, and a later failure is an event.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/gateway/house_bench.hpp"

namespace pontage::gateway::test {
namespace {

using simulate::test::kPatience;
using ::testing::HasSubstr;
using ::testing::Not;

const std::string kSoon = ", limits: { hold_back: 30ms }";
const std::string kAlive = ": keep-alive\n\n";

class HoldBack : public HouseBench {
 protected:
  void serve_soon(const std::vector<std::string>& entries, const std::string& server = kSoon) {
    std::string yaml = "routes:\n  - name: chat\n    chain:\n";
    for (const auto& entry : entries) yaml += "      - " + entry + "\n";
    serve(yaml, server);
  }
};

// Each way of giving no content: no head, a head and no events, a first event without content.
TEST_F(HoldBack, AnEarlyHeadAndStillTheNextTarget) {
  serve_soon({"timeout: { first_byte: 400ms, first_token: 400ms }", kBoth});
  for (const char* fault : {"silence", "ttft_ms=60000", "stall=e1", "slow_headers_ms=60000"}) {
    p1->clear();
    p2->clear();
    ASSERT_TRUE(p1->set_default_fault(fault)) << fault;
    const auto reply = ask_stream();
    EXPECT_EQ(reply.status, 200) << fault;
    EXPECT_EQ(reply.header("content-type"), "text/event-stream") << fault;
    EXPECT_NE(reply.header("x-pontage-request-id"), "") << fault;
    EXPECT_EQ(reply.header("x-pontage-provider"), "") << fault << ": nobody had answered yet";
    EXPECT_TRUE(reply.payload.starts_with(kAlive + kAlive)) << fault << ": again and again";
    EXPECT_FALSE(reply.text().empty()) << fault;
    EXPECT_EQ(count_done(reply), 1) << fault;
    EXPECT_THAT(reply.payload, Not(HasSubstr("\"error\""))) << fault;
    EXPECT_TRUE(reply.framed) << fault;
    EXPECT_EQ(p1->requests().size(), 1U) << fault;
    EXPECT_EQ(p2->requests().size(), 1U) << fault;
  }
}

TEST_F(HoldBack, AlsoWhileARetryIsWaitedFor) {
  p1->set_default_fault("times=1,status=429,retry_after_ms=300");
  serve_soon({"retry: { max: 1 }", kFirst});
  const auto reply = ask_stream();
  EXPECT_TRUE(reply.payload.starts_with(kAlive));
  EXPECT_EQ(count_done(reply), 1);
  EXPECT_EQ(p1->requests().size(), 2U);
}

TEST_F(HoldBack, ALaterFailureIsAnEvent) {
  serve_soon({"timeout: { first_byte: 300ms, first_token: 300ms }", kFirst});
  struct Row {
    const char* fault;
    const char* code;
  };
  for (const Row& row : {Row{"ttft_ms=60000", "upstream_timeout"},
                         Row{"slow_headers_ms=120,status=500", "upstream_garbage"},
                         Row{"slow_headers_ms=120,status=400", "invalid_value"},
                         Row{"slow_headers_ms=120,status=429", "rate_limited"}}) {
    p1->clear();
    ASSERT_TRUE(p1->set_default_fault(row.fault));
    const auto reply = ask_stream();
    EXPECT_EQ(reply.status, 200) << row.fault;
    EXPECT_TRUE(reply.payload.starts_with(kAlive)) << row.fault;
    EXPECT_EQ(count_done(reply), 0) << row.fault;
    EXPECT_TRUE(reply.framed) << row.fault;
    ASSERT_EQ(reply.events().size(), 1U) << row.fault << reply.payload;
    EXPECT_THAT(reply.events()[0], HasSubstr("\"error\"")) << row.fault;
    EXPECT_THAT(reply.events()[0], HasSubstr(row.code)) << row.fault;
    EXPECT_EQ(p1->requests().size(), 1U) << row.fault;
  }
  EXPECT_EQ(metric("pontage_requests_total", {"outcome=\"error\""}), 4);
}

TEST_F(HoldBack, TheFloorStillAnswers) {
  p1->set_default_fault("slow_headers_ms=120,status=500");
  serve_soon({kFirst, "floor: { message: later }"});
  const auto reply = ask_stream();
  EXPECT_TRUE(reply.payload.starts_with(kAlive));
  EXPECT_EQ(reply.text(), "later");
  EXPECT_EQ(count_done(reply), 1);
}

TEST_F(HoldBack, ByBytes) {
  p1->set_default_fault("ttft_ms=60000,heartbeat_ms=5");
  serve_soon({"timeout: { first_token: 500ms }", kBoth}, ", limits: { hold_back_bytes: 64 }");
  const auto reply = ask_stream();
  EXPECT_EQ(reply.status, 200);
  EXPECT_TRUE(reply.payload.starts_with(kAlive));
  EXPECT_EQ(count_done(reply), 1);
  EXPECT_EQ(reply.header("x-pontage-provider"), "");
  EXPECT_EQ(p2->requests().size(), 1U);
}

TEST_F(HoldBack, NotForWholeAnswersAndNotInTime) {
  p1->set_default_fault("slow_headers_ms=120");
  serve_soon({kFirst});
  EXPECT_EQ(answer_text(ask(chat())).empty(), false);
  EXPECT_EQ(ask(chat()).header("x-pontage-provider"), "p1");
  stop();
  serve_soon({kFirst}, ", limits: { hold_back: 15s }");
  const auto reply = ask_stream();
  EXPECT_EQ(reply.header("x-pontage-provider"), "p1");
  EXPECT_THAT(reply.payload, Not(HasSubstr(kAlive)));
}

TEST_F(HoldBack, AClientThatLeavesAfterTheEarlyHead) {
  p1->set_default_fault("ttft_ms=60000");
  serve_soon({kBoth});
  RawClient client(port());
  client.send(post(chat_stream()));
  EXPECT_THAT(client.read_until(kAlive), HasSubstr(kAlive));
  client.close();
  ASSERT_TRUE(p1->wait_for_ended(1, kPatience));
  EXPECT_EQ(p1->requests().front().outcome, "client_closed");
  EXPECT_TRUE(wait_metric("pontage_requests_total", {"outcome=\"client_closed\""}, 1));
  EXPECT_EQ(p2->requests().size(), 0U);
}

}  // namespace
}  // namespace pontage::gateway::test
