// What bedrock.converse does, as a row of the registry: providers speak it, clients do not.
#include <simdjson.h>

#include "core/crypto.hpp"
#include "core/strings.hpp"
#include "dialects/bedrock_reply.hpp"
#include "dialects/bedrock_request.hpp"
#include "dialects/json_document.hpp"
#include "dialects/translation.hpp"

namespace pontage::dialects {
namespace {

constexpr std::size_t kSaidBytes = 1024;
constexpr std::size_t kIdBytes = 12;

bool write(TranslationNotes& notes, const llm::Conversation& conversation,
           const RequestView& /*view*/, std::string& out) {
  out.push_back('{');
  if (!bedrock::append_messages(notes, conversation, out) ||
      !bedrock::append_parameters(notes, conversation, out))
    return false;
  out.push_back('}');
  return true;
}

std::unique_ptr<ReplyReader> reader(const RequestView& view) {
  return std::make_unique<bedrock::ReplyReader>(view.long_tool_names, random_token(kIdBytes));
}

// {"message":…}, {"Message":…}, sometimes with the exception's name as __type.
ReplyError read_error(std::string_view body) {
  ReplyError out;
  simdjson::dom::element root;
  JsonParser& parser = thread_parser();
  if (parser.parse(body, root) != nullptr || !root.is_object()) {
    out.message = trim(body).substr(0, kSaidBytes);
    return out;
  }
  auto message = text_member(root, "message");
  if (message.empty()) message = text_member(root, "Message");
  out.message = message.substr(0, kSaidBytes);
  auto type = text_member(root, "__type");
  if (const auto hash = type.rfind('#'); hash != std::string_view::npos)
    type.remove_prefix(hash + 1);
  out.type = type.substr(0, kSaidBytes);
  if (!type.empty()) out.status = bedrock::exception_status(type);
  parser.trim();
  return out;
}

constexpr ProviderHalf kProvider = {write, reader};

}  // namespace

const Codec& bedrock_converse_codec() {
  static constexpr Codec kCodec = {
      .request_reader = nullptr,
      .count_reader = nullptr,
      .visit_input_text = nullptr,
      .error_body = nullptr,
      .error_event_head = "",
      .answer_id_prefix = "",
      .keep_alive = "",
      .message_body = nullptr,
      .message_stream = nullptr,
      .encode_same = nullptr,
      .same_stream = nullptr,
      .same_whole = nullptr,
      .passing = nullptr,
      .read_error = read_error,
      .client = nullptr,
      .provider = &kProvider,
      .binary_events = true,
  };
  return kCodec;
}

}  // namespace pontage::dialects
