// Clients that speak Gemini's dialect: their requests read and translated, what they get back, and
// that nothing of theirs is lost on the way round.
#include <gmock/gmock.h>
#include <simdjson.h>

#include <random>

#include "dialects/gemini_conversation.hpp"
#include "dialects/gemini_reply.hpp"
#include "dialects/gemini_writer.hpp"
#include "unit/dialects/gemini_support.hpp"

namespace pontage::dialects::test {
namespace {

using ::testing::HasSubstr;

Error refused(const std::string& body) {
  const auto view = make_request_reader(Dialect::kGemini)->read(body, body.size());
  EXPECT_FALSE(view) << body;
  return view ? Error{} : view.error();
}

TEST(GeminiClient, TheViewOfARequest) {
  const std::string body = R"({"contents":[{"role":"user","parts":[{"text":"x"},
    {"inline_data":{"mime_type":"image/png","data":"AA=="}}]}],
    "generation_config":{"max_output_tokens":9,"candidateCount":2,"responseMimeType":"application/json",
      "thinkingConfig":{"thinkingBudget":5}},"tools":[{"functionDeclarations":[{"name":"f"}]}]})";
  const auto view = make_request_reader(Dialect::kGemini)->read(body, body.size());
  ASSERT_TRUE(view) << view.error().detail;
  EXPECT_FALSE(view->has_model);  // it stands in the path
  EXPECT_EQ(view->max_tokens, 9);
  EXPECT_EQ(view->choices, 2);
  EXPECT_EQ(view->message_count, 1);
  EXPECT_TRUE(view->has_images);
  EXPECT_TRUE(view->has_tools);
  EXPECT_TRUE(view->has_schema);
  EXPECT_TRUE(view->asks_reasoning);
}

TEST(GeminiClient, MalformedFieldsAreNamed) {
  EXPECT_EQ(refused("{").code, Code::k_invalid_json);
  EXPECT_EQ(refused("[]").param, "request");
  EXPECT_EQ(refused("{}").param, "contents");
  EXPECT_EQ(refused(R"({"contents":[]})").code, Code::k_missing_field);
  EXPECT_EQ(refused(R"({"contents":{}})").param, "contents");
  EXPECT_EQ(refused(R"({"contents":[1]})").param, "contents[0]");
  EXPECT_EQ(refused(R"({"contents":[{"role":"assistant","parts":[]}]})").param, "contents[0].role");
  EXPECT_EQ(refused(R"({"contents":[{"parts":{}}]})").param, "contents[0].parts");
  EXPECT_EQ(refused(R"({"contents":[{"parts":[{"text":1}]}]})").param, "contents[0].parts[0].text");
  EXPECT_EQ(refused(R"({"contents":[{"parts":[{"functionCall":1}]}]})").param,
            "contents[0].parts[0].functionCall");
  const std::string good = R"("contents":[{"parts":[{"text":"x"}]}])";
  EXPECT_EQ(refused("{" + good + "," + good + "}").code, Code::k_duplicate_field);
  EXPECT_EQ(refused("{" + good + R"(,"systemInstruction":"x"})").param, "systemInstruction");
  EXPECT_EQ(refused("{" + good + R"(,"tools":{}})").param, "tools");
  EXPECT_EQ(refused("{" + good + R"(,"tools":[{"functionDeclarations":[{}]}]})").param,
            "tools[0].functionDeclarations[0].name");
  EXPECT_EQ(refused("{" + good + R"(,"toolConfig":1})").param, "toolConfig");
  EXPECT_EQ(refused("{" + good + R"(,"generationConfig":{"temperature":"x"}})").param,
            "generationConfig.temperature");
  EXPECT_EQ(refused("{" + good + R"(,"generationConfig":{"maxOutputTokens":0}})").param,
            "generationConfig.maxOutputTokens");
  EXPECT_EQ(refused("{" + good + R"(,"generationConfig":{"responseSchema":[]}})").param,
            "generationConfig.responseSchema");
}

TEST(GeminiToOpenAi, AConversationWithTools) {
  const Sent out = from_gemini(R"({"system_instruction":{"parts":[{"text":"be brief"}]},
    "contents":[{"role":"user","parts":[{"text":"go"}]},
      {"role":"model","parts":[{"text":"hm","thought":true},{"functionCall":{"name":"f","args":{"a":1}},"thoughtSignature":"c2ln"}]},
      {"role":"model","parts":[{"functionCall":{"name":"g","args":{}}}]},
      {"role":"user","parts":[{"functionResponse":{"name":"g","response":{"error":"bad"}}},
        {"functionResponse":{"name":"f","response":{"temperature":7}}}]}],
    "tools":[{"functionDeclarations":[{"name":"f","description":"d","parameters":{"type":"OBJECT",
      "properties":{"a":{"type":"INTEGER","nullable":true,"minItems":"2"}},"required":["a"]}}]}],
    "toolConfig":{"functionCallingConfig":{"mode":"ANY","allowedFunctionNames":["f"]}},
    "safetySettings":[{"category":"HARM_CATEGORY_HARASSMENT","threshold":"BLOCK_NONE"}],
    "generationConfig":{"maxOutputTokens":9,"temperature":0.5,"stopSequences":["x"],
      "responseJsonSchema":{"type":"object","properties":{"a":{"type":"string"}}}}})");
  ASSERT_FALSE(out.error) << out.error->detail;
  const json& messages = out.body["messages"];
  ASSERT_EQ(messages.size(), 5U) << messages;
  EXPECT_EQ(messages[0], json::parse(R"({"role":"system","content":"be brief"})"));
  EXPECT_EQ(messages[2]["tool_calls"][0]["function"],
            json::parse(R"({"name":"f","arguments":"{\"a\":1}"})"));
  EXPECT_EQ(messages[3]["tool_call_id"], messages[2]["tool_calls"][0]["id"]);
  EXPECT_EQ(messages[3]["content"], R"({"temperature":7})");
  EXPECT_EQ(messages[4]["content"], "[tool error] bad");
  EXPECT_EQ(out.body["tools"][0]["function"]["parameters"],
            json::parse(R"({"type":"object","properties":{"a":{"type":["integer","null"],
              "minItems":2}},"required":["a"]})"));
  EXPECT_EQ(out.body["tool_choice"]["function"]["name"], "f");
  EXPECT_EQ(out.body["max_tokens"], 9);
  EXPECT_EQ(out.body["stop"], json::parse(R"(["x"])"));
  EXPECT_EQ(out.body["response_format"]["json_schema"]["schema"]["properties"]["a"]["type"],
            "string");
}

TEST(GeminiToOpenAi, PicturesInEitherAlphabetOfBase64) {
  const Sent out = from_gemini(R"({"contents":[{"parts":[{"text":"see"},
    {"inlineData":{"mimeType":"image/png","data":"-_8="}},
    {"fileData":{"mimeType":"image/png","fileUri":"https://a.test/b.png"}}]}]})");
  ASSERT_FALSE(out.error) << out.error->detail;
  const json& parts = out.body["messages"][0]["content"];
  EXPECT_EQ(parts[1]["image_url"]["url"], "data:image/png;base64,+/8=");
  EXPECT_EQ(parts[2]["image_url"]["url"], "https://a.test/b.png");
}

TEST(GeminiToOpenAi, WhatOnlyGoogleHasIsRefusedByName) {
  const auto param = [](const std::string& fields) {
    const Sent out = from_gemini(fields);
    return out.error ? out.error->param : "";
  };
  EXPECT_EQ(param(R"({"tools":[{"googleSearch":{}}]})"), "tools[0].googleSearch");
  EXPECT_EQ(param(R"({"tools":[{"code_execution":{}}]})"), "tools[0].codeExecution");
  EXPECT_EQ(param(R"({"cachedContent":"cachedContents/1"})"), "cachedContent");
  EXPECT_EQ(param(R"({"generationConfig":{"responseModalities":["IMAGE"]}})"),
            "generationConfig.responseModalities");
  EXPECT_EQ(param(R"({"generationConfig":{"responseLogprobs":true}})"),
            "generationConfig.responseLogprobs");
  EXPECT_EQ(
      param(R"({"contents":[{"parts":[{"inlineData":{"mimeType":"video/mp4","data":"AA"}}]}]})"),
      "contents[0].parts[0].inlineData");
  EXPECT_FALSE(from_gemini(R"({"tools":[{"googleSearch":{}}]})", true).error);
  const Sent dropped = from_gemini(R"({"labels":{"a":"b"}})");
  ASSERT_FALSE(dropped.error);
  EXPECT_THAT(dropped.dropped, ::testing::Contains("labels"));
}

TEST(OpenAiToGemini, AStream) {
  const Replay out = replay(
      make_stream_decoder(Dialect::kGemini, Dialect::kOpenAiChat, messages_view(), true, "asked"),
      {golden("openai/deepseek_reasoner.sse")});
  ASSERT_TRUE(out.complete) << out.bytes;
  const GeminiClient client(out.bytes);
  EXPECT_FALSE(client.text(true).empty());
  EXPECT_FALSE(client.text().empty());
  EXPECT_EQ(client.last["candidates"][0]["finishReason"], "STOP");
  EXPECT_GT(client.last["usageMetadata"]["totalTokenCount"], 0);
  EXPECT_TRUE(client.last.contains("modelVersion"));
}

TEST(OpenAiToGemini, CallsComeWholeInTheLastChunk) {
  const Replay out = replay(
      make_stream_decoder(Dialect::kGemini, Dialect::kOpenAiChat, messages_view(), true, "asked"),
      {golden("openai/openai_tools.sse")});
  ASSERT_TRUE(out.complete) << out.bytes;
  const GeminiClient client(out.bytes);
  const json& parts = client.last["candidates"][0]["content"]["parts"];
  ASSERT_TRUE(parts[0].contains("functionCall")) << client.last;
  EXPECT_TRUE(parts[0]["functionCall"]["args"].is_object());
  EXPECT_FALSE(parts[0]["functionCall"]["id"].get<std::string>().empty());
  EXPECT_EQ(client.last["candidates"][0]["finishReason"], "STOP");
}

TEST(GeminiClient, ErrorsInGooglesShape) {
  const Error error{Code::k_invalid_value, Origin::kClient, Retry::kNever, "no good", "tools", {}};
  const json body = json::parse(error_body(Dialect::kGemini, error, "req_1"))["error"];
  EXPECT_EQ(body["code"], 400);
  EXPECT_EQ(body["status"], "INVALID_ARGUMENT");
  EXPECT_EQ(body["message"], "no good");
  EXPECT_EQ(body["details"][0]["reason"], "invalid_value");
  EXPECT_EQ(body["details"][1]["fieldViolations"][0]["field"], "tools");
  EXPECT_EQ(body["details"][2]["requestId"], "req_1");
  EXPECT_THAT(error_event(Dialect::kGemini, error, ""), ::testing::StartsWith("data: {\"error\""));
}

TEST(GeminiClient, TheFixedMessage) {
  const json body = json::parse(message_body(Dialect::kGemini, "sorry", "m", "id", 0));
  EXPECT_EQ(body["candidates"][0]["content"]["parts"][0]["text"], "sorry");
  EXPECT_TRUE(gemini_whole(body.dump()));
  const Replay out = replay(make_gemini_to_gemini(),
                            {message_stream(Dialect::kGemini, "sorry", "m", "id", 0, true)});
  EXPECT_TRUE(out.complete);
  EXPECT_EQ(out.content, 1);
}

TEST(GeminiSame, TheBodyPassesButForSignaturesOfOthers) {
  const auto pass = [](const std::string& body) {
    std::string out;
    for (const auto piece : gemini_to_gemini(body, {}, {})->body.pieces) out.append(piece);
    return out;
  };
  const std::string plain =
      R"({ "contents" : [ {"parts":[{"text":"x","thoughtSignature":"abc"}]} ], "new":1 })";
  EXPECT_EQ(pass(plain), plain);
  const std::string wrapped = gemini::wrap_signature("of-another");
  const std::string head =
      R"({"contents":[{"parts":[{"text":"\"cG9udGFnZS1","thought_signature" : ")";
  EXPECT_EQ(pass(head + wrapped + "\"}]}]}"), head + "skip_thought_signature_validator\"}]}]}");
  const std::string said = R"({"contents":[{"parts":[{"text":"cG9udGFnZS1zaWc6"}]}]})";
  EXPECT_EQ(pass(said), said);
}

// What a provider says, written for a Gemini client and read again, is the same.
struct Log final : llm::ReplySink {
  std::string all;
  void add(const std::string& kind, std::string_view text) {
    if (kind != last_) all.append("\n" + kind + ":");
    all.append(text);
    last_ = kind;
  }
  void start(std::string_view id, std::string_view model) override {
    add("start", std::string(id) + "/" + std::string(model));
  }
  void text(std::string_view piece) override { add("text", piece); }
  void refusal(std::string_view piece) override { add("text", piece); }
  void thinking(std::string_view piece) override { add("thinking", piece); }
  void signature(std::string_view value) override { add("signature", value); }
  void redacted_thinking(std::string_view data) override { add("redacted", data); }
  void tool_start(std::size_t call, std::string_view id, std::string_view name) override {
    add("call" + std::to_string(call), std::string(id) + "/" + std::string(name) + "/");
  }
  void tool_arguments(std::size_t call, std::string_view piece) override {
    add("call" + std::to_string(call), piece);
  }
  void citation(std::string_view url, std::string_view title) override {
    add("citation", std::string(url) + "/" + std::string(title));
  }
  void end(const llm::Ending& ending) override {
    add("end",
        std::to_string(static_cast<int>(ending.finish)) + "/" + std::to_string(ending.usage.input) +
            "/" + std::to_string(ending.usage.cache_read) + "/" +
            std::to_string(ending.usage.reasoning) + "/" + std::to_string(ending.usage.output));
  }

 private:
  std::string last_;
};

void say_something(std::mt19937& random, llm::ReplySink& sink) {
  const auto below = [&random](unsigned n) { return static_cast<unsigned>(random() % n); };
  const auto words = [&] {
    static constexpr const char* kWords[] = {"a", "\"q\"", "ünï", "\n", "\\", "😀", "{}", " "};
    std::string out = "w";
    for (unsigned i = below(4); i > 0; --i) out += kWords[below(8)];
    return out;
  };
  sink.start("id" + words(), "model");
  for (unsigned i = below(3); i > 0; --i) sink.thinking(words());
  for (unsigned i = 1 + below(4); i > 0; --i) sink.text(words());
  const unsigned calls = below(3);
  for (unsigned i = 0; i < calls; ++i) {
    sink.tool_start(i, "call" + std::to_string(i), "f" + std::to_string(i));
    sink.tool_arguments(i, "{\"a\":");
    sink.tool_arguments(i, std::to_string(below(100)) + "}");
  }
  llm::Ending ending;
  ending.finish = calls > 0       ? llm::Finish::kToolCalls
                  : below(2) == 0 ? llm::Finish::kStop
                                  : llm::Finish::kLength;
  ending.usage.present = true;
  ending.usage.input = below(1000);
  ending.usage.cache_read = below(100);
  ending.usage.output = 1 + below(100);
  ending.usage.reasoning = below(100);
  sink.end(ending);
}

TEST(GeminiRoundTrip, Answers) {
  for (unsigned seed = 0; seed < 200; ++seed) {
    std::mt19937 random(seed);
    Log said;
    say_something(random, said);
    for (const bool stream : {true, false}) {
      random.seed(seed);
      gemini::Writer writer("asked", stream);
      say_something(random, writer);
      gemini::ReplyReader reader(messages_view());
      Log heard;
      if (stream) {
        http::SseParser parser(1 << 20);
        http::SseParser::Event event;
        parser.feed(writer.bytes());
        while (parser.next(event) == http::SseParser::Next::kEvent)
          ASSERT_EQ(reader.event(event.event, event.data, heard), ReplyReader::Step::kTaken);
        ASSERT_TRUE(reader.stream_end(heard));
      } else {
        simdjson::dom::parser parser;
        ASSERT_TRUE(reader.whole(parser.parse(std::string(writer.bytes())).value(), heard));
      }
      EXPECT_EQ(heard.all, said.all) << "seed " << seed;
    }
  }
}

// A request read and written again is the request.
TEST(GeminiRoundTrip, Requests) {
  const std::string text = R"({"contents":[{"role":"user","parts":[{"text":"go"},
      {"inlineData":{"mimeType":"image/png","data":"AAAA"}},
      {"inlineData":{"mimeType":"application/pdf","data":"BBBB"}},
      {"inlineData":{"mimeType":"audio/wav","data":"CCCC"}}]},
    {"role":"model","parts":[{"functionCall":{"id":"1","name":"f","args":{"a":1}}},{"text":"x"}]},
    {"role":"user","parts":[{"functionResponse":{"id":"1","name":"f","response":{"output":"r"}}}]}],
    "systemInstruction":{"parts":[{"text":"s"}]},
    "tools":[{"functionDeclarations":[{"name":"f","description":"d","parametersJsonSchema":
      {"type":"object","properties":{"a":{"type":"integer"}}}}]}],
    "toolConfig":{"functionCallingConfig":{"mode":"AUTO"}},
    "generationConfig":{"maxOutputTokens":5,"temperature":0.5,"topP":0.25,"topK":3,"seed":7,
      "presencePenalty":1,"frequencyPenalty":2,"stopSequences":["z"],
      "responseMimeType":"application/json",
      "responseJsonSchema":{"type":"object","properties":{"a":{"type":"integer"}}},
      "thinkingConfig":{"includeThoughts":true,"thinkingBudget":2000}}})";
  simdjson::dom::parser parser;
  TargetShape shape;
  shape.model = "gemini-2.5-pro";
  TranslationNotes notes(shape);
  llm::Conversation conversation;
  ASSERT_TRUE(gemini::read_conversation(notes, parser.parse(text).value(), conversation));
  std::string out = "{";
  ASSERT_TRUE(gemini::append_contents(notes, conversation, out));
  ASSERT_TRUE(gemini::append_tools(notes, conversation, out));
  ASSERT_TRUE(gemini::append_config(notes, conversation, out));
  EXPECT_EQ(json::parse(out + "}"), json::parse(text));
  EXPECT_TRUE(notes.dropped.empty());
}

TEST(GeminiRoundTrip, SignaturesOfOthers) {
  for (const std::string value : {"EqQBCkYIBRgCIkA+/w==", "x", ""}) {
    std::string wrapped = gemini::wrap_signature(value);
    EXPECT_EQ(gemini::unwrap_signature(wrapped), value);
    EXPECT_FALSE(gemini::unwrap_redacted(wrapped));
    std::replace(wrapped.begin(), wrapped.end(), '+', '-');  // as Google's SDKs write it back
    std::replace(wrapped.begin(), wrapped.end(), '/', '_');
    EXPECT_EQ(gemini::unwrap_signature(wrapped), value);
  }
  EXPECT_EQ(gemini::unwrap_redacted(gemini::wrap_redacted("data")), "data");
  EXPECT_FALSE(gemini::unwrap_signature("CiIBVKhc7vB+vaaq6rA"));
}

struct Words final : TextSink {
  std::string all;
  bool text(std::string_view piece) override {
    all.append(piece).append("|");
    return true;
  }
};

TEST(GeminiClient, InputTexts) {
  Words words;
  std::int64_t guessed = 0;
  EXPECT_TRUE(
      visit_input_text(Dialect::kGemini,
                       R"({"generateContentRequest":{"systemInstruction":{"parts":[{"text":"s"}]},
        "contents":[{"role":"user","parts":[{"text":"hello"}]}]}})",
                       words, guessed));
  EXPECT_EQ(words.all, "s|user|hello|");
  EXPECT_FALSE(visit_input_text(
      Dialect::kGemini,
      R"({"contents":[{"parts":[{"inlineData":{"mimeType":"image/png","data":"AA"}}]}]})", words,
      guessed));
  EXPECT_GT(guessed, 0);
}

}  // namespace
}  // namespace pontage::dialects::test
