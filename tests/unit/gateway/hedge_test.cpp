// A second target starts when the first is late: who answers, what the other provider saw, and what
// both cost.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ledger/reader.hpp"
#include "unit/gateway/house_bench.hpp"

namespace pontage::gateway::test {
namespace {

using simulate::test::kPatience;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Hedge : public HouseBench {
 protected:
  /// After stop(): the attempts of the records, oldest first, as "provider outcome".
  std::vector<std::string> attempts() {
    stop();
    auto reader = ledger::Reader::open(ledger_path());
    if (!reader) return {"no ledger"};
    EXPECT_TRUE((*reader)->audit()->differences.empty());
    ledger::RequestFilter filter;
    filter.limit = 100;
    std::vector<std::string> out;
    auto records = (*reader)->requests(filter)->records;
    std::ranges::reverse(records);
    for (const auto& text : records) {
      ledger::Record record;
      EXPECT_TRUE(ledger::read_record(text, record));
      for (const auto& attempt : record.attempts)
        out.push_back(std::string(attempt.provider) + " " + std::string(attempt.outcome));
      estimated_ = record.estimated;
      input_ = record.input_tokens();
    }
    return out;
  }
  bool estimated_ = false;
  std::int64_t input_ = 0;
};

TEST_F(Hedge, TheSecondAnswersFirst) {
  serve_chain({"hedge: { after: 20ms }", kBoth});
  p1->set_default_fault("ttft_ms=60000");
  const auto reply = ask_stream();
  EXPECT_EQ(reply.header("x-pontage-provider"), "p2") << reply.bytes;
  EXPECT_EQ(count_done(reply), 1);
  EXPECT_THAT(reply.header("x-pontage-decision"), HasSubstr("p1/m is late: p2/m started too"));
  EXPECT_EQ(reply.header("x-pontage-attempts"), "2");
  ASSERT_TRUE(p1->wait_for_ended(1, kPatience));
  EXPECT_EQ(p1->requests().front().outcome, "client_closed");
  EXPECT_EQ(p2->requests().size(), 1U);
  EXPECT_EQ(metric("pontage_hedges_total", {"route=\"chat\"", "outcome=\"won\""}), 1);
  EXPECT_THAT(attempts(), ElementsAre("p1 cancelled", "p2 ok"));
  EXPECT_TRUE(estimated_) << "what the first has used is not known";
  EXPECT_GT(input_, 0);
}

TEST_F(Hedge, TheFirstAnswersFirstAfterAll) {
  serve_chain({"hedge: { after: 1ms }", kBoth});
  p1->set_default_fault("ttft_ms=400");
  p2->set_default_fault("ttft_ms=60000");
  const auto reply = ask_stream();
  EXPECT_EQ(reply.header("x-pontage-provider"), "p1") << reply.bytes;
  EXPECT_EQ(count_done(reply), 1);
  ASSERT_TRUE(p2->wait_for_ended(1, kPatience));
  EXPECT_EQ(p2->requests().front().outcome, "client_closed");
  EXPECT_EQ(metric("pontage_hedges_total", {"outcome=\"lost\""}), 1);
  EXPECT_EQ(metric("pontage_requests_rerouted_total"), 0);
  EXPECT_THAT(attempts(), ElementsAre("p1 ok", "p2 cancelled"));
}

TEST_F(Hedge, NobodyIsStartedForAnAnswerInTime) {
  serve_chain({"hedge: { after: 20s }", kBoth});
  EXPECT_EQ(ask_stream().header("x-pontage-provider"), "p1");
  EXPECT_EQ(ask(chat()).header("x-pontage-provider"), "p1");
  EXPECT_EQ(p2->requests().size(), 0U);
  EXPECT_THAT(attempts(), ElementsAre("p1 ok", "p1 ok"));
}

TEST_F(Hedge, AFailureIsFailedOverAtOnce) {
  serve_chain({"hedge: { after: 20s }", kBoth});
  p1->set_default_fault("status=503");
  EXPECT_EQ(ask_stream().header("x-pontage-provider"), "p2");
  EXPECT_EQ(metric("pontage_hedges_total"), 0);
}

TEST_F(Hedge, WhenBothFailTheSecondIsNotAskedAgain) {
  serve_chain({"hedge: { after: 1ms }", "timeout: { first_token: 500ms }", kBoth});
  p1->set_default_fault("ttft_ms=60000");
  p2->set_default_fault("status=503");
  const auto reply = ask_stream();
  EXPECT_GE(reply.status, 500) << reply.bytes;
  EXPECT_EQ(p1->requests().size(), 1U);
  EXPECT_EQ(p2->requests().size(), 1U);
  EXPECT_EQ(metric("pontage_hedges_total", {"outcome=\"failed\""}), 1);
}

// Until there are enough samples five seconds hold, which the deadline of the first token
// forestalls.
TEST_F(Hedge, APercentileIsMeasured) {
  serve_chain({"hedge: { after: p95 }", "timeout: { first_token: 4s }", kBoth});
  for (int i = 0; i < defaults::kHedgeSamples; ++i)
    ASSERT_EQ(ask_stream().header("x-pontage-provider"), "p1");
  p1->set_default_fault("ttft_ms=60000");
  EXPECT_EQ(ask_stream().header("x-pontage-provider"), "p2");
  EXPECT_EQ(metric("pontage_hedges_total", {"outcome=\"won\""}), 1);
}

TEST_F(Hedge, TheBudgetsHold) {
  serve_chain({"hedge: { after: 1ms }", kFirst});
  p1->set_default_fault("ttft_ms=300");
  EXPECT_EQ(ask_stream().status, 200) << "there is no other";
  EXPECT_EQ(p1->requests().size(), 1U);
  stop();
  serve("routes:\n  - name: chat\n    chain: [ { hedge: { after: 1ms } }, { " + kBoth + " } ]\n",
        ", limits: { attempts: 1 }");
  EXPECT_EQ(ask_stream().status, 200);
  EXPECT_EQ(p2->requests().size(), 0U) << "one attempt is all";
}

TEST_F(Hedge, AClientThatLeavesEndsBoth) {
  serve_chain({"hedge: { after: 1ms }", kBoth});
  p1->set_default_fault("ttft_ms=60000");
  p2->set_default_fault("ttft_ms=60000");
  RawClient client(port());
  client.send(post(chat_stream()));
  ASSERT_TRUE(p1->wait_for(1, kPatience));
  ASSERT_TRUE(p2->wait_for(1, kPatience));
  client.close();
  ASSERT_TRUE(p1->wait_for_ended(1, kPatience));
  ASSERT_TRUE(p2->wait_for_ended(1, kPatience));
  EXPECT_EQ(p1->requests().front().outcome, "client_closed");
  EXPECT_EQ(p2->requests().front().outcome, "client_closed");
  EXPECT_TRUE(wait_metric("pontage_requests_total", {"outcome=\"client_closed\""}, 1));
}

}  // namespace
}  // namespace pontage::gateway::test
