// An OpenAI stream of any bytes: the split changes nothing, `[DONE]` is only owed where the answer
// finished, counts are never negative. The same bytes are read as a whole reply and as an error
// body. The first byte chooses the split.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "http/sse.hpp"
#include "pontage/dialects/codec.hpp"

namespace {

using pontage::dialects::Dialect;
using pontage::dialects::Frame;
using pontage::dialects::StreamDecoder;
using pontage::http::SseParser;

struct Outcome {
  std::string bytes;
  bool complete = false;
  bool failed = false;
  std::int64_t text = 0;
  std::int64_t tokens = 0;
  bool operator==(const Outcome&) const = default;
};

void take(StreamDecoder& decoder, const SseParser::Event& event, Outcome& out) {
  Frame frame;
  const auto kind = decoder.on_event(event.raw, event.event, event.data, frame);
  if (kind == StreamDecoder::Event::kFrame) out.bytes.append(frame.bytes);
  out.failed = kind == StreamDecoder::Event::kError;
}

Outcome run(std::string_view text, std::size_t step, bool injected) {
  pontage::dialects::RequestView view;
  view.stream = true;
  const auto decoder =
      make_stream_decoder(Dialect::kOpenAiChat, Dialect::kOpenAiChat, view, injected, "m");
  SseParser parser(1 << 16);
  SseParser::Event event;
  Outcome out;
  for (std::size_t at = 0; at < text.size() && !out.failed; at += step) {
    parser.feed(text.substr(at, step));
    while (!out.failed && parser.next(event) == SseParser::Next::kEvent) take(*decoder, event, out);
  }
  if (!out.failed && parser.rest(event)) take(*decoder, event, out);
  Frame frame;
  out.complete = !out.failed && decoder->on_end(frame);
  if (!out.complete && !frame.bytes.empty()) std::abort();
  out.bytes.append(frame.bytes);
  out.text = decoder->output_text_bytes;
  const auto& usage = decoder->usage;
  for (const auto count : {usage.input, usage.cache_read, usage.cache_write_5m, usage.input_audio,
                           usage.output, usage.reasoning, usage.output_audio}) {
    if (count < 0) std::abort();
  }
  out.tokens = usage.total_input() + usage.total_output();
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const bool injected = (data[0] & 1) != 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (!(run(text, size, injected) == run(text, 1 + data[0] / 2U, injected))) std::abort();
  const std::string body(text);
  const auto whole = decode_whole(Dialect::kOpenAiChat, Dialect::kOpenAiChat, body, {}, "m");
  if (whole && whole->body != body) std::abort();
  const auto error = pontage::dialects::read_error(Dialect::kOpenAiChat, body);
  static_cast<void>(pontage::dialects::is_context_overflow(error));
  static_cast<void>(pontage::dialects::is_content_filter(error));
  return 0;
}
