// Rows G1 to G6: OpenAI requests as Anthropic's. Each case of tests/golden/anthropic/request_*.json
// is a test: a request (over a minimal one), and either what must stand at some places of the
// translation (null: nothing) or the error.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>

#include "unit/dialects/anthropic_support.hpp"

namespace pontage::dialects::test {
namespace {

struct Case {
  std::string name;
  std::string text;  // the case as JSON: gtest copies and prints parameters
};
std::ostream& operator<<(std::ostream& out, const Case& one) {
  return out << one.name;
}

std::vector<Case> cases() {
  std::vector<Case> out;
  for (const char* topic : {"messages", "params", "tools", "thinking"}) {
    const auto list = nlohmann::ordered_json::parse(
        read_golden(std::string("request_") + topic + ".json"), nullptr, false);
    for (const auto& one : list) out.push_back({one["name"].get<std::string>(), one.dump()});
  }
  return out;
}

std::string test_name(const ::testing::TestParamInfo<Case>& info) {
  std::string name = info.param.name;
  std::replace_if(
      name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name;
}

// The client's bytes keep the order of their keys, which nlohmann's default object does not.
std::string request_text(const std::string& one) {
  auto fields = nlohmann::ordered_json::parse(one, nullptr, false)["request"];
  nlohmann::ordered_json request = {{"model", "gpt-4o"}};
  if (!fields.contains("messages")) {
    request["messages"] = nlohmann::ordered_json::parse(R"([{"role":"user","content":"Hi"}])");
  }
  request.update(fields);
  return request.dump();
}

Result<Encoded> encode(const std::string& request, const json& one) {
  TargetShape shape;
  const std::string model = one.value("model", "claude-opus-4-6");
  shape.model = model;
  shape.default_max_tokens = one.value("default_max_tokens", 4096);
  shape.drop_unsupported = one.value("drop_unsupported", false);
  // A view that the reader refuses is filled as far as it goes: the translation must stand on its
  // own feet.
  RequestView view;
  const json fields = json::parse(request, nullptr, false);
  view.stream = fields.value("stream", false);
  for (const char* key : {"max_tokens", "max_completion_tokens"}) {
    if (fields.contains(key)) view.max_tokens = fields[key].get<std::int64_t>();
  }
  return encode_request(Dialect::kOpenAiChat, Dialect::kAnthropicMessages, request, view, shape);
}

Result<Encoded> translate(const std::string& body) {
  return encode_request(Dialect::kOpenAiChat, Dialect::kAnthropicMessages, body, RequestView{},
                        TargetShape{});
}

class AnthropicRequest : public ::testing::TestWithParam<Case> {};

void expect_error(const json& wanted, const Error& error) {
  EXPECT_EQ(code_name(error.code), wanted["code"].get<std::string>());
  EXPECT_EQ(error.param, wanted["param"].get<std::string>());
  EXPECT_EQ(error.origin, Origin::kClient);
  EXPECT_FALSE(error.detail.empty());
  const bool elsewhere = error.code == Code::k_unsupported_parameter;
  EXPECT_EQ(error.retry, elsewhere ? Retry::kOtherTarget : Retry::kNever);
}

TEST_P(AnthropicRequest, IsTranslated) {
  const json one = json::parse(GetParam().text, nullptr, false);
  const std::string request = request_text(GetParam().text);
  auto encoded = encode(request, one);
  if (one.contains("error")) {
    ASSERT_FALSE(encoded.has_value());
    return expect_error(one["error"], encoded.error());
  }
  ASSERT_TRUE(encoded.has_value()) << encoded.error().param << ": " << encoded.error().detail;
  const Encoded moved = std::move(*encoded);  // the pieces must survive it
  std::string text;
  for (const auto piece : moved.body.pieces) text.append(piece);
  EXPECT_EQ(text.size(), moved.body.size);
  EXPECT_FALSE(moved.usage_injected);
  EXPECT_EQ(moved.dropped, one.value("dropped", std::vector<std::string>()));
  const json body = json::parse(text, nullptr, false);
  ASSERT_TRUE(body.is_object()) << text;
  for (const auto& [place, wanted] : one.value("expect", json::object()).items()) {
    const json::json_pointer pointer(place);
    const json found = body.contains(pointer) ? body.at(pointer) : json();
    EXPECT_EQ(found, wanted) << place << " of " << text;
  }
  if (one.contains("contains")) {
    EXPECT_NE(text.find(one["contains"].get<std::string>()), std::string::npos) << text;
  }
}

INSTANTIATE_TEST_SUITE_P(Golden, AnthropicRequest, ::testing::ValuesIn(cases()), test_name);

TEST(AnthropicRequestBody, ThatIsNoObjectIsRefused) {
  for (const char* body : {"", "[]", "7", "{", "\"x\"", "{\"messages\":7}", "{}"}) {
    EXPECT_FALSE(translate(body).has_value()) << body;
  }
}

TEST(AnthropicRequestBody, ManyCallsOfOneIdTakeLinearTime) {
  std::string messages = R"([{"role":"user","content":"Hi"})";
  for (int i = 0; i < 20000; ++i) {
    messages += R"(,{"role":"assistant","tool_calls":[{"id":"call_0","function":{"name":"f)" +
                std::to_string(i) +
                R"("}}]},{"role":"tool","tool_call_id":"call_0","content":"1"})";
  }
  const std::string request = "{\"messages\":" + messages + "]}";
  const auto encoded = translate(request);
  ASSERT_TRUE(encoded.has_value());
  EXPECT_NE(encoded->body.owned.find("call_0_20000"), std::string::npos);
}

TEST(AnthropicRequestBody, NamesOfDroppedFieldsAreBounded) {
  std::string request = R"({"messages":[{"role":"user","content":"Hi"}],"x\r\ny: \u00e9":1)";
  for (int i = 0; i < 100000; ++i)
    request += ",\"f" + std::to_string(i) + std::string(100, 'x') + "\":1";
  const auto encoded = translate(request + "}");
  ASSERT_TRUE(encoded.has_value());
  ASSERT_EQ(encoded->dropped.size(), 32U);
  EXPECT_EQ(encoded->dropped[0], "x??y:???");
  for (const auto& name : encoded->dropped) EXPECT_LE(name.size(), 64U);
}

}  // namespace
}  // namespace pontage::dialects::test
