// Any bytes as the reply of a provider that speaks Gemini's dialect, or of one that does not, for
// clients of either: never a crash; what a Gemini client gets in translation are whole events with
// good JSON; usage is never negative.
#include <simdjson.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "dialects/gemini.hpp"
#include "http/sse.hpp"

namespace {

namespace dialects = pontage::dialects;
namespace dom = simdjson::dom;
using dialects::Dialect;
using dialects::Frame;
using dialects::StreamDecoder;

void require(bool holds) {
  if (!holds) std::abort();
}

void check_usage(const pontage::llm::Usage& usage) {
  require(usage.input >= 0 && usage.cache_read >= 0 && usage.input_audio >= 0 &&
          usage.output >= 0 && usage.reasoning >= 0 && usage.output_audio >= 0);
}

void check_events(std::string_view bytes) {
  pontage::http::SseParser events(1 << 24);
  pontage::http::SseParser::Event event;
  dom::parser parser;
  events.feed(bytes);
  while (events.next(event) == pontage::http::SseParser::Next::kEvent) {
    dom::object object;
    require(parser.parse(event.data.data(), event.data.size()).get_object().get(object) ==
            simdjson::SUCCESS);
  }
  require(events.buffered() == 0);
}

void run_stream(StreamDecoder& decoder, std::string_view bytes, std::size_t step, bool checked) {
  pontage::http::SseParser parser(1 << 20);
  pontage::http::SseParser::Event event;
  Frame frame;
  bool over = false;
  const auto handle = [&] {
    if (over || !event.has_data) return;
    const auto result = decoder.on_event(event.raw, event.event, event.data, frame);
    check_usage(decoder.usage);
    if (result == StreamDecoder::Event::kFrame && checked) check_events(frame.bytes);
    over = result == StreamDecoder::Event::kError || frame.done;
  };
  while (!bytes.empty()) {
    parser.feed(bytes.substr(0, step));
    bytes.remove_prefix(bytes.size() < step ? bytes.size() : step);
    while (parser.next(event) == pontage::http::SseParser::Next::kEvent) handle();
  }
  if (parser.rest(event)) handle();
  if (over) return;
  const bool complete = decoder.on_end(frame);
  require(complete || frame.bytes.empty());
  if (checked) check_events(frame.bytes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  std::string bytes;
  for (std::size_t i = 1; i < size; ++i) bytes.push_back(static_cast<char>(data[i]));
  const auto step = static_cast<std::size_t>(data[0]) + 1;
  dialects::RequestView view;
  view.asks_reasoning = size % 2 == 0;
  const auto run = [&](Dialect client, Dialect provider, bool checked) {
    run_stream(*dialects::make_stream_decoder(client, provider, view, false, "m"), bytes, step,
               checked);
    if (const auto reply = dialects::decode_whole(client, provider, bytes, view, "m")) {
      dom::parser parser;
      dom::object answer;
      require(parser.parse(reply->body).get_object().get(answer) == simdjson::SUCCESS);
      check_usage(reply->usage);
    }
  };
  run(Dialect::kGemini, Dialect::kGemini, false);
  run(Dialect::kGemini, Dialect::kOpenAiChat, true);
  run(Dialect::kAnthropicMessages, Dialect::kGemini, true);
  dialects::read_gemini_error(bytes);
  return 0;
}
