// What openai.chat does on either side, as a row of the registry.
#include <simdjson.h>

#include "core/strings.hpp"
#include "dialects/openai.hpp"
#include "dialects/openai_conversation.hpp"
#include "dialects/openai_events.hpp"
#include "dialects/openai_read.hpp"
#include "dialects/openai_writer.hpp"

namespace pontage::dialects {
namespace {

bool write(TranslationNotes& notes, const llm::Conversation& conversation, const RequestView& view,
           std::string& out) {
  out.append("{\"model\":");
  append_json_string(out, notes.shape.model);
  out.push_back(',');
  if (!openai::append_messages(notes, conversation, out) ||
      !openai::append_tools(notes, conversation, out) ||
      !openai::append_parameters(notes, conversation, out)) {
    return false;
  }
  if (view.stream) out.append(",\"stream\":true");
  if (view.stream && notes.shape.stream_options)
    out.append(R"(,"stream_options":{"include_usage":true})");
  out.push_back('}');
  return true;
}

std::unique_ptr<ReplyReader> reader(const RequestView& view) {
  return std::make_unique<openai::ReplyReader>(view.long_tool_names, view.created_s);
}

constexpr ProviderHalf kProvider = {write, reader};

bool read(TranslationNotes& notes, const simdjson::dom::element& request, llm::Conversation& out) {
  return openai::read_conversation(notes, request.get_object().value_unsafe(), out);
}

std::unique_ptr<ReplyWriter> stream_writer(const RequestView& view, std::string_view model) {
  return std::make_unique<openai::ChunkWriter>(view.created_s, view.include_usage, model);
}

std::unique_ptr<ReplyWriter> whole_writer(const RequestView& view, std::string_view model) {
  return std::make_unique<openai::CompletionWriter>(view.created_s, model);
}

constexpr ClientHalf kClient = {read, stream_writer, whole_writer};

}  // namespace

const Codec& openai_chat_codec() {
  static constexpr Codec kCodec = {
      .request_reader = make_openai_request_reader,
      .count_reader = make_openai_request_reader,
      .visit_input_text = visit_openai_input_text,
      .error_body = openai_error_body,
      .error_event_head = "data: ",
      .answer_id_prefix = "chatcmpl-",
      .keep_alive = ": keep-alive\n\n",
      .message_body = openai_message_body,
      .message_stream = openai_message_stream,
      .encode_same = openai_to_openai,
      .same_stream = make_openai_to_openai,
      .same_whole = openai_whole,
      .passing = [] { return make_openai_passing_reader("choices"); },
      .read_error = read_openai_error,
      .client = &kClient,
      .provider = &kProvider,
  };
  return kCodec;
}

}  // namespace pontage::dialects
