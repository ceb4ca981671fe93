// What anthropic.messages does on either side, as a row of the registry.
#include <simdjson.h>

#include "dialects/anthropic_events.hpp"
#include "dialects/anthropic_write.hpp"
#include "dialects/messages.hpp"
#include "dialects/messages_conversation.hpp"
#include "dialects/messages_serial.hpp"
#include "dialects/messages_writer.hpp"

namespace pontage::dialects {
namespace {

bool read(TranslationNotes& notes, const simdjson::dom::element& request, llm::Conversation& out) {
  return messages::read_conversation(notes, request.get_object().value_unsafe(), out);
}

std::unique_ptr<ReplyWriter> stream_writer(const RequestView& view, std::string_view model) {
  if (view.serial_tools) return std::make_unique<messages::SerialEventWriter>(model);
  return std::make_unique<messages::EventWriter>(model);
}

std::unique_ptr<ReplyWriter> whole_writer(const RequestView& /*view*/, std::string_view model) {
  return std::make_unique<messages::MessageWriter>(model);
}

constexpr ClientHalf kClient = {read, stream_writer, whole_writer};

std::unique_ptr<ReplyReader> reader(const RequestView& /*view*/) {
  return std::make_unique<anthropic::ReplyReader>();
}

constexpr ProviderHalf kProvider = {anthropic::write_request, reader};

}  // namespace

const Codec& anthropic_messages_codec() {
  static constexpr Codec kCodec = {
      .request_reader = [] { return make_messages_request_reader(true); },
      .count_reader = [] { return make_messages_request_reader(false); },
      .visit_input_text = visit_messages_input_text,
      .error_body = messages_error_body,
      .error_event_head = "event: error\ndata: ",
      .answer_id_prefix = "msg_",
      .keep_alive = "event: ping\ndata: {\"type\": \"ping\"}\n\n",
      .message_body = [](std::string_view text, std::string_view model, std::string_view id,
                         std::int64_t) { return messages_message_body(text, model, id); },
      .message_stream = [](std::string_view text, std::string_view model, std::string_view id,
                           std::int64_t, bool) { return messages_message_stream(text, model, id); },
      .encode_same = messages_to_messages,
      .same_stream = [](const RequestView&, bool) { return make_messages_to_messages(); },
      .same_whole = messages_whole,
      .passing = nullptr,
      .read_error = read_anthropic_error,
      .client = &kClient,
      .provider = &kProvider,
  };
  return kCodec;
}

}  // namespace pontage::dialects
