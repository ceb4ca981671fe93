// Any bytes as the reply of a provider of either dialect, for an Anthropic client: never a crash;
// what is passed on in translation are whole events with good JSON in the vendor's order,
// `message_stop` stands once and last, and only where a reason came; usage is never negative.
#include <simdjson.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "dialects/messages.hpp"
#include "dialects/translation.hpp"
#include "http/sse.hpp"

namespace pontage::dialects {
const Codec& anthropic_messages_codec();
}

namespace {

namespace dialects = pontage::dialects;
namespace dom = simdjson::dom;
using dialects::Frame;
using dialects::StreamDecoder;

void require(bool holds) {
  if (!holds) std::abort();
}

/// The order that Anthropic's SDKs rely on.
struct Order {
  dom::parser parser;
  std::vector<bool> open;
  bool started = false;
  bool stopped = false;

  void take(std::string_view bytes) {
    pontage::http::SseParser events(1 << 24);
    pontage::http::SseParser::Event event;
    events.feed(bytes);
    while (events.next(event) == pontage::http::SseParser::Next::kEvent) one(event);
    require(events.buffered() == 0);
  }

  void one(const pontage::http::SseParser::Event& event) {
    require(!stopped);
    dom::object object;
    require(parser.parse(event.data.data(), event.data.size()).get_object().get(object) ==
            simdjson::SUCCESS);
    std::string_view type;
    require(object.at_key("type").get(type) == simdjson::SUCCESS && type == event.event);
    if (type == "ping") return;
    std::int64_t index = -1;
    const bool has_index = object.at_key("index").get(index) == simdjson::SUCCESS;
    const auto at = static_cast<std::size_t>(index);
    if (type == "message_start") {
      require(!started);
      started = true;
      return;
    }
    require(started);
    if (type == "content_block_start") {
      require(has_index && at == open.size());
      open.push_back(true);
    } else if (type == "content_block_delta") {
      require(has_index && at < open.size() && open[at]);
    } else if (type == "content_block_stop") {
      require(has_index && at < open.size() && open[at]);
      open[at] = false;
    } else if (type == "message_stop") {
      stopped = true;
      for (const bool still : open) require(!still);
    } else {
      require(type == "message_delta");
    }
  }
};

void check_usage(const pontage::llm::Usage& usage) {
  require(usage.input >= 0 && usage.cache_read >= 0 && usage.cache_write_5m >= 0 &&
          usage.cache_write_1h >= 0 && usage.output >= 0 && usage.reasoning >= 0);
}

void run_stream(StreamDecoder& decoder, std::string_view bytes, std::size_t step, bool translated) {
  pontage::http::SseParser parser(1 << 20);
  pontage::http::SseParser::Event event;
  Order order;
  Frame frame;
  bool over = false;
  bool done = false;
  const auto handle = [&] {
    if (over || !event.has_data) return;
    const auto result = decoder.on_event(event.raw, event.event, event.data, frame);
    check_usage(decoder.usage);
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
    require(!translated || order.stopped == done);
    return;
  }
  const bool complete = decoder.on_end(frame);
  require(complete || frame.bytes.empty());
  if (translated) order.take(frame.bytes);
  require(!translated || order.stopped == complete);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  std::string bytes;
  for (std::size_t i = 1; i < size; ++i) bytes.push_back(static_cast<char>(data[i]));
  const auto step = static_cast<std::size_t>(data[0]) + 1;
  dialects::RequestView view;
  run_stream(*dialects::make_stream_decoder(dialects::Dialect::kAnthropicMessages,
                                            dialects::Dialect::kOpenAiChat, view, false, "m"),
             bytes, step, true);
  run_stream(*dialects::make_messages_to_messages(), bytes, step, false);
  const dialects::Codec& codec = dialects::anthropic_messages_codec();
  run_stream(*dialects::make_translator(*codec.client, *codec.provider, view, "m"), bytes, step,
             true);
  if (const auto reply = dialects::decode_whole(dialects::Dialect::kAnthropicMessages,
                                                dialects::Dialect::kOpenAiChat, bytes, view, "m")) {
    dom::parser parser;
    dom::object message;
    require(parser.parse(reply->body).get_object().get(message) == simdjson::SUCCESS);
    check_usage(reply->usage);
  }
  if (const auto reply = dialects::messages_whole(bytes)) {
    require(reply->body == bytes);
    check_usage(reply->usage);
  }
  return 0;
}
