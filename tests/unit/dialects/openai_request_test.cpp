// Reading OpenAI chat requests: the view, and each way to be wrong with its code and param.
#include <gtest/gtest.h>

#include <string>

#include "pontage/dialects/codec.hpp"

namespace pontage::dialects {
namespace {

Result<RequestView> read(std::string_view body) {
  static const auto reader = make_request_reader(Dialect::kOpenAiChat);
  return reader->read(body, body.size());
}

const std::string kMessages = R"("messages":[{"role":"user","content":"hi"}])";
std::string with(const std::string& members) {
  return "{" + kMessages + (members.empty() ? "" : ",") + members + "}";
}

TEST(OpenAiRequest, TheViewOfAFullBody) {
  const auto view = read(R"({
    "model": "gpt-4o", "stream": true, "stream_options": {"include_usage": true, "x": 1},
    "max_tokens": 10, "max_completion_tokens": 20, "user": "u-1", "n": 2,
    "metadata": {"team": "search", "contains_pii": true, "level": 3, "share": 0.5, "none": null, "deep": {"a": 1}},
    "tools": [{"type": "function", "function": {"name": "f"}}],
    "response_format": {"type": "json_schema", "json_schema": {}},
    "reasoning_effort": "low", "some_new_field": {"a": [1, 2]},
    "messages": [{"role": "system", "content": "s"},
                 {"role": "user", "content": [{"type": "text", "text": "t"},
                                              {"type": "image_url", "image_url": {"url": "https://x/y.png"}}]},
                 {"role": "assistant", "content": null, "tool_calls": []}]})");
  ASSERT_TRUE(view.has_value()) << view.error().detail;
  EXPECT_EQ(view->model, "gpt-4o");
  EXPECT_TRUE(view->has_model);
  EXPECT_TRUE(view->stream);
  EXPECT_TRUE(view->include_usage);
  EXPECT_EQ(view->max_tokens, 20);
  EXPECT_EQ(view->user, "u-1");
  EXPECT_EQ(view->choices, 2);
  EXPECT_EQ(view->message_count, 3);
  EXPECT_TRUE(view->has_tools);
  EXPECT_TRUE(view->has_images);
  EXPECT_TRUE(view->has_schema);
  EXPECT_TRUE(view->asks_reasoning);
  const std::vector<std::pair<std::string, std::string>> metadata = {
      {"team", "search"}, {"contains_pii", "true"}, {"level", "3"}, {"share", "0.5"}};
  EXPECT_EQ(view->metadata, metadata);
}

TEST(OpenAiRequest, DefaultsAndNulls) {
  const auto view =
      read(with(R"("model":null,"stream":null,"stream_options":null,"max_tokens":null,"n":null,)"
                R"("user":null,"metadata":null,"tools":null,"response_format":null)"));
  ASSERT_TRUE(view.has_value()) << view.error().detail;
  EXPECT_FALSE(view->has_model);
  EXPECT_FALSE(view->stream);
  EXPECT_FALSE(view->include_usage);
  EXPECT_EQ(view->max_tokens, std::nullopt);
  EXPECT_EQ(view->choices, 1);
  EXPECT_FALSE(view->has_tools);
  EXPECT_FALSE(view->has_images);
  EXPECT_FALSE(view->has_schema);
  EXPECT_FALSE(view->asks_reasoning);
  EXPECT_TRUE(view->metadata.empty());
}

TEST(OpenAiRequest, SmallFacts) {
  EXPECT_FALSE(read(with(R"("model":"")"))->has_model);
  EXPECT_EQ(read(with(R"("mod\u0065l":"a")"))->model, "a");
  EXPECT_EQ(read(with(R"("model":"\u00e9\ud83d\ude00")"))->model, "\xC3\xA9\xF0\x9F\x98\x80");
  EXPECT_FALSE(read(with(R"("reasoning_effort":"none")"))->asks_reasoning);
  EXPECT_TRUE(read(with(R"("reasoning":{"effort":"high"})"))->asks_reasoning);
  EXPECT_FALSE(read(with(R"("reasoning":{"effort":"none"})"))->asks_reasoning);
  EXPECT_FALSE(read(with(R"("reasoning":{"enabled":false})"))->asks_reasoning);
  EXPECT_TRUE(read(with(R"("functions":[{"name":"f"}])"))->has_tools);
  EXPECT_FALSE(read(with(R"("tools":[])"))->has_tools);
  EXPECT_TRUE(read(with(R"("response_format":{"type":"json_object"})"))->has_schema);
  EXPECT_FALSE(read(with(R"("response_format":{"type":"text"})"))->has_schema);
  EXPECT_EQ(read(with(R"("max_tokens":0)"))->max_tokens, 0);
  EXPECT_EQ(read(with(R"("max_tokens":-1)"))->max_tokens, std::nullopt)
      << "local servers read it as no limit";
}

struct Refused {
  std::string body;
  Code code;
  std::string param;
  std::string part;  ///< of the message
};

class OpenAiRefusal : public testing::TestWithParam<Refused> {};

TEST_P(OpenAiRefusal, SaysWhatAndWhere) {
  const auto view = read(GetParam().body);
  ASSERT_FALSE(view.has_value()) << GetParam().body;
  EXPECT_EQ(view.error().code, GetParam().code) << view.error().detail;
  EXPECT_EQ(view.error().param, GetParam().param) << view.error().detail;
  EXPECT_NE(view.error().detail.find(GetParam().part), std::string::npos) << view.error().detail;
  EXPECT_EQ(view.error().origin, Origin::kClient);
  EXPECT_EQ(view.error().retry, Retry::kNever);
}

const Refused kBroken[] = {
    {"", Code::k_invalid_json, "", "it is empty"},
    {"{", Code::k_invalid_json, "", "ends too early"},
    {"{\n  \"a\": 1,\n  \"b\": tru\n}", Code::k_invalid_json, "", "line 3, column 11"},
    {R"({"a":1,})", Code::k_invalid_json, "", "line 1, column 8"},
    {R"({"a":[1,,2]})", Code::k_invalid_json, "", "line 1, column 9"},
    {R"({"a":01})", Code::k_invalid_json, "", "line 1, column 7"},
    {R"({'a':1})", Code::k_invalid_json, "", "line 1, column 2"},
    {"{\"a\":\"\xFF\"}", Code::k_invalid_json, "", "line 1, column 7"},
    {"{\"a\":\"\xED\xA0\x80\"}", Code::k_invalid_json, "", "line 1, column 7"},
    {"{\"a\":\"tab\there\"}", Code::k_invalid_json, "", "line 1, column 10"},
    {"{} {}", Code::k_invalid_json, "", "line 1, column 4"},
    {"hello", Code::k_invalid_json, "", "line 1, column 1"},
    {std::string(300, '[') + std::string(300, ']'), Code::k_invalid_json, "", "line 1, column 257"},
};
INSTANTIATE_TEST_SUITE_P(BrokenJson, OpenAiRefusal, testing::ValuesIn(kBroken));

const Refused kWrongTypes[] = {
    {"[]", Code::k_invalid_value, "", "must be a JSON object, but it is an array"},
    {"null", Code::k_invalid_value, "", "but it is null"},
    {"\"x\"", Code::k_invalid_value, "", "but it is a string"},
    {with(R"("model":4)"), Code::k_invalid_value, "model",
     "expected a string, but got an integer instead"},
    {with(R"("stream":"true")"), Code::k_invalid_value, "stream",
     "expected a boolean, but got a string"},
    {with(R"("stream":1)"), Code::k_invalid_value, "stream", "expected a boolean"},
    {with(R"("stream_options":true)"), Code::k_invalid_value, "stream_options",
     "expected an object"},
    {with(R"("stream_options":{"include_usage":1})"), Code::k_invalid_value,
     "stream_options.include_usage", "a boolean"},
    {with(R"("max_tokens":"10")"), Code::k_invalid_value, "max_tokens",
     "expected an integer, but got a string"},
    {with(R"("max_tokens":1.5)"), Code::k_invalid_value, "max_tokens", "but got a decimal number"},
    {with(R"("max_tokens":18446744073709551615)"), Code::k_invalid_value, "max_tokens",
     "expected an integer"},
    {with(R"("max_completion_tokens":[])"), Code::k_invalid_value, "max_completion_tokens",
     "but got an array"},
    {with(R"("n":0)"), Code::k_invalid_value, "n", "expected a value from 1 to 128, but got 0"},
    {with(R"("n":129)"), Code::k_invalid_value, "n", "but got 129"},
    {with(R"("n":"2")"), Code::k_invalid_value, "n", "expected an integer"},
    {with(R"("user":7)"), Code::k_invalid_value, "user", "expected a string"},
    {with(R"("metadata":[])"), Code::k_invalid_value, "metadata", "expected an object"},
    {with(R"("tools":{})"), Code::k_invalid_value, "tools", "expected an array of objects"},
    {with(R"("tools":[{},1])"), Code::k_invalid_value, "tools[1]", "expected an object"},
    {R"({"messages":"hi"})", Code::k_invalid_value, "messages",
     "expected an array of objects, but got a string"},
    {R"({"messages":null})", Code::k_invalid_value, "messages", "but got null"},
    {R"({"messages":{}})", Code::k_invalid_value, "messages", "but got an object"},
    {R"({"messages":[]})", Code::k_invalid_value, "messages", "empty array"},
    {R"({"messages":["hi"]})", Code::k_invalid_value, "messages[0]",
     "expected an object, but got a string"},
    {R"({"messages":[{"role":"user","content":1}]})", Code::k_invalid_value, "messages[0].content",
     "a string or an array of objects"},
    {R"({"messages":[{"role":"user","content":"a"},{"role":"user","content":{}}]})",
     Code::k_invalid_value, "messages[1].content", "but got an object"},
    {R"({"messages":[{"role":"user","content":["a"]}]})", Code::k_invalid_value,
     "messages[0].content[0]", "an object"},
    {R"({"messages":[{"role":1,"content":"a"}]})", Code::k_invalid_value, "messages[0].role",
     "expected a string"},
};
INSTANTIATE_TEST_SUITE_P(WrongTypes, OpenAiRefusal, testing::ValuesIn(kWrongTypes));

const Refused kMissingOrTwice[] = {
    {"{}", Code::k_missing_field, "messages", "Missing required parameter: 'messages'."},
    {R"({"model":"a"})", Code::k_missing_field, "messages", "Missing"},
    {R"({"messages":[{"content":"a"}]})", Code::k_missing_field, "messages[0].role", "Missing"},
    {R"({"model":"a","model":"b"})", Code::k_duplicate_field, "model", "twice"},
    {R"({"model":"a","mod\u0065l":"b"})", Code::k_duplicate_field, "model", "twice"},
    {with(R"("\u006dessages":[])"), Code::k_duplicate_field, "messages", "twice"},
    {with(R"("stream":true,"stream":false)"), Code::k_duplicate_field, "stream", "twice"},
    {with(R"("metadata":{"a":"1","a":"2"})"), Code::k_duplicate_field, "metadata.a", "twice"},
    {with(R"("metadata":{},"metadata":{})"), Code::k_duplicate_field, "metadata", "twice"},
    {with(R"("user":"a","user":"b")"), Code::k_duplicate_field, "user", "twice"},
    {with(R"("max_tokens":1,"max_tokens":1)"), Code::k_duplicate_field, "max_tokens", "twice"},
    {with(R"("max_completion_tokens":1,"max_completion_tokens":1)"), Code::k_duplicate_field,
     "max_completion_tokens", "twice"},
    {with(R"("tools":[],"tools":[])"), Code::k_duplicate_field, "tools", "twice"},
    {with(R"("n":1,"n":1)"), Code::k_duplicate_field, "n", "twice"},
    {with(R"("stream_options":{"include_usage":true,"include_usage":false})"),
     Code::k_duplicate_field, "stream_options.include_usage", "twice"},
};
INSTANTIATE_TEST_SUITE_P(MissingOrTwice, OpenAiRefusal, testing::ValuesIn(kMissingOrTwice));

TEST(OpenAiRequest, UnknownFieldsMayStandTwice) {
  EXPECT_TRUE(read(with(R"("x":1,"x":{"model":"a","model":"b"})")).has_value());
}

TEST(OpenAiRequest, DepthUpTo256) {
  const auto nested = [](int depth) {  // the body's own object is one level
    return with("\"x\":" + std::string(static_cast<std::size_t>(depth - 1), '[') + "1" +
                std::string(static_cast<std::size_t>(depth - 1), ']'));
  };
  EXPECT_TRUE(read(nested(256)).has_value());
  EXPECT_FALSE(read(nested(257)).has_value());
  EXPECT_EQ(read(nested(2000)).error().code, Code::k_invalid_json);
}

TEST(OpenAiRequest, ReadsBehindTheBodyOnlyWhatItMay) {
  const auto reader = make_request_reader(Dialect::kOpenAiChat);
  const std::string body = with(R"("model":"a")");
  const std::string padded = body + std::string(64, '}');
  EXPECT_EQ(reader->read(std::string_view(padded).substr(0, body.size()), padded.size())->model,
            "a");
  const std::string tight(body);
  EXPECT_EQ(reader->read(tight, tight.size())->model, "a");
}

TEST(OpenAiRequest, AReaderIsGoodForManyBodiesOfAnySize) {
  const auto reader = make_request_reader(Dialect::kOpenAiChat);
  for (const std::size_t size : {10, 100'000, 3'000'000, 50}) {
    const std::string body = R"({"model":"m","messages":[{"role":"user","content":")" +
                             std::string(size, 'x') + R"("}]})";
    EXPECT_EQ(reader->read(body, body.size())->model, "m");
    EXPECT_FALSE(reader->read("{", 1).has_value());
  }
}

}  // namespace
}  // namespace pontage::dialects
