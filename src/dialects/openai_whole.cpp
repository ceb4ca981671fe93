// A whole OpenAI chat completion for an OpenAI client: checked to be what was promised, read for
// the books, and passed on byte for byte. Missing optional fields and unknown ones are fine.
#include <simdjson.h>

#include "dialects/json_document.hpp"
#include "dialects/openai.hpp"
#include "dialects/openai_reply.hpp"
#include "dialects/reply_errors.hpp"

namespace pontage::dialects {
namespace {

using simdjson::dom::element;

std::unexpected<Error> garbage(std::string detail) {
  return upstream_error(Code::k_upstream_garbage, "The provider's answer " + std::move(detail),
                        Retry::kSameTarget);
}

Status read_choices(const element& root, WholeReply& reply) {
  element found;
  simdjson::dom::array choices;
  if (!member(root, "choices", found) || found.get(choices) != simdjson::SUCCESS) {
    return garbage("has no `choices`.");
  }
  bool first = true;
  for (const element choice : choices) {
    const bool has_message = member(choice, "message", found) && found.is_object();
    const bool has_text = member(choice, "text", found) && found.is_string();
    if (!has_message && !has_text) return garbage("has a choice without a message.");
    const std::string_view reason = text_member(choice, "finish_reason");
    if (auto problem = failed_finish(reason)) {
      if (find_error(choice, found)) problem = read_error_value(found);
      return std::unexpected(as_error(*problem));
    }
    if (first) reply.finish = finish_of(reason);
    first = false;
  }
  if (first) return garbage("has an empty `choices`.");
  return {};
}

Result<WholeReply> read_whole(std::string_view body, JsonParser& parser) {
  WholeReply reply;
  element root;
  if (const char* reason = parser.parse(body, root)) {
    return garbage(body.empty() ? "is empty." : "is not JSON: " + std::string(reason));
  }
  if (!root.is_object()) return garbage("is not a JSON object.");
  element found;
  if (find_error(root, found)) return std::unexpected(as_error(read_error_value(found)));
  if (auto status = read_choices(root, reply); !status)
    return std::unexpected(std::move(status.error()));
  if (const auto usage = find_openai_usage(root)) reply.usage = *usage;
  reply.response_model = text_member(root, "model");
  return reply;
}

}  // namespace

Result<WholeReply> openai_whole(std::string body) {
  JsonParser& parser = thread_parser();
  auto reply = read_whole(body, parser);
  parser.trim();
  if (reply) reply->body = std::move(body);
  return reply;
}

}  // namespace pontage::dialects
