// What the tests of gemini.generate share: requests on their way to Gemini, its answers on their
// way to an Anthropic client, and what a Gemini client sees.
#pragma once

#include "dialects/gemini.hpp"
#include "unit/dialects/messages_support.hpp"

namespace pontage::dialects::test {

struct Sent {
  json body;
  std::vector<std::string> dropped;
  std::optional<Error> error;
};

/// A client's request as the provider's dialect has it.
inline Sent send(Dialect client, Dialect provider, const std::string& text,
                 const std::string& model, bool drop = false) {
  const auto view = make_request_reader(client)->read(text, text.size());
  if (!view) return {{}, {}, view.error()};
  TargetShape shape;
  shape.model = model;
  shape.drop_unsupported = drop;
  auto encoded = encode_request(client, provider, text, *view, shape);
  if (!encoded) return {{}, {}, encoded.error()};
  std::string out;
  for (const auto piece : encoded->body.pieces) out.append(piece);
  EXPECT_EQ(out.size(), encoded->body.size);
  const json body = json::parse(out, nullptr, false);
  EXPECT_FALSE(body.is_discarded()) << out;
  return {body, encoded->dropped, {}};
}

/// An Anthropic client's request for Gemini.
inline Sent to_gemini(const std::string& fields, const std::string& model = "gemini-2.5-flash",
                      bool drop = false) {
  json request = json::parse(fields);
  if (!request.contains("max_tokens")) request["max_tokens"] = 100;
  if (!request.contains("messages"))
    request["messages"] = json::parse(R"([{"role":"user","content":"hi"}])");
  request["model"] = "m";
  return send(Dialect::kAnthropicMessages, Dialect::kGemini, request.dump(), model, drop);
}

/// A Gemini client's request for an OpenAI provider.
inline Sent from_gemini(const std::string& fields, bool drop = false) {
  json request = json::parse(fields);
  if (!request.contains("contents"))
    request["contents"] = json::parse(R"([{"role":"user","parts":[{"text":"hi"}]}])");
  return send(Dialect::kGemini, Dialect::kOpenAiChat, request.dump(), "gpt-4o", drop);
}

inline std::unique_ptr<StreamDecoder> gemini_for_anthropic(bool thinking = false) {
  RequestView view = messages_view();
  view.asks_reasoning = thinking;
  return make_stream_decoder(Dialect::kAnthropicMessages, Dialect::kGemini, view, false, "asked");
}

inline Result<WholeReply> gemini_answer(Dialect client, const std::string& body) {
  return decode_whole(client, Dialect::kGemini, body, messages_view(), "asked");
}

/// The parts and the rest of a Gemini stream, put together as Google's SDKs do.
struct GeminiClient {
  json parts = json::array();
  json last;
  int chunks = 0;

  explicit GeminiClient(std::string_view bytes) {
    http::SseParser parser(1 << 20);
    http::SseParser::Event event;
    parser.feed(bytes);
    while (parser.next(event) == http::SseParser::Next::kEvent) {
      if (!event.has_data) continue;
      last = json::parse(event.data, nullptr, false);
      EXPECT_FALSE(last.is_discarded()) << event.data;
      ++chunks;
      for (const json& part : last["candidates"][0]["content"]["parts"]) parts.push_back(part);
    }
    EXPECT_EQ(parser.buffered(), 0U);
  }
  [[nodiscard]] std::string text(bool thought = false) const {
    std::string out;
    for (const json& part : parts) {
      if (part.value("thought", false) == thought) out += part.value("text", "");
    }
    return out;
  }
};

}  // namespace pontage::dialects::test
