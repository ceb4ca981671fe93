// Which requests a route takes, and which route makes a later one unreachable.
#include "routing/match.hpp"

#include <gtest/gtest.h>

namespace pontage::routing {
namespace {

TEST(Match, PathPrefixEndsAtASlash) {
  struct Row {
    const char* prefix;
    const char* path;
    bool matches;
  };
  for (const Row& row :
       {Row{"", "/v1/chat/completions", true}, Row{"/v1/chat", "/v1/chat/completions", true},
        Row{"/v1/chat", "/v1/chat", true}, Row{"/v1/chat", "/v1/chatter", false},
        Row{"/v1/chat/", "/v1/chat/completions", true}, Row{"/v1/chat/", "/v1/chat", false},
        Row{"/v1/chat", "/v1", false}, Row{"/", "/v1", true}}) {
    Match match;
    match.path = row.prefix;
    EXPECT_EQ(match.path_matches(row.path), row.matches) << row.prefix << " " << row.path;
  }
}

class MatchTest : public ::testing::Test {
 protected:
  MatchTest() {
    view.model = "gpt-4o-mini";
    view.has_model = true;
    view.metadata = {{"team", "search"}};
    facts.view = &view;
    facts.path = "/v1/chat/completions";
    facts.key_name = "batch";
    facts.headers = headers;
  }
  http::HeaderView headers[1] = {{"X-Region", "eu-west"}};
  dialects::RequestView view;
  RequestFacts facts;
  Match match;
};

TEST_F(MatchTest, EmptyTakesAll) {
  EXPECT_TRUE(match.matches(facts));
}

TEST_F(MatchTest, OneOfTheModels) {
  match.models = {"claude-*", "gpt-*"};
  EXPECT_TRUE(match.matches(facts));
  match.models = {"claude-*"};
  EXPECT_FALSE(match.matches(facts));
  match.models = {"*"};
  view.has_model = false;
  EXPECT_FALSE(match.matches(facts)) << "no model is none";
}

TEST_F(MatchTest, AllOfTheRest) {
  match.headers = {{"x-region", "eu-*"}};
  match.metadata = {{"team", "search"}};
  match.keys = {"other", "batch"};
  match.path = "/v1/chat";
  EXPECT_TRUE(match.matches(facts));
  auto other = match;
  other.headers["x-absent"] = "*";
  EXPECT_FALSE(other.matches(facts));
  other = match;
  other.metadata["team"] = "ads";
  EXPECT_FALSE(other.matches(facts));
  other = match;
  other.keys = {"other"};
  EXPECT_FALSE(other.matches(facts));
}

TEST(MatchCovers, OnlyWhatIsCertain) {
  Match all;
  Match chat;
  chat.path = "/v1/chat";
  Match gpt = chat;
  gpt.models = {"gpt-*"};
  Match eu = gpt;
  eu.headers = {{"x-region", "eu"}};
  EXPECT_TRUE(all.covers(chat) && all.covers(eu) && chat.covers(gpt) && gpt.covers(eu) &&
              chat.covers(chat));
  EXPECT_FALSE(chat.covers(all) || gpt.covers(chat) || eu.covers(gpt));
  Match us = eu;
  us.headers = {{"x-region", "us"}};
  EXPECT_FALSE(eu.covers(us));
  Match mini = chat;
  mini.models = {"gpt-4o-mini"};
  Match key = chat;
  key.keys = {"batch"};
  EXPECT_FALSE(key.covers(chat));
  EXPECT_TRUE(chat.covers(key));
  EXPECT_TRUE(gpt.covers(mini)) << "a glob takes every name that it matches";
  EXPECT_FALSE(mini.covers(gpt));
}

}  // namespace
}  // namespace pontage::routing
