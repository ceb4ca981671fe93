// When a target is left: default triggers, written conditions, latency rules that cut, and errors
// that pass.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/gateway/house_bench.hpp"

namespace pontage::gateway::test {
namespace {

using ::testing::HasSubstr;

std::string both_on(const std::string& rules) {
  return "fallback: { targets: [ { provider: p1, model: m }, { provider: p2, model: m } ], on: [ " +
         rules + " ] }";
}

class Conditions : public HouseBench {
 protected:
  /// Who answers, by the header; the status when nobody did.
  std::string who(bool stream = false) {
    const auto reply = ask(stream ? chat_stream() : chat());
    return reply.status == 200 ? reply.header("x-pontage-provider") : std::to_string(reply.status);
  }
};

TEST_F(Conditions, WrittenOnesTakeThePlaceOfTheDefaults) {
  serve_chain({both_on("'status_code == 429'")});
  struct Row {
    const char* fault;
    const char* answer;
  };
  for (const Row& row :
       {Row{"status=429", "p2"}, Row{"status=500", "500"}, Row{"status=503", "503"},
        Row{"status=400", "400"}, Row{"", "p1"}, Row{"garbage", "p2"}, Row{"refuse", "p2"}}) {
    p1->set_default_fault(row.fault);
    EXPECT_EQ(who(), row.answer) << row.fault;
  }
}

TEST_F(Conditions, AnyStatusMayBeLeft) {
  serve_chain({both_on("'status_code == 404 || error == \"refused\"'")});
  p1->set_default_fault("status=404");
  EXPECT_EQ(who(), "p2");
}

TEST_F(Conditions, ABareLatencyRuleCutsTheAttempt) {
  serve_chain({both_on("'latency_ms > 200'")});
  p1->set_default_fault("ttft_ms=60000");
  for (const bool stream : {true, false}) {
    p1->clear();
    EXPECT_EQ(who(stream), "p2") << stream;
    ASSERT_TRUE(p1->wait_for_ended(1, simulate::test::kPatience));
    const auto seen = p1->requests().front();
    EXPECT_EQ(seen.outcome, "client_closed");
    EXPECT_GE(seen.closed_by_client_after_ms, 150);
    EXPECT_LT(seen.closed_by_client_after_ms, 30'000) << "cut, not waited for";
  }
  EXPECT_EQ(metric("pontage_attempts_total", {"provider=\"p1\"", "outcome=\"timeout\""}), 2);
}

TEST_F(Conditions, AFastEnoughAnswerIsNotCutAfterItsCommitPoint) {
  serve_chain({both_on("'latency_ms > 400'")});
  p1->set_default_fault("tps=10,tokens=8");
  const auto reply = ask_stream();
  EXPECT_EQ(reply.header("x-pontage-provider"), "p1");
  EXPECT_EQ(count_done(reply), 1) << "the stream takes 800 ms, its first token does not";
}

TEST_F(Conditions, TimeToFirstTokenRulesHoldForStreams) {
  serve_chain({both_on("'ttft_ms > 200'")});
  p1->set_default_fault("ttft_ms=700,tokens=2");
  EXPECT_EQ(who(true), "p2");
  EXPECT_EQ(who(false), "p1") << "a whole answer has no first token";
}

TEST_F(Conditions, CompositeRulesAreAskedAfterwards) {
  serve_chain({both_on("'latency_ms > 200 && status_code == 200'")});
  p1->set_default_fault("slow_headers_ms=400");
  EXPECT_EQ(who(), "p2");
  ASSERT_EQ(p1->requests().size(), 1U);
  EXPECT_EQ(p1->requests().front().outcome, "complete") << "waited for, then left";
  p1->set_default_fault("");
  EXPECT_EQ(who(), "p1");
}

TEST_F(Conditions, LatencyNeverLeavesWithoutARule) {
  serve_chain({kBoth});
  p1->set_default_fault("slow_headers_ms=700");
  EXPECT_EQ(who(), "p1");
}

TEST_F(Conditions, ContentFiltersPassUnlessOptedIn) {
  serve_chain({kBoth});
  p1->set_default_fault("error=content_filter");
  const auto reply = ask(chat());
  EXPECT_EQ(reply.status, 400);
  EXPECT_THAT(reply.payload, HasSubstr("content"));
  EXPECT_EQ(p2->requests().size(), 0U);
}

TEST_F(Conditions, ContentFiltersFallOverWhereTheRouteSaysSo) {
  serve_chain({both_on("content_filter, 'status_code >= 500'")});
  p1->set_default_fault("error=content_filter");
  EXPECT_EQ(who(), "p2");
}

class Overflow : public HouseBench {
 protected:
  // OpenAI's own names, so that the price file knows their context sizes.
  void serve_models(const std::vector<std::string>& models) {
    std::string yaml =
        "providers:\n  openai: { api_key: k, base_url: \"" + p1->base_url() + "\" }\n";
    yaml += "routes:\n  - chain:\n      - retry: { max: 2, base: 1ms }\n      - fallback:\n";
    for (const auto& model : models)
      yaml += "          - { provider: openai, model: " + model + " }\n";
    serve(yaml);
    p1->set_fault("gpt-4o", "error=context_length");
  }
};

TEST_F(Overflow, GoesOnlyToALargerContext) {
  serve_models({"gpt-4o", "gpt-4o-mini", "gpt-4.1"});
  const auto reply = ask(chat());
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.header("x-pontage-model"), "gpt-4.1");
  EXPECT_EQ(p1->requests("gpt-4o").size(), 1U) << "never retried on the same model";
  EXPECT_EQ(p1->requests("gpt-4o-mini").size(), 0U) << "its context is no larger";
}

TEST_F(Overflow, PassesWhereNoneIsLarger) {
  serve_models({"gpt-4o", "gpt-4o-mini"});
  const auto reply = ask(chat());
  EXPECT_EQ(reply.status, 400);
  EXPECT_EQ(error_code(reply), "context_length_exceeded");
  EXPECT_EQ(p1->requests().size(), 1U);
}

class Decisions : public HouseBench {};

TEST_F(Decisions, TheHeaderNamesRuleSkippedAndFailed) {
  serve(
      "providers:\n  openai: { api_key: \"${PONTAGE_TEST_UNSET_KEY}\" }\n  p1: { kind: openai, "
      "base_url: \"" +
      p1->base_url() + "\" }\n  p2: { kind: openai, base_url: \"" + p2->base_url() +
      "\" }\n"
      "routes:\n  - name: chat\n    chain:\n"
      "      - conditional: [ { if: request.stream, then: { provider: p2, model: s } }, "
      "{ if: 'request.message_count < 5', then: { provider: p1, model: m } } ]\n"
      "      - fallback: [ { provider: openai, model: gpt-4o }, { provider: p2, model: m } ]\n");
  p1->set_default_fault("status=503");
  const auto reply = ask(chat());
  const auto line = reply.header("x-pontage-decision");
  EXPECT_THAT(line, HasSubstr("conditional: request.message_count < 5 -> p1/m"));
  EXPECT_THAT(
      line, HasSubstr("openai/gpt-4o skipped: not configured, PONTAGE_TEST_UNSET_KEY is not set"));
  EXPECT_THAT(line, HasSubstr("p1/m failed: HTTP 503"));
  EXPECT_THAT(line, HasSubstr("p2/m answered"));
  EXPECT_EQ(ask(chat_stream()).header("x-pontage-model"), "s");
}

TEST_F(Decisions, DebugAddsTheWholeTrace) {
  p1->set_default_fault("times=1,status=503");
  serve_chain({kBoth});
  const auto whole = ask(chat(), "x-pontage-debug: 1\r\n");
  EXPECT_THAT(whole.payload, HasSubstr("\"pontage\":{\"request_id\""));
  EXPECT_THAT(whole.payload, HasSubstr("\"target\":\"p1/m\",\"outcome\":\"error\",\"status\":503"));
  EXPECT_FALSE(answer_text(whole).empty()) << "still an answer that parses";
  const auto stream = ask(chat_stream(), "x-pontage-debug: 1\r\n");
  EXPECT_THAT(stream.payload, HasSubstr(": pontage {\"request_id\""));
  EXPECT_EQ(ask(chat()).payload.find("\"pontage\""), std::string::npos);
}

}  // namespace
}  // namespace pontage::gateway::test
