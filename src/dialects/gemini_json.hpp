// What the files of gemini.generate share: JSON members by either of their names, the marks on
// signatures that cross to other dialects, generations of models, usage, reasons and errors.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "llm/usage.hpp"
#include "pontage/dialects/codec.hpp"

namespace simdjson::dom {
class element;
}  // namespace simdjson::dom

namespace pontage::dialects::gemini {

using Element = simdjson::dom::element;

/// "inline_data" as "inlineData": proto3's JSON takes fields by both names.
std::string camel_case(std::string_view name);
/// The member of that lowerCamelCase name under either name; false when absent or null.
bool field(const Element& object, std::string_view name, Element& out);
std::string_view text_field(const Element& object, std::string_view name);
std::optional<std::int64_t> int_field(const Element& object, std::string_view name);
/// True when it is there and true.
bool flag_field(const Element& object, std::string_view name);

/// Before a signature of Gemini's in other dialects: only what has it is given back to Gemini.
inline constexpr std::string_view kSigned = "pontage-gemini-v1:";
/// Google's own word for "this call has no signature" (ai.google.dev, "Thought signatures"):
/// Gemini 3 refuses function calls without any.
inline constexpr std::string_view kNoSignature = "skip_thought_signature_validator";
/// Base64 of "pontag" and what follows in the marks of gemini_signature.cpp.
inline constexpr std::string_view kForeignPrefix = "cG9udGFnZS1";

/// Signatures and hidden thinking of other makers as `thoughtSignature`: base64, as proto's bytes
/// are, with a mark inside.
std::string wrap_signature(std::string_view value);
std::string wrap_redacted(std::string_view data);
/// What wrap_signature() or wrap_redacted() was given; nothing where neither made it.
std::optional<std::string> unwrap_signature(std::string_view value);
std::optional<std::string> unwrap_redacted(std::string_view value);

/// 25 for gemini-2.5-pro, 30 for gemini-3-flash-preview, 31 for gemini-3.1-pro; 0 when the name
/// says nothing.
int generation(std::string_view model);

/// `usageMetadata` in disjoint classes; nothing when it holds no counts.
std::optional<llm::Usage> read_usage(const Element& usage);
void append_usage(std::string& out, const llm::Usage& usage);

/// kNone when empty; kOther for reasons by which Gemini says that it failed.
llm::Finish finish_of(std::string_view reason);
std::string_view reason_of(llm::Finish finish);
/// The failure that such a reason stands for.
ReplyError failed_reason(std::string_view reason, std::string_view message);
/// `promptFeedback.blockReason` of a whole answer or a chunk.
std::optional<ReplyError> blocked(const Element& root);

}  // namespace pontage::dialects::gemini
