// Row G8: usage of Anthropic streams in disjoint classes, cumulative, never negative, never made
// up.
#include <gtest/gtest.h>

#include "unit/dialects/anthropic_support.hpp"

namespace pontage::dialects::test {
namespace {

TEST(AnthropicUsage, G8_UsageIsNormalisedAndCumulative) {
  const Played played = play(
      message_start({{"input_tokens", 100},
                     {"cache_read_input_tokens", 2000},
                     {"cache_creation_input_tokens", 300},
                     {"cache_creation",
                      {{"ephemeral_5m_input_tokens", 200}, {"ephemeral_1h_input_tokens", 100}}},
                     {"output_tokens", 1}}) +
      text_block(0, "x") + message_delta(nullptr, {{"output_tokens", 7}}) +
      message_delta("end_turn", {{"output_tokens", 50},
                                 {"input_tokens", 100},
                                 {"output_tokens_details", {{"thinking_tokens", 20}}}}) +
      message_stop());
  const llm::Usage& usage = played.decoder->usage;
  EXPECT_TRUE(usage.present);
  EXPECT_FALSE(usage.anomalous);
  EXPECT_EQ(usage.input, 100);
  EXPECT_EQ(usage.cache_read, 2000);
  EXPECT_EQ(usage.cache_write_5m, 200);
  EXPECT_EQ(usage.cache_write_1h, 100);
  EXPECT_EQ(usage.output, 30);
  EXPECT_EQ(usage.reasoning, 20);
  const json events = events_of(played.bytes);
  const json& last = events[events.size() - 2];
  EXPECT_EQ(last["choices"], json::array());
  EXPECT_EQ(last["usage"],
            json({{"prompt_tokens", 2400},
                  {"completion_tokens", 50},
                  {"total_tokens", 2450},
                  {"prompt_tokens_details", {{"cached_tokens", 2000}, {"cache_write_tokens", 300}}},
                  {"completion_tokens_details", {{"reasoning_tokens", 20}}}}));
}

TEST(AnthropicUsage, G8_ZerosInTheDeltaDoNotEraseTheStart) {
  const Played played =
      play(message_start({{"input_tokens", 11}, {"output_tokens", 1}}) + text_block(0, "x") +
           message_delta("end_turn", {{"input_tokens", 0}, {"output_tokens", 5}}) + message_stop());
  EXPECT_EQ(played.decoder->usage.input, 11);
}

TEST(AnthropicUsage, G8_UsageIsNeverNegative) {
  const Played played =
      play(message_start({{"input_tokens", -5}, {"output_tokens", -1}}) + text_block(0, "x") +
           message_delta("end_turn", {{"output_tokens", 3},
                                      {"output_tokens_details", {{"thinking_tokens", 9}}}}) +
           message_stop());
  const llm::Usage& usage = played.decoder->usage;
  EXPECT_TRUE(usage.anomalous);
  EXPECT_EQ(usage.input, 0);
  EXPECT_EQ(usage.output, 0);
  EXPECT_EQ(usage.reasoning, 3);
}

TEST(AnthropicUsage, G8_AbsurdCountsDoNotOverflow) {
  const Played played = play(message_start({{"input_tokens", 9223372036854775807},
                                            {"cache_read_input_tokens", 9223372036854775807},
                                            {"output_tokens", 1}}) +
                             text_block(0, "x") + message_delta("end_turn") + message_stop());
  EXPECT_GT(played.decoder->usage.total_input(), 0);
}

// The output count of message_start is a placeholder: a stream that is cut has its input, and no
// output of its own.
TEST(AnthropicUsage, G8_CutBeforeTheDeltaLeavesUsageNotPresent) {
  const Played played = play(message_start() + text_block(0, "Hello"));
  EXPECT_FALSE(played.decoder->usage.present);
  EXPECT_EQ(played.decoder->usage.input, 10);
  EXPECT_EQ(played.decoder->usage.output, 0);
  EXPECT_EQ(played.decoder->output_text_bytes, 5);
}

TEST(AnthropicUsage, G8_NoUsageNoUsageChunk) {
  const Played played = play(
      event("message_start", {{"message", {{"id", "m"}, {"model", "x"}}}}) + text_block(0, "x") +
      event("message_delta", {{"delta", {{"stop_reason", "end_turn"}}}}) + message_stop());
  for (const json& one : events_of(played.bytes)) {
    if (one.is_object())
      EXPECT_FALSE(one["choices"].empty()) << "a usage chunk that nobody counted";
  }
  EXPECT_TRUE(played.complete);
}

}  // namespace
}  // namespace pontage::dialects::test
