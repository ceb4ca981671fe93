// What the tests of the OpenAI side share: playing a stream through the SSE parser and the decoder
// in any split.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "http/sse.hpp"
#include "pontage/dialects/codec.hpp"

namespace pontage::dialects::test {

/// What a client got and what the books say.
struct OpenAiPlay {
  std::string bytes;  ///< all frames, without what on_end added
  std::string owed;   ///< what on_end added
  int content_events = 0;
  int finish_events = 0;
  int done_events = 0;
  bool complete = false;
  bool failed = false;
  ReplyError error;
  llm::Usage usage;
  llm::Finish finish = llm::Finish::kNone;
  std::string model;
  std::int64_t text_bytes = 0;
  std::int64_t skipped = 0;
};

inline void play_event(StreamDecoder& decoder, const http::SseParser::Event& event,
                       OpenAiPlay& play) {
  Frame frame;
  switch (decoder.on_event(event.raw, event.event, event.data, frame)) {
    case StreamDecoder::Event::kFrame:
      play.bytes.append(frame.bytes);
      play.content_events += frame.content ? 1 : 0;
      play.finish_events += frame.finish ? 1 : 0;
      play.done_events += frame.done ? 1 : 0;
      break;
    case StreamDecoder::Event::kSkipped:
      break;
    case StreamDecoder::Event::kError:
      play.failed = true;
      break;
  }
}

/// `step` bytes at a time; 0: all at once.
inline OpenAiPlay play_openai(std::string_view stream, std::size_t step = 0,
                              bool usage_injected = false, std::int64_t choices = 1) {
  RequestView view;
  view.stream = true;
  view.choices = choices;
  const auto decoder = make_stream_decoder(Dialect::kOpenAiChat, Dialect::kOpenAiChat, view,
                                           usage_injected, "asked-for");
  http::SseParser parser(1 << 20);
  http::SseParser::Event event;
  OpenAiPlay play;
  if (step == 0) step = stream.size() + 1;
  for (std::size_t at = 0; at < stream.size() && !play.failed; at += step) {
    parser.feed(stream.substr(at, step));
    while (!play.failed && parser.next(event) == http::SseParser::Next::kEvent)
      play_event(*decoder, event, play);
  }
  if (!play.failed && parser.rest(event)) play_event(*decoder, event, play);
  Frame frame;
  play.complete = !play.failed && decoder->on_end(frame);
  play.owed = frame.bytes;
  play.error = decoder->error;
  play.usage = decoder->usage;
  play.finish = decoder->finish;
  play.model = decoder->response_model;
  play.text_bytes = decoder->output_text_bytes;
  play.skipped = decoder->skipped_events;
  return play;
}

}  // namespace pontage::dialects::test
