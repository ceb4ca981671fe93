// The functions of codec.hpp: which pair of dialects is served by which code.
#include <array>

#include "dialects/reshape.hpp"
#include "dialects/translation.hpp"

namespace pontage::dialects {

#define PONTAGE_DIALECT(id, name, codec) const Codec& codec();
#include "dialects/dialects.def"
#undef PONTAGE_DIALECT

namespace {

struct Row {
  std::string_view name;
  const Codec& (*codec)();
};
constexpr std::array kRows = {
#define PONTAGE_DIALECT(id, name, codec) Row{name, codec},
#include "dialects/dialects.def"
#undef PONTAGE_DIALECT
};

const Codec& codec_of(Dialect dialect) {
  return kRows[static_cast<std::size_t>(dialect)].codec();
}

}  // namespace

std::string_view dialect_name(Dialect dialect) {
  return kRows[static_cast<std::size_t>(dialect)].name;
}

bool can_serve(Dialect client, Dialect provider) {
  if (client == provider) return codec_of(client).encode_same != nullptr;
  return codec_of(client).client != nullptr && codec_of(provider).provider != nullptr;
}

std::unique_ptr<RequestReader> make_request_reader(Dialect client) {
  return codec_of(client).request_reader();
}

std::unique_ptr<RequestReader> make_count_reader(Dialect client) {
  return codec_of(client).count_reader();
}

bool visit_input_text(Dialect client, std::string_view body, TextSink& sink,
                      std::int64_t& estimated_tokens) {
  return codec_of(client).visit_input_text(body, sink, estimated_tokens);
}

Result<Encoded> encode_request(Dialect client, Dialect provider, std::string_view body,
                               const RequestView& view, const TargetShape& shape) {
  if (client == provider) return codec_of(client).encode_same(body, view, shape);
  return translate_request(*codec_of(client).client, *codec_of(provider).provider, body, view,
                           shape);
}

bool has_binary_events(Dialect provider) {
  return codec_of(provider).binary_events;
}

std::string_view stream_media_type(Dialect provider) {
  return has_binary_events(provider) ? "application/vnd.amazon.eventstream" : "text/event-stream";
}

std::unique_ptr<StreamDecoder> make_stream_decoder(Dialect client, Dialect provider,
                                                   const RequestView& view, bool usage_injected,
                                                   std::string_view client_model) {
  if (client == provider) return codec_of(client).same_stream(view, usage_injected);
  return make_translator(*codec_of(client).client, *codec_of(provider).provider, view,
                         client_model);
}

Result<WholeReply> decode_whole(Dialect client, Dialect provider, std::string body,
                                const RequestView& view, std::string_view client_model) {
  if (client == provider) return codec_of(client).same_whole(std::move(body));
  return translate_whole(*codec_of(client).client, *codec_of(provider).provider, body, view,
                         client_model);
}

std::unique_ptr<PassingReader> make_passing_reader(Dialect client, Dialect provider) {
  const auto make = codec_of(client).passing;
  return client == provider && make != nullptr ? make() : nullptr;
}

ReplyError read_error(Dialect provider, std::string_view body) {
  return codec_of(provider).read_error(body);
}

std::string error_body(Dialect client, const Error& error, std::string_view request_id) {
  return codec_of(client).error_body(error, request_id);
}

std::string error_event(Dialect client, const Error& error, std::string_view request_id,
                        std::int64_t number) {
  const Codec& codec = codec_of(client);
  std::string event(codec.error_event_head);
  event.append(codec.error_event_body != nullptr ? codec.error_event_body(error, request_id, number)
                                                 : codec.error_body(error, request_id));
  return event.append("\n\n");
}

std::string reshape(Dialect dialect, std::string_view bytes, bool streamed, const RequestView& view,
                    const llm::Usage& usage) {
  const Codec& codec = codec_of(dialect);
  if (codec.client == nullptr || codec.provider == nullptr) return {};
  return reshape_between(*codec.client, *codec.provider, bytes, streamed, view, usage);
}

std::string_view answer_id_prefix(Dialect client) {
  return codec_of(client).answer_id_prefix;
}

std::string message_body(Dialect client, std::string_view text, std::string_view model,
                         std::string_view id, std::int64_t created_s) {
  const auto make = codec_of(client).message_body;
  return make != nullptr ? make(text, model, id, created_s) : std::string();
}

std::string message_stream(Dialect client, std::string_view text, std::string_view model,
                           std::string_view id, std::int64_t created_s, bool include_usage) {
  const auto make = codec_of(client).message_stream;
  return make != nullptr ? make(text, model, id, created_s, include_usage) : std::string();
}

std::string_view keep_alive(Dialect client) {
  return codec_of(client).keep_alive;
}

}  // namespace pontage::dialects
