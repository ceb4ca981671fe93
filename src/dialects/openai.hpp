// What openai.chat does on either side, for the registry. See codec.hpp for what each promises.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "pontage/dialects/codec.hpp"

namespace pontage::dialects {

std::unique_ptr<RequestReader> make_openai_request_reader();
/// Of the forms that take a prompt in `field`.
std::unique_ptr<RequestReader> make_openai_prompt_reader(std::string_view field);
Result<Encoded> openai_to_openai(std::string_view body, const RequestView& view,
                                 const TargetShape& shape);
std::unique_ptr<StreamDecoder> make_openai_to_openai(const RequestView& view, bool usage_injected);
Result<WholeReply> openai_whole(std::string body);
/// `payload`: the member that every answer has ("choices", "data", "output").
std::unique_ptr<PassingReader> make_openai_passing_reader(std::string_view payload);
ReplyError read_openai_error(std::string_view body);
bool visit_openai_prompt(std::string_view body, TextSink& sink, std::int64_t& estimated_tokens);
bool visit_openai_input_text(std::string_view body, TextSink& sink, std::int64_t& estimated_tokens);

std::string openai_error_body(const Error& error, std::string_view request_id);
std::string openai_message_body(std::string_view text, std::string_view model, std::string_view id,
                                std::int64_t created_s);
std::string openai_message_stream(std::string_view text, std::string_view model,
                                  std::string_view id, std::int64_t created_s, bool include_usage);

}  // namespace pontage::dialects
