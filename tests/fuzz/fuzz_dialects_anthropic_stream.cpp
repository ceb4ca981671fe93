// Any bytes as an Anthropic stream (and as a whole reply and an error body): never a crash;
// whatever is passed on are whole events with good JSON, `[DONE]` stands once and last, and usage
// is never negative.
#include <simdjson.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "http/sse.hpp"
#include "pontage/dialects/codec.hpp"

namespace {

using pontage::dialects::Dialect;
using pontage::dialects::Frame;
using pontage::dialects::RequestView;
using pontage::dialects::StreamDecoder;

void require(bool holds) {
  if (!holds) std::abort();
}

struct Sink {
  simdjson::dom::parser parser;
  bool done = false;

  void take(std::string_view bytes) {
    while (!bytes.empty()) {
      require(!done);
      const std::size_t end = bytes.find("\n\n");
      require(end != std::string_view::npos);
      const std::string_view event = bytes.substr(0, end);
      bytes.remove_prefix(end + 2);
      if (event == "data: [DONE]") {
        done = true;
      } else if (event != ": ping") {
        require(event.starts_with("data: "));
        simdjson::dom::object chunk;
        const std::string_view text = event.substr(6);
        require(parser.parse(text.data(), text.size()).get_object().get(chunk) ==
                simdjson::SUCCESS);
        simdjson::dom::array choices;
        require(chunk.at_key("choices").get_array().get(choices) == simdjson::SUCCESS);
      }
    }
  }
};

void check_usage(const pontage::llm::Usage& usage) {
  require(usage.input >= 0 && usage.cache_read >= 0 && usage.cache_write_5m >= 0 &&
          usage.cache_write_1h >= 0 && usage.output >= 0 && usage.reasoning >= 0);
}

void run_stream(std::string_view bytes, std::size_t step) {
  RequestView view;
  view.include_usage = true;
  const auto decoder = pontage::dialects::make_stream_decoder(
      Dialect::kOpenAiChat, Dialect::kAnthropicMessages, view, false, "m");
  pontage::http::SseParser parser(1 << 20);
  pontage::http::SseParser::Event event;
  Sink sink;
  Frame frame;
  bool failed = false;
  bool finished = false;
  const auto handle = [&] {
    const auto result = decoder->on_event(event.raw, event.event, event.data, frame);
    failed = failed || result == StreamDecoder::Event::kError;
    finished = finished || frame.finish;
    sink.take(frame.bytes);
    require(frame.done == (frame.done && sink.done));
    check_usage(decoder->usage);
  };
  while (!bytes.empty()) {
    parser.feed(bytes.substr(0, step));
    bytes.remove_prefix(bytes.size() < step ? bytes.size() : step);
    while (parser.next(event) == pontage::http::SseParser::Next::kEvent) handle();
  }
  if (parser.rest(event)) handle();
  const bool complete = decoder->on_end(frame);
  sink.take(frame.bytes);
  require(complete == (finished && !failed));
  require(!complete || sink.done);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  std::string bytes;
  for (std::size_t i = 1; i < size; ++i) bytes.push_back(static_cast<char>(data[i]));
  run_stream(bytes, static_cast<std::size_t>(data[0]) + 1);
  const auto reply = pontage::dialects::decode_whole(
      Dialect::kOpenAiChat, Dialect::kAnthropicMessages, bytes, RequestView{}, "m");
  if (reply) {
    simdjson::dom::parser parser;
    simdjson::dom::object completion;
    require(parser.parse(reply->body).get_object().get(completion) == simdjson::SUCCESS);
    check_usage(reply->usage);
  }
  static_cast<void>(pontage::dialects::read_error(Dialect::kAnthropicMessages, bytes));
  return 0;
}
