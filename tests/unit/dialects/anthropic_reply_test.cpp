// Whole Anthropic messages as OpenAI chat completions, and the vendor's error bodies (rows G7 to
// G9, C1 to C8, E).
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "pontage/dialects/codec.hpp"

namespace pontage::dialects::test {
namespace {

using nlohmann::json;

json message(json content, const std::string& stop_reason = "end_turn") {
  return {{"id", "msg_1"},
          {"type", "message"},
          {"role", "assistant"},
          {"model", "claude-test"},
          {"content", content.is_object() ? json::array({content, nullptr}) : std::move(content)},
          {"stop_reason", stop_reason},
          {"stop_sequence", nullptr},
          {"usage", {{"input_tokens", 10}, {"output_tokens", 5}}}};
}
json text(const std::string& value) {
  return {{"type", "text"}, {"text", value}};
}

Result<WholeReply> decode(const json& body) {
  RequestView view;
  view.created_s = 1700000000;
  return decode_whole(Dialect::kOpenAiChat, Dialect::kAnthropicMessages, body.dump(), view,
                      "client-model");
}
Result<WholeReply> decode_text(const std::string& body) {
  return decode_whole(Dialect::kOpenAiChat, Dialect::kAnthropicMessages, body, RequestView{}, "m");
}
json completion(const json& body) {
  const auto reply = decode(body);
  EXPECT_TRUE(reply.has_value()) << (reply ? "" : reply.error().detail);
  return reply ? json::parse(reply->body, nullptr, false) : json();
}
json answer(const json& body) {
  return completion(body)["choices"][0]["message"];
}

TEST(AnthropicReply, G7_WholeShape) {
  EXPECT_EQ(
      completion(message(text("Hello"))),
      json({{"id", "msg_1"},
            {"object", "chat.completion"},
            {"created", 1700000000},
            {"model", "claude-test"},
            {"choices",
             json::array(
                 {{{"index", 0},
                   {"message", {{"role", "assistant"}, {"content", "Hello"}, {"refusal", nullptr}}},
                   {"logprobs", nullptr},
                   {"finish_reason", "stop"}}})},
            {"usage",
             {{"prompt_tokens", 10},
              {"completion_tokens", 5},
              {"total_tokens", 15},
              {"prompt_tokens_details", {{"cached_tokens", 0}, {"cache_write_tokens", 0}}},
              {"completion_tokens_details", {{"reasoning_tokens", 0}}}}}}));
}

TEST(AnthropicReply, ValuesBesideTheBody) {
  json body = message(text("x"), "max_tokens");
  body["usage"] = {{"input_tokens", 1},
                   {"cache_read_input_tokens", 20},
                   {"cache_creation_input_tokens", 300},
                   {"output_tokens", 4000},
                   {"output_tokens_details", {{"thinking_tokens", 1000}}}};
  const auto reply = decode(body);
  ASSERT_TRUE(reply.has_value());
  EXPECT_EQ(reply->response_model, "claude-test");
  EXPECT_EQ(reply->finish, llm::Finish::kLength);
  EXPECT_TRUE(reply->usage.present);
  EXPECT_EQ(reply->usage.input, 1);
  EXPECT_EQ(reply->usage.cache_read, 20);
  EXPECT_EQ(reply->usage.cache_write_5m, 300);
  EXPECT_EQ(reply->usage.output, 3000);
  EXPECT_EQ(reply->usage.reasoning, 1000);
  const json usage = json::parse(reply->body, nullptr, false)["usage"];
  EXPECT_EQ(usage["prompt_tokens"], 321);
  EXPECT_EQ(usage["prompt_tokens_details"]["cached_tokens"], 20);
  EXPECT_EQ(usage["total_tokens"], 4321);
}

TEST(AnthropicReply, G7_FinishReasons) {
  for (const auto& [reason, expected] :
       {std::pair{"end_turn", "stop"}, std::pair{"stop_sequence", "stop"},
        std::pair{"pause_turn", "stop"}, std::pair{"max_tokens", "length"},
        std::pair{"model_context_window_exceeded", "length"},
        std::pair{"refusal", "content_filter"}, std::pair{"tool_use", "tool_calls"}}) {
    EXPECT_EQ(completion(message(text("x"), reason))["choices"][0]["finish_reason"], expected)
        << reason;
  }
}

TEST(AnthropicReply, C1_TextBlocksJoin) {
  EXPECT_EQ(answer(message(json::array({text("The sky "), text("is blue"), text(".")})))["content"],
            "The sky is blue.");
}

TEST(AnthropicReply, G3_ToolCalls) {
  const json out = answer(message(
      json::array(
          {{{"type", "tool_use"}, {"id", "toolu_1"}, {"name", "f"}, {"input", {{"x", 1}}}},
           {{"type", "tool_use"}, {"id", "toolu_2"}, {"name", "g"}, {"input", json::object()}}}),
      "tool_use"));
  EXPECT_EQ(out["content"], nullptr);
  EXPECT_EQ(out["tool_calls"],
            json::array({{{"id", "toolu_1"},
                          {"type", "function"},
                          {"function", {{"name", "f"}, {"arguments", "{\"x\":1}"}}}},
                         {{"id", "toolu_2"},
                          {"type", "function"},
                          {"function", {{"name", "g"}, {"arguments", "{}"}}}}}));
}

TEST(AnthropicReply, G3_ArgumentsKeepTheirOrderAndNumbers) {
  const std::string body =
      R"({"id":"m","model":"c","stop_reason":"tool_use","content":[{"type":"tool_use","id":"t","name":"f",)"
      R"("input":{"z":0.1,"a":-5,"b":18446744073709551615,"c":[true,false,null],"d":"\"\u20ac"}}]})";
  const auto reply = decode_text(body);
  ASSERT_TRUE(reply.has_value());
  EXPECT_EQ(
      json::parse(reply->body)["choices"][0]["message"]["tool_calls"][0]["function"]["arguments"],
      R"({"z":0.1,"a":-5,"b":18446744073709551615,"c":[true,false,null],"d":"\"€"})");
}

TEST(AnthropicReply, G9_Thinking) {
  const json out =
      answer(message(json::array({{{"type", "thinking"}, {"thinking", "Hm."}, {"signature", "SIG"}},
                                  {{"type", "redacted_thinking"}, {"data", "ENC"}},
                                  text("42")})));
  EXPECT_EQ(out["content"], "42");
  EXPECT_EQ(out["reasoning_content"], "Hm.");
  EXPECT_EQ(out["reasoning_details"], json::array({{{"type", "reasoning.text"},
                                                    {"format", "anthropic-claude-v1"},
                                                    {"index", 0},
                                                    {"text", "Hm."},
                                                    {"signature", "SIG"}},
                                                   {{"type", "reasoning.encrypted"},
                                                    {"format", "anthropic-claude-v1"},
                                                    {"index", 1},
                                                    {"data", "ENC"}}}));
}

TEST(AnthropicReply, C6_RefusalSaysWhy) {
  json body = message(json::array(), "refusal");
  body["stop_details"] = {{"type", "refusal"}, {"category", "bio"}, {"explanation", "Declined."}};
  EXPECT_EQ(answer(body),
            json({{"role", "assistant"}, {"content", nullptr}, {"refusal", "Declined."}}));
}

TEST(AnthropicReply, ServerToolBlocksArePassedOver) {
  EXPECT_EQ(
      answer(message(json::array(
          {{{"type", "server_tool_use"},
            {"id", "s"},
            {"name", "web_search"},
            {"input", {{"q", 1}}}},
           {{"type", "web_search_tool_result"}, {"tool_use_id", "s"}, {"content", json::array()}},
           text("x")}))),
      json({{"role", "assistant"}, {"content", "x"}, {"refusal", nullptr}}));
}

TEST(AnthropicReply, ModelOfTheClientWhereTheReplyNamesNone) {
  json body = message(text("x"));
  body.erase("model");
  EXPECT_EQ(completion(body)["model"], "client-model");
}

TEST(AnthropicReply, NoUsageNoUsage) {
  json body = message(text("x"));
  body.erase("usage");
  const auto reply = decode(body);
  ASSERT_TRUE(reply.has_value());
  EXPECT_FALSE(reply->usage.present);
  EXPECT_FALSE(json::parse(reply->body).contains("usage"));
}

TEST(AnthropicReply, C8_EmptyAnswersThatEndedForAReasonAreAnswers) {
  EXPECT_EQ(answer(message(json::array(), "max_tokens"))["content"], "");
  EXPECT_EQ(answer(message(json::array(), "stop_sequence"))["content"], "");
}

TEST(AnthropicReply, D13_GarbageIsAnUpstreamError) {
  json no_reason = message(text("x"));
  no_reason["stop_reason"] = nullptr;
  json no_content = message(text("x"));
  no_content.erase("content");
  for (const std::string& body :
       {std::string(), std::string("<html>"), std::string("{"), std::string("[]"),
        std::string("{}"), std::string("null"), no_reason.dump(), no_content.dump(),
        message(json::array()).dump()}) {
    const auto reply = decode_text(body);
    ASSERT_FALSE(reply.has_value()) << body;
    EXPECT_EQ(code_name(reply.error().code), "upstream_garbage") << body;
    EXPECT_EQ(reply.error().origin, Origin::kUpstream);
    EXPECT_NE(reply.error().retry, Retry::kNever);
  }
}

TEST(AnthropicReply, E_ErrorInsideA200) {
  const auto error_of = [](const std::string& type, const std::string& text_of) {
    const json body = {{"type", "error"}, {"error", {{"type", type}, {"message", text_of}}}};
    const auto reply = decode_text(body.dump());
    EXPECT_FALSE(reply.has_value());
    return reply ? Error{Code::k_internal_error, Origin::kGateway, Retry::kNever, {}, {}, {}}
                 : reply.error();
  };
  EXPECT_EQ(code_name(error_of("rate_limit_error", "slow down").code), "rate_limited");
  EXPECT_EQ(code_name(error_of("authentication_error", "bad key").code), "upstream_auth");
  EXPECT_EQ(code_name(error_of("timeout_error", "late").code), "upstream_timeout");
  EXPECT_EQ(code_name(error_of("invalid_request_error",
                               "prompt is too long: 210000 tokens > 200000 maximum")
                          .code),
            "context_length_exceeded");
  EXPECT_NE(error_of("overloaded_error", "Overloaded").retry, Retry::kNever);
  EXPECT_NE(error_of("overloaded_error", "Overloaded").detail.find("Overloaded"),
            std::string::npos);
}

struct ErrorRow {
  const char* body;
  const char* type;
  int status;
  const char* message;
};

TEST(AnthropicErrors, E1_Bodies) {
  for (
      const ErrorRow& row : {
          ErrorRow{
              R"({"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"r"})",
              "overloaded_error", 529, "Overloaded"},
          ErrorRow{R"({"type":"error","error":{"type":"billing_error","message":"Credit"}})",
                   "billing_error", 402, "Credit"},
          ErrorRow{R"({"error":{"type":"not_found_error"}})", "not_found_error", 404,
                   "not_found_error"},
          ErrorRow{R"({"error":{"message":"m","code":"rate_limit_exceeded"}})", "", 429, "m"},
          ErrorRow{R"({"error":"plain"})", "", 0, "plain"},
          ErrorRow{R"({"message":"from the cloud"})", "", 0, "from the cloud"},
          ErrorRow{R"({"detail":"from a proxy"})", "", 0, "from a proxy"},
          ErrorRow{"  <html>502 Bad Gateway</html> ", "", 0, "<html>502 Bad Gateway</html>"},
          ErrorRow{"", "", 0, ""},
      }) {
    const ReplyError error = read_error(Dialect::kAnthropicMessages, row.body);
    EXPECT_EQ(error.type, row.type) << row.body;
    EXPECT_EQ(error.status, row.status) << row.body;
    EXPECT_EQ(error.message, row.message) << row.body;
  }
}

TEST(AnthropicErrors, E7_LongPagesAreCut) {
  EXPECT_LE(read_error(Dialect::kAnthropicMessages, std::string(100000, 'x')).message.size(), 500U);
}

}  // namespace
}  // namespace pontage::dialects::test
