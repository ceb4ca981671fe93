// Anthropic requests for Bedrock: whatever a client sends, the result is an error or a Converse
// request in JSON.
#include <simdjson.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "pontage/dialects/codec.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using pontage::dialects::Dialect;
  if (size == 0) return 0;
  static const auto reader = pontage::dialects::make_request_reader(Dialect::kAnthropicMessages);
  const std::string body(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto view = reader->read(body, body.size());
  if (!view) return 0;
  pontage::dialects::TargetShape shape;
  shape.model = data[0] % 2 == 0 ? "anthropic.claude-x-v1:0" : "amazon.nova-pro-v1:0";
  shape.drop_unsupported = data[0] % 4 >= 2;
  const auto encoded = pontage::dialects::encode_request(
      Dialect::kAnthropicMessages, Dialect::kBedrockConverse, body, *view, shape);
  if (!encoded) return 0;
  std::string out;
  for (const auto piece : encoded->body.pieces) out.append(piece);
  if (out.size() != encoded->body.size) std::abort();
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  if (parser.parse(out).get(root) != simdjson::SUCCESS || !root.is_object()) std::abort();
  return 0;
}
