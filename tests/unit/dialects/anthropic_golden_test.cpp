// Recorded Anthropic streams against what an OpenAI client must get, in every split that a network
// can make.
#include <gtest/gtest.h>

#include "unit/dialects/anthropic_support.hpp"

namespace pontage::dialects::test {
namespace {

class AnthropicGolden : public ::testing::TestWithParam<const char*> {
 protected:
  std::string input = read_golden(std::string(GetParam()) + ".anthropic.sse");
  std::string expected = read_golden(std::string(GetParam()) + ".openai.sse");
};

TEST_P(AnthropicGolden, FilesAreThere) {
  EXPECT_FALSE(input.empty());
  EXPECT_FALSE(expected.empty());
}

TEST_P(AnthropicGolden, WholeStreamInOneRead) {
  const Played played = play(input);
  EXPECT_EQ(events_of(played.bytes), events_of(expected));
  EXPECT_EQ(played.decoder->skipped_events, 0);
  EXPECT_EQ(played.complete, !played.error);
  EXPECT_EQ(played.count(&Frame::done), played.error ? 0 : 1);
  EXPECT_EQ(played.count(&Frame::finish), played.error ? 0 : 1);
  EXPECT_TRUE(played.after_end.empty());
}

TEST_P(AnthropicGolden, OneByteAtATime) {
  std::vector<std::string_view> pieces;
  for (std::size_t i = 0; i < input.size(); ++i) pieces.emplace_back(&input[i], 1);
  EXPECT_EQ(play(pieces).bytes, play(input).bytes);
}

TEST_P(AnthropicGolden, TwoReadsSplitAtEveryByte) {
  const std::string whole = play(input).bytes;
  for (std::size_t cut = 0; cut <= input.size(); ++cut) {
    const std::string_view view = input;
    ASSERT_EQ(play({view.substr(0, cut), view.substr(cut)}).bytes, whole) << "split at " << cut;
  }
}

// The stream is lost after any byte: what was passed on is a beginning of the whole, and the answer
// counts as complete exactly when its stop reason was passed on; only then is the rest supplied.
TEST_P(AnthropicGolden, CutAtEveryByte) {
  const Played whole = play(input);
  for (std::size_t cut = 0; cut <= input.size(); ++cut) {
    const Played played = play(std::string_view(input).substr(0, cut));
    ASSERT_EQ(played.complete, played.finish_seen && !played.error) << "cut at " << cut;
    const std::string before_end =
        played.bytes.substr(0, played.bytes.size() - played.after_end.size());
    ASSERT_TRUE(whole.bytes.starts_with(before_end)) << "cut at " << cut;
    if (played.complete) {
      ASSERT_TRUE(played.bytes.ends_with("data: [DONE]\n\n")) << "cut at " << cut;
    } else {
      ASSERT_EQ(played.bytes.find("[DONE]"), std::string::npos) << "cut at " << cut;
      ASSERT_TRUE(played.after_end.empty()) << "cut at " << cut;
    }
  }
}

TEST_P(AnthropicGolden, CarriageReturnLineFeed) {
  std::string crlf;
  for (const char c : input) crlf += c == '\n' ? "\r\n" : std::string(1, c);
  EXPECT_EQ(play(crlf).bytes, play(input).bytes);
}

TEST_P(AnthropicGolden, DataWithoutSpaceAndEventNamesMissing) {
  std::string bare;
  std::size_t at = 0;
  while (at < input.size()) {
    const std::size_t end = input.find('\n', at) + 1;
    const std::string line = input.substr(at, end - at);
    at = end;
    if (line.starts_with("event: ")) continue;
    bare += line.starts_with("data: ") ? "data:" + line.substr(6) : line;
  }
  EXPECT_EQ(play(bare).bytes, play(input).bytes);
}

TEST_P(AnthropicGolden, CommentsBetweenEventsBecomeKeepAlives) {
  std::string commented = ": connected\n\n";
  std::size_t at = 0;
  while (at < input.size()) {
    const std::size_t end = input.find("\n\n", at) + 2;
    commented += input.substr(at, end - at) + ": still here\n\n";
    at = end;
  }
  const auto without_comments = [](std::string_view bytes) {
    json out = json::array();
    for (const json& one : events_of(bytes)) {
      if (one != ": ping") out.push_back(one);
    }
    return out;
  };
  EXPECT_EQ(without_comments(play(commented).bytes), without_comments(expected));
}

TEST_P(AnthropicGolden, UsageOnlyWhereAsked) {
  const json events = events_of(play(input, false).bytes);
  for (const json& one : events) {
    if (one.is_object()) {
      EXPECT_FALSE(one.contains("usage"));
      EXPECT_FALSE(one["choices"].empty());
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Streams, AnthropicGolden,
                         ::testing::Values("text", "tool_use", "thinking", "server_tool",
                                           "parallel_tools", "refusal", "max_tokens", "redacted",
                                           "overloaded", "compatible"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace pontage::dialects::test
