// What callers see: the choice of an encoding by model name, adding pieces, stopping early, broken
// text.
#include "llm/tokenizer.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "llm/utf8.hpp"

namespace pontage::llm {
namespace {

TEST(EncodingFor, OpenAiModelsAreExact) {
  for (const std::string_view model : {"gpt-4o",
                                       "gpt-4o-mini",
                                       "gpt-4o-2024-08-06",
                                       "chatgpt-4o-latest",
                                       "gpt-4.1",
                                       "gpt-4.1-nano",
                                       "gpt-4.5-preview",
                                       "gpt-5",
                                       "gpt-5-mini",
                                       "gpt-5.1",
                                       "gpt-oss-120b",
                                       "o1",
                                       "o1-preview",
                                       "o3-mini",
                                       "o4-mini-2025-04-16",
                                       "openai/gpt-4o",
                                       "OpenAI/GPT-4o",
                                       "azure/openai/gpt-4o",
                                       "ft:gpt-4o:my-org::abc123",
                                       "ft:gpt-4o-2024-08-06:org:name:id",
                                       "openai.gpt-oss-20b-1:0",
                                       "openai/gpt-4o:extended"}) {
    const EncodingChoice choice = encoding_for(model);
    EXPECT_EQ(choice.encoding, Encoding::kO200k) << model;
    EXPECT_TRUE(choice.exact) << model;
    EXPECT_EQ(choice.factor, 1.0) << model;
  }
  for (const std::string_view model :
       {"gpt-4", "gpt-4-0613", "gpt-4-turbo", "gpt-4-32k", "gpt-3.5-turbo", "gpt-3.5-turbo-0125",
        "gpt-35-turbo-16k", "openai/gpt-4", "ft:gpt-3.5-turbo:org::id", "text-embedding-3-small",
        "text-embedding-3-large", "text-embedding-ada-002", "davinci-002"}) {
    const EncodingChoice choice = encoding_for(model);
    EXPECT_EQ(choice.encoding, Encoding::kCl100k) << model;
    EXPECT_TRUE(choice.exact) << model;
    EXPECT_EQ(choice.factor, 1.0) << model;
  }
}

TEST(EncodingFor, OtherFamiliesAreEstimates) {
  const std::vector<std::pair<std::string_view, double>> rows = {
      {"claude-3-5-sonnet-20240620", 1.2},
      {"anthropic/claude-sonnet-4", 1.2},
      {"us.anthropic.claude-opus-4-1-20250805-v1:0", 1.2},
      {"claude-opus-4-7", 1.5},
      {"anthropic/claude-opus-4.7", 1.5},
      {"meta-llama/Llama-3.3-70B-Instruct", 1.1},
      {"llama-2-70b-chat", 1.3},
      {"mixtral-8x7b-instruct", 1.3},
      {"mistral-large-latest", 1.1},
      {"models/gemini-2.5-pro", 1.1},
      {"qwen/qwen3-32b", 1.1},
      {"deepseek-chat", 1.1},
      {"accounts/fireworks/models/deepseek-v3", 1.1},
      {"", 1.0},
      {"something-new", 1.0},
      {"gpt-6", 1.0},             // not known, so not claimed
      {"gpt-40", 1.0},            // not gpt-4
      {"o11", 1.0},               // not o1
      {"my-gpt-4o", 1.0},         // a deployment's own name
      {"text-davinci-003", 1.0},  // p50k_base, long retired
  };
  for (const auto& [model, factor] : rows) {
    const EncodingChoice choice = encoding_for(model);
    EXPECT_EQ(choice.encoding, Encoding::kO200k) << model;
    EXPECT_FALSE(choice.exact) << model;
    EXPECT_EQ(choice.factor, factor) << model;
  }
}

TEST(TokenCounter, AddsIndependentPieces) {
  TokenCounter counter(Encoding::kO200k);
  EXPECT_EQ(counter.count(), 0);
  EXPECT_TRUE(counter.add("hel"));
  EXPECT_TRUE(counter.add("lo"));
  EXPECT_TRUE(counter.add(""));
  EXPECT_EQ(counter.count(),
            count_tokens(Encoding::kO200k, "hel") + count_tokens(Encoding::kO200k, "lo"));
  EXPECT_EQ(count_tokens(Encoding::kO200k, "hello"), 1);
}

TEST(TokenCounter, SpecialTokensAreOrdinaryText) {
  EXPECT_GT(count_tokens(Encoding::kO200k, "<|endoftext|>"), 1);
  EXPECT_GT(count_tokens(Encoding::kCl100k, "<|endoftext|>"), 1);
}

TEST(TokenCounter, StopsOncePassed) {
  const std::string text = "one two three four five six seven eight nine ten";  // ten tokens
  TokenCounter exact(Encoding::kO200k, 10);
  EXPECT_TRUE(exact.add(text));
  EXPECT_FALSE(exact.stopped());
  EXPECT_EQ(exact.count(), 10);
  EXPECT_FALSE(exact.add("more"));
  EXPECT_TRUE(exact.stopped());
  EXPECT_EQ(exact.count(), 11);

  TokenCounter early(Encoding::kO200k, 4);
  EXPECT_FALSE(early.add(text));
  EXPECT_EQ(early.count(), 5);
  EXPECT_FALSE(early.add(""));
  EXPECT_EQ(early.count(), 5);
}

TEST(TokenCounter, RefusesHugeTextUnread) {
  const std::string text(10'000'000, 'a');  // one piece: nothing in it could be stopped at
  TokenCounter counter(Encoding::kO200k, 50'000);
  EXPECT_FALSE(counter.add(text));
  EXPECT_GT(counter.count(), 50'000);
  EXPECT_LE(counter.count(), 10'000'000 / 8);
  EXPECT_EQ(counter.work(), 0U);
}

TEST(TokenCounter, ReadsNoMoreThanTheLimitAllows) {
  std::string text;
  while (text.size() < 1'000'000) text += "word and ";
  TokenCounter counter(Encoding::kCl100k, 10'000);
  EXPECT_FALSE(counter.add(text));
  EXPECT_EQ(counter.count(), 10'001);
  EXPECT_LT(counter.work(), 200'000U);
}

struct Repair {
  std::string_view broken;
  std::string_view repaired;
};

// Unicode 16.0 §3.9, tables 3-8 to 3-11, and the edges of each form.
TEST(Utf8, EachMaximalBadPartBecomesOneReplacement) {
  const std::vector<Repair> rows = {
      {"plain", "plain"},
      {"\x80", "\uFFFD"},
      {"\xFF\xFE", "\uFFFD\uFFFD"},
      {"a\xC2", "a\uFFFD"},
      {"\xE4\xB8", "\uFFFD"},
      {"\xE4\xB8z", "\uFFFDz"},
      {"\xF0\x9F\x98", "\uFFFD"},
      {"\xC0\xAF\xE0\x80\xBF\xF0\x81\x82\x41",
       "\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\x41"},
      {"\xED\xA0\x80\xED\xBF\xBF\xED\xAF\x41",
       "\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\x41"},
      {"\xF4\x91\x92\x93\xFF\x41\x80\xBF\x42",
       "\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\x41\uFFFD\uFFFD\x42"},
      {"\xE1\x80\xE2\xF0\x91\x92\xF1\xBF\x41", "\uFFFD\uFFFD\uFFFD\uFFFD\x41"},
  };
  for (const Repair& row : rows) {
    EXPECT_EQ(replace_invalid_utf8(row.broken), row.repaired);
    for (const Encoding encoding : {Encoding::kO200k, Encoding::kCl100k}) {
      EXPECT_EQ(count_tokens(encoding, row.broken), count_tokens(encoding, row.repaired));
    }
  }
}

TEST(Utf8, ValidTextIsFoundValid) {
  const std::string_view text = "eight ab\u00e9 \u4e2d\u6587 \U0001F600 \uD7FF\uE000\U0010FFFF";
  EXPECT_EQ(valid_utf8_prefix(text), text.size());
  EXPECT_EQ(valid_utf8_prefix("12345678abc\xFFxyz"), 11U);
}

}  // namespace
}  // namespace pontage::llm
