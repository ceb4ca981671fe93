// The commit point (law 3): before content everything can be undone, after it nothing is invented.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/gateway/house_bench.hpp"

namespace pontage::gateway::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const std::string kQuick = "timeout: { first_byte: 250ms, first_token: 250ms, idle: 250ms }";
using CommitPoint = HouseBench;

TEST_F(CommitPoint, WhatHasNoContentFallsOver) {
  serve_chain({kQuick, kBoth});
  p1->set_default_fault("status=503");
  const std::string healthy = ask_stream().text();
  ASSERT_FALSE(healthy.empty());
  for (const char* fault : {"error_event=0",
                            "error_event=e1",
                            "empty_stream",
                            "garbage",
                            "silence",
                            "ttft_ms=60000",
                            "slow_headers_ms=60000",
                            "refuse",
                            "reset=before_headers",
                            "reset=after_headers",
                            "cut=0",
                            "cut=e1",
                            "stall=0",
                            "as_plain",
                            "garbage_http",
                            "huge_headers=200KiB",
                            "bad_chunk=0",
                            "bad_head=both_lengths",
                            "bad_gzip=0",
                            "content_type=text%2Fhtml",
                            "status=529",
                            "no_finish,no_done,tokens=0"}) {
    p1->clear();
    p2->clear();
    ASSERT_TRUE(p1->set_default_fault(fault)) << fault;
    const auto reply = ask_stream();
    EXPECT_EQ(reply.status, 200) << fault << reply.bytes;
    EXPECT_EQ(reply.header("x-pontage-provider"), "p2") << fault;
    EXPECT_EQ(reply.text(), healthy) << fault << ": only the second's text";
    EXPECT_EQ(count_done(reply), 1) << fault;
    EXPECT_THAT(reply.payload, Not(HasSubstr("\"error\""))) << fault;
    EXPECT_GE(p1->requests().size(), 1U) << fault;
    EXPECT_EQ(p2->requests().size(), 1U) << fault;
    EXPECT_THAT(reply.header("x-pontage-decision"), HasSubstr("p1/m failed")) << fault;
  }
}

TEST_F(CommitPoint, WholeAnswersThatAreNoneFallOver) {
  serve_chain({kBoth});
  for (const char* fault :
       {"garbage", "truncated_json", "wrong_type", "wrong_type=string", "wrong_type=null",
        "wrong_type=object", "wrong_type=text", "bad_length", "cut=b20", "reset=b20", "bad_gzip",
        "garbage_http", "bad_chunk=b10,framing=chunked", "huge=80MiB", "refuse", "status=500"}) {
    p1->clear();
    p2->clear();
    ASSERT_TRUE(p1->set_default_fault(fault)) << fault;
    const auto reply = ask(chat());
    EXPECT_EQ(reply.status, 200) << fault << reply.bytes;
    EXPECT_EQ(reply.header("x-pontage-provider"), "p2") << fault;
    EXPECT_EQ(p2->requests().size(), 1U) << fault;
  }
}

TEST_F(CommitPoint, ACutAfterContentIsAnErrorEventAndNoDone) {
  serve_chain({kQuick, kBoth});
  int truncated = 0;
  for (const char* fault :
       {"cut=3", "reset=3", "stall=3", "bad_chunk=3", "error_event=3", "no_finish,no_done"}) {
    p1->clear();
    ASSERT_TRUE(p1->set_default_fault(fault)) << fault;
    const auto reply = ask_stream();
    EXPECT_EQ(reply.status, 200) << fault;
    EXPECT_EQ(reply.header("x-pontage-provider"), "p1") << fault;
    EXPECT_FALSE(reply.text().empty()) << fault;
    const auto events = reply.events();
    ASSERT_FALSE(events.empty()) << fault;
    EXPECT_THAT(events.back(), HasSubstr("\"error\"")) << fault;
    EXPECT_EQ(count_done(reply), 0) << fault;
    EXPECT_THAT(reply.payload, Not(HasSubstr("\"finish_reason\":\"stop\""))) << fault;
    EXPECT_TRUE(reply.framed) << fault << ": our own framing ends well";
    EXPECT_EQ(metric("pontage_requests_total", {"outcome=\"truncated\""}), ++truncated) << fault;
  }
  EXPECT_EQ(p2->requests().size(), 0U) << "nothing falls over after content";
}

TEST_F(CommitPoint, TheErrorEventIsTyped) {
  serve_chain({kQuick, kFirst});
  p1->set_default_fault("cut=3");
  EXPECT_THAT(ask_stream().events().back(), HasSubstr("\"stream_interrupted\""));
  p1->set_default_fault("stall=3");
  EXPECT_THAT(ask_stream().events().back(), HasSubstr("\"upstream_timeout\""));
}

TEST_F(CommitPoint, AMissingDoneIsOursToSendWhenTheAnswerIsWhole) {
  serve_chain({kQuick, kBoth});
  p1->set_default_fault("no_done");
  const auto reply = ask_stream();
  EXPECT_EQ(count_done(reply), 1);
  EXPECT_THAT(reply.payload, HasSubstr("\"finish_reason\":\"stop\""));
  EXPECT_EQ(metric("pontage_requests_total", {"outcome=\"ok\""}), 1);
}

TEST_F(CommitPoint, OneBrokenEventIsPassedOverAndCounted) {
  serve_chain({kQuick, kBoth});
  const auto whole = ask_stream().text();
  p1->set_default_fault("bad_json=3");
  const auto reply = ask_stream();
  EXPECT_EQ(count_done(reply), 1);
  EXPECT_FALSE(reply.text().empty());
  EXPECT_LE(reply.text().size(), whole.size());
  EXPECT_EQ(metric("pontage_skipped_events_total", {"provider=\"p1\""}), 1);
}

TEST_F(CommitPoint, EveryWayThatBytesMayTravel) {
  serve_chain({kQuick, kFirst});
  const auto whole = ask_stream().text();
  for (const char* fault :
       {"one_byte", "crlf", "comments", "no_space", "multiline", "bom", "no_last_newline",
        "coalesce", "gzip=force", "framing=close", "framing=chunked,trailers", "interim=103"}) {
    ASSERT_TRUE(p1->set_default_fault(fault)) << fault;
    const auto reply = ask_stream();
    EXPECT_EQ(reply.text(), whole) << fault;
    EXPECT_EQ(count_done(reply), 1) << fault;
  }
}

TEST_F(CommitPoint, TheOtherDialectHasTheSameLaw) {
  serve_chain(
      {kQuick, "fallback: [ { provider: a2, model: claude }, { provider: p1, model: m } ]"});
  const auto good = ask_stream();
  EXPECT_EQ(good.header("x-pontage-provider"), "a2");
  EXPECT_FALSE(good.text().empty());
  EXPECT_EQ(count_done(good), 1);
  for (const char* fault : {"error_event=0", "empty_stream", "ttft_ms=60000", "cut=0"}) {
    p2->set_default_fault(fault);
    EXPECT_EQ(ask_stream().header("x-pontage-provider"), "p1") << fault;
  }
  p2->set_default_fault("cut=3");
  const auto cut = ask_stream();
  EXPECT_EQ(count_done(cut), 0);
  EXPECT_THAT(cut.events().back(), HasSubstr("\"error\""));
}

TEST_F(CommitPoint, UsageIsAskedForAndKeptFromThoseWhoDidNotAsk) {
  serve_chain({kFirst});
  EXPECT_THAT(ask_stream().payload, Not(HasSubstr("\"prompt_tokens\"")));
  EXPECT_THAT(ask(chat_stream(R"(,"stream_options":{"include_usage":true})")).payload,
              HasSubstr("\"prompt_tokens\""));
  for (const auto& seen : p1->requests())
    EXPECT_THAT(seen.body, HasSubstr("\"include_usage\":true"));
  EXPECT_GT(metric("pontage_tokens_total", {"model=\"m\"", "token_type=\"output\""}), 0);
}

}  // namespace
}  // namespace pontage::gateway::test
