// Any bytes as a Gemini request: never a crash; what the reader takes is either refused with words
// or becomes good JSON for a provider of another dialect and of its own, and its texts can be
// counted.
#include <simdjson.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "dialects/gemini.hpp"

namespace {

namespace dialects = pontage::dialects;
using dialects::Dialect;

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
  Sink sink;
  std::int64_t guessed = 0;
  dialects::visit_gemini_input_text(body, sink, guessed);
  require(guessed >= 0);
  for (const auto client : {Dialect::kGemini, Dialect::kAnthropicMessages}) {
    const auto view = dialects::make_request_reader(client)->read(body, body.size());
    if (!view) continue;
    require(view->message_count > 0);
    for (const char* model : {"gemini-3-pro", "gemini-2.0-flash", "gpt-4o"}) {
      for (const bool drop : {false, true}) {
        dialects::TargetShape shape;
        shape.model = model;
        shape.drop_unsupported = drop;
        const bool google = client == Dialect::kGemini;
        const auto other = dialects::encode_request(
            client, google ? Dialect::kOpenAiChat : Dialect::kGemini, body, *view, shape);
        if (other) {
          check_json(other->body);
        } else {
          require(!other.error().detail.empty());
        }
        if (google) check_json(dialects::gemini_to_gemini(body, *view, shape)->body);
      }
    }
  }
  return 0;
}
