// A whole answer read while it passes: what is found, and what is no answer, in any split.
#include <gtest/gtest.h>

#include "pontage/dialects/codec.hpp"

namespace pontage::dialects {
namespace {

struct Passed {
  std::string problem;
  bool whole = false;
  llm::Usage usage;
  std::string model;
  std::int64_t text_bytes = 0;
};

Passed pass(std::string_view body, std::size_t step) {
  auto reader = make_passing_reader(Dialect::kOpenAiChat, Dialect::kOpenAiChat);
  for (std::size_t at = 0; at < body.size(); at += step) reader->feed(body.substr(at, step));
  Passed out;
  out.problem = reader->problem();
  out.whole = reader->at_end();
  out.usage = reader->usage;
  out.model = reader->response_model;
  out.text_bytes = reader->output_text_bytes;
  return out;
}

TEST(OpenAiPassing, FindsTheBooksInAnySplit) {
  const std::string body =
      "{ \"id\": \"c1\", \"model\": \"gpt-\\u0034o\", \"mod\\\"el\": \"no\","
      "\"choices\": [ {\"index\":0, \"usage\": {\"prompt_tokens\": 1},"
      "\"message\": {\"content\": \"\\\"usage\\\": {\\\"prompt_tokens\\\":2} ]}\\\\\"}} ],\n"
      "\"usage\" : {\"prompt_tokens\": 9, \"completion_tokens\": 12, "
      "\"prompt_tokens_details\": {\"cached_tokens\": 4}} , \"error\": null } \r\n";
  for (const std::size_t step : {std::size_t{1}, std::size_t{2}, std::size_t{7}, body.size()}) {
    const Passed got = pass(body, step);
    EXPECT_EQ(got.problem, "") << step;
    EXPECT_TRUE(got.whole) << step;
    EXPECT_TRUE(got.usage.present) << step;
    EXPECT_EQ(got.usage.input, 5) << step;
    EXPECT_EQ(got.usage.cache_read, 4) << step;
    EXPECT_EQ(got.usage.output, 12) << step;
    EXPECT_EQ(got.model, "gpt-4o") << step;
    EXPECT_GT(got.text_bytes, 30) << step;
  }
}

TEST(OpenAiPassing, UsageThatIsNoneIsMissing) {
  const std::vector<std::string> bodies = {
      R"({"choices":[{}]})", R"({"choices":[{}],"usage":null})",
      R"({"choices":[{}],"usage":"much"})",
      R"({"choices":[{}],"usage":{"prompt_tokens":)" + std::string(20'000, '1') + "}}"};
  for (const std::string& body : bodies) {
    const Passed got = pass(body, 1000);
    EXPECT_TRUE(got.whole) << body.substr(0, 80);
    EXPECT_FALSE(got.usage.present) << body.substr(0, 80);
  }
}

TEST(OpenAiPassing, WhatIsNoAnswer) {
  struct Row {
    const char* body;
    const char* problem;
  };
  const Row rows[] = {
      {"", ""},
      {"<html>", "is not a JSON object"},
      {"[{\"choices\":[]}]", "is not a JSON object"},
      {"\"choices\"", "is not a JSON object"},
      {"{\"choices\":[{}]} {", "goes on after its end"},
      {"{\"choices\":[{}]", ""},
      {"{\"choices\":[{\"message\":{\"content\":\"cut}]}", ""},
      {"{\"message\":\"hello\"}", ""},
      {"{\"error\": {\"message\": \"overloaded\"}, \"choices\":[]}", "has an error in it"},
  };
  for (const Row& row : rows) {
    for (const std::size_t step : {1U, 100U}) {
      const Passed got = pass(row.body, step);
      EXPECT_EQ(got.problem, row.problem) << row.body;
      EXPECT_FALSE(got.whole) << row.body;
    }
  }
}

TEST(OpenAiPassing, OtherDialectsMustBeHeld) {
  EXPECT_EQ(make_passing_reader(Dialect::kOpenAiChat, Dialect::kAnthropicMessages), nullptr);
}

}  // namespace
}  // namespace pontage::dialects
