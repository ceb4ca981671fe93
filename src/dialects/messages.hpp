// What anthropic.messages does on the client's side, for the registry. See codec.hpp for what each
// promises.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "pontage/dialects/codec.hpp"

namespace pontage::dialects {

/// `answer`: max_tokens is required, as for every request but token counts.
std::unique_ptr<RequestReader> make_messages_request_reader(bool answer);
bool visit_messages_input_text(std::string_view body, TextSink& sink,
                               std::int64_t& estimated_tokens);

// The provider speaks the same dialect.
Result<Encoded> messages_to_messages(std::string_view body, const RequestView& view,
                                     const TargetShape& shape);
std::unique_ptr<StreamDecoder> make_messages_to_messages();
Result<WholeReply> messages_whole(std::string body);

// What the gateway itself says.
std::string messages_error_body(const Error& error, std::string_view request_id);
std::string messages_message_body(std::string_view text, std::string_view model,
                                  std::string_view id);
std::string messages_message_stream(std::string_view text, std::string_view model,
                                    std::string_view id);

/// Stands as the signature of thinking that no provider signed. Clients send it back; no provider
/// may see it, since Anthropic refuses signatures that are not its own.
inline constexpr std::string_view kUnsigned = "pontage-unsigned-v1";  // begins as all our marks

}  // namespace pontage::dialects
