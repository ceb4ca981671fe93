// Read, splice, read again: what passes the reader has the asked model and asks for usage
// afterwards, and everything else that the view holds is as before. The input text is visited too.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "pontage/dialects/codec.hpp"

namespace {

using pontage::dialects::Dialect;
using pontage::dialects::RequestView;
using pontage::dialects::TargetShape;

struct Count final : pontage::dialects::TextSink {
  std::size_t bytes = 0;
  bool text(std::string_view piece) override {
    bytes += piece.size();
    return bytes < 4096;
  }
};

void require(bool holds) {
  if (!holds) std::abort();
}

void check_spliced(std::string_view body, const RequestView& view, const TargetShape& shape) {
  static const auto reader = pontage::dialects::make_request_reader(Dialect::kOpenAiChat);
  auto encoded = pontage::dialects::encode_request(Dialect::kOpenAiChat, Dialect::kOpenAiChat, body,
                                                   view, shape);
  require(encoded.has_value());
  std::string text;
  for (const auto piece : encoded->body.pieces) text.append(piece);
  require(text.size() == encoded->body.size);
  const auto again = reader->read(text, text.size());
  require(again.has_value());
  require(again->model == shape.model && again->stream == view.stream);
  require(again->include_usage == (view.stream || view.include_usage));
  require(again->metadata == view.metadata && again->user == view.user &&
          again->choices == view.choices);
  require(again->message_count == view.message_count && again->has_tools == view.has_tools);
  if (!shape.can.max_completion_tokens) require(again->max_tokens == view.max_tokens);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto reader = pontage::dialects::make_request_reader(Dialect::kOpenAiChat);
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  const auto view = reader->read(body, size);
  if (!view) {
    require(!view.error().detail.empty());
    return 0;
  }
  TargetShape shape;
  shape.model = "target/\"model\"";
  check_spliced(body, *view, shape);
  shape.can.max_completion_tokens = true;
  check_spliced(body, *view, shape);
  Count count;
  std::int64_t estimated = 0;
  pontage::dialects::visit_input_text(Dialect::kOpenAiChat, body, count, estimated);
  require(estimated >= 0);
  return 0;
}
