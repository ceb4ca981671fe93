// Never a bare 502 (law 4): the floor, and the typed error where there is none.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/gateway/house_bench.hpp"

namespace pontage::gateway::test {
namespace {

using ::testing::HasSubstr;

const std::string kTools =
    R"(,"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object"}}}])";
const std::string kSchema =
    R"(,"response_format":{"type":"json_schema","json_schema":{"name":"s","schema":{"type":"object"}}})";
const std::string kMessage = "floor: [ { message: 'We are back soon.' } ]";

class FloorTest : public HouseBench {
 protected:
  FloorTest() { p1->set_default_fault("status=503"); }
};

TEST_F(FloorTest, ALocalModelAnswers) {
  serve_chain({kFirst, "floor: [ { provider: p2, model: small }, { message: never } ]"});
  for (const auto& body : {chat(), chat_stream(), chat(kTools), chat(kSchema)}) {
    const auto reply = ask(body);
    EXPECT_EQ(reply.status, 200) << body;
    EXPECT_EQ(reply.header("x-pontage-cache"), "floor") << body;
    EXPECT_EQ(reply.header("x-pontage-provider"), "p2") << body;
    EXPECT_THAT(reply.header("x-pontage-decision"), HasSubstr("floor: p2/small answered")) << body;
  }
  EXPECT_EQ(metric("pontage_requests_total", {"outcome=\"floor\"", "provider=\"p2\""}), 4);
  EXPECT_EQ(metric("pontage_floor_ready", {"route=\"chat\""}), 1);
}

TEST_F(FloorTest, TheFixedMessageIsAWholeAnswer) {
  serve_chain({kFirst, kMessage});
  const auto reply = ask(chat());
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(answer_text(reply), "We are back soon.");
  EXPECT_THAT(reply.payload, HasSubstr("\"finish_reason\":\"stop\""));
  EXPECT_EQ(reply.header("x-pontage-cache"), "floor");
}

TEST_F(FloorTest, TheFixedMessageAsAStream) {
  serve_chain({kFirst, kMessage});
  const auto reply = ask_stream();
  EXPECT_EQ(reply.status, 200);
  EXPECT_THAT(reply.header("content-type"), HasSubstr("text/event-stream"));
  EXPECT_EQ(reply.text(), "We are back soon.");
  EXPECT_EQ(count_done(reply), 1);
  EXPECT_THAT(ask(chat_stream(R"(,"stream_options":{"include_usage":true})")).payload,
              HasSubstr("\"usage\""));
}

TEST_F(FloorTest, TheFixedMessageDoesNotStandInForToolsOrASchema) {
  serve_chain({kFirst, "fallback: [ { provider: p1, model: other } ]", kMessage});
  for (const auto& more : {kTools, kSchema}) {
    const auto reply = ask(chat(more));
    EXPECT_EQ(reply.status, 503) << more;
    EXPECT_EQ(error_code(reply), "all_targets_failed") << more;
    EXPECT_THAT(reply.header("x-pontage-decision"), HasSubstr("the request has tools or a schema"));
  }
}

TEST_F(FloorTest, WhenTheLocalModelFailsTooTheMessageIsLeft) {
  p2->set_default_fault("garbage");
  serve_chain({kFirst, "floor: [ { provider: p2, model: small }, { message: last } ]"});
  EXPECT_EQ(answer_text(ask(chat())), "last");
}

TEST_F(FloorTest, AnswersWhenNothingIsConfigured) {
  const std::string nobody =
      "providers: { openai: { api_key: \"${PONTAGE_TEST_UNSET_KEY}\" } }\n"
      "routes:\n  - chain:\n      - fallback: [ { provider: openai, model: gpt-4o } ]\n";
  serve(nobody + "      - " + kMessage + "\n");
  EXPECT_EQ(answer_text(ask(chat())), "We are back soon.");
}

TEST_F(FloorTest, WithoutOneNothingConfiguredIsATyped503) {
  serve(
      "providers: { openai: { api_key: \"${PONTAGE_TEST_UNSET_KEY}\" } }\n"
      "routes:\n  - chain:\n      - fallback: [ { provider: openai, model: gpt-4o } ]\n");
  const auto reply = ask(chat());
  EXPECT_EQ(reply.status, 503);
  EXPECT_EQ(error_code(reply), "no_target");
  EXPECT_THAT(reply.payload, HasSubstr("PONTAGE_TEST_UNSET_KEY is not set"));
  EXPECT_EQ(reply.header("x-should-retry"), "false");
}

TEST_F(FloorTest, WithoutOneAllFailedIsATyped503) {
  p2->set_default_fault("refuse");
  serve_chain({kBoth});
  for (const auto& body : {chat(), chat_stream()}) {
    const auto reply = ask(body);
    EXPECT_EQ(reply.status, 503);
    EXPECT_EQ(error_code(reply), "all_targets_failed");
    EXPECT_EQ(error_type(reply), "api_error");
    EXPECT_THAT(reply.header("content-type"), HasSubstr("application/json"));
  }
  EXPECT_EQ(metric("pontage_requests_total", {"outcome=\"error\""}), 2);
  EXPECT_EQ(metric("pontage_floor_ready", {"route=\"chat\""}), 0);
}

TEST_F(FloorTest, ASingleSilentTargetIsA504) {
  p1->set_default_fault("silence");
  serve_chain({"timeout: { total: 300ms }", kFirst});
  const auto reply = ask(chat());
  EXPECT_EQ(reply.status, 504);
  EXPECT_EQ(error_code(reply), "upstream_timeout");
}

}  // namespace
}  // namespace pontage::gateway::test
