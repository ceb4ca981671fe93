// What a model is known not to do: named, left out, or clamped, in every translation.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "pontage/dialects/codec.hpp"

namespace pontage::dialects {
namespace {

using nlohmann::json;

Result<Encoded> translate(Dialect client, Dialect provider, const std::string& body,
                          const TargetShape& shape) {
  const auto view = make_request_reader(client)->read(body, body.size());
  EXPECT_TRUE(view.has_value()) << body;
  return encode_request(client, provider, body, *view, shape);
}

json sent(const Result<Encoded>& encoded) {
  std::string out;
  if (encoded) {
    for (const auto piece : encoded->body.pieces) out.append(piece);
  }
  return json::parse(out, nullptr, false);
}

struct Row {
  const char* name;
  const char* more;  ///< members of the client's request
  bool llm::Capabilities::* lacks;
  const char* param;    ///< of the refusal
  const char* dropped;  ///< what is listed when it is left out; empty: never is
};

constexpr const char* kHello = R"("messages":[{"role":"user","content":"hi"}])";

const Row kRows[] = {
    {"tools",
     R"("tools":[{"name":"f","input_schema":{"type":"object"}}],)"
     R"("messages":[{"role":"user","content":"hi"}])",
     &llm::Capabilities::tools, "tools", "tools"},
    {"images",
     R"("messages":[{"role":"user","content":[{"type":"image","source":)"
     R"({"type":"url","url":"https://a/b.png"}},{"type":"text","text":"hi"}]}])",
     &llm::Capabilities::images, "messages.0.content.0", ""},
    {"documents",
     R"("messages":[{"role":"user","content":[{"type":"document","source":)"
     R"({"type":"base64","media_type":"application/pdf","data":"AAAA"}},)"
     R"({"type":"text","text":"hi"}]}])",
     &llm::Capabilities::documents, "messages.0.content.0", ""},
};

class Lacking : public ::testing::TestWithParam<Row> {};

TEST_P(Lacking, IsNamedOrLeftOutAndNothingWhereTheModelCan) {
  const auto& row = GetParam();
  const std::string body = std::string(R"({"model":"m","max_tokens":9,)") + row.more + "}";
  TargetShape shape;
  shape.model = "m";
  const auto able = translate(Dialect::kAnthropicMessages, Dialect::kOpenAiChat, body, shape);
  ASSERT_TRUE(able) << able.error().detail;
  EXPECT_TRUE(able->dropped.empty());
  shape.can.*row.lacks = false;
  const auto refused = translate(Dialect::kAnthropicMessages, Dialect::kOpenAiChat, body, shape);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().param, row.param);
  EXPECT_EQ(refused.error().code, Code::k_unsupported_parameter);
  EXPECT_EQ(refused.error().retry, Retry::kOtherTarget);
  shape.drop_unsupported = true;
  const auto dropped = translate(Dialect::kAnthropicMessages, Dialect::kOpenAiChat, body, shape);
  ASSERT_EQ(dropped.has_value(), *row.dropped != 0) << "a part of the prompt is never left out";
  if (!dropped) return;
  EXPECT_THAT(dropped->dropped, ::testing::ElementsAre(row.dropped));
  EXPECT_NE(sent(dropped), sent(able));
}

INSTANTIATE_TEST_SUITE_P(Abilities, Lacking, ::testing::ValuesIn(kRows),
                         [](const auto& tested) { return std::string(tested.param.name); });

TEST(ModelLimits, B13TheLimitIsTheModels) {
  TargetShape shape;
  shape.model = "m";
  shape.can.max_output = 100;
  for (const auto& [asked, given] : {std::pair{128000, 100}, {100, 100}, {7, 7}}) {
    const auto body = R"({"model":"m","max_tokens":)" + std::to_string(asked) + "," + kHello + "}";
    const auto out =
        sent(translate(Dialect::kAnthropicMessages, Dialect::kOpenAiChat, body, shape));
    EXPECT_EQ(out.value("max_tokens", 0), given);
    const auto back =
        sent(translate(Dialect::kOpenAiChat, Dialect::kAnthropicMessages, body, shape));
    EXPECT_EQ(back.value("max_tokens", 0), given);
    const auto same = sent(translate(Dialect::kOpenAiChat, Dialect::kOpenAiChat, body, shape));
    EXPECT_EQ(same.value("max_tokens", 0), asked) << "bytes that pass are not ours";
  }
}

TEST(ModelLimits, WishesAreLeftOutAndListed) {
  TargetShape shape;
  shape.model = "m";
  shape.can.temperature = false;
  const std::string body =
      std::string(R"({"model":"m","max_tokens":9,"temperature":0.3,"top_p":1,)") + kHello + "}";
  const auto encoded = translate(Dialect::kAnthropicMessages, Dialect::kOpenAiChat, body, shape);
  ASSERT_TRUE(encoded);
  EXPECT_THAT(encoded->dropped, ::testing::ElementsAre("temperature")) << "1 is the default";
  EXPECT_FALSE(sent(encoded).contains("temperature"));
}

TEST(ModelLimits, AModelWithoutASystemRoleIsToldByTheUser) {
  TargetShape shape;
  shape.model = "m";
  shape.can.system_role = false;
  const std::string body =
      std::string(R"({"model":"m","max_tokens":9,"system":"Be brief.",)") + kHello + "}";
  const auto out = sent(translate(Dialect::kAnthropicMessages, Dialect::kOpenAiChat, body, shape));
  ASSERT_EQ(out["messages"].size(), 1U) << out.dump();
  EXPECT_EQ(out["messages"][0]["role"], "user");
  EXPECT_THAT(out["messages"][0].dump(), ::testing::HasSubstr("Be brief."));
}

TEST(ModelLimits, AProviderThatRefusesStreamOptionsGetsNone) {
  TargetShape shape;
  shape.model = "m";
  shape.stream_options = false;
  const std::string body =
      std::string(R"({"model":"m","max_tokens":9,"stream":true,)") + kHello + "}";
  for (const auto client : {Dialect::kOpenAiChat, Dialect::kAnthropicMessages}) {
    EXPECT_FALSE(
        sent(translate(client, Dialect::kOpenAiChat, body, shape)).contains("stream_options"));
    shape.stream_options = true;
    EXPECT_TRUE(
        sent(translate(client, Dialect::kOpenAiChat, body, shape)).contains("stream_options"));
    shape.stream_options = false;
  }
}

TEST(ModelLimits, TheDirectWayToAnthropicNamesItToo) {
  TargetShape shape;
  shape.model = "m";
  shape.can.tools = false;
  const std::string body = std::string(R"({"model":"m","tools":[{"type":"function","function":)") +
                           R"({"name":"f"}}],)" + kHello + "}";
  const auto refused = translate(Dialect::kOpenAiChat, Dialect::kAnthropicMessages, body, shape);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().param, "tools");
}

}  // namespace
}  // namespace pontage::dialects
