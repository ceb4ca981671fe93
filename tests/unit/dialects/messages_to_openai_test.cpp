// Rows B1 to B9 of the translation table: an Anthropic conversation for a provider that speaks
// openai.chat.
#include <gmock/gmock.h>

#include "unit/dialects/messages_to_openai_support.hpp"

namespace pontage::dialects::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(MessagesToOpenAi, B1_SystemIsOneLeadingMessage) {
  const json blocks = {
      text("x-anthropic-billing-header: cc_version=2.1;"),
      text("One."),
      {{"type", "text"}, {"text", "Two."}, {"cache_control", {{"type", "ephemeral"}}}}};
  const Outcome out = translate(with({{"system", blocks}}));
  EXPECT_EQ(out.body["messages"][0], json({{"role", "system"}, {"content", "One.\nTwo."}}));
  EXPECT_THAT(out.dropped, IsEmpty());
  EXPECT_EQ(translate(with({{"system", "S"}})).body["messages"][0]["content"], "S");
  EXPECT_EQ(translate(with({})).body["messages"].size(), 1U);
}

TEST(MessagesToOpenAi, B2_ASystemTurnKeepsItsPlace) {
  const json out = messages_of({user("a"), {{"role", "system"}, {"content", "mid"}}, user("b")});
  EXPECT_EQ(out, json({{{"role", "user"}, {"content", "a"}},
                       {{"role", "system"}, {"content", "mid"}},
                       {{"role", "user"}, {"content", "b"}}}));
}

TEST(MessagesToOpenAi, B2_ASystemTurnBetweenACallAndItsResultWaits) {
  const json out = messages_of({user("a"),
                                assistant({call("t1")}),
                                {{"role", "system"}, {"content", "mid"}},
                                user({result("t1", "r")})});
  ASSERT_EQ(out.size(), 4U);
  EXPECT_EQ(out[2]["role"], "tool");
  EXPECT_EQ(out[3]["role"], "system");
}

TEST(MessagesToOpenAi, B3_ImagesByDataAndByAddress) {
  const json out = messages_of(
      {user({text("see"),
             {{"type", "image"},
              {"source", {{"type", "base64"}, {"media_type", "image/png"}, {"data", "iVBO"}}}},
             {{"type", "image"}, {"source", {{"type", "url"}, {"url", "https://a/b.png"}}}}})});
  EXPECT_EQ(out[0]["content"],
            json({text("see"),
                  {{"type", "image_url"}, {"image_url", {{"url", "data:image/png;base64,iVBO"}}}},
                  {{"type", "image_url"}, {"image_url", {{"url", "https://a/b.png"}}}}}));
}

TEST(MessagesToOpenAi, B3_AFileIdIsRefusedByName) {
  expect_refused(
      {{"messages",
        {user({text("x"),
               {{"type", "image"}, {"source", {{"type", "file"}, {"file_id", "f_1"}}}}})}}},
      "messages.0.content.1.source.type");
}

TEST(MessagesToOpenAi, B4_DocumentsAreTextFilesOrRefused) {
  const json plain = {{"type", "document"},
                      {"title", "T"},
                      {"source", {{"type", "text"}, {"media_type", "text/plain"}, {"data", "D"}}}};
  const json pdf = {
      {"type", "document"},
      {"source", {{"type", "base64"}, {"media_type", "application/pdf"}, {"data", "JVBE"}}}};
  EXPECT_EQ(
      messages_of({user({plain, pdf})})[0]["content"],
      json(
          {text("T\nD"),
           {{"type", "file"},
            {"file",
             {{"filename", "document.pdf"}, {"file_data", "data:application/pdf;base64,JVBE"}}}}}));
  const json address = {{"type", "document"},
                        {"source", {{"type", "url"}, {"url", "https://a/b.pdf"}}}};
  expect_refused({{"messages", {user({address})}}}, "messages.0.content.0.source.type");
  json cited = plain;
  cited["citations"] = {{"enabled", true}};
  EXPECT_THAT(translate({{"messages", {user({cited})}}}).dropped,
              ElementsAre("messages.0.content.0.citations"));
}

TEST(MessagesToOpenAi, B4_AForeignBlockIsRefusedByName) {
  expect_refused({{"messages", {user({{{"type", "container_upload"}, {"file_id", "f"}}})}}},
                 "messages.0.content.0.type");
}

TEST(MessagesToOpenAi, B5_ResultsComeFirstAndInTheOrderOfTheCalls) {
  const json out = messages_of({user("q"), assistant({text("I look."), call("t1"), call("t2")}),
                                user({result("t2", "two"), text("and?"), result("t1", "one")})});
  ASSERT_EQ(out.size(), 5U);
  EXPECT_EQ(out[2], json({{"role", "tool"}, {"tool_call_id", "t1"}, {"content", "one"}}));
  EXPECT_EQ(out[3], json({{"role", "tool"}, {"tool_call_id", "t2"}, {"content", "two"}}));
  EXPECT_EQ(out[4], json({{"role", "user"}, {"content", "and?"}}));
}

TEST(MessagesToOpenAi, B5_EveryCallHasAnAnswerAndOrphansGo) {
  const Outcome out = translate(
      {{"messages",
        {user("q"), assistant({call("t1"), call("t2")}),
         user({result("t9", "nobody asked"), result("t2", "two")}), assistant("so"), user("on")}}});
  const json& list = out.body["messages"];
  ASSERT_EQ(list.size(), 6U);
  EXPECT_EQ(list[2]["tool_call_id"], "t2");
  EXPECT_EQ(list[3]["tool_call_id"], "t1");
  EXPECT_EQ(list[3]["content"], "[no result]");
  EXPECT_THAT(out.dropped, ElementsAre("messages.2.content.0"));
}

TEST(MessagesToOpenAi, B5_AnInterruptedCallAtTheEndIsAnsweredToo) {
  const json out = messages_of({user("q"), assistant({call("t1")})});
  ASSERT_EQ(out.size(), 3U);
  EXPECT_EQ(out[2]["role"], "tool");
}

TEST(MessagesToOpenAi, B6_PartsOfAResult) {
  const json image = {{"type", "image"},
                      {"source", {{"type", "base64"}, {"media_type", "image/png"}, {"data", "i"}}}};
  const json found = {{"type", "search_result"}, {"title", "t"}};
  const json out = messages_of({user("q"), assistant({call("t1"), call("t2")}),
                                user({result("t1", {text("a"), image, text("b"), found}),
                                      result("t2", json::array({image}))})});
  ASSERT_EQ(out.size(), 5U);
  EXPECT_EQ(out[2]["content"], "a\nb\n" + found.dump());
  EXPECT_THAT(out[3]["content"].get<std::string>(), HasSubstr("images follow"));
  EXPECT_EQ(out[4]["role"], "user");
  ASSERT_EQ(out[4]["content"].size(), 2U);
  EXPECT_EQ(out[4]["content"][0]["type"], "image_url");
}

TEST(MessagesToOpenAi, B7_AnErrorIsSaidInItsText) {
  json failed = result("t1", "no such file");
  failed["is_error"] = true;
  EXPECT_EQ(messages_of({user("q"), assistant({call("t1")}), user({failed})})[2]["content"],
            "[tool error] no such file");
}

TEST(MessagesToOpenAi, B8_TextAndCallsAreOneMessage) {
  const json out = messages_of(
      {user("q"), assistant({text("Let me "), text("see."), call("t1", "f", {{"a", {1, "ü\n"}}})}),
       user({result("t1", "r")}), assistant({call("t2")}), user({result("t2", "r")})});
  EXPECT_EQ(out[1]["content"], "Let me see.");
  ASSERT_EQ(out[1]["tool_calls"].size(), 1U);
  EXPECT_EQ(out[1]["tool_calls"][0]["id"], "t1");
  EXPECT_EQ(json::parse(out[1]["tool_calls"][0]["function"]["arguments"].get<std::string>()),
            json({{"a", {1, "ü\n"}}}));
  EXPECT_TRUE(out[3]["content"].is_null());
  EXPECT_EQ(out[3]["tool_calls"][0]["function"]["arguments"], "{}");
}

TEST(MessagesToOpenAi, B8_ABegunAnswerCannotBeContinued) {
  const json request = {{"messages", {user("q"), assistant("The answer is")}}};
  expect_refused(request, "messages.1");
  const Outcome out = translate(request, "gpt-4o", true);
  EXPECT_THAT(out.dropped, ElementsAre("messages.1"));
  EXPECT_EQ(out.body["messages"].size(), 2U) << "its words stay in the prompt";
}

TEST(MessagesToOpenAi, B9_ThinkingGoesBackOnlyWhereItIsWanted) {
  const json request = {{"messages",
                         {user("q"),
                          assistant({{{"type", "thinking"}, {"thinking", "hm"}, {"signature", "s"}},
                                     {{"type", "redacted_thinking"}, {"data", "x"}},
                                     call("t1")}),
                          user({result("t1", "r")})}}};
  EXPECT_FALSE(translate(request).body["messages"][1].contains("reasoning_content"));
  EXPECT_EQ(translate(request, "deepseek-reasoner").body["messages"][1]["reasoning_content"], "hm");
}

}  // namespace
}  // namespace pontage::dialects::test
