// One reused simdjson DOM parser and the few questions that dialects ask of its values. simdjson
// itself stays in the .cpp files. Values point into the parser: none may be kept over its next
// parse, let alone over a suspension.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace simdjson::dom {
class element;
class parser;
}  // namespace simdjson::dom

namespace pontage::dialects {

class JsonParser {
 public:
  JsonParser();
  ~JsonParser();
  JsonParser(const JsonParser&) = delete;
  JsonParser& operator=(const JsonParser&) = delete;

  /// Validates all of `text` (grammar, UTF-8, depth). Null when it is JSON, else why not.
  /// `readable` is how many bytes may be read past text.data(); at least size + 64 avoids a copy.
  const char* parse(std::string_view text, std::size_t readable, simdjson::dom::element& root);
  const char* parse(std::string_view text, simdjson::dom::element& root) {
    return parse(text, text.size(), root);
  }
  /// Gives back what a large document took. Its values are gone then.
  void trim();

 private:
  std::unique_ptr<simdjson::dom::parser> parser_;
  std::size_t largest_ = 0;
};

/// The parser of this thread, for functions that read and are done before they return.
JsonParser& thread_parser();

/// The member `key` of an object; false when `object` is none, or the member is absent or null.
bool member(const simdjson::dom::element& object, std::string_view key,
            simdjson::dom::element& value);
/// Empty when absent or no string.
std::string_view text_member(const simdjson::dom::element& object, std::string_view key);
/// Integers, also where they are written as 12.0.
std::optional<std::int64_t> int_member(const simdjson::dom::element& object, std::string_view key);
std::optional<std::int64_t> as_int(const simdjson::dom::element& value);
std::optional<std::string_view> as_text(const simdjson::dom::element& value);
/// "an object", "a string", … for error messages.
std::string_view kind_name(const simdjson::dom::element& value);
/// The value as JSON text without blanks.
std::string json_text(const simdjson::dom::element& value);

}  // namespace pontage::dialects
