// What openai.embeddings does, as a row of the registry: vectors pass byte for byte, and what they
// cost is read from them.
#include <simdjson.h>

#include "dialects/input_text.hpp"
#include "dialects/openai.hpp"
#include "dialects/openai_reply.hpp"
#include "dialects/reply_errors.hpp"
#include "dialects/translation.hpp"

namespace pontage::dialects {
namespace {

using simdjson::dom::element;

std::unexpected<Error> garbage(std::string detail) {
  return upstream_error(Code::k_upstream_garbage, "The provider's answer " + std::move(detail),
                        Retry::kSameTarget);
}

Result<WholeReply> read_whole(std::string_view body, JsonParser& parser) {
  element root;
  if (parser.parse(body, root) != nullptr || !root.is_object())
    return garbage("is not a JSON object.");
  element found;
  if (find_error(root, found)) return std::unexpected(as_error(read_error_value(found)));
  if (!member(root, "data", found) || !found.is_array()) return garbage("has no `data`.");
  WholeReply reply;
  if (const auto usage = find_openai_usage(root)) reply.usage = *usage;
  reply.finish = llm::Finish::kStop;
  reply.response_model = text_member(root, "model");
  return reply;
}

Result<WholeReply> whole(std::string body) {
  JsonParser& parser = thread_parser();
  auto reply = read_whole(body, parser);
  parser.trim();
  if (reply) reply->body = std::move(body);
  return reply;
}

}  // namespace

const Codec& openai_embeddings_codec() {
  static constexpr Codec kCodec = {
      .request_reader = [] { return make_openai_prompt_reader("input"); },
      .count_reader = [] { return make_openai_prompt_reader("input"); },
      .visit_input_text = visit_openai_prompt,
      .error_body = openai_error_body,
      .error_event_head = "data: ",
      .answer_id_prefix = "",
      .keep_alive = "",
      .message_body = nullptr,
      .message_stream = nullptr,
      .encode_same = openai_to_openai,
      .same_stream = nullptr,
      .same_whole = whole,
      .passing = [] { return make_openai_passing_reader("data"); },
      .read_error = read_openai_error,
      .client = nullptr,
      .provider = nullptr,
  };
  return kCodec;
}

}  // namespace pontage::dialects
