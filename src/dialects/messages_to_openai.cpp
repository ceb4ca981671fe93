// An Anthropic Messages request for a provider that speaks openai.chat: read into a conversation,
// written from it.
#include <simdjson.h>

#include "core/strings.hpp"
#include "dialects/json_document.hpp"
#include "dialects/messages.hpp"
#include "dialects/messages_conversation.hpp"
#include "dialects/openai_conversation.hpp"

namespace pontage::dialects {
namespace {

bool translate(TranslationNotes& notes, const messages::Object& request, const RequestView& view,
               std::string& out) {
  llm::Conversation conversation;
  if (!messages::read_conversation(notes, request, conversation)) return false;
  out.append("{\"model\":");
  append_json_string(out, notes.shape.model);
  out.push_back(',');
  if (!openai::append_messages(notes, conversation, out) ||
      !openai::append_tools(notes, conversation, out) ||
      !openai::append_parameters(notes, conversation, out)) {
    return false;
  }
  if (view.stream) out.append(R"(,"stream":true,"stream_options":{"include_usage":true})");
  out.push_back('}');
  return true;
}

}  // namespace

Result<Encoded> messages_to_openai(std::string_view body, const RequestView& view,
                                   const TargetShape& shape) {
  JsonParser& parser = thread_parser();
  simdjson::dom::element root;
  simdjson::dom::object request;
  if (parser.parse(body, root) != nullptr || root.get(request) != simdjson::SUCCESS)
    return client_error(Code::k_invalid_json, "The request body is not a JSON object.");
  TranslationNotes notes(shape);
  Encoded encoded;
  encoded.body.owned.reserve(body.size() + 256);
  const bool good = translate(notes, request, view, encoded.body.owned);
  parser.trim();
  if (!good) return std::unexpected(std::move(*notes.error));
  encoded.body.size = encoded.body.owned.size();
  // The text is longer than any small-string buffer, so the view stays good when `encoded` moves.
  encoded.body.pieces.emplace_back(encoded.body.owned);
  encoded.usage_injected = view.stream;
  encoded.dropped = std::move(notes.dropped);
  return encoded;
}

}  // namespace pontage::dialects
