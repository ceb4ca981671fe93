// An answer in its other form: what was said stays what was said.
#include "dialects/reshape.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace pontage::dialects {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

RequestView view_of(bool stream, bool usage = false) {
  RequestView view;
  view.model = "m";
  view.stream = stream;
  view.include_usage = usage;
  return view;
}

const std::string kWhole =
    R"({"id":"c1","object":"chat.completion","created":1,"model":"g","choices":[{"index":0,"message":{"role":"assistant","content":"Grüße"},"finish_reason":"length"}],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}})";

TEST(Reshape, ThereAndBack) {
  const auto stream = reshape(Dialect::kOpenAiChat, kWhole, false, view_of(true), {});
  EXPECT_THAT(stream, HasSubstr(R"("id":"c1")"));
  EXPECT_THAT(stream, HasSubstr(R"("finish_reason":"length")"));
  EXPECT_THAT(stream, Not(HasSubstr("usage")));
  EXPECT_TRUE(stream.ends_with("data: [DONE]\n\n"));
  llm::Usage usage;
  usage.present = true;
  usage.input = 3;
  usage.output = 2;
  const auto whole =
      json::parse(reshape(Dialect::kOpenAiChat, stream, true, view_of(false), usage));
  EXPECT_EQ(whole["choices"][0]["message"]["content"], "Grüße");
  EXPECT_EQ(whole["choices"][0]["finish_reason"], "length");
  EXPECT_EQ(whole["usage"]["prompt_tokens"], 3);
}

TEST(Reshape, ABareStreamGetsItsUsage) {
  const auto bare = reshape(Dialect::kOpenAiChat, kWhole, false, view_of(true), {});
  llm::Usage usage;
  usage.present = true;
  usage.input = 7;
  const auto told = reshape(Dialect::kOpenAiChat, bare, true, view_of(true, true), usage);
  EXPECT_THAT(told, HasSubstr(R"("prompt_tokens":7)"));
  EXPECT_TRUE(told.ends_with("data: [DONE]\n\n"));
  EXPECT_THAT(reshape(Dialect::kOpenAiChat, told, true, view_of(true), usage),
              Not(HasSubstr("prompt_tokens")));
}

TEST(Reshape, WhatIsNoWholeAnswerIsNone) {
  auto stream = reshape(Dialect::kOpenAiChat, kWhole, false, view_of(true), {});
  stream.resize(stream.find("finish_reason\":\"length"));
  EXPECT_EQ(reshape(Dialect::kOpenAiChat, stream, true, view_of(false), {}), "");
  EXPECT_EQ(reshape(Dialect::kOpenAiChat, "{}", false, view_of(true), {}), "");
  EXPECT_EQ(reshape(Dialect::kOpenAiChat, "no JSON", false, view_of(true), {}), "");
  EXPECT_EQ(reshape(Dialect::kOpenAiEmbeddings, kWhole, false, view_of(true), {}), "")
      << "a dialect without streams";
}

}  // namespace
}  // namespace pontage::dialects
