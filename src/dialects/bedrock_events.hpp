// The messages of a ConverseStream as named events. An exception's name begins with a mark, so that
// no event can be taken for one.
#pragma once

#include <string>
#include <string_view>

#include "http/event_stream.hpp"

namespace pontage::dialects {

inline constexpr std::string_view kBedrockException = "exception/";

struct NamedEvent {
  std::string_view name;
  std::string_view data;
};

/// `storage` holds the name of an exception; what is returned is valid as long as it and `message`.
NamedEvent bedrock_event(const http::EventStreamDecoder::Message& message, std::string& storage);

}  // namespace pontage::dialects
