// The OpenAI stream decoder where vendors misbehave: errors in a 200, broken events, missing and
// doubled ends, odd usage.
#include <gtest/gtest.h>

#include "openai_support.hpp"

namespace pontage::dialects::test {
namespace {

const std::string kHello =
    "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hi\"},\"finish_reason\":null}]}\n\n";
const std::string kStop =
    "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
const std::string kDone = "data: [DONE]\n\n";

std::string usage_chunk(const std::string& usage) {
  return "data: {\"choices\":[],\"usage\":" + usage + "}\n\n";
}

TEST(OpenAiStream, WhatCountsAsContent) {
  struct Row {
    std::string_view delta;
    bool content;
    int bytes;
  };
  const Row rows[] = {
      {R"({"role":"assistant"})", false, 0},
      {R"({"content":""})", false, 0},
      {R"({"content":null})", false, 0},
      {R"({"content":" "})", true, 1},
      {R"({"content":[]})", false, 0},
      {R"({"content":[{"type":"text","text":"ab"}]})", true, 2},
      {R"({"reasoning_content":"a"})", true, 1},
      {R"({"reasoning":"abc"})", true, 3},
      {R"({"reasoning_details":[]})", false, 0},
      {R"({"reasoning_details":[{"type":"reasoning.encrypted","data":"x"}]})", true, 0},
      {R"({"refusal":"No"})", true, 2},
      {R"({"refusal":""})", false, 0},
      {R"({"tool_calls":[]})", false, 0},
      {R"({"tool_calls":[{"index":0,"id":"c","function":{"name":"f","arguments":"{}"}}]})", true,
       3},
      {R"({"function_call":{"name":"f","arguments":""}})", true, 1},
      {R"({"audio":{"id":"a"}})", false, 0},
      {R"({"audio":{"transcript":"hey"}})", true, 3},
      {R"({"audio":{"data":"AAAA"}})", true, 0},
      {R"({"content":"\u00e9"})", true, 2},
      {R"({"unknown":"x"})", false, 0},
      {R"("text")", false, 0},
  };
  for (const Row& row : rows) {
    const std::string stream =
        "data: {\"choices\":[{\"index\":0,\"delta\":" + std::string(row.delta) + "}]}\n\n";
    const OpenAiPlay play = play_openai(stream);
    EXPECT_EQ(play.content_events, row.content ? 1 : 0) << row.delta;
    EXPECT_EQ(play.text_bytes, row.bytes) << row.delta;
    EXPECT_EQ(play.bytes, stream);
  }
}

TEST(OpenAiStream, ErrorsInsideA200) {
  struct Row {
    std::string_view event;
    int status;
    std::string_view message;
  };
  const Row rows[] = {
      {R"(data: {"error":{"message":"slow down","type":"requests","code":"rate_limit_exceeded"}})",
       429, "slow down"},
      {R"(data: {"id":"1","choices":[],"error":{"code":502,"message":"Upstream died"}})", 502,
       "Upstream died"},
      {R"(data: {"error":"model runner has unexpectedly stopped"})", 0,
       "model runner has unexpectedly stopped"},
      {R"(data: {"error":{"message":"x","type":"server_error","param":null,"code":null}})", 500,
       "x"},
      {R"(data: {"error":{"object":"error","message":"y","type":"BadRequestError","code":400}})",
       400, "y"},
      {R"(data: {"error":{}})", 0, ""},
      {"event: error\ndata: {\"message\":\"plain\",\"type\":\"overloaded_error\"}", 529, "plain"},
      {R"(data: {"choices":[{"index":0,"delta":{"content":""},"finish_reason":"error"}]})", 500,
       "The provider ended the answer with finish reason 'error'."},
      {R"(data: {"choices":[{"index":0,"delta":{},"finish_reason":"error","error":{"code":503,"message":"busy"}}]})",
       503, "busy"},
      {R"(data: {"choices":[{"index":0,"delta":{},"finish_reason":"insufficient_system_resource"}]})",
       503, "The provider ended the answer with finish reason 'insufficient_system_resource'."},
  };
  for (const Row& row : rows) {
    for (const std::string& before : {std::string(), kHello}) {
      const OpenAiPlay play =
          play_openai(before + std::string(row.event) + "\n\n" + kStop + kDone, 1);
      EXPECT_TRUE(play.failed) << row.event;
      EXPECT_FALSE(play.complete);
      EXPECT_EQ(play.error.status, row.status) << row.event;
      EXPECT_EQ(play.error.message, row.message);
      EXPECT_EQ(play.bytes, before);
      EXPECT_EQ(play.owed, "");
    }
  }
}

TEST(OpenAiStream, AnErrorMemberThatMeansNothingPasses) {
  for (const std::string_view value : {"null", "false", "\"\""}) {
    const std::string event = "data: {\"error\":" + std::string(value) +
                              ",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}}]}\n\n";
    const OpenAiPlay play = play_openai(event + kStop);
    EXPECT_FALSE(play.failed) << value;
    EXPECT_EQ(play.bytes, event + kStop);
  }
}

TEST(OpenAiStream, OneBrokenEventIsPassedOver) {
  for (const std::string_view broken :
       {"data: {\"choices\":[{\"ind\n\n", "data: null\n\n", "data: [1]\n\n", "data: hello\n\n",
        "data: {\"a\":\"\xFF\"}\n\n", "data: {}{}\n\n"}) {
    const OpenAiPlay play = play_openai(kHello + std::string(broken) + kStop + kDone, 3);
    EXPECT_TRUE(play.complete) << broken;
    EXPECT_EQ(play.skipped, 1) << broken;
    EXPECT_EQ(play.bytes, kHello + kStop + kDone);
  }
}

TEST(OpenAiStream, EmptyEventsAreNotPassedToSdksThatChokeOnThem) {
  const OpenAiPlay play =
      play_openai("data:\n\nretry: 500\n\n\n\n" + kHello + "event: ping\n\n" + kStop + kDone);
  EXPECT_EQ(play.bytes, kHello + kStop + kDone);
  EXPECT_EQ(play.skipped, 0);
}

TEST(OpenAiStream, TheEnd) {
  struct Row {
    std::string stream;
    bool complete;
    std::string_view owed;
  };
  const Row rows[] = {
      {"", false, ""},
      {kDone, false, ""},
      {kHello, false, ""},
      {kHello + kStop, true, "data: [DONE]\n\n"},
      {kHello + kStop + kDone, true, ""},
      {kHello + kDone, true, ""},
      {kStop, true, "data: [DONE]\n\n"},
      {": comment\n\n", false, ""},
      {usage_chunk(R"({"prompt_tokens":1,"completion_tokens":1})"), false, ""},
  };
  for (const Row& row : rows) {
    const OpenAiPlay play = play_openai(row.stream, 1);
    EXPECT_EQ(play.complete, row.complete) << row.stream;
    EXPECT_EQ(play.owed, row.owed) << row.stream;
    EXPECT_EQ(play.bytes, row.stream);
  }
}

TEST(OpenAiStream, NothingFollowsTheEndMark) {
  const OpenAiPlay play =
      play_openai(kHello + kStop + kDone + kHello +
                  usage_chunk(R"({"prompt_tokens":4,"completion_tokens":2})") + kDone);
  EXPECT_EQ(play.bytes, kHello + kStop + kDone);
  EXPECT_EQ(play.done_events, 1);
  EXPECT_EQ(play.usage.input, 4) << "but what is said about usage is kept";
}

TEST(OpenAiStream, SeveralChoicesAllHaveToFinish) {
  const std::string other =
      "data: {\"choices\":[{\"index\":1,\"delta\":{},\"finish_reason\":\"length\"}]}\n\n";
  EXPECT_FALSE(play_openai(kHello + kStop, 0, false, 2).complete);
  EXPECT_FALSE(play_openai(kHello + kStop + kStop, 0, false, 2).complete)
      << "the same choice twice is one";
  const OpenAiPlay both = play_openai(kHello + other + kStop, 0, false, 2);
  EXPECT_TRUE(both.complete);
  EXPECT_EQ(both.finish, llm::Finish::kStop) << "the first choice speaks for the answer";
  EXPECT_TRUE(play_openai(kHello + kStop + kDone, 0, false, 2).complete)
      << "a provider that ignores n says when it is done";
}

TEST(OpenAiStream, UsageIsTheLastCumulativeOneInDisjointClasses) {
  struct Row {
    std::string usage;
    std::int64_t input;
    std::int64_t cached;
    std::int64_t output;
    std::int64_t reasoning;
    bool anomalous;
  };
  const Row rows[] = {
      {R"({"prompt_tokens":10,"completion_tokens":4})", 10, 0, 4, 0, false},
      {R"({"input_tokens":10,"output_tokens":4})", 10, 0, 4, 0, false},
      {R"({"prompt_tokens":10.0,"completion_tokens":4.0})", 10, 0, 4, 0, false},
      {R"({"prompt_tokens":10,"completion_tokens":4,"prompt_tokens_details":{"cached_tokens":12}})",
       0, 12, 4, 0, true},
      {R"({"prompt_tokens":10,"completion_tokens":4,"completion_tokens_details":{"reasoning_tokens":9}})",
       10, 0, 0, 9, true},
      {R"({"prompt_tokens":-5,"completion_tokens":4})", 0, 0, 4, 0, true},
      {R"({"prompt_tokens":10,"completion_tokens":4,"total_tokens":14,"completion_tokens_details":{"reasoning_tokens":4}})",
       10, 0, 0, 4, false},
      {R"({"prompt_tokens":10,"completion_tokens":4,"prompt_tokens_details":null,"completion_tokens_details":null})",
       10, 0, 4, 0, false},
      {R"({"prompt_tokens":10,"completion_tokens":4,"prompt_cache_hit_tokens":6,"prompt_cache_miss_tokens":4})",
       4, 6, 4, 0, false},
      {R"({"prompt_tokens":9223372036854775807,"completion_tokens":9223372036854775807})",
       1'000'000'000'000, 0, 1'000'000'000'000, 0, true},
  };
  for (const Row& row : rows) {
    const OpenAiPlay play = play_openai(kHello + kStop + usage_chunk(row.usage));
    EXPECT_TRUE(play.usage.present) << row.usage;
    EXPECT_EQ(play.usage.input, row.input) << row.usage;
    EXPECT_EQ(play.usage.cache_read, row.cached) << row.usage;
    EXPECT_EQ(play.usage.output, row.output) << row.usage;
    EXPECT_EQ(play.usage.reasoning, row.reasoning) << row.usage;
    EXPECT_EQ(play.usage.anomalous, row.anomalous) << row.usage;
  }
  const OpenAiPlay growing =
      play_openai(usage_chunk(R"({"prompt_tokens":10,"completion_tokens":1})") +
                  usage_chunk(R"({"prompt_tokens":10,"completion_tokens":7})") +
                  usage_chunk(R"({"prompt_tokens":0,"completion_tokens":0})"));
  EXPECT_EQ(growing.usage.output, 7);
  for (const std::string_view none : {"null", "{}", "[]", "\"x\"", R"({"cost":1})"}) {
    EXPECT_FALSE(play_openai(kHello + kStop + usage_chunk(std::string(none))).usage.present)
        << none;
  }
}

TEST(OpenAiStream, OnlyTheInjectedUsageChunkIsDropped) {
  const std::string chunk = usage_chunk(R"({"prompt_tokens":1,"completion_tokens":1})");
  const std::string with_choice =
      "data: "
      "{\"choices\":[{\"index\":0,\"delta\":{}}],\"usage\":{\"prompt_tokens\":1,\"completion_"
      "tokens\":1}}\n\n";
  const std::string filters =
      "data: {\"choices\":[],\"prompt_filter_results\":[],\"usage\":null}\n\n";
  EXPECT_EQ(play_openai(kHello + kStop + chunk + kDone, 0, true).bytes, kHello + kStop + kDone);
  EXPECT_EQ(play_openai(kHello + kStop + chunk + kDone, 0, false).bytes,
            kHello + kStop + chunk + kDone);
  EXPECT_EQ(play_openai(filters + kHello + with_choice + kStop, 0, true).bytes,
            filters + kHello + with_choice + kStop);
  EXPECT_EQ(play_openai(kHello + kStop + chunk, 0, true).owed, kDone);
}

}  // namespace
}  // namespace pontage::dialects::test
