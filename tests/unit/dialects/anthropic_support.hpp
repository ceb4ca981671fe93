// What the tests of the Anthropic side share: playing a recorded stream through the SSE parser and
// the decoder in any split, and reading what came out as JSON.
#pragma once

#include <fstream>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "http/sse.hpp"
#include "pontage/dialects/codec.hpp"

namespace pontage::dialects::test {

using nlohmann::json;

inline std::string read_golden(const std::string& name) {
  std::ifstream file(std::string(PONTAGE_SOURCE_DIR) + "/tests/golden/anthropic/" + name);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// One Anthropic event as it stands on the wire.
inline std::string event(const std::string& type, json fields = json::object()) {
  fields["type"] = type;
  return "event: " + type + "\ndata: " + fields.dump() + "\n\n";
}
inline std::string message_start(json usage = {{"input_tokens", 10}, {"output_tokens", 1}}) {
  return event("message_start", {{"message",
                                  {{"id", "msg_1"},
                                   {"type", "message"},
                                   {"role", "assistant"},
                                   {"model", "claude-test"},
                                   {"content", json::array()},
                                   {"usage", std::move(usage)}}}});
}
inline std::string block_start(int index, json block) {
  return event("content_block_start", {{"index", index}, {"content_block", std::move(block)}});
}
inline std::string block_delta(int index, json delta) {
  return event("content_block_delta", {{"index", index}, {"delta", std::move(delta)}});
}
inline std::string block_stop(int index) {
  return event("content_block_stop", {{"index", index}});
}
inline std::string text_block(int index, const std::string& text) {
  return block_start(index, {{"type", "text"}, {"text", ""}}) +
         block_delta(index, {{"type", "text_delta"}, {"text", text}}) + block_stop(index);
}
inline std::string message_delta(json stop_reason, json usage = {{"output_tokens", 5}}) {
  return event("message_delta",
               {{"delta", {{"stop_reason", std::move(stop_reason)}}}, {"usage", std::move(usage)}});
}
inline std::string message_stop() {
  return event("message_stop");
}

/// What a stream became.
struct Played {
  std::string bytes;          // all that goes to the client, on_end's part too
  std::vector<Frame> frames;  // flags only: their bytes are gone
  std::vector<std::string> frame_bytes;
  std::string after_end;  // on_end's part
  bool error = false;
  bool complete = false;
  bool finish_seen = false;
  std::unique_ptr<StreamDecoder> decoder;

  [[nodiscard]] int count(bool Frame::* flag) const {
    int n = 0;
    for (const Frame& frame : frames) n += frame.*flag ? 1 : 0;
    return n;
  }
};

inline void play_event(Played& played, const http::SseParser::Event& event) {
  Frame frame;
  const auto result = played.decoder->on_event(event.raw, event.event, event.data, frame);
  if (result == StreamDecoder::Event::kError) played.error = true;
  played.bytes.append(frame.bytes);
  played.frame_bytes.emplace_back(frame.bytes);
  played.finish_seen = played.finish_seen || frame.finish;
  frame.bytes = {};
  played.frames.push_back(frame);
}

inline RequestView stream_view() {
  RequestView view;
  view.stream = true;
  view.created_s = 1700000000;
  return view;
}

/// Feeds the pieces one after the other, then ends the stream.
inline Played play(const std::vector<std::string_view>& pieces, bool include_usage = true) {
  Played played;
  RequestView view = stream_view();
  view.include_usage = include_usage;
  played.decoder = make_stream_decoder(Dialect::kOpenAiChat, Dialect::kAnthropicMessages, view,
                                       false, "client-model");
  http::SseParser parser(1 << 20);
  http::SseParser::Event event;
  for (const std::string_view piece : pieces) {
    parser.feed(piece);
    while (parser.next(event) == http::SseParser::Next::kEvent) play_event(played, event);
  }
  if (parser.rest(event)) play_event(played, event);
  Frame frame;
  played.complete = played.decoder->on_end(frame);
  played.after_end = frame.bytes;
  played.bytes.append(frame.bytes);
  return played;
}
inline Played play(std::string_view whole, bool include_usage = true) {
  return play(std::vector<std::string_view>{whole}, include_usage);
}

/// The events of an OpenAI stream: chunks as JSON, comments and `[DONE]` as strings.
inline json events_of(std::string_view bytes) {
  json out = json::array();
  while (!bytes.empty()) {
    const std::size_t end = bytes.find("\n\n");
    std::string_view one = bytes.substr(0, end);
    bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 2);
    if (!one.starts_with("data: {")) {
      out.push_back(std::string(one));
      continue;
    }
    one.remove_prefix(6);
    out.push_back(json::parse(one, nullptr, false));
  }
  return out;
}

/// The deltas of a stream's chunks in order, without the role chunk and empty ones.
inline json deltas_of(std::string_view bytes) {
  json out = json::array();
  for (const json& one : events_of(bytes)) {
    if (!one.is_object() || one["choices"].empty()) continue;
    const json& delta = one["choices"][0]["delta"];
    if (!delta.empty() && !delta.contains("role")) out.push_back(delta);
  }
  return out;
}

}  // namespace pontage::dialects::test
