// decode(encode(x)) = x: what the writer makes of an answer, the reader of this dialect reads back
// as the same answer, streamed and whole; what is written from a request's conversation is read
// into the same request.
#include <simdjson.h>

#include <random>

#include "dialects/json_document.hpp"
#include "dialects/responses_names.hpp"
#include "dialects/responses_writer.hpp"
#include "responses_support.hpp"

namespace pontage::dialects::test {
namespace {

// What was said, with pieces of one kind joined.
class Recorder final : public llm::ReplySink {
 public:
  json said = json::array();
  llm::Ending ending;

  void start(std::string_view, std::string_view) override {}
  void text(std::string_view piece) override { add("text", piece); }
  void refusal(std::string_view piece) override { add("refusal", piece); }
  void thinking(std::string_view piece) override { add("thinking", piece); }
  // Sealed by the writer, and marked as a provider's by the reader.
  void signature(std::string_view value) override {
    std::string_view id;
    std::string_view sealed;
    responses::SealedThinking inside;
    if (responses::read_reasoning_signature(value, id, sealed) &&
        responses::unseal(sealed, inside)) {
      if (inside.redacted) return redacted_thinking(inside.text);
      value = inside.signature;
    }
    if (!value.empty()) said.push_back({"signature", std::string(value)});
  }
  void redacted_thinking(std::string_view data) override {
    said.push_back({"redacted", std::string(data)});
  }
  void tool_start(std::size_t call, std::string_view id, std::string_view name) override {
    said.push_back({"call", std::to_string(call), std::string(id), std::string(name), ""});
  }
  void tool_arguments(std::size_t call, std::string_view piece) override {
    for (json& one : said) {
      if (one[0] == "call" && one[1] == std::to_string(call))
        one[4] = one[4].get<std::string>() + std::string(piece);
    }
  }
  void citation(std::string_view url, std::string_view title) override {
    said.push_back({"citation", std::string(url), std::string(title)});
  }
  void end(const llm::Ending& how) override { ending = how; }

 private:
  void add(const char* kind, std::string_view piece) {
    if (said.empty() || said.back()[0] != kind) said.push_back({kind, ""});
    said.back()[1] = said.back()[1].get<std::string>() + std::string(piece);
  }
};

// One answer told to a sink; the same number tells the same answer.
void tell(unsigned seed, llm::ReplySink& sink) {
  std::mt19937 random(seed);
  const auto word = [&random] {
    static const char* kWords[] = {"a", "\"q\"", "\n", "ü", "🌉", "\\", "long word ", "</x>"};
    return std::string(kWords[random() % 8]);
  };
  const auto words = [&](auto say) {
    for (unsigned i = 0; i <= random() % 4; ++i) say(word());
  };
  sink.start("resp_1", "m");
  for (unsigned i = 0; i < random() % 3; ++i) {
    words([&](const std::string& piece) { sink.thinking(piece); });
    sink.signature("sig" + std::to_string(i));
    if (random() % 3 == 0) sink.redacted_thinking("opaque");
  }
  words([&](const std::string& piece) { sink.text(piece); });
  if (random() % 3 == 0) sink.citation("https://e.com/?a=\"b\"", "T");
  const std::size_t calls = random() % 3;
  for (std::size_t i = 0; i < calls; ++i)
    sink.tool_start(i, "call_" + std::to_string(i), "f" + std::to_string(i));
  for (const char* piece : {"{\"x\"", ":", "[1,2]}"}) {
    for (std::size_t i = 0; i < calls; ++i) sink.tool_arguments(i, piece);
  }
  llm::Usage usage;
  usage.input = 5 + random() % 9;
  usage.cache_read = random() % 9;
  usage.output = random() % 9;
  usage.reasoning = random() % 9;
  usage.present = true;
  const bool cut = calls == 0 && random() % 3 == 0;
  sink.end({cut         ? llm::Finish::kLength
            : calls > 0 ? llm::Finish::kToolCalls
                        : llm::Finish::kStop,
            {},
            usage,
            0});
}

void expect_same(const Recorder& read, const Recorder& told, unsigned seed) {
  EXPECT_EQ(read.said, told.said) << seed;
  EXPECT_EQ(read.ending.finish, told.ending.finish) << seed;
  EXPECT_EQ(read.ending.usage.input, told.ending.usage.input);
  EXPECT_EQ(read.ending.usage.cache_read, told.ending.usage.cache_read);
  EXPECT_EQ(read.ending.usage.output, told.ending.usage.output);
  EXPECT_EQ(read.ending.usage.reasoning, told.ending.usage.reasoning);
}

TEST(ResponsesRoundTrip, AStreamReadsBackAsItWasWritten) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    Recorder told;
    tell(seed, told);
    responses::Writer writer({}, "m", true);
    tell(seed, writer);
    const StrictResponses strict(writer.bytes());
    ASSERT_FALSE(strict.response.is_null());
    Recorder read;
    const auto reader = responses::make_reply_reader({});
    http::SseParser parser(1 << 20);
    http::SseParser::Event event;
    parser.feed(writer.bytes());
    while (parser.next(event) == http::SseParser::Next::kEvent)
      ASSERT_EQ(reader->event(event.event, event.data, read), ReplyReader::Step::kTaken);
    EXPECT_TRUE(reader->stream_end(read));
    expect_same(read, told, seed);
  }
}

TEST(ResponsesRoundTrip, AWholeAnswerReadsBackAsItWasWritten) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    Recorder told;
    tell(seed, told);
    responses::Writer writer({}, "m", false);
    tell(seed, writer);
    // Read by the whole way, into the same writer's words: what it says is said again.
    const auto again = decode_whole(Dialect::kOpenAiResponses, Dialect::kOpenAiResponses,
                                    std::string(writer.bytes()), {}, "m");
    ASSERT_TRUE(again.has_value()) << seed;
    EXPECT_EQ(again->finish, told.ending.finish) << seed;
    const auto translated = decode_whole(Dialect::kAnthropicMessages, Dialect::kOpenAiResponses,
                                         std::string(writer.bytes()), messages_view(), "m");
    ASSERT_TRUE(translated.has_value()) << seed;
    std::string text;
    for (const json& block : json::parse(translated->body)["content"]) {
      if (block["type"] == "text") text += block["text"].get<std::string>();
    }
    std::string wanted;
    for (const json& one : told.said) {
      if (one[0] == "text") wanted += one[1].get<std::string>();
    }
    EXPECT_EQ(text, wanted) << seed;
  }
}

TEST(ResponsesRoundTrip, ARequestIsWrittenAsItWasRead) {
  const json request = {
      {"model", "gpt-4.1"},
      {"store", false},
      {"instructions", "Be \"brief\"."},
      {"input",
       {{{"type", "message"},
         {"role", "user"},
         {"content",
          {{{"type", "input_text"}, {"text", "one"}},
           {{"type", "input_image"},
            {"image_url", "data:image/png;base64,AA=="},
            {"detail", "low"}},
           {{"type", "input_file"},
            {"filename", "a.pdf"},
            {"file_data", "data:application/pdf;base64,BB=="}}}}},
        {{"type", "message"},
         {"role", "assistant"},
         {"content",
          {{{"type", "output_text"}, {"text", "two"}}, {{"type", "refusal"}, {"refusal", "no"}}}}},
        {{"type", "function_call"}, {"call_id", "c"}, {"name", "f"}, {"arguments", "{\"a\":1}"}},
        {{"type", "function_call_output"}, {"call_id", "c"}, {"output", "three"}},
        {{"type", "message"},
         {"role", "developer"},
         {"content", {{{"type", "input_text"}, {"text", "rule"}}}}},
        {{"type", "message"},
         {"role", "user"},
         {"content", {{{"type", "input_text"}, {"text", "four"}}}}}}},
      {"tools",
       {{{"type", "function"},
         {"name", "f"},
         {"description", "d"},
         {"parameters", {{"type", "object"}}},
         {"strict", true}}}},
      {"tool_choice", {{"type", "function"}, {"name", "f"}}},
      {"parallel_tool_calls", false},
      {"temperature", 0.5},
      {"max_output_tokens", 19},
      {"user", "u"},
      {"text",
       {{"format",
         {{"type", "json_schema"},
          {"name", "n"},
          {"schema", {{"type", "object"}}},
          {"strict", true}}}}}};
  const std::string body = request.dump();
  TargetShape shape;
  shape.model = "gpt-4.1";
  TranslationNotes notes(shape);
  llm::Conversation conversation;
  JsonParser parser;
  simdjson::dom::element root;
  ASSERT_EQ(parser.parse(body, root), nullptr);
  ASSERT_TRUE(responses::read_conversation(notes, root, conversation));
  std::string out;
  ASSERT_TRUE(responses::write_request(notes, conversation, {}, out));
  EXPECT_EQ(json::parse(out), request);
  EXPECT_TRUE(notes.dropped.empty());
}

}  // namespace
}  // namespace pontage::dialects::test
