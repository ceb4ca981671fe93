// What no translated answer holds is refused before every provider of another dialect, by its name
// (row G5); a hint that a provider does not know is listed.
#include <gmock/gmock.h>

#include "pontage/dialects/codec.hpp"

namespace pontage::dialects::test {
namespace {

using ::testing::Contains;

class Limits : public ::testing::TestWithParam<Dialect> {};

Result<Encoded> ask(Dialect provider, const std::string& fields, bool drop = false) {
  TargetShape shape;
  shape.model = "m";
  shape.drop_unsupported = drop;
  const std::string body = R"({"messages":[{"role":"user","content":"hi"}],)" + fields + "}";
  return encode_request(Dialect::kOpenAiChat, provider, body, RequestView{}, shape);
}

TEST_P(Limits, G5_SeveralAnswersAndLogProbabilitiesAreRefusedByName) {
  struct Row {
    const char* name;
    const char* value;
  };
  for (const Row& row : {Row{"n", "2"}, Row{"logprobs", "true"}, Row{"top_logprobs", "3"},
                         Row{"logit_bias", R"({"5":-100})"}}) {
    const std::string field = "\"" + std::string(row.name) + "\":" + row.value;
    const auto refused = ask(GetParam(), field);
    ASSERT_FALSE(refused) << row.name;
    EXPECT_EQ(refused.error().param, row.name);
    EXPECT_EQ(refused.error().retry, Retry::kOtherTarget);
    const auto dropped = ask(GetParam(), field, true);
    ASSERT_TRUE(dropped) << row.name;
    EXPECT_THAT(dropped->dropped, Contains(row.name));
  }
}

TEST_P(Limits, G5_HintsAreListed) {
  const auto encoded = ask(GetParam(), R"("prediction":{"type":"content","content":"x"})");
  ASSERT_TRUE(encoded);
  EXPECT_THAT(encoded->dropped, Contains("prediction"));
}

INSTANTIATE_TEST_SUITE_P(Providers, Limits,
                         ::testing::Values(Dialect::kAnthropicMessages, Dialect::kBedrockConverse,
                                           Dialect::kGemini, Dialect::kOpenAiResponses));

}  // namespace
}  // namespace pontage::dialects::test
