// The Anthropic side for clients that speak openai.chat: what the registry calls and
// src/dialects/anthropic_*.cpp hold. Same rules as codec.hpp: pure, no exceptions, fed any split.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "pontage/dialects/codec.hpp"

namespace pontage::dialects {

/// The OpenAI chat request as an Anthropic Messages body (rows G1-G6 of the translation table).
Result<Encoded> openai_to_anthropic(std::string_view body, const RequestView& view,
                                    const TargetShape& shape);

/// Anthropic events in, OpenAI chunks out (rows G7-G11). `include_usage`: the client asked for the
/// usage chunk.
std::unique_ptr<StreamDecoder> make_anthropic_to_openai(const RequestView& view, bool include_usage,
                                                        std::string_view client_model);

/// A whole Anthropic message as an OpenAI chat completion.
Result<WholeReply> anthropic_to_openai(std::string body, const RequestView& view,
                                       std::string_view client_model);

/// `{"type":"error","error":{"type","message"}}`, read as far as possible.
ReplyError read_anthropic_error(std::string_view body);

}  // namespace pontage::dialects
