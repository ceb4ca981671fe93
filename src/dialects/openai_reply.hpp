// The parts of OpenAI replies that streams and whole bodies share: usage, finish reasons, error
// objects.
#pragma once

#include <optional>
#include <string_view>

#include "llm/usage.hpp"
#include "pontage/dialects/codec.hpp"

namespace simdjson::dom {
class element;
}  // namespace simdjson::dom

namespace pontage::dialects {

/// A `usage` object in disjoint classes; nothing when it holds no counts.
std::optional<llm::Usage> read_openai_usage(const simdjson::dom::element& usage);

/// Where vendors put it: `usage`, `x_groq.usage`, `choices[0].usage`.
std::optional<llm::Usage> find_openai_usage(const simdjson::dom::element& root);

llm::Finish finish_of(std::string_view reason);

/// A finish reason by which a provider says that it failed, as the error that it stands for.
std::optional<ReplyError> failed_finish(std::string_view reason);

/// The `error` member of a reply, when there is one that means it.
bool find_error(const simdjson::dom::element& root, simdjson::dom::element& error);

/// The value of an `error` member (an object or a text), or an object with the same members.
ReplyError read_error_value(const simdjson::dom::element& value);

}  // namespace pontage::dialects
