// What gemini.generate does on either side, for the registry. See codec.hpp for what each promises.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "pontage/dialects/codec.hpp"

namespace simdjson::dom {
class element;
}  // namespace simdjson::dom

namespace pontage::dialects {

/// The model and the wish for a stream stand in the path: whoever knows it fills them in.
std::unique_ptr<RequestReader> make_gemini_request_reader();
/// Of countTokens: `contents`, or a whole request in `generateContentRequest`.
std::unique_ptr<RequestReader> make_gemini_count_reader();
bool visit_gemini_input_text(std::string_view body, TextSink& sink, std::int64_t& estimated_tokens);

// The provider speaks the same dialect.
Result<Encoded> gemini_to_gemini(std::string_view body, const RequestView& view,
                                 const TargetShape& shape);
std::unique_ptr<StreamDecoder> make_gemini_to_gemini();
Result<WholeReply> gemini_whole(std::string body);

/// `{"error":{"code","message","status","details"}}`, read as far as possible; with the wait that a
/// RetryInfo among the details names.
ReplyError read_gemini_error(std::string_view body);
ReplyError read_gemini_error_value(const simdjson::dom::element& value);

// What the gateway itself says.
std::string gemini_error_body(const Error& error, std::string_view request_id);
std::string gemini_message_body(std::string_view text, std::string_view model, std::string_view id);

}  // namespace pontage::dialects
