// The functions of codec.hpp: which pair of dialects is served by which code.
#include <array>

#include "dialects/anthropic.hpp"
#include "dialects/messages.hpp"
#include "dialects/openai.hpp"
#include "pontage/dialects/codec.hpp"

namespace pontage::dialects {
namespace {

constexpr std::array<std::string_view, 2> kNames = {
#define PONTAGE_DIALECT(id, name) name,
#include "dialects/dialects.def"
#undef PONTAGE_DIALECT
};

enum class Row : std::uint8_t {
#define PONTAGE_DIALECT(id, name) id,
#include "dialects/dialects.def"
#undef PONTAGE_DIALECT
};
static_assert(static_cast<int>(Row::kOpenAiChat) == static_cast<int>(Dialect::kOpenAiChat));
static_assert(static_cast<int>(Row::kAnthropicMessages) ==
              static_cast<int>(Dialect::kAnthropicMessages));

}  // namespace

std::string_view dialect_name(Dialect dialect) {
  return kNames[static_cast<std::size_t>(dialect)];
}

std::unique_ptr<RequestReader> make_request_reader(Dialect client) {
  if (client == Dialect::kAnthropicMessages) return make_messages_request_reader(true);
  return make_openai_request_reader();
}

std::unique_ptr<RequestReader> make_count_reader(Dialect client) {
  if (client == Dialect::kAnthropicMessages) return make_messages_request_reader(false);
  return make_openai_request_reader();
}

bool visit_input_text(Dialect client, std::string_view body, TextSink& sink,
                      std::int64_t& estimated_tokens) {
  if (client == Dialect::kAnthropicMessages)
    return visit_messages_input_text(body, sink, estimated_tokens);
  return visit_openai_input_text(body, sink, estimated_tokens);
}

Result<Encoded> encode_request(Dialect client, Dialect provider, std::string_view body,
                               const RequestView& view, const TargetShape& shape) {
  const bool to_anthropic = provider == Dialect::kAnthropicMessages;
  if (client == Dialect::kAnthropicMessages)
    return (to_anthropic ? messages_to_messages : messages_to_openai)(body, view, shape);
  return (to_anthropic ? openai_to_anthropic : openai_to_openai)(body, view, shape);
}

std::unique_ptr<StreamDecoder> make_stream_decoder(Dialect client, Dialect provider,
                                                   const RequestView& view, bool usage_injected,
                                                   std::string_view client_model) {
  const bool from_anthropic = provider == Dialect::kAnthropicMessages;
  if (client == Dialect::kAnthropicMessages) {
    return from_anthropic ? make_messages_to_messages()
                          : make_openai_to_messages(view, client_model);
  }
  if (from_anthropic) return make_anthropic_to_openai(view, view.include_usage, client_model);
  return make_openai_to_openai(view, usage_injected);
}

Result<WholeReply> decode_whole(Dialect client, Dialect provider, std::string body,
                                const RequestView& view, std::string_view client_model) {
  const bool from_anthropic = provider == Dialect::kAnthropicMessages;
  if (client == Dialect::kAnthropicMessages) {
    return from_anthropic ? messages_whole(std::move(body))
                          : openai_to_messages(std::move(body), view, client_model);
  }
  if (from_anthropic) return anthropic_to_openai(std::move(body), view, client_model);
  return openai_whole(std::move(body));
}

std::unique_ptr<PassingReader> make_passing_reader(Dialect client, Dialect provider) {
  if (client != Dialect::kOpenAiChat || provider != client) return nullptr;
  return make_openai_passing_reader();
}

ReplyError read_error(Dialect provider, std::string_view body) {
  return provider == Dialect::kAnthropicMessages ? read_anthropic_error(body)
                                                 : read_openai_error(body);
}

std::string error_body(Dialect client, const Error& error, std::string_view request_id) {
  if (client == Dialect::kAnthropicMessages) return messages_error_body(error, request_id);
  return openai_error_body(error, request_id);
}

std::string error_event(Dialect client, const Error& error, std::string_view request_id) {
  const std::string_view head =
      client == Dialect::kAnthropicMessages ? "event: error\ndata: " : "data: ";
  return std::string(head) + error_body(client, error, request_id) + "\n\n";
}

std::string_view answer_id_prefix(Dialect client) {
  return client == Dialect::kAnthropicMessages ? "msg_" : "chatcmpl-";
}

std::string message_body(Dialect client, std::string_view text, std::string_view model,
                         std::string_view id, std::int64_t created_s) {
  if (client == Dialect::kAnthropicMessages) return messages_message_body(text, model, id);
  return openai_message_body(text, model, id, created_s);
}

std::string message_stream(Dialect client, std::string_view text, std::string_view model,
                           std::string_view id, std::int64_t created_s, bool include_usage) {
  if (client == Dialect::kAnthropicMessages) return messages_message_stream(text, model, id);
  return openai_message_stream(text, model, id, created_s, include_usage);
}

std::string_view keep_alive(Dialect client) {
  if (client == Dialect::kAnthropicMessages) return "event: ping\ndata: {\"type\": \"ping\"}\n\n";
  return ": keep-alive\n\n";
}

}  // namespace pontage::dialects
