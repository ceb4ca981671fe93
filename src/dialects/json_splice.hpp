// Finds the bytes of members in a JSON text that is known to be valid, and replaces some of them
// without touching the rest. Keys are compared as they are meant (`mod\u0065l` is `model`). Never
// reads out of bounds, whatever it is given.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "pontage/dialects/codec.hpp"

namespace pontage::dialects {

struct JsonSpan {
  std::size_t begin = 0;
  std::size_t end = 0;
};

/// Steps through the members of one object.
class MemberWalk {
 public:
  /// `open` is the offset of the object's `{`.
  MemberWalk(std::string_view json, std::size_t open);
  /// False after the last member.
  bool next();
  [[nodiscard]] JsonSpan key() const { return key_; }      ///< with its quotes
  [[nodiscard]] JsonSpan value() const { return value_; }  ///< without blanks around it
  [[nodiscard]] bool key_is(std::string_view name) const;

 private:
  std::string_view json_;
  std::size_t at_;
  JsonSpan key_;
  JsonSpan value_;
};

/// Steps through the elements of one array.
class ItemWalk {
 public:
  /// `open` is the offset of the array's `[`.
  ItemWalk(std::string_view json, std::size_t open);
  bool next();
  [[nodiscard]] JsonSpan item() const { return item_; }

 private:
  std::string_view json_;
  std::size_t at_;
  JsonSpan item_;
};

/// Offset of the first byte that is no JSON blank, at or after `at`; json.size() at the end.
std::size_t skip_blanks(std::string_view json, std::size_t at);

/// Past the value that begins at `at`.
std::size_t skip_json_value(std::string_view json, std::size_t at);

/// Replacements of spans, in any order, none overlapping; an empty span inserts.
class Splice {
 public:
  void replace(JsonSpan span, std::string_view text);
  /// The pieces of `body` and the new text between them.
  [[nodiscard]] WireBody build(std::string_view body);

 private:
  struct Edit {
    JsonSpan span;
    JsonSpan text;  // in owned_
  };
  std::string owned_;
  std::vector<Edit> edits_;
};

/// An array without the elements that are `gone`: each goes with one comma, its own or the one
/// before.
void drop_items(const std::vector<JsonSpan>& items, const std::vector<bool>& gone, Splice& splice);

}  // namespace pontage::dialects
