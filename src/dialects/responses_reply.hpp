// What streams and whole answers of a provider of openai.responses share: how they ended, and what
// they cost.
#pragma once

#include <optional>

#include "llm/usage.hpp"
#include "pontage/dialects/codec.hpp"

namespace simdjson::dom {
class element;
}  // namespace simdjson::dom

namespace pontage::dialects::responses {

/// What a `response` object says of its end.
struct Outcome {
  llm::Finish finish = llm::Finish::kNone;  ///< kNone: it is not over, or it failed
  std::optional<ReplyError> error;
  std::optional<llm::Usage> usage;
  bool empty = false;  ///< completed, with nothing in it
};
Outcome read_outcome(const simdjson::dom::element& response);

/// Of an `error` event: its fields stand in `error`, by the documentation in the event itself.
ReplyError read_error_event(const simdjson::dom::element& event);

}  // namespace pontage::dialects::responses
