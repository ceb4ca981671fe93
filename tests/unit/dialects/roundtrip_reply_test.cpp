// decode(encode(x)) = x for answers: the events of an answer that a dialect can express are written
// for its clients and read as a provider's, streamed and whole, and say the same.
#include <gtest/gtest.h>
#include <simdjson.h>

#include "http/sse.hpp"
#include "unit/dialects/roundtrip_support.hpp"

namespace pontage::dialects::test {
namespace {

constexpr int kCases = 3000;

struct Ask {
  bool anthropic = false;
  bool whole = false;
};

RequestView view() {
  RequestView out;
  out.stream = true;
  out.include_usage = true;
  return out;
}

llm::Usage usage(Generator& g, bool reasoning) {
  llm::Usage out;
  out.present = true;
  out.input = static_cast<std::int64_t>(g.below(1000));
  out.cache_read = static_cast<std::int64_t>(g.below(100));
  out.cache_write_5m = static_cast<std::int64_t>(g.below(100));
  out.output = 1 + static_cast<std::int64_t>(g.below(100));
  if (reasoning) out.reasoning = static_cast<std::int64_t>(g.below(50));
  return out;
}

// Not expressible at Anthropic: refusals apart from text, thinking counted apart, in whole messages
// the place of a citation within its text. At OpenAI:
// citations, stop sequences by name, a context that ran over.
class Saying {
 public:
  Saying(std::uint32_t seed, Ask ask, llm::ReplySink& first, llm::ReplySink& second)
      : g_(seed), ask_(ask), sinks_{&first, &second} {}

  void say() {
    both([&](auto& s) { s.start(ask_.anthropic ? "msg_1" : "chatcmpl-1", "served"); });
    // One completion holds thinking, then text, then calls.
    const bool in_order = ask_.whole && !ask_.anthropic;
    for (std::size_t i = g_.below(3); i > 0; --i) thinking();
    if (in_order) {
      if (g_.chance(2)) words();
      for (std::size_t i = g_.below(3); i > 0; --i) tools(1);
      if (!said_) words();
    } else {
      for (std::size_t i = 1 + g_.below(4); i > 0; --i) piece();
    }
    end();
  }

 private:
  template <class Call>
  void both(const Call& call) {
    for (llm::ReplySink* sink : sinks_) call(*sink);
  }
  void piece() {
    switch (g_.below(4)) {
      case 0:
        return thinking();
      case 1:
        return tools(1 + g_.below(2));
      default:
        return words();
    }
  }
  void words() {
    said_ = true;
    for (std::size_t i = 1 + g_.below(3); i > 0; --i) {
      const auto piece = g_.text();
      both([&](auto& s) { s.text(piece); });
    }
    if (!ask_.anthropic || ask_.whole || g_.chance(2)) return;
    both([&](auto& s) { s.citation("https://a.example", "A"); });
  }
  void thinking() {
    if (g_.chance(4)) {
      const auto data = g_.text();
      return both([&](auto& s) { s.redacted_thinking(data); });
    }
    for (std::size_t i = 1 + g_.below(3); i > 0; --i) {
      const auto piece = g_.text();
      both([&](auto& s) { s.thinking(piece); });
    }
    const auto value = g_.word("sig");
    both([&](auto& s) { s.signature(value); });
  }
  // Side by side in streams.
  void tools(std::size_t count) {
    said_ = true;
    const std::size_t first = calls_;
    for (std::size_t i = 0; i < count; ++i) {
      const auto id = g_.word("call_");
      const auto name = g_.word("tool_");
      both([&](auto& s) { s.tool_start(calls_, id, name); });
      ++calls_;
    }
    for (std::size_t i = 0; i < count; ++i) {
      if (g_.chance(4)) continue;  // one without arguments
      const std::string arguments = g_.object();
      const std::size_t cut = g_.below(arguments.size());
      for (const std::string& piece : {arguments.substr(0, cut), arguments.substr(cut)}) {
        if (!piece.empty()) both([&](auto& s) { s.tool_arguments(first + i, piece); });
      }
    }
  }
  void end() {
    using llm::Finish;
    llm::Ending ending{Finish::kStop, {}, usage(g_, !ask_.anthropic), 0};
    if (calls_ > 0) {
      ending.finish = Finish::kToolCalls;
    } else if (ask_.anthropic) {
      ending.finish = g_.one_of({Finish::kStop, Finish::kLength, Finish::kStopSequence,
                                 Finish::kContextExceeded, Finish::kContentFilter});
      if (ending.finish == Finish::kStopSequence) ending.stop_sequence = "END";
    } else {
      ending.finish = g_.one_of({Finish::kStop, Finish::kLength, Finish::kContentFilter});
    }
    both([&](auto& s) {
      s.finished(ending.finish, {});
      s.end(ending);
    });
  }

  Generator g_;
  Ask ask_;
  llm::ReplySink* sinks_[2];
  std::size_t calls_ = 0;
  bool said_ = false;
};

void read_stream(ReplyReader& reader, std::string_view bytes, Recorder& out) {
  http::SseParser parser(1 << 20);
  http::SseParser::Event event;
  parser.feed(bytes);
  while (parser.next(event) == http::SseParser::Next::kEvent) {
    ASSERT_EQ(reader.event(event.event, event.data, out), ReplyReader::Step::kTaken) << event.raw;
  }
  ASSERT_TRUE(reader.stream_end(out)) << bytes;
}

void read_whole(ReplyReader& reader, const std::string& body, Recorder& out) {
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  ASSERT_EQ(parser.parse(body).get(root), simdjson::SUCCESS) << body;
  const Status status = reader.whole(root, out);
  ASSERT_TRUE(status) << status.error().detail << "\n" << body;
}

// Arguments of a whole Anthropic call are a JSON value, not a text.
void compare_arguments_as_json(json& said) {
  for (json& one : said) {
    if (one[0] == "tool") one[3] = json::parse(one[3].get<std::string>(), nullptr, false);
  }
}

void expect_same(std::uint32_t seed, Ask ask) {
  const Codec& codec = ask.anthropic ? anthropic_messages_codec() : openai_chat_codec();
  const auto make = ask.whole ? codec.client->whole_writer : codec.client->stream_writer;
  const auto writer = make(view(), "asked");
  Recorder sent;
  Recorder received;
  Saying(seed, ask, sent, *writer).say();
  const auto reader = codec.provider->reader(view());
  if (ask.whole) {
    read_whole(*reader, std::string(writer->bytes()), received);
  } else {
    read_stream(*reader, writer->bytes(), received);
  }
  EXPECT_TRUE(received.ended);
  compare_arguments_as_json(sent.said);
  compare_arguments_as_json(received.said);
  EXPECT_EQ(received.said, sent.said) << "seed " << seed << "\n" << writer->bytes();
}

TEST(RoundTrip, AnthropicStreams) {
  for (std::uint32_t seed = 0; seed < kCases && !HasFailure(); ++seed)
    expect_same(seed, {.anthropic = true, .whole = false});
}

TEST(RoundTrip, AnthropicMessages) {
  for (std::uint32_t seed = 0; seed < kCases && !HasFailure(); ++seed)
    expect_same(seed, {.anthropic = true, .whole = true});
}

TEST(RoundTrip, OpenAiStreams) {
  for (std::uint32_t seed = 0; seed < kCases && !HasFailure(); ++seed)
    expect_same(seed, {.anthropic = false, .whole = false});
}

TEST(RoundTrip, OpenAiCompletions) {
  for (std::uint32_t seed = 0; seed < kCases && !HasFailure(); ++seed)
    expect_same(seed, {.anthropic = false, .whole = true});
}

// Why an answer was refused goes along, and so does what the other side has no field for.
TEST(RoundTrip, ExplanationsOfRefusals) {
  for (const bool whole : {false, true}) {
    const Codec& codec = anthropic_messages_codec();
    const auto writer =
        (whole ? codec.client->whole_writer : codec.client->stream_writer)(view(), "m");
    writer->start("msg_1", "served");
    writer->finished(llm::Finish::kContentFilter, "Declined.");
    writer->end({llm::Finish::kContentFilter, {}, {}, 0});
    Recorder out;
    const auto reader = codec.provider->reader(view());
    if (whole) {
      read_whole(*reader, std::string(writer->bytes()), out);
    } else {
      read_stream(*reader, writer->bytes(), out);
    }
    EXPECT_EQ(out.said[1], json({"refusal", "Declined."})) << writer->bytes();
  }
}

TEST(RoundTrip, CitationsOfWholeMessages) {
  const Codec& codec = anthropic_messages_codec();
  const auto writer = codec.client->whole_writer(view(), "m");
  writer->start("msg_1", "served");
  writer->text("so");
  writer->citation("https://a.example", "A");
  writer->end({llm::Finish::kStop, {}, {}, 0});
  Recorder out;
  read_whole(*codec.provider->reader(view()), std::string(writer->bytes()), out);
  ASSERT_EQ(out.said.size(), 4U) << out.said;
  EXPECT_EQ(out.said[2], json({"citation", "https://a.example", "A"}));
}

// Thinking that nobody signed has the gateway's own mark on the way to an Anthropic client; from
// another gateway it is no signature.
TEST(RoundTrip, UnsignedThinkingStaysUnsigned) {
  const Codec& codec = anthropic_messages_codec();
  const auto writer = codec.client->stream_writer(view(), "m");
  writer->start("msg_1", "served");
  writer->thinking("hm");
  writer->end({llm::Finish::kStop, {}, {}, 0});
  Recorder out;
  read_stream(*codec.provider->reader(view()), writer->bytes(), out);
  ASSERT_EQ(out.said.size(), 3U) << out.said;
  EXPECT_EQ(out.said[1], json({"thinking", "hm"}));
}

}  // namespace
}  // namespace pontage::dialects::test
