// Streams as the vendors document them (tests/golden/openai): what passes, what the books say, and
// that neither depends on how the bytes arrive. A new vendor is two files, NAME.sse and NAME.json.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "openai_support.hpp"

namespace pontage::dialects::test {
namespace {

using nlohmann::json;

constexpr std::string_view kDone = "data: [DONE]\n\n";

std::filesystem::path folder() {
  return std::filesystem::path(PONTAGE_SOURCE_DIR) / "tests/golden/openai";
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::vector<std::string> names() {
  std::vector<std::string> out;
  for (const auto& entry : std::filesystem::directory_iterator(folder())) {
    if (entry.path().extension() == ".sse") out.push_back(entry.path().stem());
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::string finish_name(llm::Finish finish) {
  switch (finish) {
    case llm::Finish::kNone:
      return "none";
    case llm::Finish::kStop:
      return "stop";
    case llm::Finish::kLength:
      return "length";
    case llm::Finish::kToolCalls:
      return "tool_calls";
    case llm::Finish::kContentFilter:
      return "content_filter";
    case llm::Finish::kStopSequence:
      return "stop_sequence";
    case llm::Finish::kContextExceeded:
      return "context_exceeded";
    case llm::Finish::kOther:
      return "other";
  }
  return "?";
}

json usage_json(const llm::Usage& usage) {
  if (!usage.present) return nullptr;
  json out = json::object();
  const auto put = [&out](const char* name, std::int64_t value) {
    if (value != 0) out[name] = value;
  };
  put("input", usage.input);
  put("cache_read", usage.cache_read);
  put("cache_write_5m", usage.cache_write_5m);
  put("input_audio", usage.input_audio);
  put("output", usage.output);
  put("reasoning", usage.reasoning);
  put("output_audio", usage.output_audio);
  if (usage.anomalous) out["anomalous"] = true;
  return out;
}

std::string with_crlf(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\n') out.push_back('\r');
    out.push_back(c);
  }
  return out;
}

class OpenAiGolden : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    stream_ = read_file(folder() / (GetParam() + ".sse"));
    expected_ = json::parse(read_file(folder() / (GetParam() + ".json")));
    choices_ = expected_.value("choices", 1);
    ASSERT_FALSE(stream_.empty());
  }

  void expect_books(const OpenAiPlay& play) const {
    EXPECT_EQ(json(play.model), expected_.at("model"));
    EXPECT_EQ(json(finish_name(play.finish)), expected_.at("finish"));
    EXPECT_EQ(usage_json(play.usage), expected_.at("usage"));
    EXPECT_EQ(json(play.content_events), expected_.at("content_events"));
    EXPECT_EQ(json(play.text_bytes), expected_.at("text_bytes"));
    EXPECT_TRUE(play.complete);
    EXPECT_FALSE(play.failed);
    EXPECT_EQ(play.skipped, 0);
    const bool owes = expected_.value("owes_done", false);
    EXPECT_EQ(play.owed, owes ? kDone : "");
    EXPECT_EQ(play.done_events, owes ? 0 : 1);
  }

  std::string stream_;
  json expected_;
  std::int64_t choices_ = 1;
};

TEST_P(OpenAiGolden, PassesByteForByteInAnySplit) {
  const std::string expected = stream_ + (expected_.value("unterminated", false) ? "\n\n" : "");
  for (const std::size_t step : {0, 1, 2, 3, 7, 64, 4096}) {
    const OpenAiPlay play = play_openai(stream_, step, false, choices_);
    EXPECT_EQ(play.bytes, expected) << "steps of " << step;
    expect_books(play);
  }
}

TEST_P(OpenAiGolden, LineEndsAndCommentsChangeNothing) {
  const OpenAiPlay crlf = play_openai(with_crlf(stream_), 1, false, choices_);
  expect_books(crlf);
  std::string noisy;
  for (std::size_t at = 0; at < stream_.size();) {
    const std::size_t end = std::min(stream_.find("\n\n", at), stream_.size() - 2) + 2;
    noisy += ": ping\n\n: inside the next event\n" + stream_.substr(at, end - at);
    at = end;
  }
  const OpenAiPlay commented = play_openai(noisy, 0, false, choices_);
  expect_books(commented);
  EXPECT_TRUE(commented.bytes.starts_with(noisy));
}

TEST_P(OpenAiGolden, TheInjectedUsageChunkIsDropped) {
  const OpenAiPlay play = play_openai(stream_, 5, true, choices_);
  expect_books(play);
  const bool has_chunk = expected_.value("usage_chunk", false);
  EXPECT_EQ(play.bytes.find("\"choices\":[],\"usage\":{") != std::string::npos, false);
  EXPECT_EQ(play.bytes.size() < stream_.size(), has_chunk);
}

// Law 3: a truncated answer is never passed off as whole, and nothing is invented for it.
TEST_P(OpenAiGolden, CutAtEveryByteItIsTruncatedUntilTheFinish) {
  const OpenAiPlay whole = play_openai(stream_, 0, false, choices_);
  bool was_complete = false;
  for (std::size_t cut = 0; cut < stream_.size(); ++cut) {
    const OpenAiPlay play =
        play_openai(std::string_view(stream_).substr(0, cut), 0, false, choices_);
    ASSERT_FALSE(play.failed) << cut;
    ASSERT_EQ(play.complete, play.finish_events >= choices_ || (play.done_events > 0)) << cut;
    ASSERT_GE(play.complete, was_complete) << "complete stays complete, cut at " << cut;
    was_complete = play.complete;
    ASSERT_EQ(play.owed, play.complete && play.done_events == 0 ? kDone : "") << cut;
    ASSERT_LE(play.content_events, whole.content_events);
    // What passed is the stream up to its last sound event, closed by a blank line.
    std::string_view bytes = play.bytes;
    if (!stream_.starts_with(bytes)) {
      ASSERT_TRUE(bytes.ends_with("\n\n")) << cut;
      bytes.remove_suffix(2);
    }
    ASSERT_TRUE(stream_.starts_with(bytes)) << cut;
  }
  EXPECT_TRUE(was_complete);
}

INSTANTIATE_TEST_SUITE_P(Vendors, OpenAiGolden, testing::ValuesIn(names()),
                         [](const auto& parameter) { return parameter.param; });

TEST(OpenAiGoldenFolder, IsNotEmpty) {
  EXPECT_GE(names().size(), 15U);
}

}  // namespace
}  // namespace pontage::dialects::test
