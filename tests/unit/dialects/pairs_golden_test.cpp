// Goldens for each pair of dialects: every documented stream of a provider (tests/golden/<vendor>)
// as each client must get it (tests/golden/pairs), in every split that a network can make. The
// expected files are judged apart from this code, by the vendors' published schemas and a reading
// of the input of their own: tests/e2e/python/test_golden_pairs.py.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>

#include "dialects/bedrock_events.hpp"
#include "http/event_stream.hpp"
#include "http/sse.hpp"
#include "pontage/dialects/codec.hpp"

namespace pontage::dialects::test {
namespace {

struct Input {
  const char* file;
  Dialect provider;
  bool words_only;  // a completions client can have it
};
const std::vector<Input> kInputs = {
    {"openai/openai_text.sse", Dialect::kOpenAiChat, true},
    {"openai/openai_tools.sse", Dialect::kOpenAiChat, false},
    {"openai/deepseek_reasoner.sse", Dialect::kOpenAiChat, true},
    {"responses/openai_text.sse", Dialect::kOpenAiResponses, true},
    {"responses/openai_tools.sse", Dialect::kOpenAiResponses, false},
    {"responses/openai_reasoning.sse", Dialect::kOpenAiResponses, true},
    {"responses/openai_incomplete.sse", Dialect::kOpenAiResponses, true},
    {"responses/openai_web_search.sse", Dialect::kOpenAiResponses, true},
    {"anthropic/text.anthropic.sse", Dialect::kAnthropicMessages, true},
    {"anthropic/tool_use.anthropic.sse", Dialect::kAnthropicMessages, false},
    {"anthropic/thinking.anthropic.sse", Dialect::kAnthropicMessages, true},
    {"anthropic/parallel_tools.anthropic.sse", Dialect::kAnthropicMessages, false},
    {"anthropic/max_tokens.anthropic.sse", Dialect::kAnthropicMessages, true},
    {"anthropic/server_tool.anthropic.sse", Dialect::kAnthropicMessages, true},
    {"gemini/text.sse", Dialect::kGemini, true},
    {"gemini/thinking_call.sse", Dialect::kGemini, false},
    {"bedrock/text.eventstream", Dialect::kBedrockConverse, true},
    {"bedrock/tools.eventstream", Dialect::kBedrockConverse, false},
    {"bedrock/reasoning.eventstream", Dialect::kBedrockConverse, true},
};
struct Client {
  const char* name;
  Dialect dialect;
};
constexpr std::array kClients = {
    Client{"chat", Dialect::kOpenAiChat}, Client{"responses", Dialect::kOpenAiResponses},
    Client{"completions", Dialect::kOpenAiCompletions},
    Client{"messages", Dialect::kAnthropicMessages}, Client{"gemini", Dialect::kGemini}};

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}
std::string golden(const std::string& name) {
  return std::string(PONTAGE_SOURCE_DIR) + "/tests/golden/" + name;
}

struct Played {
  std::string bytes;
  bool complete = false;
  bool error = false;
};

class Player {
 public:
  Player(Dialect client, Dialect provider) {
    RequestView view;
    view.stream = true;
    view.include_usage = true;
    view.created_s = 1'700'000'000;
    decoder_ = make_stream_decoder(client, provider, view, false, "client-model");
  }
  void take(std::string_view raw, std::string_view event, std::string_view data) {
    Frame frame;
    if (out.error) return;
    out.error = decoder_->on_event(raw, event, data, frame) == StreamDecoder::Event::kError;
    out.bytes.append(frame.bytes);
    done_ = done_ || frame.done;
  }
  void end() {
    Frame frame;
    out.complete = done_ || (!out.error && decoder_->on_end(frame));
    out.bytes.append(frame.bytes);
  }
  Played out;

 private:
  std::unique_ptr<StreamDecoder> decoder_;
  bool done_ = false;
};

Played play_sse(const Input& input, Dialect client, const std::vector<std::string_view>& pieces) {
  Player player(client, input.provider);
  http::SseParser parser(1 << 20);
  http::SseParser::Event event;
  for (const auto piece : pieces) {
    parser.feed(piece);
    while (parser.next(event) == http::SseParser::Next::kEvent) {
      if (event.has_data) player.take(event.raw, event.event, event.data);
    }
  }
  if (parser.rest(event) && event.has_data) player.take(event.raw, event.event, event.data);
  player.end();
  return std::move(player.out);
}

Played play_messages(const Input& input, Dialect client,
                     const std::vector<std::string_view>& pieces) {
  Player player(client, input.provider);
  http::EventStreamDecoder framing(1 << 20);
  http::EventStreamDecoder::Message message;
  std::string storage;
  for (const auto piece : pieces) {
    framing.feed(piece);
    while (framing.next(message) == http::EventStreamDecoder::Next::kMessage) {
      const auto event = bedrock_event(message, storage);
      player.take({}, event.name, event.data);
    }
  }
  player.end();
  return std::move(player.out);
}

// What the gateway makes up where the provider names nothing.
std::string without_made_up_ids(const std::string& bytes) {
  static const std::regex kPrefixed(
      R"re("((chatcmpl-|msg_|resp_|rs_|fc_|cmpl-)[A-Za-z0-9_-]{12,})")re");
  static const std::regex kBare(R"re((data: \{"id":|"responseId":)"[^"]*")re");
  return std::regex_replace(std::regex_replace(bytes, kPrefixed, "\"$2ID\""), kBare, "$1\"ID\"");
}

Played play(const Input& input, Dialect client, const std::vector<std::string_view>& pieces) {
  const bool binary = has_binary_events(input.provider);
  Played played = binary ? play_messages(input, client, pieces) : play_sse(input, client, pieces);
  if (binary) played.bytes = without_made_up_ids(played.bytes);
  return played;
}

std::string with_crlf(const std::string& text) {
  std::string out;
  for (const char c : text) out += c == '\n' ? "\r\n" : std::string(1, c);
  return out;
}
std::string with_comments(const std::string& text) {
  std::string out = ": connected\n\n";
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t end = std::min(text.find("\n\n", at), text.size() - 2) + 2;
    out += text.substr(at, end - at) + ": still here\n\n";
    at = end;
  }
  return out;
}

// Every byte where that is affordable; of long streams each place around an end of line, and a
// part of the others that differs from pair to pair.
bool is_tried(const std::string& bytes, std::size_t at, std::size_t pair) {
  constexpr std::size_t kAll = 1500;
  if (bytes.size() <= kAll) return true;
  const auto end_of_line = bytes.rfind('\n', at);
  if (end_of_line != std::string::npos && at - end_of_line <= 2) return true;
  return (at + pair) % (bytes.size() / (kAll / 4)) == 0;
}

void check_splits(const Input& input, Dialect client, const std::string& bytes,
                  const std::string& whole, std::size_t pair) {
  const std::string_view view = bytes;
  std::vector<std::string_view> single;
  for (std::size_t i = 0; i < bytes.size(); ++i) single.push_back(view.substr(i, 1));
  ASSERT_EQ(play(input, client, single).bytes, whole) << "one byte at a time";
  for (std::size_t at = 0; at <= bytes.size(); ++at) {
    if (!is_tried(bytes, at, pair)) continue;
    ASSERT_EQ(play(input, client, {view.substr(0, at), view.substr(at)}).bytes, whole)
        << "split at " << at;
  }
  if (has_binary_events(input.provider)) return;
  const std::string crlf = with_crlf(bytes);
  ASSERT_EQ(play(input, client, {crlf}).bytes, whole) << "CRLF";
  const std::string commented = with_comments(bytes);
  ASSERT_EQ(play(input, client, {commented}).bytes, whole) << "comments";
}

// Lost after any byte: a beginning of the whole, and complete only where the rest is known.
void check_cuts(const Input& input, Dialect client, const std::string& bytes,
                const std::string& whole, std::size_t pair) {
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    if (!is_tried(bytes, at, pair)) continue;
    const Played cut = play(input, client, {std::string_view(bytes).substr(0, at)});
    if (cut.complete) {
      ASSERT_FALSE(cut.bytes.empty()) << "cut at " << at;
    } else {
      ASSERT_TRUE(whole.starts_with(cut.bytes)) << "cut at " << at << "\n" << cut.bytes;
    }
  }
}

class PairGolden : public ::testing::TestWithParam<std::tuple<std::size_t, std::size_t>> {};

TEST_P(PairGolden, InEverySplit) {
  const Input& input = kInputs[std::get<0>(GetParam())];
  const Client& client = kClients[std::get<1>(GetParam())];
  if (client.dialect == input.provider) GTEST_SKIP() << "byte for byte";
  if (client.dialect == Dialect::kOpenAiCompletions && !input.words_only)
    GTEST_SKIP() << "completions are words";
  const std::string bytes = read_file(golden(input.file));
  ASSERT_FALSE(bytes.empty()) << input.file;
  std::string name = std::string(input.file).substr(0, std::string(input.file).find('.'));
  std::ranges::replace(name, '/', '.');
  const std::string path = golden("pairs/" + name + "." + client.name + ".sse");
  const Played whole = play(input, client.dialect, {bytes});
  EXPECT_TRUE(whole.complete);
  if (std::getenv("PONTAGE_WRITE_GOLDENS") != nullptr)  // then read what changed, line by line
    std::ofstream(path, std::ios::binary) << whole.bytes;
  ASSERT_EQ(whole.bytes, read_file(path));
  const std::size_t pair = std::get<0>(GetParam()) * kClients.size() + std::get<1>(GetParam());
  check_splits(input, client.dialect, bytes, whole.bytes, pair);
  check_cuts(input, client.dialect, bytes, whole.bytes, pair);
}

INSTANTIATE_TEST_SUITE_P(Streams, PairGolden,
                         ::testing::Combine(::testing::Range<std::size_t>(0, 19),
                                            ::testing::Range<std::size_t>(0, 5)));

TEST(PairGolden, EveryInputIsPlayed) {
  EXPECT_EQ(kInputs.size(), 19U);
}

}  // namespace
}  // namespace pontage::dialects::test
