// What openai.responses does on either side, as a row of the registry.
#include "core/strings.hpp"
#include "dialects/openai.hpp"
#include "dialects/responses.hpp"
#include "dialects/responses_writer.hpp"

namespace pontage::dialects {
namespace responses {

// The documented fields stand in the event itself; the vendor's servers send them in `error`, and
// its SDKs raise their exceptions by that.
std::string error_event_body(const Error& error, std::string_view request_id, std::int64_t number) {
  std::string out = "{\"type\":\"error\",\"sequence_number\":" + std::to_string(number);
  out.append(",\"code\":");
  append_json_string(out, code_name(error.code));
  out.append(",\"message\":");
  append_json_string(out,
                     error.detail.empty() ? summary(error.code) : std::string_view(error.detail));
  out.append(",\"param\":");
  if (error.param.empty()) {
    out.append("null");
  } else {
    append_json_string(out, error.param);
  }
  out.append(",");
  return out.append(openai_error_body(error, request_id).substr(1));  // "error":{…}}
}

namespace {

std::unique_ptr<ReplyWriter> stream_writer(const RequestView& view, std::string_view model) {
  return std::make_unique<Writer>(view, model, true);
}

std::unique_ptr<ReplyWriter> whole_writer(const RequestView& view, std::string_view model) {
  return std::make_unique<Writer>(view, model, false);
}

constexpr ClientHalf kClient = {read_conversation, stream_writer, whole_writer};
constexpr ProviderHalf kProvider = {write_request, make_reply_reader};

}  // namespace
}  // namespace responses

const Codec& openai_responses_codec() {
  static constexpr Codec kCodec = {
      .request_reader = responses::make_request_reader,
      .count_reader = responses::make_request_reader,
      .visit_input_text = responses::visit_input_text,
      .error_body = openai_error_body,
      .error_event_head = "event: error\ndata: ",
      .answer_id_prefix = "resp_",
      .keep_alive = ": keep-alive\n\n",
      .message_body = responses::message_body,
      .message_stream = responses::message_stream,
      .encode_same = responses::encode_same,
      .same_stream = [](const RequestView&, bool) { return responses::make_same_stream(); },
      .same_whole = responses::same_whole,
      .passing = [] { return make_openai_passing_reader("output"); },
      .read_error = read_openai_error,
      .client = &responses::kClient,
      .provider = &responses::kProvider,
      .error_event_body = responses::error_event_body,
  };
  return kCodec;
}

}  // namespace pontage::dialects
