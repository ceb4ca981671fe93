// ConverseStream for Anthropic clients: whatever the bytes, every split of the frames gives the
// same answer and the same end. The first byte chooses the size of the pieces; what follows is
// framed unless it is a frame already, so that payloads are reached.
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "dialects/bedrock_events.hpp"
#include "http/event_stream.hpp"
#include "pontage/dialects/codec.hpp"

namespace {

using pontage::dialects::Dialect;
using pontage::dialects::StreamDecoder;
using pontage::http::EventStreamDecoder;

struct Seen {
  std::string bytes;
  bool broken = false;
  bool complete = false;
  bool operator==(const Seen&) const = default;
};

// Made up anew for each answer.
void drop_id(std::string& bytes) {
  const auto at = bytes.find("\"id\":\"msg_");
  if (at != std::string::npos) bytes.erase(at, bytes.find(',', at) - at);
}

Seen run(std::string_view wire, std::size_t step) {
  pontage::dialects::RequestView view;
  view.stream = true;
  const auto decoder = pontage::dialects::make_stream_decoder(
      Dialect::kAnthropicMessages, Dialect::kBedrockConverse, view, false, "m");
  EventStreamDecoder framing(1 << 16);
  EventStreamDecoder::Message message;
  std::string storage;
  Seen seen;
  for (std::size_t at = 0; at < wire.size(); at += step) {
    framing.feed(wire.substr(at, step));
    while (true) {
      const auto next = framing.next(message);
      if (next == EventStreamDecoder::Next::kBroken) seen.broken = true;
      if (next != EventStreamDecoder::Next::kMessage) break;
      const auto event = pontage::dialects::bedrock_event(message, storage);
      pontage::dialects::Frame frame;
      const auto result = decoder->on_event({}, event.name, event.data, frame);
      if (result == StreamDecoder::Event::kError) seen.broken = true;
      seen.bytes.append(frame.bytes);
      seen.complete = seen.complete || frame.done;
    }
    if (seen.broken) break;
  }
  pontage::dialects::Frame frame;
  if (!seen.broken && !seen.complete) {
    seen.complete = decoder->on_end(frame);
    seen.bytes.append(frame.bytes);
  }
  drop_id(seen.bytes);
  return seen;
}

// Lines as "name payload", each in a frame of its own.
std::string framed(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(line.size() == text.size() ? line.size() : line.size() + 1);
    const auto blank = line.find(' ');
    const auto name = line.substr(0, blank);
    const bool exception = name.ends_with("Exception");
    const std::array<pontage::http::EventStreamText, 2> headers = {
        {{":message-type", exception ? "exception" : "event"},
         {exception ? ":exception-type" : ":event-type", name.substr(0, 200)}}};
    pontage::http::append_event_stream(
        out, headers,
        blank == std::string_view::npos ? std::string_view() : line.substr(blank + 1));
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t step = 1 + data[0] % 64;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::string wire = text.starts_with('\0') ? std::string(text) : framed(text);
  if (!(run(wire, wire.empty() ? 1 : wire.size()) == run(wire, step))) std::abort();
  return 0;
}
