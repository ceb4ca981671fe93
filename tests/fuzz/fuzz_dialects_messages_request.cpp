// Any bytes as an Anthropic request: never a crash; what the reader takes is either refused with a
// field's name or becomes good JSON for either provider, also in translation to its own dialect,
// and its texts can be counted.
#include <simdjson.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "dialects/messages.hpp"
#include "dialects/translation.hpp"

namespace pontage::dialects {
const Codec& anthropic_messages_codec();
}

namespace {

namespace dialects = pontage::dialects;

void require(bool holds) {
  if (!holds) std::abort();
}

void check_json(const dialects::WireBody& body) {
  std::string text;
  for (const auto piece : body.pieces) text.append(piece);
  require(text.size() == body.size);
  simdjson::dom::parser parser;
  simdjson::dom::object object;
  require(parser.parse(text).get_object().get(object) == simdjson::SUCCESS);
}

struct Sink final : dialects::TextSink {
  bool text(std::string_view piece) override {
    bytes += piece.size();
    return bytes < 10'000;
  }
  std::size_t bytes = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string body;
  for (std::size_t i = 0; i < size; ++i) body.push_back(static_cast<char>(data[i]));
  for (const bool answer : {true, false}) {
    const auto view = dialects::make_messages_request_reader(answer)->read(body, body.size());
    if (!view) continue;
    require(view->message_count > 0);
    for (const char* model : {"gpt-4o", "o3", "deepseek-chat"}) {
      for (const bool drop : {false, true}) {
        dialects::TargetShape shape;
        shape.model = model;
        shape.drop_unsupported = drop;
        const auto same = dialects::messages_to_messages(body, *view, shape);
        require(same.has_value());
        check_json(same->body);
        const dialects::Codec& codec = dialects::anthropic_messages_codec();
        const auto again =
            dialects::translate_request(*codec.client, *codec.provider, body, *view, shape);
        if (again) check_json(again->body);
        const auto other =
            dialects::encode_request(dialects::Dialect::kAnthropicMessages,
                                     dialects::Dialect::kOpenAiChat, body, *view, shape);
        if (other) {
          check_json(other->body);
        } else {
          require(!other.error().detail.empty());
        }
      }
    }
    Sink sink;
    std::int64_t guessed = 0;
    dialects::visit_messages_input_text(body, sink, guessed);
    require(guessed >= 0);
  }
  return 0;
}
