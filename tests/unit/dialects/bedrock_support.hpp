// What the tests of Bedrock's Converse share: a request of an Anthropic client as Converse gets it,
// and a ConverseStream played through the framing and a decoder in any split.
#pragma once

#include "dialects/bedrock_events.hpp"
#include "http/event_stream.hpp"
#include "unit/dialects/messages_to_openai_support.hpp"

namespace pontage::dialects::test {

inline Outcome to_converse(json request, const std::string& model = "anthropic.claude-x-v1:0",
                           bool drop = false) {
  if (!request.contains("max_tokens")) request["max_tokens"] = 100;
  request["model"] = "claude-x";
  wrap(request);
  const std::string text = request.dump();
  const auto view = make_messages_request_reader(true)->read(text, text.size());
  EXPECT_TRUE(view) << text << (view ? "" : view.error().detail);
  TargetShape shape;
  shape.model = model;
  shape.drop_unsupported = drop;
  auto encoded =
      encode_request(Dialect::kAnthropicMessages, Dialect::kBedrockConverse, text, *view, shape);
  if (!encoded) return {{}, {}, encoded.error()};
  std::string out;
  for (const auto piece : encoded->body.pieces) out.append(piece);
  const json body = json::parse(out, nullptr, false);
  EXPECT_FALSE(body.is_discarded()) << out;
  return {body, encoded->dropped, {}};
}

inline std::unique_ptr<StreamDecoder> converse_translator() {
  return make_stream_decoder(Dialect::kAnthropicMessages, Dialect::kBedrockConverse,
                             messages_view(), false, "client-model");
}

struct PlayedConverse {
  Replay replay;
  bool broken = false;  // the framing
};

inline PlayedConverse play_converse(const std::vector<std::string_view>& pieces) {
  PlayedConverse out;
  Replay& replay = out.replay;
  replay.decoder = converse_translator();
  http::EventStreamDecoder framing(1 << 20);
  http::EventStreamDecoder::Message message;
  std::string storage;
  for (const auto piece : pieces) {
    framing.feed(piece);
    while (!replay.error && replay.done == 0) {
      const auto next = framing.next(message);
      out.broken = next == http::EventStreamDecoder::Next::kBroken;
      if (next != http::EventStreamDecoder::Next::kMessage) break;
      const auto event = bedrock_event(message, storage);
      Frame frame;
      replay.error = replay.decoder->on_event({}, event.name, event.data, frame) ==
                     StreamDecoder::Event::kError;
      replay.bytes.append(frame.bytes);
      replay.content += frame.content ? 1 : 0;
      replay.done += frame.done ? 1 : 0;
    }
  }
  if (out.broken || replay.error || replay.done > 0) {
    replay.complete = replay.done > 0;
    return out;
  }
  Frame frame;
  replay.complete = replay.decoder->on_end(frame);
  replay.bytes.append(frame.bytes);
  return out;
}

/// The answer as the client's SDK has it, without the id that the gateway made up.
inline json client_message(std::string_view bytes) {
  StrictClient client(bytes);
  EXPECT_TRUE(client.stopped);
  if (client.message.is_object()) {
    EXPECT_TRUE(client.message["id"].get<std::string>().starts_with("msg_"));
    client.message.erase("id");
  }
  return client.message;
}

}  // namespace pontage::dialects::test
