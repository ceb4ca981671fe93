// What gemini.generate does on either side, as a row of the registry.
#include <simdjson.h>

#include "dialects/gemini.hpp"
#include "dialects/gemini_conversation.hpp"
#include "dialects/gemini_reply.hpp"
#include "dialects/gemini_writer.hpp"

namespace pontage::dialects {
namespace {

std::unique_ptr<ReplyWriter> stream_writer(const RequestView& /*view*/, std::string_view model) {
  return std::make_unique<gemini::Writer>(model, true);
}

std::unique_ptr<ReplyWriter> whole_writer(const RequestView& /*view*/, std::string_view model) {
  return std::make_unique<gemini::Writer>(model, false);
}

bool write(TranslationNotes& notes, const llm::Conversation& conversation,
           const RequestView& /*view*/, std::string& out) {
  out.push_back('{');
  if (!gemini::append_contents(notes, conversation, out) ||
      !gemini::append_tools(notes, conversation, out) ||
      !gemini::append_config(notes, conversation, out)) {
    return false;
  }
  out.push_back('}');
  return true;
}

std::unique_ptr<ReplyReader> reader(const RequestView& view) {
  return std::make_unique<gemini::ReplyReader>(view);
}

constexpr ClientHalf kClient = {gemini::read_conversation, stream_writer, whole_writer};
constexpr ProviderHalf kProvider = {write, reader};

}  // namespace

const Codec& gemini_codec() {
  static constexpr Codec kCodec = {
      .request_reader = make_gemini_request_reader,
      .count_reader = make_gemini_count_reader,
      .visit_input_text = visit_gemini_input_text,
      .error_body = gemini_error_body,
      .error_event_head = "data: ",
      .answer_id_prefix = "",
      // Google's SDKs take a comment for broken JSON; a blank line says nothing to anybody.
      .keep_alive = "\n",
      .message_body = [](std::string_view text, std::string_view model, std::string_view id,
                         std::int64_t) { return gemini_message_body(text, model, id); },
      .message_stream =
          [](std::string_view text, std::string_view model, std::string_view id, std::int64_t,
             bool) { return "data: " + gemini_message_body(text, model, id) + "\n\n"; },
      .encode_same = gemini_to_gemini,
      .same_stream = [](const RequestView&, bool) { return make_gemini_to_gemini(); },
      .same_whole = gemini_whole,
      .passing = nullptr,
      .read_error = read_gemini_error,
      .client = &kClient,
      .provider = &kProvider,
  };
  return kCodec;
}

}  // namespace pontage::dialects
