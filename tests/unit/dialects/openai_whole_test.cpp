// Whole OpenAI replies and error bodies: what is an answer, what is not, and what an error stands
// for.
#include <gtest/gtest.h>

#include "pontage/dialects/codec.hpp"

namespace pontage::dialects {
namespace {

Result<WholeReply> decode(std::string body) {
  return decode_whole(Dialect::kOpenAiChat, Dialect::kOpenAiChat, std::move(body), {}, "asked-for");
}

TEST(OpenAiWhole, AnAnswerPassesByteForByte) {
  const std::string body =
      " {\"id\":\"c1\",\"object\":\"chat.completion\",\"model\":\"gpt-4o-2024-08-06\","
      "\n\"choices\":[{\"index\":0,"
      "\"message\":{\"role\":\"assistant\",\"content\":\"h\\u0069\",\"new\":1e2},\"finish_reason\":"
      "\"length\"}],"
      "\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":12,\"prompt_tokens_details\":{\"cached_"
      "tokens\":4}},\"x\":[]} ";
  const auto reply = decode(body);
  ASSERT_TRUE(reply.has_value()) << reply.error().detail;
  EXPECT_EQ(reply->body, body);
  EXPECT_EQ(reply->response_model, "gpt-4o-2024-08-06");
  EXPECT_EQ(reply->finish, llm::Finish::kLength);
  EXPECT_TRUE(reply->usage.present);
  EXPECT_EQ(reply->usage.input, 5);
  EXPECT_EQ(reply->usage.cache_read, 4);
  EXPECT_EQ(reply->usage.output, 12);
}

TEST(OpenAiWhole, MissingAndUnknownOptionalFieldsAreFine) {
  for (
      const std::string body :
      {R"({"choices":[{"message":{"content":"a"}}]})",
       R"({"choices":[{"message":{},"finish_reason":null}],"error":null})",
       R"({"choices":[{"text":"legacy","finish_reason":"weird"}],"usage":null})",
       R"({"choices":[{"message":{"content":null,"tool_calls":[{"id":"c"}]},"finish_reason":"tool_calls"}],"usage":{}})"}) {
    const auto reply = decode(body);
    ASSERT_TRUE(reply.has_value()) << body << ": " << reply.error().detail;
    EXPECT_EQ(reply->body, body);
    EXPECT_FALSE(reply->usage.present);
  }
}

TEST(OpenAiWhole, WhatIsNotAnAnswer) {
  for (const std::string body :
       {"", " ", "<html>502</html>", "{", "{\"choices\":[{\"message\":{\"content\":\"cut", "[]",
        "null", "\"ok\"", "{}", R"({"choices":null})", R"({"choices":[]})", R"({"choices":{}})",
        R"({"choices":["a"]})", R"({"choices":[{}]})", R"({"choices":[{"message":"text"}]})",
        R"({"choices":[{"message":{}},{"delta":{}}]})", R"({"message":"hello"})"}) {
    const auto reply = decode(body);
    ASSERT_FALSE(reply.has_value()) << body;
    EXPECT_EQ(reply.error().code, Code::k_upstream_garbage) << body;
    EXPECT_EQ(reply.error().origin, Origin::kUpstream);
    EXPECT_NE(reply.error().retry, Retry::kNever);
  }
}

TEST(OpenAiWhole, AnErrorInsideA200) {
  struct Row {
    std::string body;
    Code code;
    Retry retry;
  };
  const Row rows[] = {
      {R"({"error":{"message":"slow","code":"rate_limit_exceeded"}})", Code::k_rate_limited,
       Retry::kSameTarget},
      {R"({"error":{"message":"slow","code":429}})", Code::k_rate_limited, Retry::kSameTarget},
      {R"({"error":{"message":"This model's maximum context length is 8192 tokens","code":400}})",
       Code::k_context_length_exceeded, Retry::kOtherTarget},
      {R"({"error":{"message":"no","code":"content_filter"}})", Code::k_content_filter,
       Retry::kNever},
      {R"({"error":{"message":"no","type":"invalid_request_error"}})", Code::k_bad_request,
       Retry::kNever},
      {R"({"error":{"message":"no","code":"invalid_api_key"}})", Code::k_upstream_auth,
       Retry::kOtherTarget},
      {R"({"error":{"message":"no","code":"model_not_found"}})", Code::k_model_not_found,
       Retry::kOtherTarget},
      {R"({"error":{"message":"late","code":504}})", Code::k_upstream_timeout, Retry::kOtherTarget},
      {R"({"error":{"message":"boom","code":502}})", Code::k_upstream_garbage, Retry::kSameTarget},
      {R"({"error":"boom"})", Code::k_upstream_garbage, Retry::kSameTarget},
      {R"({"choices":[{"message":{"content":""},"finish_reason":"error"}]})",
       Code::k_upstream_garbage, Retry::kSameTarget},
  };
  for (const Row& row : rows) {
    const auto reply = decode(row.body);
    ASSERT_FALSE(reply.has_value()) << row.body;
    EXPECT_EQ(reply.error().code, row.code) << row.body;
    EXPECT_EQ(reply.error().retry, row.retry) << row.body;
    EXPECT_EQ(reply.error().origin, Origin::kUpstream);
  }
  EXPECT_NE(decode(rows[0].body).error().detail.find("slow"), std::string::npos);
}

TEST(OpenAiErrors, BodiesOfManyVendors) {
  struct Row {
    std::string body;
    int status;
    std::string type;
    std::string code;
    std::string message;
  };
  const Row rows[] = {
      {R"({"error":{"message":"Incorrect API key provided","type":"invalid_request_error","param":null,"code":"invalid_api_key"}})",
       401, "invalid_request_error", "invalid_api_key", "Incorrect API key provided"},
      {R"({"error":{"code":"content_filter","message":"filtered","status":400,"innererror":{"code":"ResponsibleAIPolicyViolation"}}})",
       400, "", "content_filter", "filtered"},
      {R"([{"error":{"code":429,"message":"Quota exceeded","status":"RESOURCE_EXHAUSTED"}}])", 429,
       "RESOURCE_EXHAUSTED", "", "Quota exceeded"},
      {R"({"object":"error","message":"bad","type":"invalid_request_error","param":null,"code":"1210"})",
       400, "invalid_request_error", "1210", "bad"},
      {R"({"object":"error","message":"too long","type":"BadRequestError","param":null,"code":400})",
       400, "BadRequestError", "", "too long"},
      {R"({"error":"model 'x' not found"})", 0, "", "", "model 'x' not found"},
      {R"({"detail":"Not Found"})", 0, "", "", "Not Found"},
      {R"({"detail":[{"loc":["body"],"msg":"field required","type":"value_error"}]})", 0, "", "",
       "field required"},
      {R"({"error":{"message":"Provider returned error","code":429,"metadata":{"raw":"rate limited upstream"}}})",
       429, "", "", "Provider returned error: rate limited upstream"},
      {R"({"error":{"code":500,"message":"gguf","type":"server_error"}})", 500, "server_error", "",
       "gguf"},
      {"<html>Bad gateway</html>", 0, "", "", "<html>Bad gateway</html>"},
      {"  upstream connect error  ", 0, "", "", "upstream connect error"},
      {"", 0, "", "", ""},
      {"null", 0, "", "", ""},
      {"[]", 0, "", "", ""},
      {"42", 0, "", "", ""},
  };
  for (const Row& row : rows) {
    const ReplyError error = read_error(Dialect::kOpenAiChat, row.body);
    EXPECT_EQ(error.status, row.status) << row.body;
    EXPECT_EQ(error.type, row.type) << row.body;
    EXPECT_EQ(error.code, row.code) << row.body;
    EXPECT_EQ(error.message, row.message) << row.body;
  }
}

TEST(OpenAiErrors, ALongBodyIsClippedBetweenCharacters) {
  std::string text;
  for (int i = 0; i < 2000; ++i) text += "\xC3\xA9";
  const ReplyError error = read_error(Dialect::kOpenAiChat, "x" + text);
  EXPECT_LE(error.message.size(), 2000U);
  EXPECT_GT(error.message.size(), 1990U);
  EXPECT_EQ(error.message.substr(error.message.size() - 2), "\xC3\xA9");
}

TEST(OpenAiErrors, ContextOverflowInManySpellings) {
  const std::string_view texts[] = {
      "This model's maximum context length is 128000 tokens. However, your messages resulted in "
      "130000 tokens.",
      "prompt is too long: 210000 tokens > 200000 maximum",
      "Your input exceeds the context window of this model. Please adjust your input and try "
      "again.",
      "input length and `max_tokens` exceed context limit: 199000 + 8192 > 200000",
      "the request exceeds the available context size (4096 tokens), try increasing it",
      "Input is too long for requested model.",
      "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
      "Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum "
      "context length",
      "The decoder prompt (length 9000) is longer than the maximum model length of 8192.",
      "The input (9000 tokens) is longer than the model's context length (8192 tokens).",
      "Please reduce the length of the messages or completion.",
      "This model's maximum prompt length is 131072 but the request contains 140000 tokens.",
      "Range of input length should be [1, 30720]",
      "Invalid request: Your request exceeded model token limit: 8192",
  };
  for (const auto text : texts)
    EXPECT_TRUE(is_context_overflow({400, "", "", std::string(text)})) << text;
  EXPECT_TRUE(is_context_overflow({400, "", "context_length_exceeded", ""}));
  EXPECT_TRUE(is_context_overflow({400, "exceed_context_size_error", "", ""}));
  for (const std::string_view text :
       {"max_tokens is too large: 100000", "Rate limit reached", "bad context", ""}) {
    EXPECT_FALSE(is_context_overflow({400, "invalid_request_error", "", std::string(text)}))
        << text;
  }
}

TEST(OpenAiErrors, ContentFilters) {
  EXPECT_TRUE(is_content_filter({400, "", "content_filter", ""}));
  EXPECT_TRUE(is_content_filter({400, "", "content_policy_violation", ""}));
  EXPECT_TRUE(is_content_filter({400, "", "ResponsibleAIPolicyViolation", ""}));
  EXPECT_TRUE(is_content_filter({400, "", "",
                                 "The response was filtered due to the prompt triggering Azure "
                                 "OpenAI's content management policy."}));
  EXPECT_TRUE(is_content_filter({400, "", "", "Output blocked by content filtering policy"}));
  EXPECT_FALSE(is_content_filter({400, "", "invalid_value", "content must be a string"}));
}

}  // namespace
}  // namespace pontage::dialects
