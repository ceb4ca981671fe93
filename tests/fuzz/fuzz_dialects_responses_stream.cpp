// Any bytes as the reply of a provider: of openai.responses for clients of either dialect, of
// openai.chat for a Responses client. Never a crash; what is translated are whole events with good
// JSON, numbered one after the other, whose last stands once and last; usage is never negative.
#include <simdjson.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "dialects/responses.hpp"
#include "http/sse.hpp"

namespace {

namespace dialects = pontage::dialects;
using dialects::Dialect;
using dialects::Frame;
using dialects::StreamDecoder;

void require(bool holds) {
  if (!holds) std::abort();
}

struct Order {
  simdjson::dom::parser parser;
  std::int64_t next = 0;
  bool ended = false;

  void take(std::string_view bytes) {
    pontage::http::SseParser events(1 << 26);
    pontage::http::SseParser::Event event;
    events.feed(bytes);
    while (events.next(event) == pontage::http::SseParser::Next::kEvent) {
      simdjson::dom::object object;
      std::string_view type;
      std::int64_t number = -1;
      require(parser.parse(event.data.data(), event.data.size()).get_object().get(object) ==
              simdjson::SUCCESS);
      require(object.at_key("type").get(type) == simdjson::SUCCESS && type == event.event);
      require(object.at_key("sequence_number").get(number) == simdjson::SUCCESS);
      require(!ended && number == next++);
      require((number == 0) == (type == "response.created"));
      ended = type == "response.completed" || type == "response.incomplete";
    }
    require(events.buffered() == 0);
  }
};

void check_usage(const pontage::llm::Usage& usage) {
  require(usage.input >= 0 && usage.cache_read >= 0 && usage.cache_write_5m >= 0 &&
          usage.output >= 0 && usage.reasoning >= 0);
}

void run_stream(Dialect client, Dialect provider, std::string_view bytes, std::size_t step) {
  const auto decoder = dialects::make_stream_decoder(client, provider, {}, false, "m");
  const bool translated = client == Dialect::kOpenAiResponses && client != provider;
  pontage::http::SseParser parser(1 << 20);
  pontage::http::SseParser::Event event;
  Order order;
  Frame frame;
  bool over = false;
  bool done = false;
  const auto handle = [&] {
    if (over || !event.has_data) return;
    const auto result = decoder->on_event(event.raw, event.event, event.data, frame);
    check_usage(decoder->usage);
    if (result != StreamDecoder::Event::kFrame) {
      over = result == StreamDecoder::Event::kError;
      return;
    }
    if (translated) order.take(frame.bytes);
    done = frame.done;
    over = done;
  };
  while (!bytes.empty()) {
    parser.feed(bytes.substr(0, step));
    bytes.remove_prefix(bytes.size() < step ? bytes.size() : step);
    while (parser.next(event) == pontage::http::SseParser::Next::kEvent) handle();
  }
  if (parser.rest(event)) handle();
  if (over) {
    require(!translated || order.ended == done);
    return;
  }
  const bool complete = decoder->on_end(frame);
  require(complete || frame.bytes.empty());
  if (translated) order.take(frame.bytes);
  require(!translated || order.ended == complete);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  std::string bytes;
  for (std::size_t i = 1; i < size; ++i) bytes.push_back(static_cast<char>(data[i]));
  const auto step = static_cast<std::size_t>(data[0]) + 1;
  run_stream(Dialect::kOpenAiResponses, Dialect::kOpenAiResponses, bytes, step);
  run_stream(Dialect::kAnthropicMessages, Dialect::kOpenAiResponses, bytes, step);
  run_stream(Dialect::kOpenAiResponses, Dialect::kOpenAiChat, bytes, step);
  for (const Dialect client : {Dialect::kOpenAiResponses, Dialect::kAnthropicMessages}) {
    if (const auto reply =
            dialects::decode_whole(client, Dialect::kOpenAiResponses, bytes, {}, "m")) {
      check_usage(reply->usage);
      require(client != Dialect::kOpenAiResponses || reply->body == bytes);
    }
  }
  return 0;
}
