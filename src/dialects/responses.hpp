// What openai.responses does on either side, for its row of the registry and its tests. See
// codec.hpp for what each promises.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "dialects/translation.hpp"
#include "pontage/dialects/codec.hpp"

namespace pontage::dialects::responses {

std::unique_ptr<RequestReader> make_request_reader();
bool visit_input_text(std::string_view body, TextSink& sink, std::int64_t& estimated_tokens);

// The provider speaks the same dialect.
Result<Encoded> encode_same(std::string_view body, const RequestView& view,
                            const TargetShape& shape);
std::unique_ptr<StreamDecoder> make_same_stream();
Result<WholeReply> same_whole(std::string body);

/// Of a client: its request as a conversation.
bool read_conversation(TranslationNotes& notes, const simdjson::dom::element& request,
                       llm::Conversation& out);
/// Of a provider: a conversation as its request.
bool write_request(TranslationNotes& notes, const llm::Conversation& conversation,
                   const RequestView& view, std::string& out);
std::unique_ptr<ReplyReader> make_reply_reader(const RequestView& view);

// What the gateway itself says.
std::string error_event_body(const Error& error, std::string_view request_id, std::int64_t number);
std::string message_body(std::string_view text, std::string_view model, std::string_view id,
                         std::int64_t created_s);
std::string message_stream(std::string_view text, std::string_view model, std::string_view id,
                           std::int64_t created_s, bool include_usage);

}  // namespace pontage::dialects::responses
