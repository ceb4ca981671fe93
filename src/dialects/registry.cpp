// The functions of codec.hpp: which pair of dialects is served by which code. Clients speak
// openai.chat so far; what a client of another dialect would need answers not_implemented.
#include <array>

#include "core/strings.hpp"
#include "dialects/anthropic.hpp"
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

std::unexpected<Error> not_served(Dialect client) {
  return gateway_error(Code::k_not_implemented, "The gateway does not serve clients that speak " +
                                                    std::string(dialect_name(client)) + " yet.");
}

class RefusingReader final : public RequestReader {
 public:
  explicit RefusingReader(Dialect client) : client_(client) {}
  Result<RequestView> read(std::string_view, std::size_t) override { return not_served(client_); }

 private:
  Dialect client_;
};

class RefusingDecoder final : public StreamDecoder {
 public:
  explicit RefusingDecoder(Dialect client) {
    error = {501, "api_error", "not_implemented", not_served(client).error().detail};
  }
  Event on_event(std::string_view, std::string_view, std::string_view, Frame& frame) override {
    frame = Frame{};
    return Event::kError;
  }
  bool on_end(Frame& frame) override {
    frame = Frame{};
    return false;
  }
};

// {"type":"error","error":{"type","message"},"request_id"}.
std::string anthropic_error_body(const Error& error, std::string_view request_id) {
  const int status = http_status(error.code);
  std::string_view type = "api_error";
  if (status == 400 || status == 405 || status == 408 || status == 415)
    type = "invalid_request_error";
  if (status == 401) type = "authentication_error";
  if (status == 403) type = "permission_error";
  if (status == 404) type = "not_found_error";
  if (status == 413 || status == 431) type = "request_too_large";
  if (status == 429) type = "rate_limit_error";
  if (status == 504) type = "timeout_error";
  std::string out = "{\"type\":\"error\",\"error\":{\"type\":";
  append_json_string(out, type);
  out.append(",\"message\":");
  append_json_string(out,
                     error.detail.empty() ? summary(error.code) : std::string_view(error.detail));
  out.append("},\"request_id\":");
  append_json_string(out, request_id);
  out.append("}");
  return out;
}

}  // namespace

std::string_view dialect_name(Dialect dialect) {
  return kNames[static_cast<std::size_t>(dialect)];
}

std::unique_ptr<RequestReader> make_request_reader(Dialect client) {
  if (client == Dialect::kOpenAiChat) return make_openai_request_reader();
  return std::make_unique<RefusingReader>(client);
}

bool visit_input_text(Dialect client, std::string_view body, TextSink& sink,
                      std::int64_t& estimated_tokens) {
  if (client == Dialect::kOpenAiChat) return visit_openai_input_text(body, sink, estimated_tokens);
  estimated_tokens = 0;
  return false;
}

Result<Encoded> encode_request(Dialect client, Dialect provider, std::string_view body,
                               const RequestView& view, const TargetShape& shape) {
  if (client != Dialect::kOpenAiChat) return not_served(client);
  if (provider == Dialect::kAnthropicMessages) return openai_to_anthropic(body, view, shape);
  return openai_to_openai(body, view, shape);
}

std::unique_ptr<StreamDecoder> make_stream_decoder(Dialect client, Dialect provider,
                                                   const RequestView& view, bool usage_injected,
                                                   std::string_view client_model) {
  if (client != Dialect::kOpenAiChat) return std::make_unique<RefusingDecoder>(client);
  if (provider == Dialect::kAnthropicMessages)
    return make_anthropic_to_openai(view, view.include_usage, client_model);
  return make_openai_to_openai(view, usage_injected);
}

Result<WholeReply> decode_whole(Dialect client, Dialect provider, std::string body,
                                const RequestView& view, std::string_view client_model) {
  if (client != Dialect::kOpenAiChat) return not_served(client);
  if (provider == Dialect::kAnthropicMessages)
    return anthropic_to_openai(std::move(body), view, client_model);
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
  if (client == Dialect::kAnthropicMessages) return anthropic_error_body(error, request_id);
  return openai_error_body(error, request_id);
}

std::string error_event(Dialect client, const Error& error, std::string_view request_id) {
  const std::string_view head =
      client == Dialect::kAnthropicMessages ? "event: error\ndata: " : "data: ";
  return std::string(head) + error_body(client, error, request_id) + "\n\n";
}

std::string message_body(Dialect client, std::string_view text, std::string_view model,
                         std::string_view id, std::int64_t created_s) {
  if (client != Dialect::kOpenAiChat) return error_body(client, not_served(client).error(), id);
  return openai_message_body(text, model, id, created_s);
}

std::string message_stream(Dialect client, std::string_view text, std::string_view model,
                           std::string_view id, std::int64_t created_s, bool include_usage) {
  if (client != Dialect::kOpenAiChat) return error_event(client, not_served(client).error(), id);
  return openai_message_stream(text, model, id, created_s, include_usage);
}

std::string_view keep_alive(Dialect client) {
  if (client == Dialect::kAnthropicMessages) return "event: ping\ndata: {\"type\": \"ping\"}\n\n";
  return ": keep-alive\n\n";
}

}  // namespace pontage::dialects
