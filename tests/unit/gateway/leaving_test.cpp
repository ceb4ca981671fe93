// The client leaving stops the spending (law 8), and a reload swaps in one step (law 10).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/gateway/house_bench.hpp"

namespace pontage::gateway::test {
namespace {

using simulate::test::kPatience;
using ::testing::HasSubstr;

class Leaving : public HouseBench {
 protected:
  bool counted() { return wait_metric("pontage_requests_total", {"outcome=\"client_closed\""}, 1); }
};

TEST_F(Leaving, InTheMiddleOfAStream) {
  p1->set_default_fault("tps=200,tokens=5000");
  serve_chain({kBoth});
  RawClient client(port());
  client.send(post(chat_stream()));
  EXPECT_THAT(client.read_some(2000), HasSubstr("chat.completion.chunk"));
  client.close();
  ASSERT_TRUE(p1->wait_for_ended(1, kPatience));
  EXPECT_EQ(p1->requests().front().outcome, "client_closed");
  EXPECT_LT(p1->requests().front().content_sent, 5000U);
  EXPECT_TRUE(counted());
  EXPECT_GT(metric("pontage_tokens_total", {"token_type=\"output\""}), 0)
      << "what was streamed is accounted";
  EXPECT_EQ(metric("pontage_streams_open"), 0);
  EXPECT_EQ(metric("pontage_client_disconnects_total"), 1);
}

// `leaving: drain`: the provider's stream goes on to its end, and all of its tokens are booked.
TEST_F(Leaving, TheRouteMayWantToKnowWhatItWas) {
  p1->set_default_fault("tps=2000,tokens=400");
  serve("routes:\n  - name: chat\n    leaving: drain\n    chain:\n      - " + kFirst + "\n");
  RawClient client(port());
  client.send(post(chat_stream()));
  EXPECT_THAT(client.read_some(2000), HasSubstr("chat.completion.chunk"));
  client.close();
  ASSERT_TRUE(p1->wait_for_ended(1, kPatience));
  EXPECT_EQ(p1->requests().front().outcome, "complete");
  EXPECT_EQ(p1->requests().front().content_sent, 400U);
  EXPECT_TRUE(counted());
  EXPECT_EQ(metric("pontage_tokens_total", {"token_type=\"output\""}), 400);
}

TEST_F(Leaving, BeforeTheFirstToken) {
  p1->set_default_fault("ttft_ms=60000");
  serve_chain({"retry: { max: 2, base: 1ms }", kBoth});
  for (const auto& body : {chat_stream(), chat()}) {
    p1->clear();
    RawClient client(port());
    client.send(post(body));
    ASSERT_TRUE(p1->wait_for(1, kPatience));
    client.close();
    ASSERT_TRUE(p1->wait_for_ended(1, kPatience));
    EXPECT_EQ(p1->requests().front().outcome, "client_closed");
  }
  EXPECT_TRUE(wait_metric("pontage_requests_total", {"outcome=\"client_closed\""}, 2));
  EXPECT_EQ(p1->requests().size(), 1U) << "nothing is retried";
  EXPECT_EQ(p2->requests().size(), 0U) << "nothing falls over";
}

TEST_F(Leaving, WhileWaitingForTheNextTry) {
  p1->set_default_fault("status=429,retry_after=4");
  serve_chain({"retry: { max: 2 }", kBoth});
  RawClient client(port());
  client.send(post(chat()));
  ASSERT_TRUE(p1->wait_for_ended(1, kPatience));
  client.close();
  EXPECT_TRUE(counted());
  EXPECT_EQ(p1->requests().size(), 1U);
  EXPECT_EQ(p2->requests().size(), 0U);
}

TEST_F(Leaving, ItIsInTheLogWithItsStatus) {
  p1->set_default_fault("ttft_ms=60000");
  serve_chain({kFirst});
  {
    RawClient client(port());
    client.send(post(chat()));
    ASSERT_TRUE(p1->wait_for(1, kPatience));
  }
  EXPECT_TRUE(counted());
  stop();
  ASSERT_EQ(access_log().size(), 1U);
  EXPECT_THAT(access_log().front(), HasSubstr("\"client_closed\""));
  EXPECT_THAT(access_log().front(), HasSubstr("499"));
  EXPECT_THAT(access_log().front(), HasSubstr("\"p1\""))
      << "the provider that was asked stands on the record";
}

class Reload : public HouseBench {
 protected:
  static std::string to(const std::string& model) {
    return "routes: [ { chain: [ fallback: [ { provider: p1, model: " + model +
           " } ], floor: { message: x } ] } ]";
  }
};

TEST_F(Reload, TheNextRequestSeesTheNewFile) {
  serve(to("old"));
  EXPECT_EQ(ask(chat()).header("x-pontage-model"), "old");
  const auto info = metric("pontage_config_info");
  EXPECT_TRUE(reload(to("new")));
  EXPECT_EQ(ask(chat()).header("x-pontage-model"), "new");
  EXPECT_EQ(metric("pontage_config_info"), info) << "one version at a time";
  EXPECT_EQ(metric("pontage_config_reload_success"), 1);
}

TEST_F(Reload, ABadFileLeavesTheOldOneServing) {
  serve(to("old"));
  EXPECT_FALSE(reload("routes: [ { chain: [ falback: [] ] } ]"));
  EXPECT_EQ(ask(chat()).header("x-pontage-model"), "old");
  EXPECT_EQ(metric("pontage_config_reload_success"), 0);
  EXPECT_EQ(metric("pontage_config_reload_failures_total"), 1);
  EXPECT_TRUE(reload(to("new")));
  EXPECT_EQ(metric("pontage_config_reload_success"), 1);
  EXPECT_EQ(ask(chat()).header("x-pontage-model"), "new");
}

TEST_F(Reload, WhatIsInFlightFinishesOnItsOwnVersion) {
  p1->set_fault("old", "times=1,status=503;ttft_ms=600,tokens=4");
  serve(
      "routes: [ { chain: [ retry: { max: 1, base: 1ms }, fallback: [ { provider: p1, model: old } "
      "] ] } ]");
  RawClient client(port());
  client.send(post(chat_stream()));
  ASSERT_TRUE(p1->wait_for(2, kPatience));
  EXPECT_TRUE(reload(to("new")));
  EXPECT_EQ(ask(chat()).header("x-pontage-model"), "new");
  const auto slow = client.read_response();
  EXPECT_EQ(slow.header("x-pontage-model"), "old");
  EXPECT_EQ(count_done(slow), 1);
  stop();
  const auto lines = access_log();
  ASSERT_EQ(lines.size(), 2U);
  const auto version = [](const std::string& line) {
    return line.substr(line.find("\"config\""), 24);
  };
  EXPECT_NE(version(lines[0]), version(lines[1]));
}

TEST_F(Reload, ConnectionsAreKept) {
  serve(to("old"));
  RawClient client(port());
  client.send(post(chat()));
  EXPECT_EQ(client.read_response().header("x-pontage-model"), "old");
  EXPECT_TRUE(reload(to("new")));
  client.send(post(chat()));
  EXPECT_EQ(client.read_response().header("x-pontage-model"), "new");
}

TEST_F(Reload, DrainingFinishesWhatRuns) {
  p1->set_default_fault("ttft_ms=400,tokens=4");
  serve(to("m"));
  RawClient client(port());
  client.send(post(chat_stream()));
  ASSERT_TRUE(p1->wait_for(1, kPatience));
  stop();
  EXPECT_EQ(count_done(client.read_to_end()), 1);
  EXPECT_FALSE(RawClient(port()).connected());
}

}  // namespace
}  // namespace pontage::gateway::test
