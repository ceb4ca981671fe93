// A whole answer of one dialect in its other form: a stream as one body, a body as a stream, a
// stream with its usage or without. By way of the answer of no dialect, so what only that dialect
// has may be lost (log probabilities, further choices).
#pragma once

#include <string>
#include <string_view>

#include "pontage/dialects/codec.hpp"

namespace pontage::dialects {

/// `bytes` is a stream's events or a body, as `streamed` says; `view.stream` and
/// `view.include_usage` say what is wanted; `usage` stands in where the bytes tell none. Empty: it
/// cannot be had.
std::string reshape(Dialect dialect, std::string_view bytes, bool streamed, const RequestView& view,
                    const llm::Usage& usage);

}  // namespace pontage::dialects
