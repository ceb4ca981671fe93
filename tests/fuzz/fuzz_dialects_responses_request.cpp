// Any bytes as a Responses request: never a crash; what the reader takes is either refused with a
// field's name or becomes good JSON for either provider, and its texts can be counted.
#include <simdjson.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "dialects/responses.hpp"

namespace {

namespace dialects = pontage::dialects;
using dialects::Dialect;

void require(bool holds) {
  if (!holds) std::abort();
}

void check_object(const std::string& text) {
  simdjson::dom::parser parser;
  simdjson::dom::object object;
  require(parser.parse(text).get_object().get(object) == simdjson::SUCCESS);
}

void check_json(const dialects::WireBody& body) {
  std::string text;
  for (const auto piece : body.pieces) text.append(piece);
  require(text.size() == body.size);
  check_object(text);
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
  const auto view = dialects::responses::make_request_reader()->read(body, body.size());
  if (!view) return 0;
  check_object("{" + view->answer_echo + "}");
  for (const char* model : {"gpt-4o", "o3", "deepseek-chat"}) {
    for (const bool drop : {false, true}) {
      dialects::TargetShape shape;
      shape.model = model;
      shape.drop_unsupported = drop;
      for (const Dialect provider : {Dialect::kOpenAiResponses, Dialect::kOpenAiChat}) {
        const auto sent =
            dialects::encode_request(Dialect::kOpenAiResponses, provider, body, *view, shape);
        if (sent) {
          check_json(sent->body);
        } else {
          require(provider != Dialect::kOpenAiResponses && !sent.error().detail.empty());
        }
      }
    }
  }
  Sink sink;
  std::int64_t guessed = 0;
  dialects::responses::visit_input_text(body, sink, guessed);
  require(guessed >= 0);
  return 0;
}
