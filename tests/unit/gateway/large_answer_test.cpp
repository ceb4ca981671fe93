// Whole answers over a megabyte are passed on while they come, and one that breaks is seen to be
// broken.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/gateway/house_bench.hpp"

namespace pontage::gateway::test {
namespace {

using simulate::test::End;
using simulate::test::kPatience;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::size_t kMiB = 1024 * 1024;
const std::string kClose = "Connection: close\r\n";

class LargeAnswer : public HouseBench {
 protected:
  Response ask_large() { return raw(post(chat(), kClose), true); }
};

TEST_F(LargeAnswer, PassesByteForByteWithItsUsage) {
  serve_chain({kBoth});
  for (const char* how : {"", ",framing=chunked", ",framing=close", ",gzip=force"}) {
    p1->clear();
    ASSERT_TRUE(p1->set_default_fault("huge=5MiB" + std::string(how)));
    const auto reply = ask_large();
    EXPECT_EQ(reply.status, 200) << how;
    EXPECT_TRUE(reply.framed) << how;
    EXPECT_EQ(reply.payload.size(), 5 * kMiB) << how;
    EXPECT_TRUE(reply.payload.starts_with("{\"id\"")) << how;
    EXPECT_TRUE(reply.payload.ends_with("}")) << how;
    EXPECT_EQ(reply.header("content-length"), *how == '\0' ? std::to_string(5 * kMiB) : "") << how;
    EXPECT_EQ(reply.header("x-pontage-provider"), "p1") << how;
    EXPECT_EQ(reply.header("content-type"), "application/json") << how;
    EXPECT_EQ(reply.header("x-pontage-cost-usd"), "") << "not known before the end";
    EXPECT_EQ(p1->requests().size(), 1U) << how;
  }
  EXPECT_EQ(metric("pontage_requests_total", {"outcome=\"ok\""}), 4);
  stop();
  ASSERT_EQ(access_log().size(), 4U);
  for (const auto& line : access_log()) {
    EXPECT_THAT(line, Not(HasSubstr("\"estimated\"")));
    EXPECT_THAT(line, HasSubstr("\"tokens\":{\"input\":5,\"output\":8}")) << "as the provider said";
  }
}

// Nothing but passing on while it comes can give the client bytes of an answer that never ends.
TEST_F(LargeAnswer, IsNotWaitedFor) {
  p1->set_default_fault("huge=5MiB,stall=b3145728");
  serve_chain({kBoth});
  RawClient client(port());
  client.send(post(chat()));
  EXPECT_GE(client.read_some(3 * kMiB).size(), 3 * kMiB);
  client.close();
  ASSERT_TRUE(p1->wait_for_ended(1, kPatience));
  EXPECT_TRUE(wait_metric("pontage_requests_total", {"outcome=\"client_closed\""}, 1));
  EXPECT_EQ(p2->requests().size(), 0U);
}

// Row D16: a client that takes nothing holds its provider back: what the kernel buffers on the way
// hold is far from 60 MiB.
TEST_F(LargeAnswer, ASlowClientHoldsTheProviderBack) {
  p1->set_default_fault("huge=60MiB");
  serve_chain({kBoth});
  RawClient client(port());
  client.send(post(chat()));
  EXPECT_THAT(client.read_some(100), HasSubstr("HTTP/1.1 200"));
  client.close();
  ASSERT_TRUE(p1->wait_for_ended(1, kPatience));
  EXPECT_EQ(p1->requests().front().outcome, "client_closed");
  EXPECT_LT(p1->requests().front().bytes_sent, 60 * kMiB);
}

TEST_F(LargeAnswer, OneThatBreaksIsSeenToBeBroken) {
  serve_chain({kBoth});
  int truncated = 0;
  for (const char* fault :
       {"huge=5MiB,cut=b3145728", "huge=5MiB,cut=b3145728,framing=chunked",
        "huge=5MiB,reset=b3145728", "huge=5MiB,bad_chunk=b3145728,framing=chunked",
        "huge=5MiB,cut=b3145728,framing=close", "huge=80MiB,framing=chunked"}) {
    p1->clear();
    ASSERT_TRUE(p1->set_default_fault(fault)) << fault;
    const auto reply = ask_large();
    EXPECT_EQ(reply.status, 200) << fault;
    EXPECT_FALSE(reply.framed) << fault;
    EXPECT_EQ(reply.end, End::kReset) << fault;
    EXPECT_EQ(reply.header("x-pontage-provider"), "p1") << fault;
    EXPECT_THAT(reply.bytes, Not(HasSubstr("\r\n0\r\n\r\n"))) << fault;
    EXPECT_TRUE(wait_metric("pontage_requests_total", {"outcome=\"truncated\""}, ++truncated))
        << fault;
  }
  EXPECT_EQ(p2->requests().size(), 0U) << "nothing falls over after the commit point";
  EXPECT_GT(metric("pontage_tokens_total", {"token_type=\"output\""}), 0)
      << "what was passed on is accounted";
  stop();
  for (const auto& line : access_log()) {
    EXPECT_THAT(line, HasSubstr("\"estimated\":true"));
    EXPECT_THAT(line, HasSubstr("\"stream_interrupted\""));
  }
}

TEST_F(LargeAnswer, BeforeAMegabyteOneThatBreaksFallsOver) {
  serve_chain({kBoth});
  for (const char* fault : {"huge=5MiB,cut=b1000000", "huge=80MiB"}) {
    p1->clear();
    p2->clear();
    ASSERT_TRUE(p1->set_default_fault(fault)) << fault;
    const auto reply = ask(chat());
    EXPECT_EQ(reply.status, 200) << fault;
    EXPECT_EQ(reply.header("x-pontage-provider"), "p2") << fault;
    EXPECT_EQ(p1->requests().size(), 1U) << fault;
  }
}

// It must be held to be translated.
TEST_F(LargeAnswer, OfTheOtherDialectIsHeld) {
  serve_chain({"fallback: [ { provider: a2, model: claude }, { provider: p1, model: m } ]"});
  p2->set_default_fault("huge=5MiB");
  const auto reply = ask_large();
  EXPECT_EQ(reply.header("x-pontage-provider"), "a2");
  EXPECT_TRUE(reply.framed);
  EXPECT_NE(reply.header("content-length"), "");
  EXPECT_NE(reply.header("x-pontage-cost-usd"), "");
  p2->set_default_fault("huge=5MiB,cut=b3145728");
  EXPECT_EQ(ask_large().header("x-pontage-provider"), "p1") << "and can still fall over";
}

TEST_F(LargeAnswer, TheConnectionGoesOnAfterIt) {
  p1->set_default_fault("times=1,huge=2MiB");
  serve_chain({kBoth});
  RawClient client(port());
  for (int i = 0; i < 2; ++i) {
    client.send(post(chat()));
    EXPECT_EQ(client.read_response().status, 200);
  }
  ASSERT_EQ(p1->requests().size(), 2U);
  EXPECT_EQ(p1->requests()[1].on_connection, 2U) << "the upstream connection is used again";
}

}  // namespace
}  // namespace pontage::gateway::test
