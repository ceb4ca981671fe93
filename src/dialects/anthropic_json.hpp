// Reading a parsed document without exceptions and writing JSON as text: what the Anthropic side's
// files share. simdjson is only named here; its header stays in the sources.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace simdjson::dom {
class array;
class element;
class object;
}  // namespace simdjson::dom

namespace pontage::dialects::anthropic {

using Element = simdjson::dom::element;
using Object = simdjson::dom::object;

/// The member, or nothing when it is absent or null.
bool member(const Object& object, std::string_view key, Element& out);
/// The member when it is an object.
bool object_at(const Object& object, std::string_view key, Object& out);
/// The member's text, or an empty view when it is absent or no string.
std::string_view text_at(const Object& object, std::string_view key);
/// The member as a whole number (`1.0` counts), or nothing.
std::optional<std::int64_t> integer_at(const Object& object, std::string_view key);
std::optional<double> number(const Element& element);

/// True for what Anthropic refuses as text: empty, or nothing but white space.
bool blank(std::string_view text);

/// `"text"` for text that a parser has found to be UTF-8: only quotes, backslashes and control
/// characters are looked for, eight bytes at a time (a picture is megabytes of base64).
void append_string(std::string& out, std::string_view text);
void append_escaped(std::string& out, std::string_view text);  ///< the same without quotes
void append_minified(std::string& out, const Element& element);
/// `"key":"text"` with a comma before it when the object already has a member.
void append_member(std::string& out, std::string_view key, std::string_view text);
/// A comma, unless an object or array was just opened or nothing stands there yet.
void append_comma(std::string& out);

}  // namespace pontage::dialects::anthropic
