// What the tests of the Anthropic client's side share: playing a stream through the SSE parser and
// a decoder in any split, and a client that is as strict as Anthropic's SDKs.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "dialects/messages.hpp"
#include "http/sse.hpp"

namespace pontage::dialects::test {

using nlohmann::json;

inline std::string golden(const std::string& name) {
  std::ifstream file(std::string(PONTAGE_SOURCE_DIR) + "/tests/golden/" + name);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// What a stream became.
struct Replay {
  std::string bytes;      // all that goes to the client, on_end's part too
  std::string after_end;  // on_end's part
  bool error = false;
  bool complete = false;
  int content = 0;  // frames with content
  int finish = 0;
  int done = 0;
  std::string before_content;  // what would be held back
  std::unique_ptr<StreamDecoder> decoder;
};

inline void replay_event(Replay& out, const http::SseParser::Event& event) {
  if (out.error || out.done > 0) return;  // as the gateway does
  if (!event.has_data) {
    out.bytes.append(event.raw);
    return;
  }
  Frame frame;
  const auto result = out.decoder->on_event(event.raw, event.event, event.data, frame);
  if (result == StreamDecoder::Event::kError) out.error = true;
  out.bytes.append(frame.bytes);
  if (frame.content && out.content++ == 0)
    out.before_content = out.bytes.substr(0, out.bytes.size() - frame.bytes.size());
  out.finish += frame.finish ? 1 : 0;
  out.done += frame.done ? 1 : 0;
}

inline Replay replay(std::unique_ptr<StreamDecoder> decoder,
                     const std::vector<std::string_view>& pieces) {
  Replay out;
  out.decoder = std::move(decoder);
  http::SseParser parser(1 << 20);
  http::SseParser::Event event;
  for (const std::string_view piece : pieces) {
    parser.feed(piece);
    while (parser.next(event) == http::SseParser::Next::kEvent) replay_event(out, event);
  }
  if (parser.rest(event) && event.has_data) replay_event(out, event);
  if (out.error || out.done > 0) {
    out.complete = !out.error;
    return out;
  }
  Frame frame;
  out.complete = out.decoder->on_end(frame);
  out.after_end = frame.bytes;
  out.bytes.append(frame.bytes);
  return out;
}

inline RequestView messages_view() {
  RequestView view;
  view.stream = true;
  view.created_s = 1700000000;
  return view;
}

inline std::unique_ptr<StreamDecoder> translator() {
  return make_stream_decoder(Dialect::kAnthropicMessages, Dialect::kOpenAiChat, messages_view(),
                             false, "client-model");
}

inline Result<WholeReply> read_whole(const std::string& body, std::string_view client_model) {
  return decode_whole(Dialect::kAnthropicMessages, Dialect::kOpenAiChat, body, messages_view(),
                      client_model);
}

inline std::vector<std::string_view> byte_by_byte(std::string_view text) {
  std::vector<std::string_view> pieces;
  for (std::size_t i = 0; i < text.size(); ++i) pieces.push_back(text.substr(i, 1));
  return pieces;
}

/// Reads a stream as the official SDK does: pushes a block on its start and then writes to the
/// index, takes nothing without an event name, and knows one order. Failures are test failures.
class StrictClient {
 public:
  json message;
  bool stopped = false;

  explicit StrictClient(std::string_view bytes) { read(bytes); }

 private:
  void read(std::string_view bytes) {
    http::SseParser parser(1 << 20);
    http::SseParser::Event event;
    parser.feed(bytes);
    while (parser.next(event) == http::SseParser::Next::kEvent) {
      if (!event.has_data) continue;
      const json data = json::parse(event.data, nullptr, false);
      ASSERT_FALSE(data.is_discarded()) << event.data;
      ASSERT_EQ(data.value("type", ""), event.event) << event.raw;
      ASSERT_FALSE(stopped) << "after message_stop: " << event.raw;
      take(data);
    }
    for (std::size_t i = 0; i < open_.size(); ++i) {
      if (stopped) EXPECT_FALSE(open_[i]) << "block " << i << " was never closed";
    }
  }

  void take(const json& event) {
    const std::string type = event["type"];
    if (type == "ping") return;
    if (type == "message_start") {
      ASSERT_TRUE(message.is_null());
      message = event["message"];
      return;
    }
    ASSERT_FALSE(message.is_null()) << type << " before message_start";
    if (type == "content_block_start") {
      ASSERT_EQ(event["index"], message["content"].size());
      message["content"].push_back(event["content_block"]);
      open_.push_back(true);
      inputs_.emplace_back();
    } else if (type == "content_block_delta") {
      delta(event);
    } else if (type == "content_block_stop") {
      const std::size_t index = event["index"];
      ASSERT_LT(index, open_.size());
      ASSERT_TRUE(open_[index]);
      open_[index] = false;
      json& block = message["content"][index];
      if (block["type"] == "tool_use" && !inputs_[index].empty())
        block["input"] = json::parse(inputs_[index], nullptr, false);
    } else if (type == "message_delta") {
      ASSERT_TRUE(event.contains("usage"));
      for (const auto& [key, value] : event["delta"].items()) message[key] = value;
      for (const auto& [key, value] : event["usage"].items()) message["usage"][key] = value;
    } else if (type == "message_stop") {
      stopped = true;
    } else {
      FAIL() << "unknown event " << type;
    }
  }

  void delta(const json& event) {
    const std::size_t index = event["index"];
    ASSERT_LT(index, open_.size());
    ASSERT_TRUE(open_[index]) << "a delta after its block's stop";
    json& block = message["content"][index];
    const json& change = event["delta"];
    const std::string type = change["type"];
    if (type == "text_delta") {
      block["text"] = block["text"].get<std::string>() + change["text"].get<std::string>();
    } else if (type == "thinking_delta") {
      block["thinking"] =
          block["thinking"].get<std::string>() + change["thinking"].get<std::string>();
    } else if (type == "signature_delta") {
      block["signature"] = change["signature"];
    } else if (type == "input_json_delta") {
      ASSERT_EQ(block["type"], "tool_use");
      inputs_[index] += change["partial_json"].get<std::string>();
    } else if (type == "citations_delta") {
      block["citations"].push_back(change["citation"]);
    } else {
      FAIL() << "unknown delta " << type;
    }
  }

  std::vector<bool> open_;
  std::vector<std::string> inputs_;
};

/// One OpenAI chunk as it stands on the wire: a choice with this delta.
inline std::string chunk(const json& delta, const json& finish = nullptr) {
  return "data: " +
         json{{"id", "chatcmpl-1"},
              {"object", "chat.completion.chunk"},
              {"created", 1},
              {"model", "served"},
              {"choices", {{{"index", 0}, {"delta", delta}, {"finish_reason", finish}}}}}
             .dump() +
         "\n\n";
}
inline std::string usage_chunk(const json& usage) {
  return "data: " +
         json{{"id", "chatcmpl-1"}, {"object", "chat.completion.chunk"}, {"created", 1},
              {"model", "served"},  {"choices", json::array()},          {"usage", usage}}
             .dump() +
         "\n\n";
}
inline json tool_piece(int index, const json& id, const json& name, const json& arguments) {
  json call = {{"index", index}, {"function", json::object()}};
  if (!id.is_null()) call["id"] = id;
  if (!name.is_null()) call["function"]["name"] = name;
  if (!arguments.is_null()) call["function"]["arguments"] = arguments;
  return {{"tool_calls", {call}}};
}
inline const std::string kDoneMark = "data: [DONE]\n\n";

}  // namespace pontage::dialects::test
