// What the gateway itself says to an Anthropic client: errors, and a fixed message as a complete
// answer.
#include "core/strings.hpp"
#include "dialects/messages.hpp"
#include "dialects/messages_writer.hpp"

namespace pontage::dialects {
namespace {

void append_member(std::string& out, std::string_view name, std::string_view text) {
  out.append(",\"").append(name).append("\":");
  append_json_string(out, text);
}

// The vendor's types, by what they mean to its SDKs: `overloaded_error` says "later", `api_error`
// "not your fault".
std::string_view error_type(Code code) {
  if (code == Code::k_all_targets_failed || code == Code::k_draining) return "overloaded_error";
  switch (http_status(code)) {
    case 400:
    case 405:
    case 408:
    case 415:
      return "invalid_request_error";
    case 401:
      return "authentication_error";
    case 402:
      return "billing_error";
    case 403:
      return "permission_error";
    case 404:
      return "not_found_error";
    case 413:
    case 431:
      return "request_too_large";
    case 429:
      return "rate_limit_error";
    case 504:
      return "timeout_error";
    default:
      return "api_error";
  }
}

// The shape has no place for the field's name: it stands in the text, as in the vendor's own
// messages. Agents know an overflow by "prompt is too long" and compact the conversation then.
std::string error_text(const Error& error) {
  std::string text(error.detail.empty() ? summary(error.code) : std::string_view(error.detail));
  if (!error.param.empty() && !text.starts_with(error.param)) text.insert(0, error.param + ": ");
  if (error.code == Code::k_context_length_exceeded &&
      text.find("prompt is too long") == std::string::npos) {
    text.insert(0, "prompt is too long: ");
  }
  return text;
}

// A fixed text as an answer.
template <class Writer>
std::string say(std::string_view text, std::string_view model, std::string_view id) {
  Writer writer(model);
  writer.start(id, {});
  writer.text(text);
  writer.end({llm::Finish::kStop, {}, {}, 0});
  return writer.take();
}

}  // namespace

// {"type":"error","error":{"type","message"},"request_id"}: our code has no place there; the access
// log has it.
std::string messages_error_body(const Error& error, std::string_view request_id) {
  std::string out = "{\"type\":\"error\",\"error\":{\"type\":";
  append_json_string(out, error_type(error.code));
  append_member(out, "message", error_text(error));
  out.append("},\"request_id\":");
  append_json_string(out, request_id);
  out.append("}");
  return out;
}

std::string messages_message_body(std::string_view text, std::string_view model,
                                  std::string_view id) {
  return say<messages::MessageWriter>(text, model, id);
}

std::string messages_message_stream(std::string_view text, std::string_view model,
                                    std::string_view id) {
  return say<messages::EventWriter>(text, model, id);
}

}  // namespace pontage::dialects
